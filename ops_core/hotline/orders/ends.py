"""Where the chains of orders end, by the audit log and by themselves."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ops_core.hotline.orders.service import ORDER
from ops_core.hotline.orders.tables import OrderEventRow, WorkOrderRow
from ops_core.kernel.audit import Break
from ops_core.kernel.recorded_ends import end_breaks, recorded_ends


def order_breaks(session: Session) -> Iterator[Break]:
    """Orders whose last link, in the chain or in the order, is not the last one recorded."""
    recorded = recorded_ends(session, ORDER, "hash")
    link = OrderEventRow
    last = (
        select(link.order, func.max(link.sequence).label("sequence"))
        .group_by(link.order)
        .subquery()
    )
    ends = select(link.order, link.hash).join(
        last, (last.c.order == link.order) & (last.c.sequence == link.sequence)
    )
    of_orders = select(WorkOrderRow.number, WorkOrderRow.last_hash)
    for query in (ends, of_orders):
        present = {row[0]: row[1] for row in session.execute(query)}
        yield from end_breaks(ORDER, recorded, present)
