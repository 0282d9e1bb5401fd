"""Orders and their links as rows, by statements that are put together once.

A command spends its time between the driver and the database, and everybody else waits for it: the
commands of the hotline therefore pass by the object mapper, read all they decide by in one message,
and write without waiting (:mod:`ops_core.kernel.pipelining`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import cast

from sqlalchemy import Table, bindparam, func, insert, literal_column, select, update
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
_FOLLOWERS = _ORDERS.alias("followers")
_IS_FOLLOWER = _FOLLOWERS.c.merged_into != literal_column("''")
"""As the index of merged orders says it."""
_FOLLOWER_COUNT = (
    select(func.count())
    .select_from(_FOLLOWERS)
    .where(_FOLLOWERS.c.merged_into == _ORDERS.c.number, _IS_FOLLOWER)
    .correlate(_ORDERS)
    .scalar_subquery()
)
_STORED = (
    "state", "cycle", "version", "accepted_at", "last_at", "last_hash", "unit", "dispatched_at",
    "signed_at", "replied_at", "approved_at", "completed_at", "dispatcher", "objector", "replier",
    "returns", "answered_at", "answered_by", "first_dispatched_at",
    "extension_asked", "extended_by", "extensions", "nudges", "supervised_at",
    "proposer", "merged_into", "urgency", "co_units", "co_waiting", "hold_until", "held_at",
    "held_days", "policy_version", "sign_within", "handle_within",
    "sign_hours", "handle_hours",
)  # fmt: skip
"""What of an order follows from its events, in its fields' order and by their names in its row."""
_LOAD = select(
    *(_ORDERS.c[name] for name in ("number", *_STORED)), _ORDERS.c.kind, _ORDERS.c.category,
    _ORDERS.c.region, _CASES.c.channel, _CASES.c.received_at, _FOLLOWER_COUNT,
    _ORDERS.c.callback_within,
).join_from(_ORDERS, _CASES).where(_ORDERS.c.number == bindparam("of_number"))  # fmt: skip
_LINK = insert(_LINKS).values({c.name: bindparam(f"link_{c.name}") for c in _LINKS.c})
_ADD = insert(_ORDERS).values({c.name: bindparam(f"order_{c.name}") for c in _ORDERS.c})
_OPEN = PipelinedWrites.of(ADD_CASE, _ADD, _LINK)


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order with what a dispatch and a request for more time decide by, and its request's
    channel and receipt."""

    order: Order
    kind: str
    category: str
    region: str
    channel: str
    received_at: datetime
    followers: int
    """How many orders are merged into it."""
    deadlines: Deadlines


def load_order(session: Session, number: str) -> StoredOrder | None:
    """The order as it stands in this transaction, None when there is none."""
    session.flush()
    row = connection_of(session).execute(_LOAD, {"of_number": number}).one_or_none()
    if row is None:
        return None
    number, state, *stored = row[:-7]
    kind, category, region, channel, received_at, followers, callback_within = row[-7:]
    order = Order(number, OrderState(state), *stored)
    deadlines = Deadlines(
        order.policy_version,
        order.sign_within,
        order.handle_within,
        callback_within,
        order.sign_hours,
        order.handle_hours,
    )
    return StoredOrder(order, kind, category, region, channel, received_at, followers, deadlines)


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
        "callback_within": deadlines.callback_within,
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
        urgency=row.urgency,
        co_units=row.co_units,
        co_waiting=row.co_waiting,
        hold_until=row.hold_until,
        held_at=row.held_at,
        held_days=row.held_days,
        policy_version=row.policy_version,
        sign_within=row.sign_within,
        handle_within=row.handle_within,
        sign_hours=row.sign_hours,
        handle_hours=row.handle_hours,
    )


def deadlines_of(row: WorkOrderRow) -> Deadlines:
    """The deadlines that are the order's now."""
    return Deadlines(
        row.policy_version, row.sign_within, row.handle_within, row.callback_within,
        row.sign_hours, row.handle_hours,
    )  # fmt: skip


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


def answer_of(session: Session, number: str) -> datetime | None:
    """When the citizen of this order was first answered; None without an answer."""
    own = select(_ORDERS.c.answered_at).where(_ORDERS.c.number == number)
    return connection_of(session).execute(own).scalar_one_or_none()


def receipts_of_waiting_followers(
    session: Session, lead: str, channels: Collection[str]
) -> Sequence[datetime]:
    """Receipts of the requests of these channels whose orders are merged into the order and have
    no answer of their own."""
    received = (
        select(_CASES.c.received_at)
        .join_from(_FOLLOWERS, _CASES)
        .where(_FOLLOWERS.c.merged_into == lead, _IS_FOLLOWER)
        .where(_FOLLOWERS.c.answered_at.is_(None), _CASES.c.channel.in_(channels))
    )
    return connection_of(session).execute(received).scalars().all()


def no_such_order(number: str) -> NotFound:
    """The refusal of a number that no order bears."""
    return NotFound(
        "没有这张工单",
        message("找不到工单 {number}。", number=number),
        "工单编号形如 W-20261124-00001。",
    )
