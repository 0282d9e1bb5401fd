"""Orders that are one matter (并单), each as the other's page shows it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.hotline.orders.steps import OrderState
from ops_core.hotline.orders.tables import IS_MERGED, WorkOrderRow
from ops_core.kernel.masking import mask_text

MOST = 200


@dataclass(frozen=True, slots=True)
class LinkedOrder:
    """What is shown of an order beside the one it belongs to; the title is masked."""

    number: str
    title: str
    state: OrderState
    answered_at: datetime | None
    answered_by: str


def read_lead(session: Session, number: str) -> LinkedOrder | None:
    """The lead order; None for an order that is merged into none (``number`` empty)."""
    row = session.get(WorkOrderRow, number) if number else None
    return None if row is None else _linked(row)


def read_merged(session: Session, lead: str) -> tuple[LinkedOrder, ...]:
    """The orders that are merged into one, the earliest first."""
    rows = session.scalars(
        select(WorkOrderRow)
        .where(WorkOrderRow.merged_into == lead, IS_MERGED)
        .order_by(WorkOrderRow.number)
        .limit(MOST)
    )
    return tuple(_linked(row) for row in rows)


def _linked(row: WorkOrderRow) -> LinkedOrder:
    return LinkedOrder(
        row.number, mask_text(row.title), OrderState(row.state), row.answered_at, row.answered_by
    )
