"""What screens read of calls: bounded, indexed questions, whatever the table holds.

A call of which no end was heard for hours (:data:`NO_END_AFTER`) neither waits nor is spoken on:
what became of it is unknown, and it is shown so.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    and_,
    cast,
    extract,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from device_configs.site.model import Site
from ops_core.hotline.calls.model import Call, CallEvent, Outcome
from ops_core.hotline.calls.naming import name_parts
from ops_core.hotline.calls.outcomes import NO_END_AFTER
from ops_core.hotline.calls.references import find_name, no_such_call
from ops_core.hotline.calls.store import call_of_row, event_of
from ops_core.hotline.calls.tables import AttitudeRatingRow, CallEventRow, CallRow, CallTallyRow
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.contacts.tables import RequesterRow
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.hotline.recorded_times import AHEAD

LOST = (Outcome.ABANDONED, Outcome.TIMED_OUT, Outcome.OVERFLOWED, Outcome.DROPPED)
"""Calls that nobody took although the caller wanted to be served."""
QUARTER_S = 900
QUARTERS_A_DAY = 96


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A call with the requester who called; both masked texts may be shown."""

    call: Call
    requester: int | None
    masked_number: str
    masked_name: str


@dataclass(frozen=True, slots=True)
class CallCase:
    """The request a call became, and its order where it has one."""

    call: str
    number: str
    title: str
    order: str | None
    order_state: str | None


@dataclass(frozen=True, slots=True)
class ImpactWindow:
    """Calls that something concerned: those at ``seats``, and lost ones, within [start, end].

    ``with_lost`` takes in the calls that nobody took while it lasted.
    """

    seats: frozenset[int]
    start: datetime
    end: datetime
    with_lost: bool

    def holds(self, call: Call) -> bool:
        """Whether the call is one of them; the database's question is :func:`_within`."""
        if not self.start - NO_END_AFTER < call.entered_at <= self.end:
            return False
        if call.left_at is not None and call.left_at < self.start:
            return False
        if call.seat in self.seats and call.answered_at is not None:
            return call.answered_at <= self.end
        return self.with_lost and call.outcome in LOST


