"""A drill as its events have it; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue, TypeAdapter

from device_configs.drills.judging import (
    CONTROL_MS,
    DrillFigure,
    DrillVerdict,
    Worsening,
    overall,
    verdict_of,
)
from device_configs.drills.terms import DrillCause, DrillPlace
from ops_core.kernel.events import Event

DRILL = "drill"
STARTED, MEASURED, FINISHED = "DrillStarted", "DrillFaultMeasured", "DrillFinished"
ABANDONED_AFTER = timedelta(minutes=10)
"""Without a word for so long, whoever ran it was killed."""

_FIGURE = TypeAdapter(DrillFigure)
_WORSENING = TypeAdapter(Worsening | None)


@dataclass(frozen=True)
class DrillOutcome:
    """What one fault of a drill came to."""

    at: datetime
    figure: DrillFigure
    worsening: Worsening | None

    @property
    def verdict(self) -> DrillVerdict:
        """See :func:`verdict_of`."""
        return verdict_of(self.figure)


@dataclass(frozen=True)
class DrillRecord:
    """One drill; ``faults`` are the names of all it set out to do."""

    number: str
    author: str
    faults: tuple[str, ...]
    started_at: datetime
    last_at: datetime
    finished_at: datetime | None
    outcomes: tuple[DrillOutcome, ...]
    trouble: str
    place: DrillPlace = DrillPlace.TWIN
    cause: DrillCause = DrillCause.REQUEST
    repeats: int | None = None
    """None for one from before it was on record."""

    @property
    def verdict(self) -> DrillVerdict:
        """Of all its faults; what was not measured is unknown."""
        found = [outcome.verdict for outcome in self.outcomes]
        missing = len(self.faults) > len(found)
        return overall([*found, *([DrillVerdict.UNKNOWN] if missing else [])])

    @property
    def worsenings(self) -> tuple[Worsening, ...]:
        """What grew against former drills."""
        return tuple(o.worsening for o in self.outcomes if o.worsening is not None)

    def is_abandoned(self, now: datetime) -> bool:
        """Whether it will never finish."""
        return self.finished_at is None and now - self.last_at > ABANDONED_AFTER


def measured_payload(figure: DrillFigure, worsening: Worsening | None) -> dict[str, JsonValue]:
    """What the event of a measured fault holds."""
    return {
        "figure": _FIGURE.dump_python(figure, mode="json"),
        "verdict": verdict_of(figure).value,
        "worsening": _WORSENING.dump_python(worsening, mode="json"),
    }


def drill_of(events: Sequence[Event]) -> DrillRecord:
    """The drill that its events amount to, first to last."""
    first, last = events[0], events[-1]
    named = first.payload.get("faults")
    ended = last if last.type == FINISHED else None
    return DrillRecord(
        number=first.aggregate_id,
        author=first.actor,
        faults=tuple(str(name) for name in named) if isinstance(named, list) else (),
        started_at=first.occurred_at,
        last_at=last.occurred_at,
        finished_at=ended.occurred_at if ended else None,
        outcomes=tuple(_outcome(event) for event in events if event.type == MEASURED),
        trouble=str(ended.payload.get("trouble", "")) if ended else "",
        place=DrillPlace(str(first.payload.get("place", DrillPlace.TWIN))),
        cause=DrillCause(str(first.payload.get("cause", DrillCause.REQUEST))),
        repeats=repeats if isinstance(repeats := first.payload.get("repeats"), int) else None,
    )


def _outcome(event: Event) -> DrillOutcome:
    return DrillOutcome(
        at=event.occurred_at,
        figure=_FIGURE.validate_python(event.payload["figure"]),
        worsening=_WORSENING.validate_python(event.payload.get("worsening")),
    )


def former_gaps(drills: Sequence[DrillRecord], fault: str) -> list[float]:
    """Worst gaps of a fault in drills that counted: measured to the end on a quiet machine."""
    return [
        outcome.figure.worst_ms
        for drill in drills
        for outcome in drill.outcomes
        if outcome.figure.fault.name == fault
        and outcome.figure.gaps_ms
        and not outcome.figure.trouble
        and outcome.figure.control_ms <= CONTROL_MS
    ]
