"""Takes the telephone system's events and keeps the calls and their tallies true to them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from ops_core.hotline.call_model import Call, CallEvent, CallEventKind, Outcome, call_of
from ops_core.hotline.contacts import ContactVault
from ops_core.hotline.queue_log import IncomingEvent
from ops_core.hotline.requesters import requester_ids
from ops_core.hotline.tables import CallEventRow, CallRow, CallTallyRow
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.database import Base
from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Permission, require

CALL_SOURCE = "call_source"
"""Aggregate type of the events that tell of a lot of call events."""
BATCH = 1000
"""Events of one transaction of an import."""

# Rows of a lot are read as plain columns: a thousand mapped objects would cost more than the rest.
_EVENT_COLUMNS = (
    CallEventRow.source, CallEventRow.sequence, CallEventRow.call, CallEventRow.kind,
    CallEventRow.at, CallEventRow.queue, CallEventRow.agent, CallEventRow.seat,
)  # fmt: skip
_CALL_COLUMNS = (
    CallRow.call, CallRow.entered_at, CallRow.queue, CallRow.outcome, CallRow.answered_at,
    CallRow.left_at, CallRow.agent, CallRow.seat, CallRow.rung, CallRow.transfers,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a lot: events new and known before, calls that changed."""

    new: int
    known: int
    calls: tuple[str, ...]


def take_events(
    uow: UnitOfWork, vault: ContactVault, lot: Sequence[IncomingEvent], zone: ZoneInfo
) -> Taken:
    """Store what is new of a lot and bring its calls up to date; a lot may come again.

    ``zone`` cuts the days of the tallies. Raises Forbidden; :class:`Invalid` for a lot of several
    sources; :class:`Conflict` when a number of the source now says something else than before.
    A lot that brings nothing new changes nothing, not even the audit log.
    """
    require(uow.actor, Permission.FEED_CALLS)
    source = _source_of(lot)
    new = _unknown(uow.session, source, lot)
    if not new:
        return Taken(0, len(lot), ())
    callers = {i.event.call: i.caller for i in new if i.caller}
    ids = requester_ids(uow.session, vault, callers.values())
    _insert(uow.session, CallEventRow, [_row_of(i.event) for i in new])
    changed = _update_calls(
        uow.session,
        {i.event.call for i in new},
        {call: ids[number] for call, number in callers.items()},
        zone,
    )
    last = max(i.event.sequence for i in new)
    detail = {"new": len(new), "last_sequence": last, "calls": len(changed)}
    uow.event(CALL_SOURCE, source, "CallEventsTaken", detail)
    uow.audit("CallEventsTaken", CALL_SOURCE, source, detail)
    return Taken(len(new), len(lot) - len(new), tuple(changed))


def event_of(row: CallEventRow | Row[*tuple[Any, ...]]) -> CallEvent:
    """The stored event, or its columns, as a value."""
    return CallEvent(
        row.source, row.sequence, row.call, CallEventKind(row.kind), row.at, row.queue, row.agent,
        row.seat,
    )  # fmt: skip


def call_of_row(row: CallRow | Row[*tuple[Any, ...]]) -> Call:
    """The stored call, or its columns, as a value."""
    return Call(
        row.call, row.entered_at, row.queue, Outcome(row.outcome), row.answered_at, row.left_at,
        row.agent, row.seat, row.rung, row.transfers,
    )  # fmt: skip


def tally_key(call: Call, zone: ZoneInfo) -> tuple[str, str, bool]:
    """Day, outcome and whether a seat was offered it: where a call is tallied."""
    offered = call.rung > 0 or call.answered_at is not None
    return f"{call.entered_at.astimezone(zone):%Y-%m-%d}", call.outcome.value, offered


def _source_of(lot: Sequence[IncomingEvent]) -> str:
    sources = {item.event.source for item in lot}
    if len(sources) != 1 or "" in sources:
        raise Invalid("一批话务事件须来自同一来源", "", "请按来源分批提交，并注明来源。")
    return sources.pop()


def _unknown(session: Session, source: str, lot: Sequence[IncomingEvent]) -> list[IncomingEvent]:
    """Those of the lot that are not stored yet, each number once."""
    told: dict[int, IncomingEvent] = {}
    for item in lot:
        earlier = told.setdefault(item.event.sequence, item)
        _same(earlier.event, item.event)
    stored = select(*_EVENT_COLUMNS).where(
        CallEventRow.source == source, CallEventRow.sequence.in_(list(told))
    )
    for event in map(event_of, session.execute(stored)):
        _same(event, told.pop(event.sequence).event)
    return list(told.values())


