"""Which saved views somebody has: the own ones, and those that others of his circle share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ops_core.hotline.orders.steps import OrderState
from ops_core.hotline.orders.tabs import OrderTab
from ops_core.hotline.saved_views.tables import SavedViewRow
from ops_core.kernel.permissions import Actor, Permission, allows


@dataclass(frozen=True, slots=True)
class SavedView:
    """A filter of the list of orders, by name."""

    id: int
    owner: str
    name: str
    shared: bool
    tab: OrderTab
    query: str
    unit: str
    state: OrderState | None
    saved_at: datetime


def circle_of(actor: Actor) -> str:
    """Whose people share views with whom: a unit's among themselves, the centre's among all."""
    return "" if allows(actor, Permission.SEE_ORDERS) else actor.unit


def list_views(session: Session, actor: Actor) -> Sequence[SavedView]:
    """What the actor may use, by name."""
    row = SavedViewRow
    rows = session.scalars(
        select(row)
        .where(row.circle == circle_of(actor), or_(row.owner == str(actor), row.shared))
        .order_by(row.shared, row.name, row.id)
    )
    return [view_of(found) for found in rows]


def view_of(row: SavedViewRow) -> SavedView:
    """The stored view as a value; a tab or state that there is no more is no filter."""
    return SavedView(
        row.id, row.owner, row.name, row.shared,
        OrderTab(row.tab) if row.tab in set(OrderTab) else OrderTab.ALL,
        row.query, row.unit,
        OrderState(row.state) if row.state in set(OrderState) else None,
        row.saved_at,
    )  # fmt: skip
