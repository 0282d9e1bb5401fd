"""One mechanism for every indicator: judgements, their counts, the figure (pure).

Each record is judged once: counted good, counted as a miss, pending, or left out, with the reason.
A figure is an exact fraction of such counts, so that a million calls weigh no more than ten. What
people have yet to decide gives it a lower and an upper bound. Nothing to count is N/A, and a count
of none that nobody signed for is unproven; what is shown is never better than what is.
"""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from device_configs.site.model import Indicator, IndicatorMeasure
from ops_core.kpi.judgements import Counts, RecordVerdict
from ops_core.kpi.periods import Period
from ops_core.kpi.ratios import meets, ratio, show_percent
from ops_core.kpi.secondary import SecondaryRatio

RATE_DIGITS = 4
"""Digits of a rate per cent: complaints by requests, of which one in ten thousand is allowed."""
UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator of the contract over a period, as of an instant.

    ``base`` is the denominator of a rate; ``unproven`` names the months of a count nobody signed
    for.
    """

    indicator: Indicator
    period: Period
    counts: Counts
    as_of: datetime
    secondary: tuple[SecondaryRatio, ...] = ()
    base: int | None = None
    unproven: tuple[str, ...] = ()
    raw: "Figure | None" = None
    """The same without exemptions, where something is exempted."""

    @property
    def number(self) -> int:
        return self.indicator.number

    @property
    def numerator(self) -> int:
        return self.good if self._more_is_better else self.misses

    @property
    def denominator(self) -> int:
        return self.counts.denominator if self.base is None else self.base

    @property
    def good(self) -> int:
        return self.counts.count(RecordVerdict.GOOD)

    @property
    def misses(self) -> int:
        return self.counts.count(RecordVerdict.MISSED)

    @property
    def pending(self) -> int:
        """Counted records of which people have yet to say whether they are good."""
        return self.counts.count(RecordVerdict.PENDING)

    @property
    def left_out(self) -> int:
        return self.counts.count(RecordVerdict.LEFT_OUT)

    @property
    def target(self) -> Fraction:
        return Fraction(self.indicator.target)

    @property
    def value(self) -> Fraction | None:
        """The exact value, None (N/A) when nothing was counted; with all that is pending a miss."""
        return self._value(self.misses + self.pending)

    @property
    def best_value(self) -> Fraction | None:
        """The value if all that is pending turns out good; the same as the value without any."""
        return self._value(self.misses)

    @property
    def is_unproven(self) -> bool:
        """Nothing was counted, and that there was nothing has not been signed for throughout."""
        return self._is_count and self.value == 0 and bool(self.unproven)

    @property
    def is_met(self) -> bool | None:
        """Whether the exact value meets the target; None without records, and while what is
        pending or unproven decides."""
        if self.value is None or self.best_value is None:
            return False if self.base == 0 and self.misses else None
        if not meets(self.best_value, self.indicator.comparison, self.target):
            return False
        if self.is_unproven or not meets(self.value, self.indicator.comparison, self.target):
            return None
        return True

    @property
    def display(self) -> str:
        """The value, never better than it is; its bounds while records are pending; ``N/A``;
        ``unproven``."""
        if self.is_unproven:
            return UNPROVEN
        if self.value is None or self.best_value is None or not self.pending:
            return self._shown(self.value)
        lower, upper = sorted((self.value, self.best_value))
        return f"{self._shown(lower)}—{self._shown(upper)}"

    @property
    def is_assessed(self) -> bool:
        """Whether the contract judges by this period; the others are shown with it."""
        return self.period.kind == self.indicator.period

    @property
    def misses_left(self) -> int | None:
        """How many of the misses the target allows are left; negative when it is exceeded.

        What is allowed, (1 - target) x denominator of a least share and target x denominator where
        less is better, cut off, less misses and what is pending; for the period the contract judges
        by. None for another period, without records, and for a target that is no bound.
        """
        bound = ">=" if self._more_is_better else "<="
        has_records = self._is_count or self.denominator > 0
        if not self.is_assessed or not has_records or self.indicator.comparison != bound:
            return None
        share = 1 - self.target if self._more_is_better else self.target
        allowed = share if self._is_count else share * self.denominator
        return allowed.numerator // allowed.denominator - self.misses - self.pending

    @property
    def _more_is_better(self) -> bool:
        return self.indicator.measure is IndicatorMeasure.GOOD_SHARE

    @property
    def _is_count(self) -> bool:
        return self.indicator.measure is IndicatorMeasure.MISSED_COUNT

    def _value(self, misses: int) -> Fraction | None:
        """With so many misses among the records that count."""
        if self._is_count:
            return Fraction(misses)
        of_these = self.counts.denominator - misses if self._more_is_better else misses
        return ratio(of_these, self.denominator)

    def _shown(self, value: Fraction | None) -> str:
        if self._is_count and value is not None:
            return str(value)
        digits = RATE_DIGITS if self.indicator.measure is IndicatorMeasure.MISSED_PER_BASE else 2
        return show_percent(value, digits, upwards=not self._more_is_better)
