"""What became of an order's returns, as it stands in this transaction."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.hotline.adjudications.kinds import AdjudicationKind
from ops_core.hotline.adjudications.model import AdjudicationState
from ops_core.hotline.adjudications.tables import AdjudicationRow
from ops_core.hotline.day_sums.model import DayKey, dispatch_keys, returned_of
from ops_core.hotline.orders.tables import WorkOrderRow


def keys_of_dispatched(session: Session, order: str) -> Sequence[DayKey]:
    """Where the order is counted among the dispatched ones; nowhere while it is not."""
    session.flush()
    row, matter = WorkOrderRow, AdjudicationRow
    found = session.execute(
        select(row.first_dispatched_at, row.returns).where(row.number == order)
    ).one_or_none()
    if found is None:
        return ()
    states = session.scalars(
        select(matter.state).where(
            matter.order == order, matter.kind == AdjudicationKind.RETURN.value
        )
    )
    at, returns = found
    return dispatch_keys(at, returned_of(returns, map(AdjudicationState, states)))
