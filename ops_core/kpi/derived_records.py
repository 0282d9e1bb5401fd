"""What indicators 1, 4 and 10 count, held against the append-only events it was made from.

The day sums agree with the calls (:mod:`ops_core.kpi.call_tallies`), and calls that were changed
together with their sums agree as well: only their events still say what they were.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, islice

from pydantic import JsonValue
from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from ops_core.hotline.callbacks.model import CALLBACK
from ops_core.hotline.callbacks.tables import CallbackTaskRow
from ops_core.hotline.calls.model import Call, CallEvent, CallEventKind, call_of
from ops_core.hotline.calls.ratings import RATING
from ops_core.hotline.calls.store import call_of_row, event_of
from ops_core.hotline.calls.tables import AttitudeRatingRow, CallEventRow, CallRow
from ops_core.kernel.tables import EventRow
from ops_core.kpi.former_names import present_subjects

AT_ONCE = 500
"""Records looked up by one question."""


class DerivedKind(StrEnum):
    CALL = "call"
    CALLBACK = "callback"
    RATING = "rating"


@dataclass(frozen=True, slots=True)
class DerivedDifference:
    """A record that is not what its events amount to; ``none`` where one side has nothing."""

    kind: DerivedKind
    identifier: str
    field: str
    stored: str
    by_events: str


def derived_differences(session: Session) -> list[DerivedDifference]:
    """Every call, callback and rating that its events do not give; empty when all agree.

    Reads every event of calls, in slices; a million take minutes.
    """
    return [*_calls(session), *_callbacks(session), *_ratings(session)]


def _calls(session: Session) -> Iterator[DerivedDifference]:
    starts = _starts(session)
    rows = session.execute(
        select(CallEventRow.__table__)
        .where(CallEventRow.call != "")
        .order_by(CallEventRow.call, CallEventRow.source)
        .execution_options(yield_per=5000)
    )
    by_call = groupby((event_of(row) for row in rows), key=lambda event: event.name)
    counted = ((name, _call_of(list(events), starts)) for name, events in by_call)
    while some := list(islice(counted, AT_ONCE)):
        stored = _stored_calls(session, [name for name, _ in some])
        for name, call in some:
            yield from _differing(DerivedKind.CALL, name, _fields(stored.get(name)), _fields(call))
    for row in session.scalars(select(CallRow).where(~_has_event(session))):
        call = call_of_row(row)
        yield from _differing(DerivedKind.CALL, call.call, _fields(call), None)


def _has_event(session: Session) -> ColumnElement[bool]:
    """Asked by the identifier, which the events are indexed by."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    cut = (func.instr if is_sqlite else func.strpos)(CallRow.call, ":")
    source = func.replace(func.replace(CallEventRow.source, "%", "%25"), ":", "%3A")
    return exists().where(
        CallEventRow.call == func.substr(CallRow.call, cut + 1),
        source + ":" + CallEventRow.call == CallRow.call,
    )


def _starts(session: Session) -> Mapping[str, Sequence[CallEvent]]:
    found: dict[str, list[CallEvent]] = defaultdict(list)
    kind = CallEventKind.QUEUESTART.value
    for row in session.scalars(select(CallEventRow).where(CallEventRow.kind == kind)):
        found[row.source].append(event_of(row))
    return found


def _call_of(events: Sequence[CallEvent], starts: Mapping[str, Sequence[CallEvent]]) -> Call | None:
    of_sources = [s for source in {e.source for e in events} for s in starts.get(source, ())]
    return call_of(events, of_sources)


def _stored_calls(session: Session, names: Sequence[str]) -> dict[str, Call]:
    rows = session.scalars(select(CallRow).where(CallRow.call.in_(names)))
    return {row.call: call_of_row(row) for row in rows}


def _fields(call: Call | None) -> dict[str, str] | None:
    if call is None:
        return None
    return {
        "outcome": call.outcome.value,
        "entered_at": call.entered_at.isoformat(),
        "answered_at": call.answered_at.isoformat() if call.answered_at else "none",
        "left_at": call.left_at.isoformat() if call.left_at else "none",
        "seat": str(call.seat),
        "agent": call.agent,
        "rung": str(call.rung),
    }


def _callbacks(session: Session) -> Iterator[DerivedDifference]:
    recorded = {
        name: {"outcome": _text(payload, "outcome"), "attitude": _text(payload, "attitude_score")}
        for name, payload in _last_events(session, CALLBACK, "CallbackDone")
    }
    rows = session.execute(
        select(
            CallbackTaskRow.order, CallbackTaskRow.cycle, CallbackTaskRow.outcome,
            CallbackTaskRow.attitude_score,
        ).where(CallbackTaskRow.outcome.is_not(None))
    )  # fmt: skip
    stored = {
        f"{order}/{cycle}": {"outcome": str(outcome), "attitude": _shown(score)}
        for order, cycle, outcome, score in rows
    }
    yield from _all_differing(DerivedKind.CALLBACK, stored, recorded)


def _ratings(session: Session) -> Iterator[DerivedDifference]:
    """Ratings of callbacks came with the callbacks' own events."""
    recorded = {
        name: {"score": _text(payload, "score")}
        for name, payload in _last_events(session, RATING, "AttitudeRated")
    }
    recorded |= {
        f"{CALLBACK}:{name}": {"score": _text(payload, "attitude_score")}
        for name, payload in _last_events(session, CALLBACK, "CallbackDone")
        if payload.get("attitude_score") is not None
    }
    rows = session.execute(select(AttitudeRatingRow.subject, AttitudeRatingRow.score))
    stored = {subject: {"score": str(score)} for subject, score in rows}
    unknown = iter(sorted(recorded.keys() - stored.keys()))
    while some := list(islice(unknown, AT_ONCE)):
        for former, present in present_subjects(session, some):
            recorded.setdefault(present, recorded.pop(former))
    yield from _all_differing(DerivedKind.RATING, stored, recorded)


def _last_events(
    session: Session, aggregate: str, kind: str
) -> Iterator[tuple[str, Mapping[str, JsonValue]]]:
    """The events of a kind by what they are about, in the order of time: the last one counts."""
    rows = session.execute(
        select(EventRow.aggregate_id, EventRow.payload)
        .where(EventRow.aggregate_type == aggregate, EventRow.type == kind)
        .order_by(EventRow.position)
        .execution_options(yield_per=5000)
    )
    yield from ((name, payload) for name, payload in rows)


Fields = Mapping[str, str]


def _all_differing(
    kind: DerivedKind, stored: Mapping[str, Fields], recorded: Mapping[str, Fields]
) -> Iterator[DerivedDifference]:
    for name in sorted(stored.keys() | recorded.keys()):
        yield from _differing(kind, name, stored.get(name), recorded.get(name))


def _differing(
    kind: DerivedKind, name: str, stored: Fields | None, recorded: Fields | None
) -> Iterable[DerivedDifference]:
    if stored is None or recorded is None:
        if stored is not recorded:
            there = ("none", "there") if stored is None else ("there", "none")
            yield DerivedDifference(kind, name, "record", *there)
        return
    for field, value in stored.items():
        if recorded[field] != value:
            yield DerivedDifference(kind, name, field, value, recorded[field])


def _text(payload: Mapping[str, JsonValue], name: str) -> str:
    return _shown(payload.get(name))


def _shown(value: JsonValue) -> str:
    return "none" if value is None else str(value)
