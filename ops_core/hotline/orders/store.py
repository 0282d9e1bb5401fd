"""Orders and their links as rows, by statements that are put together once.

A command spends its time between the driver and the database, and everybody else waits for it: the
commands of the hotline therefore pass by the object mapper, read all they decide by in one message,
and write without waiting (:mod:`ops_core.kernel.pipelining`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import cast

from sqlalchemy import Table, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from ops_core.hotline.cases.store import ADD_CASE, NewCase, case_values
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.orders.deadlines import Deadlines
from ops_core.hotline.orders.order import Order, OrderEvent
from ops_core.hotline.orders.steps import OrderState, Step
from ops_core.hotline.orders.tables import OrderEventRow, WorkOrderRow
from ops_core.kernel.database import connection_of, read_anew
from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.pipelining import PipelinedWrites

_ORDERS = cast(Table, WorkOrderRow.__table__)
_LINKS = cast(Table, OrderEventRow.__table__)
_CASES = cast(Table, CaseRow.__table__)
_STORED = (
    "state", "cycle", "version", "accepted_at", "last_at", "last_hash", "unit", "dispatched_at",
    "signed_at", "replied_at", "approved_at", "completed_at", "dispatcher", "objector", "replier",
    "returns", "answered_at", "answered_by", "first_dispatched_at",
    "extension_asked", "extended_by", "extensions", "nudges", "supervised_at",
    "proposer", "merged_into",
)  # fmt: skip
"""What of an order follows from its events, in its fields' order and by their names in its row."""
_LOAD = select(
    *(_ORDERS.c[name] for name in ("number", *_STORED)), _ORDERS.c.category, _ORDERS.c.region,
    _CASES.c.channel, _CASES.c.received_at,
    *(_ORDERS.c[one.name] for one in fields(Deadlines)),
).join_from(_ORDERS, _CASES).where(_ORDERS.c.number == bindparam("of_number"))  # fmt: skip
_LINK = insert(_LINKS).values({c.name: bindparam(f"link_{c.name}") for c in _LINKS.c})
_ADD = insert(_ORDERS).values({c.name: bindparam(f"order_{c.name}") for c in _ORDERS.c})
_OPEN = PipelinedWrites.of(ADD_CASE, _ADD, _LINK)


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order with what a dispatch and a request for more time decide by, and its request's
    channel and receipt."""

    order: Order
    category: str
    region: str
    channel: str
    received_at: datetime
    deadlines: Deadlines


def load_order(session: Session, number: str) -> StoredOrder | None:
    """The order as it stands in this transaction, None when there is none."""
    session.flush()
    row = connection_of(session).execute(_LOAD, {"of_number": number}).one_or_none()
    if row is None:
        return None
    number, state, *stored, category, region, channel, received_at = row[: -len(fields(Deadlines))]
    order = Order(number, OrderState(state), *stored)
    deadlines = Deadlines(*row[-len(fields(Deadlines)) :])
    return StoredOrder(order, category, region, channel, received_at, deadlines)


def store_step(session: Session, before: Order, after: Order, event: OrderEvent) -> None:
    """Add the link to its order's chain and store what it changed of the order."""
    old, new = _stored_values(before), _stored_values(after)
    changed = tuple(name for name in _STORED if old[name] != new[name])
    to = {f"to_{name}": new[name] for name in changed}
    values = {"of_number": after.number, **to, **_link_values(event)}
    _step(changed).execute(connection_of(session), values)
    read_anew(session, WorkOrderRow, after.number)


def add_order(
    session: Session, case: NewCase, order: Order, event: OrderEvent, deadlines: Deadlines
) -> None:
    """Store a new request with its order and the order's first link."""
    row = {
        "number": order.number,
        "case_number": case.number,
        "kind": case.kind,
        "category": case.category,
        "region": case.region,
        "title": case.title,
        **deadlines.as_detail(),
        **_stored_values(order),
    }
    values = {f"order_{name}": value for name, value in row.items()}
    values |= case_values(case) | _link_values(event)
    _OPEN.execute(connection_of(session), values)


@cache
def _step(changed: tuple[str, ...]) -> PipelinedWrites:
    """The writes of a step; there are few sets of columns that steps change."""
    store = (
        update(_ORDERS)
        .where(_ORDERS.c.number == bindparam("of_number"))
        .values({name: bindparam(f"to_{name}") for name in changed})
    )
    return PipelinedWrites.of(_LINK, store)


def _stored_values(order: Order) -> Mapping[str, object]:
    """What of the order goes into its row, by column."""
    return {name: getattr(order, name) for name in _STORED} | {"state": order.state.value}


def _link_values(event: OrderEvent) -> dict[str, object]:
    return {
        "link_order": event.order,
        "link_sequence": event.sequence,
        "link_step": event.step.value,
        "link_at": event.at,
        "link_recorded_at": event.recorded_at,
        "link_actor": event.actor,
        "link_unit": event.unit,
        "link_detail": dict(event.detail),
        "link_previous_hash": event.previous_hash,
        "link_hash": event.hash,
    }


def find_row(session: Session, number: str) -> WorkOrderRow:
    """Raises :class:`NotFound`."""
    row = session.get(WorkOrderRow, number)
    if row is None:
        raise no_such_order(number)
    return row


def order_of(row: WorkOrderRow) -> Order:
    """The stored order as a value: what replaying its events gives (invariant 1)."""
    return Order(
        number=row.number,
        state=OrderState(row.state),
        cycle=row.cycle,
        version=row.version,
        accepted_at=row.accepted_at,
        last_at=row.last_at,
        last_hash=row.last_hash,
        unit=row.unit,
        dispatched_at=row.dispatched_at,
        signed_at=row.signed_at,
        replied_at=row.replied_at,
        approved_at=row.approved_at,
        completed_at=row.completed_at,
        dispatcher=row.dispatcher,
        objector=row.objector,
        replier=row.replier,
        returns=row.returns,
        answered_at=row.answered_at,
        answered_by=row.answered_by,
        first_dispatched_at=row.first_dispatched_at,
        extension_asked=row.extension_asked,
        extended_by=row.extended_by,
        extensions=row.extensions,
        nudges=row.nudges,
        supervised_at=row.supervised_at,
        proposer=row.proposer,
        merged_into=row.merged_into,
    )


def deadlines_of(row: WorkOrderRow) -> Deadlines:
    """The deadlines the order was accepted under."""
    return Deadlines(row.policy_version, row.sign_within, row.handle_within, row.callback_within)


def events_of_order(session: Session, number: str) -> Sequence[OrderEvent]:
    """The order's chain from its first link."""
    rows = session.scalars(
        select(OrderEventRow).where(OrderEventRow.order == number).order_by(OrderEventRow.sequence)
    )
    return [event_of(row) for row in rows]


def event_of(row: OrderEventRow) -> OrderEvent:
    """The stored link as a value."""
    return OrderEvent(
        row.order, row.sequence, Step(row.step), row.at, row.recorded_at, row.actor, row.unit,
        row.detail, row.previous_hash, row.hash,
    )  # fmt: skip


def count_merged(session: Session, lead: str) -> int:
    """How many orders are merged into this one."""
    of_lead = select(func.count()).where(_ORDERS.c.merged_into == lead)
    return connection_of(session).execute(of_lead).scalar_one()


def no_such_order(number: str) -> NotFound:
    """The refusal of a number that no order bears."""
    return NotFound(
        "没有这张工单",
        message("找不到工单 {number}。", number=number),
        "工单编号形如 W-20261124-00001。",
    )
