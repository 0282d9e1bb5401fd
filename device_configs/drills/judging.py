"""Whether a drill holds its bounds, and whether it grows worse; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from device_configs.drills.faults import RETURN_MS, DrillFault

CONTROL_MS = 60
"""A longer gap without any fault says that the machine was too busy to measure."""
TREND_OF = 3
"""Fewer former drills of a fault than this show no trend."""
WORSE_BY = 1.5
WORSE_BY_AT_LEAST_MS = 40
"""Two datagrams: what differs by less is chance."""


class DrillVerdict(StrEnum):
    """What a drill says of one fault."""

    HOLDS = "holds"
    EXCEEDED = "exceeded"
    UNKNOWN = "unknown"
    """It was not measured, or the machine was too busy; never counts as held."""


@dataclass(frozen=True)
class DrillFigure:
    """What one fault cost, in milliseconds, in the order of its repeats.

    ``session_survived`` is None where no session went through what failed by itself.
    """

    fault: DrillFault
    gaps_ms: tuple[float, ...]
    return_gaps_ms: tuple[float, ...]
    losses_ms: tuple[float, ...]
    control_ms: float
    session_survived: bool | None
    trouble: str = ""
    """Why it could not be measured to the end."""

    @property
    def worst_ms(self) -> float:
        """The longest gap; 0 for none."""
        return max(self.gaps_ms, default=0.0)

    @property
    def worst_return_ms(self) -> float:
        """The longest gap on return; 0 for none."""
        return max(self.return_gaps_ms, default=0.0)


def verdict_of(figure: DrillFigure) -> DrillVerdict:
    """The verdict over all repeats.

    A session that ended is a failure however busy the machine was; a gap is one only where the
    control shows that the machine could measure. Gaps within the bound hold in any case.
    """
    if figure.session_survived is False:
        return DrillVerdict.EXCEEDED
    if figure.trouble or not figure.gaps_ms or len(figure.return_gaps_ms) != len(figure.gaps_ms):
        return DrillVerdict.UNKNOWN
    if figure.worst_ms <= figure.fault.bound_ms and figure.worst_return_ms <= RETURN_MS:
        return DrillVerdict.HOLDS
    return DrillVerdict.UNKNOWN if figure.control_ms > CONTROL_MS else DrillVerdict.EXCEEDED


def overall(verdicts: Sequence[DrillVerdict]) -> DrillVerdict:
    """The verdict of a whole drill: exceeded before unknown before held; of nothing, unknown."""
    if DrillVerdict.EXCEEDED in verdicts:
        return DrillVerdict.EXCEEDED
    if not verdicts or DrillVerdict.UNKNOWN in verdicts:
        return DrillVerdict.UNKNOWN
    return DrillVerdict.HOLDS


@dataclass(frozen=True)
class Worsening:
    """A gap that grew against the median of former drills of the same fault."""

    fault: str
    median_ms: float
    now_ms: float


def worsening_of(figure: DrillFigure, former_ms: Sequence[float]) -> Worsening | None:
    """Whether a fault costs clearly more than it used to, though it may still be within its bound.

    ``former_ms`` are the worst gaps of former drills that counted, in any order. What the machine
    was too busy to measure shows no trend.
    """
    known = len(former_ms) >= TREND_OF and figure.gaps_ms and figure.control_ms <= CONTROL_MS
    if not known or figure.trouble:
        return None
    usual = median(former_ms)
    limit = max(usual * WORSE_BY, usual + WORSE_BY_AT_LEAST_MS)
    return Worsening(figure.fault.name, usual, figure.worst_ms) if figure.worst_ms > limit else None


_SESSION = {None: "", True: ", session goes on", False: ", SESSION LOST"}


def line_of(figure: DrillFigure, worsening: Worsening | None) -> str:
    """A figure as a line of text."""
    text = (
        f"{figure.fault.name:36} {verdict_of(figure):9} gap {figure.worst_ms:.0f} of "
        f"{figure.fault.bound_ms} ms, return {figure.worst_return_ms:.0f}, "
        f"control {figure.control_ms:.0f}{_SESSION[figure.session_survived]}"
    )
    if figure.trouble:
        text += f" ({figure.trouble})"
    if worsening is not None:
        text += f", GREW from a median of {worsening.median_ms:.0f} ms"
    return text