@dataclass(frozen=True, slots=True)
class Selection:
    """Which calls are wanted; None asks for any. ``start`` and ``end`` bound the queue entry."""

    start: datetime | None = None
    end: datetime | None = None
    outcome: Outcome | None = None
    is_over: bool | None = None
    """Whether it left; one that did not, and that ought to have, is neither."""
    queue: str | None = None
    seat: int | None = None
    agent: str | None = None
    abnormal_wait: timedelta | None = None
    """Only abnormal calls, a wait above this being one."""
    unknown: bool = False
    """Only calls of which no end was heard."""
    impact: ImpactWindow | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page of the list ends; the next one begins after it."""

    entered_at: datetime
    call: str


@dataclass(frozen=True, slots=True)
class Present:
    """Calls that go on: waiting and spoken on, the longest first."""

    waiting: tuple[Call, ...]
    talking: tuple[Call, ...]


def read_present(session: Session, now: datetime) -> Present:
    """What goes on at ``now``, as far as the telephone system reported.

    A call whose source's clock is ahead began just now; one of the future does not go on.
    """
    rows = session.scalars(
        select(CallRow)
        .where(
            CallRow.left_at.is_(None),
            CallRow.entered_at > now - NO_END_AFTER,
            CallRow.entered_at <= now + AHEAD,
        )
        .order_by(CallRow.entered_at, CallRow.call)
    )
    calls = [_begun(call_of_row(row), now) for row in rows]
    return Present(
        tuple(call for call in calls if call.outcome is Outcome.WAITING),
        tuple(call for call in calls if call.outcome is Outcome.ANSWERED),
    )


def _begun(call: Call, now: datetime) -> Call:
    answered_at = None if call.answered_at is None else min(call.answered_at, now)
    return replace(call, entered_at=min(call.entered_at, now), answered_at=answered_at)


def heard_at(session: Session, now: datetime) -> datetime | None:
    """When the telephone system last reported a call entering or leaving; None: never.

    What it dates ahead of our clock was not heard yet: else it could not fall silent till then.
    """
    entered = session.scalar(select(func.max(CallRow.entered_at)).where(CallRow.entered_at <= now))
    left = session.scalar(select(func.max(CallRow.left_at)).where(CallRow.left_at <= now))
    return max((at for at in (entered, left) if at is not None), default=None)


def count_without_end(session: Session, start: datetime, now: datetime) -> int:
    """Calls that entered since ``start`` and of whose end nothing is known."""
    return _count(session, [CallRow.entered_at >= start, _end_unknown(now)])


def outcomes_of_day(session: Session, day: str) -> Mapping[Outcome, int]:
    """How many calls of the local day (ISO) ended how, by the tallies."""
    found = dict.fromkeys(Outcome, 0)
    rows = session.execute(
        select(CallTallyRow.outcome, func.sum(CallTallyRow.count))
        .where(CallTallyRow.day == day)
        .group_by(CallTallyRow.outcome)
    )
    for outcome, count in rows:
        found[Outcome(outcome)] = int(count)
    return found


def calls_by_quarter(session: Session, midnight: datetime) -> tuple[int, ...]:
    """Calls that entered in each quarter hour of the day from this local midnight on: 96 counts."""
    number = (_epoch(session, CallRow.entered_at) - int(midnight.timestamp())) // QUARTER_S
    rows = session.execute(
        select(number, func.count())
        .where(
            CallRow.entered_at >= midnight,
            CallRow.entered_at < midnight + timedelta(seconds=QUARTER_S * QUARTERS_A_DAY),
        )
        .group_by(number)
    )
    counted = {int(which): count for which, count in rows}
    return tuple(counted.get(which, 0) for which in range(QUARTERS_A_DAY))


def calls_by_seat(session: Session, start: datetime) -> Mapping[int, int]:
    """How many calls that entered since ``start`` each seat took."""
    rows = session.execute(
        select(CallRow.seat, func.count())
        .where(CallRow.entered_at >= start, CallRow.seat.is_not(None))
        .group_by(CallRow.seat)
    )
    return {seat: count for seat, count in rows if seat is not None}


def list_calls(
    session: Session, selection: Selection, now: datetime, after: Position | None, limit: int
) -> list[StoredCall]:
    """At most ``limit`` calls, the latest to enter first, those behind ``after`` if given."""
    query = _with_requester().where(*_conditions(selection, now))
    if after is not None:
        key = tuple_(CallRow.entered_at, CallRow.call)
        query = query.where(key < tuple_(after.entered_at, after.call))
    query = query.order_by(CallRow.entered_at.desc(), CallRow.call.desc()).limit(limit)
    return [_stored(*row) for row in session.execute(query)]


def count_calls(session: Session, selection: Selection, now: datetime) -> int:
    """How many calls a selection holds."""
    return _count(session, _conditions(selection, now))


def orders_of_calls(session: Session, selection: Selection, now: datetime) -> int:
    """How many orders came of the calls of a selection."""
    chosen = select(CallRow.call).where(*_conditions(selection, now))
    return (
        session.scalar(
            select(func.count())
            .select_from(WorkOrderRow)
            .join(CaseRow, CaseRow.number == WorkOrderRow.case_number)
            .where(CaseRow.call.in_(chosen))
        )
        or 0
    )


def find_call(session: Session, call: str) -> StoredCall | None:
    """The call of that name."""
    row = session.execute(_with_requester().where(CallRow.call == call)).first()
    return None if row is None else _stored(*row)


def require_call(session: Session, site: Site, reference: str) -> StoredCall:
    """The call of that name, or the only one of that identifier.

    Raises :class:`ops_core.kernel.errors.NotFound`, and
    :class:`~ops_core.kernel.errors.Conflict` for the identifier of several.
    """
    stored = find_call(session, find_name(session, site, reference))
    if stored is None:
        raise no_such_call(reference)
    return stored


def events_of_call(session: Session, call: str) -> Sequence[CallEvent]:
    """Everything reported of the call of that name, in the order in which it happened."""
    source, identifier = name_parts(call)
    rows = session.scalars(
        select(CallEventRow)
        .where(CallEventRow.source == source, CallEventRow.call == identifier)
        .order_by(CallEventRow.at, CallEventRow.sequence)
    )
    return [event_of(row) for row in rows]


def cases_of_calls(session: Session, calls: Collection[str]) -> Mapping[str, tuple[CallCase, ...]]:
    """The requests that were taken on these calls, by call."""
    rows = session.execute(
        select(CaseRow.call, CaseRow.number, CaseRow.title, WorkOrderRow.number, WorkOrderRow.state)
        .outerjoin(WorkOrderRow, WorkOrderRow.case_number == CaseRow.number)
        .where(CaseRow.call.in_(calls))
        .order_by(CaseRow.number)
    )
    found: dict[str, list[CallCase]] = defaultdict(list)
    for call, number, title, order, state in rows:
        found[str(call)].append(CallCase(str(call), number, title, order, state))
    return {call: tuple(cases) for call, cases in found.items()}


def rating_of_call(session: Session, call: str) -> int | None:
    """The score the caller gave the service's attitude, None when he gave none."""
    row = session.get(AttitudeRatingRow, f"call:{call}")
    return None if row is None else row.score


