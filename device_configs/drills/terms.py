"""Where a drill takes place, why, and for how long (values)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DrillPlace(StrEnum):
    """What is broken."""

    TWIN = "twin"
    """The twin that runs in the state directory."""
    OWN_TWIN = "own_twin"
    """A twin made for the drill, of what the devices had then."""


class DrillCause(StrEnum):
    REQUEST = "request"
    SCHEDULE = "schedule"


@dataclass(frozen=True)
class DrillTerms:
    """``closes``: an aware instant at which no further fault is begun; None without a limit."""

    repeats: int = 1
    place: DrillPlace = DrillPlace.TWIN
    cause: DrillCause = DrillCause.REQUEST
    closes: datetime | None = None
