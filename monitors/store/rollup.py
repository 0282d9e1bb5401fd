"""Roll-ups: what is kept of a series when its single values go. Pure.

A roll-up holds only what merges: count, sum, smallest, largest, last with its instant, and how
often each of a few values occurred. The mean is made when it is read (there is no mean of means),
so an hour merged from its twelve buckets of five minutes is the hour rolled up from its values.

What a field is follows from its values, not from its name:

- a float or an integer has all of these; a rate is a gauge here, for each ``..._rate`` is the mean
  over the time since the reading before it, and a reading that gave none left no value;
- a counter's volume between two buckets is the difference of their last values;
- a boolean, a text or an integer that takes few values is a state, whose shares are in
  ``occurrences``.

A bucket without a value has no roll-up: a gap is unknown, neither a zero nor the value before it.
Buckets are aligned to the epoch in UTC, hold their start and not their end; no change of a local
clock moves them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from functools import reduce

from monitors.samples import FieldValue
from monitors.store.instants import MICROSECOND, instant, microseconds
from monitors.store.protocol import Point

MOST_STATES = 8
"""A field that takes more values within one bucket is no state: its occurrences are not kept."""


class RollupWidth(Enum):
    """How long a bucket is, and how long roll-ups of that width are kept."""

    FIVE_MINUTES = (timedelta(minutes=5), timedelta(days=366), "5m")
    HOUR = (timedelta(hours=1), timedelta(days=3 * 366), "1h")

    def __init__(self, long: timedelta, kept: timedelta, label: str) -> None:
        self.long, self.kept, self.label = long, kept, label

    @property
    def seconds(self) -> int:
        return self.long // timedelta(seconds=1)

    def start_of(self, at: datetime) -> datetime:
        """The start of the bucket that holds the instant; before 1970, too."""
        width = self.long // MICROSECOND
        return instant(microseconds(at) // width * width)


@dataclass(frozen=True, slots=True)
class Rollup:
    """What one field of one series did within [start, start + width).

    ``total``, ``low`` and ``high`` are None for texts; a boolean counts as 0 or 1. ``occurrences``
    is None where more than :data:`MOST_STATES` values occurred, and for floats.
    """

    start: datetime
    count: int
    total: float | None
    low: float | None
    high: float | None
    last: FieldValue
    last_at: datetime
    occurrences: Mapping[str, int] | None

    @property
    def mean(self) -> float | None:
        """None for texts, which have none."""
        return None if self.total is None else self.total / self.count

    def share_of(self, state: FieldValue) -> float | None:
        """The share of the values that were this state; None where it is not known."""
        if self.occurrences is None:
            return None
        return self.occurrences.get(state_name(state), 0) / self.count


def state_name(value: FieldValue) -> str:
    """A value as ``occurrences`` names it: ``true``, ``1``, ``up``."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def of_points(points: Sequence[Point], start: datetime) -> Rollup:
    """Values of one bucket that begins at ``start``, one at least, all of one type, in any order.

    The same as each of them merged, in one pass: this is done for every value that is measured.
    """
    last = max(points, key=lambda point: point.at)
    values = [point.value for point in points]
    numbers = [value for value in values if not isinstance(value, str)]
    return Rollup(
        start=start,
        count=len(points),
        total=float(sum(numbers)) if numbers else None,
        low=min(numbers) + 0 if numbers else None,  # a boolean becomes 0 or 1
        high=max(numbers) + 0 if numbers else None,
        last=last.value,
        last_at=last.at,
        occurrences=None if isinstance(last.value, float) else _occurrences(values),
    )


def _occurrences(values: Iterable[FieldValue]) -> Mapping[str, int] | None:
    counts = Counter(values)
    if len(counts) > MOST_STATES:
        return None
    return {state_name(value): count for value, count in counts.items()}


def merged(one: Rollup, other: Rollup) -> Rollup:
    """Both as one, in the bucket of the first; the order matters only to rounding of the total."""
    later = max(one, other, key=lambda rollup: rollup.last_at)
    return Rollup(
        start=one.start,
        count=one.count + other.count,
        total=_sum(one.total, other.total),
        low=_extreme(min, one.low, other.low),
        high=_extreme(max, one.high, other.high),
        last=later.last,
        last_at=later.last_at,
        occurrences=_joined(one.occurrences, other.occurrences),
    )


def rolled_up(points: Iterable[Point], width: RollupWidth) -> list[Rollup]:
    """One roll-up for each bucket that has a value, in order of time; points in any order."""
    buckets: dict[datetime, list[Point]] = {}
    for point in points:
        buckets.setdefault(width.start_of(point.at), []).append(point)
    return [of_points(buckets[start], start) for start in sorted(buckets)]


def coarser(rollups: Iterable[Rollup], width: RollupWidth) -> list[Rollup]:
    """Roll-ups of a width that divides ``width``, merged into its buckets."""
    buckets: dict[datetime, list[Rollup]] = {}
    for rollup in rollups:
        buckets.setdefault(width.start_of(rollup.start), []).append(rollup)
    return [replace(reduce(merged, buckets[start]), start=start) for start in sorted(buckets)]


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other


def _extreme(
    pick: Callable[[float, float], float], one: float | None, other: float | None
) -> float | None:
    return None if one is None or other is None else pick(one, other)


def _joined(
    one: Mapping[str, int] | None, other: Mapping[str, int] | None
) -> Mapping[str, int] | None:
    if one is None or other is None:
        return None
    both = dict(one)
    for state, count in other.items():
        both[state] = both.get(state, 0) + count
    return both if len(both) <= MOST_STATES else None
