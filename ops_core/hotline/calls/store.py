"""Call events, calls and tallies as rows: what a batch touches in one message, and its writes.

They pass by the object mapper (see :mod:`ops_core.hotline.orders.store`): a thousand mapped objects
would cost more than all the rest of a batch.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import BindParameter, Row, Table, Text, bindparam, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ops_core.hotline.calls.model import Call, CallEvent, CallEventKind, Outcome
from ops_core.hotline.calls.naming import call_name, identifier_of
from ops_core.hotline.calls.tables import CallEventRow, CallRow, CallTallyRow
from ops_core.kernel.database import connection_of
from ops_core.kernel.pipelining import PIPELINED
from ops_core.kernel.prepared_writes import PreparedWrite

TallyKey = tuple[str, str, bool]
"""Local day, outcome, and whether a seat was offered the call."""

_EVENTS = cast(Table, CallEventRow.__table__)
_CALLS = cast(Table, CallRow.__table__)
_TALLIES = cast(Table, CallTallyRow.__table__)
_EVENT = [
    _EVENTS.c[name]
    for name in ("source", "sequence", "call", "kind", "at", "queue", "agent", "seat")
]
_CALL = [
    _CALLS.c[name]
    for name in (
        "call", "entered_at", "queue", "outcome", "answered_at", "left_at", "agent", "seat",
        "rung", "transfers",
    )
]  # fmt: skip
_OF_SOURCE = _EVENTS.c.source == bindparam("of_source")
_NAME = bindparam("of_prefix", type_=Text) + _EVENTS.c.call
_TOUCHED = (
    select(*_EVENT, *_CALL, _CALLS.c.requester_id, _CALLS.c.caller_sequence)
    .select_from(_EVENTS.outerjoin(_CALLS, _CALLS.c.call == _NAME))
    .where(
        or_(
            _OF_SOURCE & _EVENTS.c.sequence.in_(bindparam("sequences", expanding=True)),
            _OF_SOURCE & _EVENTS.c.call.in_(bindparam("identifiers", expanding=True)),
            _OF_SOURCE & (_EVENTS.c.call == ""),
        )
    )
)
_ADD_EVENTS = PreparedWrite(
    insert(_EVENTS).execution_options(**PIPELINED), [column.name for column in _EVENT]
)
_ADD_CALLS = PreparedWrite(
    insert(_CALLS).execution_options(**PIPELINED),
    [*(column.name for column in _CALL), "requester_id", "caller_sequence"],
)
_STORED: dict[str, BindParameter[Any]] = {
    c.name: bindparam(f"to_{c.name}") for c in _CALL if c.name != "call"
}
_UPDATE = update(_CALLS).where(_CALLS.c.call == bindparam("of_call"))
_STORE_CALLS = PreparedWrite(_UPDATE.values(_STORED).execution_options(**PIPELINED))
_STORE_CALLS_AND_CALLERS = PreparedWrite(
    _UPDATE.values(
        {
            **_STORED,
            "requester_id": bindparam("to_requester_id"),
            "caller_sequence": bindparam("to_caller_sequence"),
        }
    ).execution_options(**PIPELINED)
)


@dataclass(frozen=True, slots=True)
class SentCaller:
    """Who called, by the event that brought the number."""

    requester: int
    sequence: int


@dataclass(slots=True)
class Touched:
    """What is stored of the calls of a batch: their events, themselves by name, and who called.

    ``events`` holds the source's starts, too, which are of no call. ``caller_sequences`` are those
    of the events that the callers' numbers came with, as far as that was kept.
    """

    events: list[CallEvent] = field(default_factory=list)
    calls: dict[str, Call] = field(default_factory=dict)
    callers: dict[str, int | None] = field(default_factory=dict)
    caller_sequences: dict[str, int | None] = field(default_factory=dict)


def read_touched(
    session: Session, source: str, sequences: Sequence[int], calls: Collection[str]
) -> Touched:
    """The stored events with these numbers of the source, and all of these calls of it, by name."""
    session.flush()
    asked = {
        "of_source": source,
        "of_prefix": _prefix(source),
        "sequences": list(sequences),
        "identifiers": sorted(map(identifier_of, calls)),
    }
    touched = Touched()
    split = len(_EVENT)
    for row in connection_of(session).execute(_TOUCHED, asked):
        *call, requester, caller_sequence = row[split:]
        touched.events.append(_event_of(row[:split]))
        name = call[0]
        if name is not None and name not in touched.calls:
            touched.calls[name] = _call_of(call)
            touched.callers[name] = requester
            touched.caller_sequences[name] = caller_sequence
    return touched


def running_calls(session: Session, source: str, before: datetime) -> list[str]:
    """Calls of the source that entered before that instant and of which no end was reported."""
    session.flush()
    prefix = _prefix(source)
    of_source = func.substr(_CALLS.c.call, 1, len(prefix)) == prefix
    running = select(_CALLS.c.call).where(
        _CALLS.c.left_at.is_(None), _CALLS.c.entered_at <= before, of_source
    )
    return list(connection_of(session).scalars(running))


def _prefix(source: str) -> str:
    """What the names of a source's calls begin with."""
    return call_name(source, "-").removesuffix("-")


