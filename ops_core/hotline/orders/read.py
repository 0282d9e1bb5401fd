"""What screens and programs read of orders: lists by what is to be done, and one order's course.

Titles, texts and remarks are masked here; deadlines are computed at the instant of reading.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.hotline.callbacks.read import CallbackRecord, callbacks_of_order
from ops_core.hotline.cases.model import WEB_CHANNELS
from ops_core.hotline.cases.read import CaseRecord, read_case
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.orders.citations import Citation, citations_of
from ops_core.hotline.orders.deadlines import (
    DeadlineKind,
    DeadlineReading,
    Deadlines,
    order_deadlines,
    read_deadline,
)
from ops_core.hotline.orders.linked import LinkedOrder, read_lead, read_merged
from ops_core.hotline.orders.order import Order, OrderEvent, first_break
from ops_core.hotline.orders.steps import ANSWERED_IN, ENDED, OrderState, Step
from ops_core.hotline.orders.store import deadlines_of, events_of_order, find_row, order_of
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kernel.masking import HIDDEN, mask_text

PAGE = 100
BATCH = 200
_NEVER = datetime.max.replace(tzinfo=UTC)
HANDLED = ENDED | {OrderState.REPLIED, OrderState.APPROVED}
"""States in which no deadline of handling runs any more."""


class OrderTab(StrEnum):
    """Lists of orders by what is to be done; the first six are the operator's."""

    ANSWER = "answer"
    """Orders from the web whose citizen has no answer yet."""
    DISPATCH = "dispatch"
    DISPUTED = "disputed"
    DECLINING = "declining"
    """Somebody proposes not to accept them."""
    EXTENSION = "extension"
    """More time is asked for: the purchaser's."""
    DUE = "due"
    REPLIED = "replied"
    """Under review."""
    APPROVED = "approved"
    SIGN = "sign"
    HANDLE = "handle"
    COMPLETED = "completed"
    ALL = "all"


STATES_OF: dict[OrderTab, frozenset[OrderState]] = {
    OrderTab.ANSWER: ANSWERED_IN,
    OrderTab.DISPATCH: frozenset({OrderState.ACCEPTED, OrderState.RETURNED}),
    OrderTab.DISPUTED: frozenset({OrderState.DISPUTED}),
    OrderTab.DECLINING: frozenset({OrderState.DECLINING}),
    OrderTab.EXTENSION: frozenset({OrderState.EXTENSION}),
    OrderTab.DUE: frozenset(OrderState) - HANDLED - {OrderState.ACCEPTED, OrderState.DECLINING},
    OrderTab.REPLIED: frozenset({OrderState.REPLIED}),
    OrderTab.APPROVED: frozenset({OrderState.APPROVED}),
    OrderTab.SIGN: frozenset({OrderState.DISPATCHED}),
    OrderTab.HANDLE: frozenset({OrderState.SIGNED, OrderState.EXTENSION, OrderState.DISPUTED}),
    OrderTab.COMPLETED: frozenset({OrderState.COMPLETED}),
    OrderTab.ALL: frozenset(OrderState),
}
OLDEST_FIRST = frozenset(
    {
        OrderTab.ANSWER,
        OrderTab.DISPATCH,
        OrderTab.DISPUTED,
        OrderTab.DECLINING,
        OrderTab.EXTENSION,
        OrderTab.REPLIED,
        OrderTab.SIGN,
        OrderTab.HANDLE,
        OrderTab.APPROVED,
    }
)


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders are asked for; ``unit`` empty: of all. ``after`` is the last number seen.

    ``query`` is the beginning of a number or a part of a title as it is shown: what is masked in it
    cannot be found out by trying.
    """

    tab: OrderTab = OrderTab.ALL
    state: OrderState | None = None
    unit: str = ""
    query: str = ""
    after: str = ""
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """One line of a list. ``deadlines`` are those of the running cycle that have begun."""

    order: Order
    case: str
    kind: CaseKind
    category: str
    region: str
    title: str
    deadlines: tuple[DeadlineReading, ...]

    @property
    def next_deadline(self) -> DeadlineReading | None:
        """The open deadline that ends first, an unknown one last; None when nothing is open."""
        running = [deadline for deadline in self.deadlines if deadline.is_open]
        return min(running, key=lambda one: one.due_at or _NEVER, default=None)


@dataclass(frozen=True, slots=True)
class OrderList:
    """A page of a list; ``after`` asks for the next one, None at the end."""

    orders: tuple[ListedOrder, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One step of an order's chain, its remark masked."""

    sequence: int
    step: Step
    at: datetime
    actor: str
    unit: str
    proposed_unit: str
    remark: str
    cycle: int
    days: int = 0
    """Working days of 延期 that were asked for."""
    cited: tuple[Citation, ...] = ()
    """Versions of the knowledge base that the request was taken, or answered, with."""
    reason: str = ""
    """Of :class:`ops_core.hotline.orders.particulars.DeclineReason`."""
    service: str = ""
    """Of :class:`ops_core.hotline.orders.particulars.EmergencyService`."""
    lead: str = ""
    """The order that this one was merged into."""


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """Everything known of an order; ``broken_at`` is the link at which its chain is broken."""

    listed: ListedOrder
    case: CaseRecord
    course: tuple[HistoryEntry, ...]
    broken_at: int | None
    callbacks: tuple[CallbackRecord, ...]
    proposed_unit: str
    pinned: Deadlines
    """The deadlines it was accepted under; they begin to run when it is dispatched."""
    lead: LinkedOrder | None = None
    """The order that it is merged into; it has the answer of that one."""
    merged: tuple[LinkedOrder, ...] = ()
    """Orders that are merged into it."""