def _same(stored: CallEvent, told: CallEvent) -> None:
    if stored == told:
        return
    raise Conflict(
        "同一序号的话务事件前后不一致",
        message("来源 {source} 的第 {n} 号已有不同内容。", source=told.source, n=told.sequence),
        "请核对来源的编号；已存的事件不会被改写。",
    )


def _row_of(event: CallEvent) -> dict[str, object]:
    return {
        "source": event.source,
        "sequence": event.sequence,
        "call": event.call,
        "kind": event.kind.value,
        "at": event.at,
        "queue": event.queue,
        "agent": event.agent,
        "seat": event.seat,
    }


def _update_calls(
    session: Session, names: Iterable[str], requesters: Mapping[str, int], zone: ZoneInfo
) -> list[str]:
    """Make the calls anew from all their events, with the tallies; returns those that changed."""
    wanted = sorted(names)
    events: dict[str, list[CallEvent]] = defaultdict(list)
    told = select(*_EVENT_COLUMNS).where(CallEventRow.call.in_(wanted))
    for event in map(event_of, session.execute(told)):
        events[event.call].append(event)
    known = select(*_CALL_COLUMNS, CallRow.requester_id).where(CallRow.call.in_(wanted))
    rows = session.execute(known).all()
    stored = {row.call: call_of_row(row) for row in rows}
    callers = {row.call: row.requester_id for row in rows}
    moved: dict[tuple[str, str, bool], int] = defaultdict(int)
    changed: list[Call] = []
    for name in wanted:
        call, before = call_of(events[name]), stored.get(name)
        told_caller = requesters.get(name)
        if call is None or (call == before and told_caller in (None, callers[name])):
            continue
        if before is not None:
            moved[tally_key(before, zone)] -= 1
        moved[tally_key(call, zone)] += 1
        changed.append(call)
    _write(session, changed, stored.keys(), requesters)
    _move_tallies(session, moved)
    session.flush()
    return [call.call for call in changed]


def _write(
    session: Session, calls: Sequence[Call], known: Collection[str], requesters: Mapping[str, int]
) -> None:
    """Store the calls; who called is kept where it is not told again."""
    made = [
        _row_of_call(call) | {"requester_id": requesters.get(call.call)}
        for call in calls
        if call.call not in known
    ]
    told = [c for c in calls if c.call in known and c.call in requesters]
    untold = [c for c in calls if c.call in known and c.call not in requesters]
    if made:
        _insert(session, CallRow, made)
    if told:
        rows = [_row_of_call(c) | {"requester_id": requesters[c.call]} for c in told]
        session.execute(update(CallRow), rows)
    if untold:
        session.execute(update(CallRow), [_row_of_call(c) for c in untold])


def _insert(session: Session, table: type[Base], rows: Sequence[dict[str, object]]) -> None:
    # The table and not its class: the latter would split the lot at every seat that is None.
    session.execute(insert(Base.metadata.tables[table.__tablename__]), rows)


def _row_of_call(call: Call) -> dict[str, object]:
    return {
        "call": call.call,
        "entered_at": call.entered_at,
        "queue": call.queue,
        "outcome": call.outcome.value,
        "answered_at": call.answered_at,
        "left_at": call.left_at,
        "agent": call.agent,
        "seat": call.seat,
        "rung": call.rung,
        "transfers": call.transfers,
    }


def _move_tallies(session: Session, moved: Mapping[tuple[str, str, bool], int]) -> None:
    for (day, outcome, offered), by in moved.items():
        if not by:
            continue
        row = session.get(CallTallyRow, (day, outcome, offered))
        if row is None:
            session.add(CallTallyRow(day=day, outcome=outcome, offered=offered, count=by))
        else:
            row.count += by


def recount(session: Session, zone: ZoneInfo) -> dict[tuple[str, str, bool], int]:
    """The tallies as the calls themselves give them, to be held against the stored ones."""
    found: dict[tuple[str, str, bool], int] = defaultdict(int)
    row = CallRow
    wanted = select(row.entered_at, row.outcome, row.rung, row.answered_at)
    for entered, outcome, rung, answered in session.execute(
        wanted.execution_options(yield_per=5000)
    ):
        offered = rung > 0 or answered is not None
        found[f"{entered.astimezone(zone):%Y-%m-%d}", outcome, offered] += 1
    return dict(found)


def tallies(session: Session, first: datetime, end: datetime, zone: ZoneInfo) -> list[CallTallyRow]:
    """The stored tallies of the local days in [first, end); both must be local midnights."""
    days = (f"{at.astimezone(zone):%Y-%m-%d}" for at in (first, end))
    start, stop = days
    return list(
        session.scalars(
            select(CallTallyRow).where(
                CallTallyRow.day >= start, CallTallyRow.day < stop, CallTallyRow.count != 0
            )
        )
    )
