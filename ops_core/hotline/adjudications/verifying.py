"""Adjudications held against their events."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, fields

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.hotline.adjudications.model import (
    Adjudication,
    AdjudicationEvent,
    AdjudicationStep,
    replay,
)
from ops_core.hotline.adjudications.service import EVENT_TYPES
from ops_core.hotline.adjudications.store import ADJUDICATION, adjudication_of
from ops_core.hotline.adjudications.tables import AdjudicationRow
from ops_core.kernel.tables import EventRow

_STEPS = {kind: step for step, kind in EVENT_TYPES.items()}


@dataclass(frozen=True, slots=True)
class AdjudicationFlaw:
    """Where a matter is not what its events say."""

    number: str
    field: str
    stored: str
    recorded: str


def adjudication_flaws(session: Session) -> Iterator[AdjudicationFlaw]:
    """Every matter that its events do not give, and every one that is missing."""
    events: dict[str, list[AdjudicationEvent]] = defaultdict(list)
    rows = session.scalars(
        select(EventRow).where(EventRow.aggregate_type == ADJUDICATION).order_by(EventRow.position)
    )
    for row in rows:
        if row.type in _STEPS:
            events[row.aggregate_id].append(_event_of(row))
    stored = {row.number: adjudication_of(row) for row in session.scalars(select(AdjudicationRow))}
    for number in sorted(stored.keys() | events.keys()):
        yield from _flaws_of(number, stored.get(number), events[number])


def _flaws_of(
    number: str, stored: Adjudication | None, events: list[AdjudicationEvent]
) -> Iterator[AdjudicationFlaw]:
    try:
        recorded = replay(number, events)
    except Exception as fault:  # noqa: BLE001 - whatever was made of an event, it is a flaw
        yield AdjudicationFlaw(number, "events", "there", type(fault).__name__)
        return
    if stored is None or recorded is None:
        yield AdjudicationFlaw(number, "record", _is_there(stored), _is_there(recorded))
        return
    for field in fields(Adjudication):
        is_so, ought = getattr(stored, field.name), getattr(recorded, field.name)
        if is_so != ought:
            yield AdjudicationFlaw(number, field.name, str(is_so), str(ought))


def _is_there(matter: Adjudication | None) -> str:
    return "none" if matter is None else "there"


def _event_of(row: EventRow) -> AdjudicationEvent:
    step: AdjudicationStep = _STEPS[row.type]
    return AdjudicationEvent(step, row.payload, row.actor, row.occurred_at)