def list_orders(session: Session, site: Site, filters: OrderFilter, now: datetime) -> OrderList:
    """Orders of a tab: oldest first where something is to be done, the newest first otherwise."""
    if filters.tab is OrderTab.DUE:
        return _due_orders(session, site, filters, now)
    query = _matching(filters)
    if filters.tab in OLDEST_FIRST:
        query = query.order_by(WorkOrderRow.number)
        query = query.where(WorkOrderRow.number > filters.after) if filters.after else query
    else:
        query = query.order_by(WorkOrderRow.number.desc())
        query = query.where(WorkOrderRow.number < filters.after) if filters.after else query
    rows = list(islice(_shown_matches(session, query, filters), filters.limit + 1))
    listed = tuple(listed_of(row, site, now) for row in rows[: filters.limit])
    return OrderList(listed, listed[-1].order.number if len(rows) > filters.limit else None)


def count_orders(session: Session, site: Site, unit: str, now: datetime) -> dict[OrderTab, int]:
    """How many orders every tab holds, of one unit or (empty) of all."""
    query = select(WorkOrderRow.state, func.count()).group_by(WorkOrderRow.state)
    if unit:
        query = query.where(WorkOrderRow.unit == unit)
    counted = {OrderState(state): count for state, count in session.execute(query)}
    found = {
        tab: sum(counted.get(state, 0) for state in states) for tab, states in STATES_OF.items()
    }
    waiting = _matching(OrderFilter(OrderTab.ANSWER, unit=unit)).with_only_columns(func.count())
    found[OrderTab.ANSWER] = session.scalar(waiting) or 0
    due = OrderFilter(OrderTab.DUE, unit=unit)
    found[OrderTab.DUE] = len(_due_soon(session, site, due, now))
    return found


def read_order(session: Session, site: Site, number: str, now: datetime) -> OrderRecord:
    """One order with its request, its course and its callbacks. Raises NotFound."""
    row = find_row(session, number)
    events = events_of_order(session, number)
    return OrderRecord(
        listed=listed_of(row, site, now),
        case=read_case(session, row.case_number),
        course=tuple(_history(events)),
        broken_at=first_break(events),
        callbacks=callbacks_of_order(session, site, number, now),
        proposed_unit=site.hotline.proposed_unit(row.category, row.region)
        if row.category in site.hotline.category_of
        else "",
        pinned=deadlines_of(row),
        lead=read_lead(session, row.merged_into),
        merged=read_merged(session, number),
    )


def listed_of(row: WorkOrderRow, site: Site, now: datetime) -> ListedOrder:
    """A stored order as a line of a list."""
    order, zone = order_of(row), ZoneInfo(site.contract.timezone)
    return ListedOrder(
        order=order,
        case=row.case_number,
        kind=CaseKind(row.kind),
        category=row.category,
        region=row.region,
        title=mask_text(row.title),
        deadlines=order_deadlines(order, deadlines_of(row), site.calendar, zone, now),
    )


def is_unanswered() -> tuple[ColumnElement[bool], ...]:
    """Conditions for orders from the web whose citizen has no answer yet."""
    request = aliased(CaseRow)
    from_web = (
        select(request.number)
        .where(request.number == WorkOrderRow.case_number)
        .where(request.channel.in_([channel.value for channel in WEB_CHANNELS]))
        .exists()
    )
    open_states = [state.value for state in STATES_OF[OrderTab.ANSWER]]
    return WorkOrderRow.state.in_(open_states), WorkOrderRow.answered_at.is_(None), from_web