def add_events(session: Session, events: Iterable[CallEvent]) -> None:
    """Store events that are not stored yet."""
    rows = [
        {
            "source": event.source,
            "sequence": event.sequence,
            "call": event.call,
            "kind": event.kind.value,
            "at": event.at,
            "queue": event.queue,
            "agent": event.agent,
            "seat": event.seat,
        }
        for event in events
    ]
    _ADD_EVENTS.execute(connection_of(session), rows)


def store_calls(
    session: Session,
    calls: Sequence[Call],
    known: Collection[str],
    callers: Mapping[str, SentCaller],
) -> None:
    """Store the calls; who called is kept where nothing newer is sent."""
    connection = connection_of(session)
    made = [
        {"call": call.call, **_caller(callers.get(call.call)), **_values(call)}
        for call in calls
        if call.call not in known
    ]
    with_caller = [c for c in calls if c.call in known and c.call in callers]
    without_caller = [c for c in calls if c.call in known and c.call not in callers]
    if made:
        _ADD_CALLS.execute(connection, made)
    if with_caller:
        rows = [
            _changed(c) | {f"to_{name}": v for name, v in _caller(callers[c.call]).items()}
            for c in with_caller
        ]
        _STORE_CALLS_AND_CALLERS.execute(connection, rows)
    if without_caller:
        _STORE_CALLS.execute(connection, [_changed(c) for c in without_caller])


def _caller(sent: SentCaller | None) -> dict[str, int | None]:
    if sent is None:
        return {"requester_id": None, "caller_sequence": None}
    return {"requester_id": sent.requester, "caller_sequence": sent.sequence}


def move_tallies(session: Session, moved: Mapping[TallyKey, int]) -> None:
    """Add to the tallies; one that is not there yet begins at its move."""
    rows = [
        {"day": day, "outcome": outcome, "offered": offered, "count": by}
        for (day, outcome, offered), by in sorted(moved.items())
        if by
    ]
    if rows:
        connection = connection_of(session)
        _MOVE[connection.dialect.name].execute(connection, rows)


def _move(dialect: Any) -> PreparedWrite:
    added = dialect.insert(_TALLIES)
    move = added.on_conflict_do_update(
        index_elements=[_TALLIES.c.day, _TALLIES.c.outcome, _TALLIES.c.offered],
        set_={"count": _TALLIES.c.count + added.excluded["count"]},
    ).execution_options(**PIPELINED)
    return PreparedWrite(move, _TALLIES.c.keys())


_MOVE = {"postgresql": _move(postgresql), "sqlite": _move(sqlite)}


def _event_of(row: Sequence[Any]) -> CallEvent:
    source, sequence, call, kind, *rest = row
    return CallEvent(source, sequence, call, CallEventKind(kind), *rest)


def _call_of(row: Sequence[Any]) -> Call:
    call, entered_at, queue, outcome, *rest = row
    return Call(call, entered_at, queue, Outcome(outcome), *rest)


def _values(call: Call) -> dict[str, object]:
    return {
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


def _changed(call: Call) -> dict[str, object]:
    return {"of_call": call.call} | {f"to_{name}": v for name, v in _values(call).items()}


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
