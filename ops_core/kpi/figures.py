"""One mechanism for every assessed indicator: judgements, their counts, the figure (pure).

Each record is judged once: counted good, counted as a miss, or left out, with the reason. A figure
is an exact fraction of such counts, so that a million calls weigh no more than ten. Nothing to
count is N/A; what is shown is cut off, never rounded up to a pass.
"""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from device_configs.site.model import Indicator
from ops_core.kpi.judgements import Counts, RecordVerdict
from ops_core.kpi.periods import Period
from ops_core.kpi.ratios import meets, ratio, show_percent
from ops_core.kpi.secondary import SecondaryRatio


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
        return self.counts.count(RecordVerdict.GOOD)

    @property
    def denominator(self) -> int:
        return self.counts.denominator

    @property
    def misses(self) -> int:
        return self.counts.count(RecordVerdict.MISSED)

    @property
    def left_out(self) -> int:
        return self.counts.count(RecordVerdict.LEFT_OUT)

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
