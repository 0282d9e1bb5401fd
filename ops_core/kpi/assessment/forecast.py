"""Where an indicator is heading if it goes on as it has: no assessment, a warning (pure)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from ops_core.kpi.figures import Figure
from ops_core.kpi.judgements import Counts, Judgement, RecordVerdict

LEAST_SHARE = Fraction(1, 10)
"""Of a period that has to be over before anything is foretold."""


_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The figure at the end of its period at the pace so far.

    ``misses_left`` is the error budget then; negative when it would be exceeded.
    """

    denominator: int
    misses: int
    misses_left: int | None
    is_met: bool | None


def forecast(figure: Figure, now: datetime) -> Forecast | None:
    """At the end of the period; None for one that is over, has hardly begun, or has no records.

    Misses and records grow with the time that is gone; misses are rounded up, records cut off.
    """
    period = figure.period
    if not period.start < now < period.end or not figure.denominator:
        return None
    gone = Fraction((now - period.start) // _SECOND, (period.end - period.start) // _SECOND)
    if gone < LEAST_SHARE:
        return None
    misses = -(-(figure.misses + figure.pending) // gone)
    counted = max(figure.counts.denominator // gone, misses)
    grown = Counts.of(
        [
            (Judgement(RecordVerdict.GOOD), int(counted - misses)),
            (Judgement(RecordVerdict.MISSED), int(misses)),
        ]
    )
    base = None if figure.base is None else int(figure.base // gone)
    then = Figure(figure.indicator, period, grown, figure.as_of, base=base)
    return Forecast(then.denominator, int(misses), then.misses_left, then.is_met)
