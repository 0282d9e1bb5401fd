"""How records are judged, and the counts of their judgements (pure)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ops_core.kpi.reasons import Reason


class RecordVerdict(StrEnum):
    """计入且达标, 计入而未达标, 待认定, 未计入."""

    GOOD = "good"
    MISSED = "missed"
    PENDING = "pending"
    """Counted, and people have yet to say as what: it is a miss at worst and good at best."""
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one record is to an indicator in a period."""

    verdict: RecordVerdict
    reason: Reason | None = None


GOOD = Judgement(RecordVerdict.GOOD)
OUTSIDE = Judgement(RecordVerdict.LEFT_OUT, Reason.OUTSIDE_PERIOD)


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

    def count(self, verdict: RecordVerdict) -> int:
        return sum(count for judgement, count in self.by_judgement if judgement.verdict is verdict)

    def reasons(self, verdict: RecordVerdict) -> tuple[tuple[Reason | None, int], ...]:
        """The judgements of a verdict by their reasons."""
        return tuple((j.reason, count) for j, count in self.by_judgement if j.verdict is verdict)

    @property
    def denominator(self) -> int:
        """The records that count, decided or not."""
        return sum(map(self.count, RecordVerdict)) - self.count(RecordVerdict.LEFT_OUT)


def tally(judgements: Iterable[Judgement]) -> Counts:
    """The counts of judgements, one a record."""
    return Counts.of((judgement, 1) for judgement in judgements)
