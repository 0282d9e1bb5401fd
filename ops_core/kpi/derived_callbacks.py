"""Callbacks, their attempts and the ratings they brought, as their events give them.

An order's chain says in which cycle it was completed, and when: each has its callback. What came of
it was recorded with it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, islice

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.hotline.callbacks.model import CALLBACK, AttemptResult, CallbackState
from ops_core.hotline.callbacks.tables import CallbackAttemptRow, CallbackTaskRow
from ops_core.hotline.calls.ratings import RATING
from ops_core.hotline.calls.tables import AttitudeRatingRow
from ops_core.hotline.orders.order import OrderEvent
from ops_core.hotline.orders.steps import NEW_CYCLES, Step
from ops_core.hotline.orders.store import event_of
from ops_core.hotline.orders.tables import OrderEventRow
from ops_core.hotline.orders.withdrawn import effective_links
from ops_core.kernel.tables import EventRow
from ops_core.kernel.undoing import effective
from ops_core.kpi.differences import (
    UNKNOWN,
    DerivedDifference,
    DerivedKind,
    Fields,
    all_differing,
    shown,
)
from ops_core.kpi.former_names import present_subjects

AT_ONCE = 500
"""Names looked up by one question."""
_DONE, _ATTEMPTED, _WITHDRAWN = "CallbackDone", "CallbackAttempted", "CallbackWithdrawn"
_ANSWERS = ("outcome", "resolved", "result_score", "attitude_score")


def callback_differences(session: Session) -> Iterator[DerivedDifference]:
    """Every callback, attempt and rating that the events do not give."""
    events = _events(session)
    tasks = _tasks(session, events)
    yield from all_differing(DerivedKind.CALLBACK, _stored_tasks(session), tasks)
    yield from all_differing(DerivedKind.ATTEMPT, _stored_attempts(session), _attempts(events))
    stored = _stored_ratings(session)
    ratings = _under_present_names(session, _ratings(session, events), stored)
    yield from all_differing(DerivedKind.RATING, stored, ratings)


Events = Mapping[str, list[EventRow]]


def _events(session: Session) -> Events:
    """The events of each callback, the first one first."""
    found: dict[str, list[EventRow]] = defaultdict(list)
    rows = session.scalars(
        select(EventRow).where(EventRow.aggregate_type == CALLBACK).order_by(EventRow.position)
    )
    for row in rows:
        found[row.aggregate_id].append(row)
    return found


def _tasks(session: Session, events: Events) -> dict[str, Fields]:
    tasks = {one.name: _task(one, events.get(one.name, [])) for one in _completions(session)}
    alone = {name: _Completion(name, None) for name in events.keys() - tasks.keys()}
    return tasks | {name: _task(one, events[name]) for name, one in alone.items()}


@dataclass(slots=True)
class _Completion:
    """A completed cycle of an order; ``at`` None: the order has no chain that says when."""

    name: str
    at: datetime | None
    was_reopened: bool = False


def _completions(session: Session) -> Iterable[_Completion]:
    link = OrderEventRow
    rows = session.scalars(
        select(link)
        .where(link.step.in_((*NEW_CYCLES, Step.COMPLETE, Step.UNDO)))
        .order_by(link.order, link.sequence)
        .execution_options(yield_per=5000)
    )
    for order, links in groupby((event_of(row) for row in rows), key=lambda event: event.order):
        yield from _completions_of(order, effective_links(links))


def _completions_of(order: str, links: Iterable[OrderEvent]) -> list[_Completion]:
    found: list[_Completion] = []
    cycle = 1  # some end without a completion
    for link in links:
        if link.step is Step.COMPLETE:
            found.append(_Completion(f"{order}/{cycle}", link.at))
            continue
        cycle += 1
        if found:
            found[-1].was_reopened = True
    return found


def _task(completion: _Completion, events: list[EventRow]) -> Fields:
    done = next((one for one in effective(events) if one.type == _DONE), None)
    answers: Mapping[str, JsonValue] = {} if done is None else done.payload
    last = [one for one in events if one.type != _WITHDRAWN][-1:]
    return {
        "state": _state(completion, events, done),
        "opened_at": UNKNOWN if completion.at is None else _instant(completion.at),
        "assignee": last[0].actor if last else "",
        "done_at": _instant(None if done is None else done.occurred_at),
        **{name: shown(answers.get(name)) for name in _ANSWERS},
    }


def _state(completion: _Completion, events: list[EventRow], done: EventRow | None) -> str:
    """Withdrawn also where its order was reopened before that left an event."""
    if done is not None:
        return CallbackState.DONE.value
    withdrawn = completion.was_reopened or any(one.type == _WITHDRAWN for one in events)
    return (CallbackState.WITHDRAWN if withdrawn else CallbackState.OPEN).value


def _stored_tasks(session: Session) -> dict[str, Fields]:
    return {
        f"{row.order}/{row.cycle}": {
            "state": row.state,
            "opened_at": _instant(row.opened_at),
            "assignee": row.assignee,
            "done_at": _instant(row.done_at),
            **{name: shown(getattr(row, name)) for name in _ANSWERS},
        }
        for row in session.scalars(select(CallbackTaskRow))
    }


def _attempts(events: Events) -> dict[str, Fields]:
    tried = {
        name: [one for one in of if one.type == _ATTEMPTED or _has_reached(one)]
        for name, of in events.items()
    }
    return {
        f"{name}/{n}": {
            "at": _instant(one.occurred_at),
            "agent": one.actor,
            "result": str(one.payload.get("result", AttemptResult.REACHED.value)),
            "withdrawn": shown(one not in effective(events[name])),
        }
        for name, of in tried.items()
        for n, one in enumerate(of, start=1)
    }


def _has_reached(event: EventRow) -> bool:
    return event.type == _DONE and event.payload.get("outcome") != "unreachable"


def _stored_attempts(session: Session) -> dict[str, Fields]:
    return {
        f"{row.order}/{row.cycle}/{row.sequence}": {
            "at": _instant(row.at),
            "agent": row.agent,
            "result": row.result,
            "withdrawn": shown(row.withdrawn_at is not None),
        }
        for row in session.scalars(select(CallbackAttemptRow))
    }


def _ratings(session: Session, events: Events) -> dict[str, Fields]:
    """What was rated after calls, and in callbacks."""
    after_calls = session.scalars(
        select(EventRow)
        .where(EventRow.aggregate_type == RATING, EventRow.type == "AttitudeRated")
        .order_by(EventRow.position)
        .execution_options(yield_per=5000)
    )
    found = {row.aggregate_id: _rating(row.payload.get("score"), row) for row in after_calls}
    for name, of in events.items():
        for one in effective(of):
            if one.type == _DONE and one.payload.get("attitude_score") is not None:
                subject = f"{CALLBACK}:{name}"
                found[subject] = _rating(one.payload.get("attitude_score"), one)
    return found


def _under_present_names(
    session: Session, recorded: Mapping[str, Fields], stored: Mapping[str, Fields]
) -> Mapping[str, Fields]:
    """Ratings recorded when a call's identifier alone named it, by what names it now."""
    renamed = dict(recorded)
    unknown = iter(sorted(recorded.keys() - stored.keys()))
    while some := list(islice(unknown, AT_ONCE)):
        for former, present in present_subjects(session, some):
            renamed.setdefault(present, renamed.pop(former))
    return renamed


def _rating(score: JsonValue, event: EventRow) -> Fields:
    return {"score": shown(score), "at": _instant(event.occurred_at)}


def _stored_ratings(session: Session) -> dict[str, Fields]:
    rating = AttitudeRatingRow
    rows = session.execute(select(rating.subject, rating.score, rating.at))
    return {subject: {"score": str(score), "at": _instant(at)} for subject, score, at in rows}


def _instant(at: datetime | None) -> str:
    return "none" if at is None else at.astimezone(UTC).isoformat()