def _matching(filters: OrderFilter) -> Select[WorkOrderRow]:
    query = select(WorkOrderRow).where(WorkOrderRow.state.in_(STATES_OF[filters.tab]))
    if filters.tab is OrderTab.ANSWER:
        query = query.where(*is_unanswered())
    if filters.state is not None:
        query = query.where(WorkOrderRow.state == filters.state)
    if filters.unit:
        query = query.where(WorkOrderRow.unit == filters.unit)
    if sought := filters.query.strip():
        parts = [part for part in sought.split(HIDDEN) if part]
        in_title = [WorkOrderRow.title.contains(part, autoescape=True) for part in parts]
        query = query.where(
            or_(
                WorkOrderRow.number.startswith(sought.upper(), autoescape=True),
                and_(true(), *in_title),
            )
        )
    return query


def _shown_matches(
    session: Session, query: Select[WorkOrderRow], filters: OrderFilter
) -> Iterator[WorkOrderRow]:
    """Of what the database found in titles as they were written, what is in them as shown."""
    for row in session.scalars(query.execution_options(yield_per=BATCH)):
        if is_shown_match(row.number, row.title, filters.query):
            yield row


def is_shown_match(number: str, title: str, query: str) -> bool:
    """Whether an order is found by a query: in its number's beginning or its title as shown."""
    sought = query.strip()
    if not sought or number.startswith(sought.upper()):
        return True
    return sought.lower() in mask_text(title).lower()


def _due_orders(session: Session, site: Site, filters: OrderFilter, now: datetime) -> OrderList:
    numbers = _due_soon(session, site, filters, now)
    start = numbers.index(filters.after) + 1 if filters.after in numbers else 0
    page = numbers[start : start + filters.limit]
    rows = {
        row.number: row
        for row in session.scalars(select(WorkOrderRow).where(WorkOrderRow.number.in_(page)))
    }
    shown = tuple(listed_of(rows[number], site, now) for number in page)
    more = len(numbers) > start + filters.limit
    return OrderList(shown, page[-1] if more else None)


def _due_soon(session: Session, site: Site, filters: OrderFilter, now: datetime) -> list[str]:
    """Orders with an open deadline that is past, due soon, or cannot be computed; the latest first.

    Thousands of orders are open at a time and few of their deadlines press: only what decides is
    read of them, and the end of a deadline is computed once a day of dispatch.
    """
    soon = now + timedelta(seconds=site.hotline.abnormal.due_within_s)
    zone = ZoneInfo(site.contract.timezone)
    ends: dict[tuple[date, int], datetime | None] = {}

    def end(begun: datetime, within: int) -> datetime | None:
        key = begun.astimezone(zone).date(), within
        if key not in ends:
            reading = read_deadline(
                DeadlineKind.HANDLE, within, begun, None, site.calendar, zone, now
            )
            ends[key] = reading.due_at
        return ends[key]

    found: list[tuple[bool, datetime, str]] = []
    chosen = _matching(filters).with_only_columns(
        WorkOrderRow.number,
        WorkOrderRow.dispatched_at,
        WorkOrderRow.signed_at,
        WorkOrderRow.sign_within,
        WorkOrderRow.handle_within + WorkOrderRow.extended_by,
        WorkOrderRow.title,
    )
    for number, begun, signed, sign_within, handle_within, title in session.execute(chosen):
        if begun is None or not is_shown_match(number, title, filters.query):
            continue
        open_limits = [handle_within] if signed else [sign_within, handle_within]
        due = [end(begun, within) for within in open_limits]
        known = [at for at in due if at is not None]
        if None in due or min(known) <= soon:
            found.append((not known, min(known, default=begun), number))
    return [number for _, _, number in sorted(found)]


def _history(events: Sequence[OrderEvent]) -> Iterable[HistoryEntry]:
    cycle = 1
    for event in events:
        cycle += event.step is Step.REOPEN
        yield HistoryEntry(
            sequence=event.sequence,
            step=event.step,
            at=event.at,
            actor=event.actor,
            unit=event.unit,
            proposed_unit=str(event.detail.get("proposed_unit", "")),
            remark=mask_text(str(event.detail.get("remark", ""))),
            cycle=cycle,
            days=asked if isinstance(asked := event.detail.get("days"), int) else 0,
            cited=citations_of(event.detail),
            **{name: str(event.detail.get(name, "")) for name in ("reason", "service", "lead")},
        )
