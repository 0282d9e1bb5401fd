"""One mechanism for every assessed indicator: judgements, their counts, the figure (pure).

Each record is judged once: counted good, counted as a miss, or left out, with the reason. A figure
is an exact fraction of such counts, so that a million calls weigh no more than ten. Nothing to
count is N/A; what is shown is cut off, never rounded up to a pass.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from device_configs.site.model import Indicator
from ops_core.kpi.periods import Period


class Verdict(StrEnum):
    """计入且达标, 计入而未达标, 未计入."""

    GOOD = "good"
    MISSED = "missed"
    LEFT_OUT = "left_out"


class Reason(StrEnum):
    """Why a record is a miss or is left out; on a good one, what is worth saying of it."""

    OUTSIDE_PERIOD = "outside_period"
    STILL_WAITING = "still_waiting"
    ABANDONED = "abandoned"
    TIMED_OUT = "timed_out"
    OVERFLOWED = "overflowed"
    LEFT_BY_KEY = "left_by_key"
    SUPERSEDED = "superseded"
    """The order was taken up again: it counts by its last cycle."""
    WITHIN_LIMIT = "within_limit"
    NOT_CALLED_BACK = "not_called_back"
    CALENDAR_UNKNOWN = "calendar_unknown"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    NOT_RATED = "not_rated"
    NOT_SATISFIED = "not_satisfied"
    MERGED = "merged"
    FALSE_ALARM = "false_alarm"
    """Two people said so; the record says who and why."""
    CLOCK_RUNNING = "clock_running"
    CLOCK_MISSED = "clock_missed"
    HOST_BAD = "host_bad"
    DISPLAY_BAD = "display_bad"
    CONDITION_UNKNOWN = "condition_unknown"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one record is to an indicator in a period."""

    verdict: Verdict
    reason: Reason | None = None


GOOD = Judgement(Verdict.GOOD)
OUTSIDE = Judgement(Verdict.LEFT_OUT, Reason.OUTSIDE_PERIOD)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records were judged how; each judgement once, in a fixed order."""

    by_judgement: tuple[tuple[Judgement, int], ...] = ()

    @staticmethod
    def of(pairs: Iterable[tuple[Judgement, int]]) -> "Counts":
        """The sums of the pairs, whatever their order."""
        summed: Counter[Judgement] = Counter()
        for judgement, count in pairs:
            summed[judgement] += count
        found = [(judgement, count) for judgement, count in summed.items() if count]
        return Counts(
            tuple(sorted(found, key=lambda pair: (pair[0].verdict, pair[0].reason or "")))
        )

    def __add__(self, other: "Counts") -> "Counts":
        """Periods add up: a roll-up is the ratio of sums, never the mean of ratios."""
        return Counts.of(self.by_judgement + other.by_judgement)

    def count(self, verdict: Verdict) -> int:
        return sum(count for judgement, count in self.by_judgement if judgement.verdict is verdict)

    def reasons(self, verdict: Verdict) -> tuple[tuple[Reason | None, int], ...]:
        """The judgements of a verdict by their reasons."""
        return tuple((j.reason, count) for j, count in self.by_judgement if j.verdict is verdict)

    @property
    def denominator(self) -> int:
        return self.count(Verdict.GOOD) + self.count(Verdict.MISSED)


def tally(judgements: Iterable[Judgement]) -> Counts:
    """The counts of judgements, one a record."""
    return Counts.of((judgement, 1) for judgement in judgements)


class SecondaryKind(StrEnum):
    """Ratios that are shown beside a figure and not assessed."""

    UNADJUSTED = "unadjusted"
    """Indicator 12 with the false alarms in it, shown while any is left out."""

    OFFERED = "offered"
    """Indicator 1 over calls that were offered to at least one seat, the text's other reading."""
    CONTACTED = "contacted"
    """Callbacks in which somebody was reached, of the orders counted."""
    CALLBACK_RATED = "callback_rated"
    """Callbacks that reached somebody and were given a rating of the attitude."""


@dataclass(frozen=True, slots=True)
class SecondaryRatio:
    kind: SecondaryKind
    numerator: int
    denominator: int

    @property
    def value(self) -> Fraction | None:
        return ratio(self.numerator, self.denominator)


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator of the contract over a period, as of an instant."""

    indicator: Indicator
    period: Period
    counts: Counts
    as_of: datetime
    secondary: tuple[SecondaryRatio, ...] = ()

    @property
    def number(self) -> int:
        return self.indicator.number

    @property
    def numerator(self) -> int:
        return self.counts.count(Verdict.GOOD)

    @property
    def denominator(self) -> int:
        return self.counts.denominator

    @property
    def misses(self) -> int:
        return self.counts.count(Verdict.MISSED)

    @property
    def left_out(self) -> int:
        return self.counts.count(Verdict.LEFT_OUT)

    @property
    def target(self) -> Fraction:
        return Fraction(self.indicator.target)

    @property
    def value(self) -> Fraction | None:
        """Numerator over denominator, None (N/A) when nothing was counted."""
        return ratio(self.numerator, self.denominator)

    @property
    def is_met(self) -> bool | None:
        """Whether the exact value meets the target; None without records."""
        value = self.value
        return None if value is None else meets(value, self.indicator.comparison, self.target)

    @property
    def display(self) -> str:
        """Per cent with two digits, never better than the value, or ``N/A``."""
        return show_percent(self.value)

    @property
    def is_assessed(self) -> bool:
        """Whether the contract judges by this period; the others are shown beside it."""
        return self.period.kind == self.indicator.period

    @property
    def misses_left(self) -> int | None:
        """How many of the misses the target allows are left; negative when it is exceeded.

        floor((1 - target) x denominator) - misses, for the period the contract judges by. None
        for another period, without records, and for a target that is no least share.
        """
        if not self.is_assessed or not self.denominator or self.indicator.comparison != ">=":
            return None
        allowed = (1 - self.target) * self.denominator
        return allowed.numerator // allowed.denominator - self.misses


def ratio(numerator: int, denominator: int) -> Fraction | None:
    """The exact share, None (N/A) of nothing: neither 0 nor 100 %."""
    return Fraction(numerator, denominator) if denominator else None


def meets(value: Fraction, comparison: str, target: Fraction) -> bool:
    """Whether an exact value meets a target."""
    match comparison:
        case ">=":
            return value >= target
        case "<=":
            return value <= target
        case _:
            return value == target


def show_percent(value: Fraction | None) -> str:
    """A ratio as per cent with two digits cut off (95.996 % shows 95.99 %), or ``N/A``."""
    if value is None:
        return "N/A"
    hundredths = value.numerator * 10_000 // value.denominator
    return f"{hundredths // 100}.{hundredths % 100:02d}%"
