"""What is long or says the same again is folded: nothing is left out (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from wallboard.incidents.detail import TimelineLine

SHOWN_LINES = 60
"""A difference that is longer shows its first so many lines."""


@dataclass(frozen=True, slots=True)
class RepeatedLine:
    """A line of a time line that came ``times`` times without another between."""

    first: TimelineLine
    last: TimelineLine
    times: int


@dataclass(frozen=True, slots=True)
class FoldedText:
    """The lines of a text: those that are shown, and those behind them."""

    shown: Sequence[str]
    folded: Sequence[str]


def repeats_folded(timeline: Sequence[TimelineLine]) -> Sequence[RepeatedLine]:
    """Neighbours that say the same by the same person, as one."""
    runs = (tuple(run) for _, run in groupby(timeline, key=lambda one: (one.text, one.actor)))
    return [RepeatedLine(run[0], run[-1], len(run)) for run in runs]


def lines_folded(text: str) -> FoldedText:
    """A text's lines; what is only a little longer than :data:`SHOWN_LINES` is shown whole."""
    lines = text.splitlines()
    if len(lines) <= SHOWN_LINES + SHOWN_LINES // 4:
        return FoldedText(lines, ())
    return FoldedText(lines[:SHOWN_LINES], lines[SHOWN_LINES:])
