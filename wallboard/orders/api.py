"""Orders for programs: JSON in and out, problem+json for refusals.

A unit's own programs use the same addresses and see the orders of their unit only.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from device_configs.site.hotline import CaseKind
from ops_core.hotline.cases.read import CaseRecord
from ops_core.hotline.deadline_policies.rules import Urgency
from ops_core.hotline.orders import listing
from ops_core.hotline.orders.access import visible_unit
from ops_core.hotline.orders.deadlines import DeadlineReading
from ops_core.hotline.orders.linked import LinkedOrder
from ops_core.hotline.orders.listed import ListedOrder
from ops_core.hotline.orders.order import Order, names_of
from ops_core.hotline.orders.particulars import DeclineReason, EmergencyService, Particulars
from ops_core.hotline.orders.read import HistoryEntry, OrderRecord, read_order
from ops_core.hotline.orders.service import ORDER, take_step
from ops_core.hotline.orders.steps import OrderState, Step
from ops_core.hotline.orders.tabs import OrderFilter, OrderTab
from ops_core.hotline.orders.undoing import undo
from ops_core.kernel.commands import UnitOfWork
from wallboard.intake.citing import cited_by
from wallboard.orders.detail import read_record
from wallboard.people import is_of_unit
from wallboard.web import ApiReader, Reader
from wallboard.work import Commanding, Reading

router = APIRouter(prefix="/api/orders", tags=["orders"])

MOST = 500


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order of a list. ``allowed`` are the steps its state allows, to whichever side."""

    number: str
    case: str
    state: OrderState
    cycle: int
    version: int
    unit: str
    kind: CaseKind
    category: str
    region: str
    title: str
    accepted_at: datetime
    dispatched_at: datetime | None
    signed_at: datetime | None
    replied_at: datetime | None
    approved_at: datetime | None
    completed_at: datetime | None
    answered_at: datetime | None
    answered_by: str
    returns: int
    extension_asked: int
    """Working days that are asked for and not decided on."""
    extended_by: int
    nudges: int
    supervised_at: datetime | None
    co_units: tuple[str, ...]
    """Units that contribute; ``co_waiting`` are those that owe their reply."""
    co_waiting: tuple[str, ...]
    hold_until: str
    """The day of review of a hold that is asked for or runs; empty without one."""
    held_at: datetime | None
    urgency: str
    """Of :class:`ops_core.hotline.deadline_policies.rules.Urgency`; empty before a dispatch."""
    merged_into: str
    """The lead order that is worked on instead; empty for one of its own."""
    allowed: tuple[Step, ...]
    deadlines: tuple[DeadlineReading, ...]


@dataclass(frozen=True, slots=True)
class OrderPage:
    """``after`` asks for the next page; None at the end."""

    orders: tuple[OrderLine, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class OrderDocument:
    """One order with its request and its course; texts are masked."""

    order: OrderLine
    case: CaseRecord
    course: tuple[HistoryEntry, ...]
    chain_broken_at: int | None
    lead: LinkedOrder | None
    merged: tuple[LinkedOrder, ...]
    proposed_unit: str


class StepCommand(BaseModel):
    """What goes with a step: the version the caller saw, a unit to dispatch to, a remark, and
    what else it needs."""

    model_config = ConfigDict(extra="forbid")

    unit: str = ""
    remark: str = Field(default="", max_length=8000)
    version: int | None = None
    days: int = 0
    """Working days of 延期 that a unit asks for."""
    reason: DeclineReason | None = None
    service: EmergencyService | None = None
    lead: str = Field(default="", max_length=40)
    """The order that it is merged into."""
    co_unit: str = Field(default="", max_length=40)
    """Whom to enlist, or whose reply is missing: a unit of hotline.yml."""
    until: str = Field(default="", max_length=10)
    """The day of review of a hold, as 2026-12-31."""
    urgency: Urgency | None = None
    """Of a cycle's first dispatch; left out: ordinary."""
    cited: list[str] = Field(default_factory=list, max_length=20)
    """Versions that a direct answer was read out of, as ``K-20261124-0001/2``."""


@router.get("")
async def list_orders(
    reader: ApiReader,
    read: Reading,
    state: OrderState | None = None,
    unit: str = "",
    after: str = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> OrderPage:
    """Orders, the newest first; ``after`` is the last number of the page before."""
    reader.about("api", "orders")
    filters = OrderFilter(OrderTab.ALL, state, visible_unit(reader.actor, unit), "", after, limit)
    found = await read(lambda seen: listing.list_orders(seen.session, seen.site, filters, seen.now))
    return OrderPage(tuple(_line(listed) for listed in found.orders), found.after)


@router.get("/{number}")
async def read_one(reader: ApiReader, read: Reading, number: str) -> OrderDocument:
    """One order with its request, its deadlines and its course."""
    reader.about(ORDER, number)
    record = await read(lambda seen: read_record(seen, number, reader.actor))
    return _document(record, reader)


@router.post("/{number}/{step}")
async def act(
    reader: ApiReader,
    read: Reading,
    command: Commanding,
    number: str,
    step: Step,
    taken: StepCommand,
) -> OrderDocument:
    """Take a step; ``undo`` takes back one's own last one, within a minute.

    403 for a step of the other side (audited), 409 with ``state`` and ``allowed`` for one that the
    state does not allow now, or when ``version`` is no longer the order's.
    """
    site = reader.web.dependencies.site

    def take(uow: UnitOfWork) -> Order:
        if step is Step.UNDO:
            return undo(uow, site, number, taken.version)
        given = Particulars(
            taken.days, taken.reason or "", taken.service or "", taken.lead,
            cited_by(uow, step, taken.cited), taken.co_unit, taken.until, taken.urgency or "",
        )  # fmt: skip
        return take_step(uow, site, number, step, taken.unit, taken.remark, taken.version, given)

    await command((ORDER, number), take)
    record = await read(lambda seen: read_order(seen.session, seen.site, number, seen.now))
    return _document(record, reader)


def _document(record: OrderRecord, reader: Reader) -> OrderDocument:
    """A unit's program is not handed the sign-in names of the centre's people."""
    case, course = record.case, record.course
    if is_of_unit(reader.user):
        case = replace(case, recorded_by=reader.person(case.recorded_by))
        course = tuple(replace(entry, actor=reader.person(entry.actor)) for entry in course)
    line, lead, merged = _line(record.listed), record.lead, record.merged
    return OrderDocument(line, case, course, record.broken_at, lead, merged, record.proposed_unit)


def _line(listed: ListedOrder) -> OrderLine:
    order = listed.order
    return OrderLine(
        number=order.number,
        case=listed.case,
        state=order.state,
        cycle=order.cycle,
        version=order.version,
        unit=order.unit,
        kind=listed.kind,
        category=listed.category,
        region=listed.region,
        title=listed.title,
        accepted_at=order.accepted_at,
        dispatched_at=order.dispatched_at,
        signed_at=order.signed_at,
        replied_at=order.replied_at,
        approved_at=order.approved_at,
        completed_at=order.completed_at,
        answered_at=order.answered_at,
        answered_by=order.answered_by,
        returns=order.returns,
        extension_asked=order.extension_asked,
        extended_by=order.extended_by,
        nudges=order.nudges,
        supervised_at=order.supervised_at,
        co_units=names_of(order.co_units),
        co_waiting=names_of(order.co_waiting),
        hold_until=order.hold_until,
        held_at=order.held_at,
        urgency=order.urgency,
        merged_into=order.merged_into,
        allowed=order.allowed,
        deadlines=listed.deadlines,
    )