def _conditions(selection: Selection, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if selection.start is not None:
        found.append(CallRow.entered_at >= selection.start)
    if selection.end is not None:
        found.append(CallRow.entered_at < selection.end)
    if selection.outcome is not None:
        found.append(CallRow.outcome == selection.outcome.value)
    if selection.is_over:
        found.append(CallRow.left_at.is_not(None))
    if selection.is_over is False or selection.outcome is Outcome.WAITING:
        found += [CallRow.left_at.is_(None), CallRow.entered_at > now - NO_END_AFTER]
    for column, chosen in (
        (CallRow.queue, selection.queue),
        (CallRow.agent, selection.agent),
        (CallRow.seat, selection.seat),
    ):
        if chosen is not None:
            found.append(column == chosen)
    if selection.unknown:
        found.append(_end_unknown(now))
    if selection.abnormal_wait is not None:
        found.append(_abnormal(selection.abnormal_wait, now))
    if selection.impact is not None:
        found += _within(selection.impact)
    return found


def _end_unknown(now: datetime) -> ColumnElement[bool]:
    too_long = and_(CallRow.left_at.is_(None), CallRow.entered_at <= now - NO_END_AFTER)
    return or_(CallRow.outcome == Outcome.UNKNOWN.value, too_long)


def _abnormal(wait: timedelta, now: datetime) -> ColumnElement[bool]:
    return or_(
        CallRow.outcome.in_([outcome.value for outcome in LOST]),
        and_(CallRow.outcome == Outcome.WAITING.value, CallRow.entered_at < now - wait),
        _end_unknown(now),
    )


def _within(window: ImpactWindow) -> list[ColumnElement[bool]]:
    """Bounded by the entry as well, by which calls are indexed: none lasts longer."""
    at_seat = and_(
        CallRow.seat.in_(window.seats),
        CallRow.answered_at <= window.end,
        or_(CallRow.left_at.is_(None), CallRow.left_at >= window.start),
    )
    lost = and_(
        CallRow.outcome.in_([outcome.value for outcome in LOST]),
        CallRow.left_at >= window.start,
    )
    return [
        CallRow.entered_at > window.start - NO_END_AFTER,
        CallRow.entered_at <= window.end,
        or_(at_seat, lost) if window.with_lost else at_seat,
    ]


def _with_requester() -> Select[CallRow, str | None, str | None]:
    return select(CallRow, RequesterRow.masked_number, RequesterRow.masked_name).outerjoin(
        RequesterRow, RequesterRow.id == CallRow.requester_id
    )


def _stored(row: CallRow, masked_number: str | None, masked_name: str | None) -> StoredCall:
    return StoredCall(call_of_row(row), row.requester_id, masked_number or "", masked_name or "")


def _count(session: Session, conditions: Iterable[ColumnElement[bool]]) -> int:
    return session.scalar(select(func.count()).select_from(CallRow).where(*conditions)) or 0


def _epoch(session: Session, column: InstrumentedAttribute[datetime]) -> ColumnElement[int]:
    """Whole seconds since 1970 of a stored instant, in either database's words."""
    if session.get_bind().dialect.name == "sqlite":
        # Without its fraction, which SQLite would round up at .9995.
        return cast(func.strftime("%s", func.substr(column, 1, 19)), Integer)
    return cast(func.floor(extract("epoch", column)), BigInteger)
