"""Orders and their links as rows, by statements that are put together once.

A command spends its time between the driver and the database, and everybody else waits for it: the
steps of orders, the most frequent commands, therefore pass by the object mapper.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from ops_core.hotline.case_store import NewCase
from ops_core.hotline.deadlines import Limits
from ops_core.hotline.order_model import Order, OrderEvent, OrderState
from ops_core.hotline.tables import OrderEventRow, WorkOrderRow
from ops_core.kernel.database import connection_of, read_anew
from ops_core.kernel.unread import UNREAD

_ORDERS = cast(Table, WorkOrderRow.__table__)
_STORED = (
    "state", "cycle", "version", "accepted_at", "last_at", "last_hash", "unit", "dispatched_at",
    "signed_at", "replied_at", "completed_at", "dispatcher", "objector", "returns",
)  # fmt: skip
"""What of an order follows from its events, in its fields' order and by their names in its row."""
_LOAD = select(
    *(_ORDERS.c[name] for name in ("number", *_STORED)), _ORDERS.c.category, _ORDERS.c.region
).where(_ORDERS.c.number == bindparam("of_number"))
_STORE = (
    update(_ORDERS)
    .where(_ORDERS.c.number == bindparam("of_number"))
    .values({name: bindparam(f"to_{name}") for name in _STORED})
    .execution_options(**UNREAD)
)
_ADD = insert(_ORDERS).execution_options(**UNREAD)
_LINK = insert(cast(Table, OrderEventRow.__table__)).execution_options(**UNREAD)


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order with what a dispatch decides by."""

    order: Order
    category: str
    region: str


def load_order(session: Session, number: str) -> StoredOrder | None:
    """The order as it stands in this transaction, None when there is none."""
    session.flush()
    row = connection_of(session).execute(_LOAD, {"of_number": number}).one_or_none()
    if row is None:
        return None
    number, state, *stored, category, region = row
    return StoredOrder(Order(number, OrderState(state), *stored), category, region)


def store_order(session: Session, order: Order) -> None:
    """Make the order's row what the order is; a mapped row of the session is read anew."""
    to = {f"to_{name}": value for name, value in _stored_values(order).items()}
    connection_of(session).execute(_STORE, {"of_number": order.number, **to})
    read_anew(session, WorkOrderRow, order.number)


def add_order(session: Session, order: Order, case: NewCase, limits: Limits) -> None:
    """Store a new order of a request, under the limits it is accepted under."""
    values = {
        "number": order.number,
        "case_number": case.number,
        "kind": case.kind,
        "category": case.category,
        "region": case.region,
        "title": case.title,
        **limits.as_detail(),
        **_stored_values(order),
    }
    connection_of(session).execute(_ADD, values)


def _stored_values(order: Order) -> Mapping[str, object]:
    """What of the order goes into its row, by column."""
    return {name: getattr(order, name) for name in _STORED} | {"state": order.state.value}


def append_link(session: Session, event: OrderEvent) -> None:
    """Add the link to its order's chain; the order is stored already."""
    connection_of(session).execute(
        _LINK,
        {
            "order": event.order,
            "sequence": event.sequence,
            "step": event.step.value,
            "at": event.at,
            "recorded_at": event.recorded_at,
            "actor": event.actor,
            "unit": event.unit,
            "detail": dict(event.detail),
            "previous_hash": event.previous_hash,
            "hash": event.hash,
        },
    )
