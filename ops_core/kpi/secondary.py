"""Ratios that stand beside a figure and are not assessed (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from ops_core.kernel.i18n import message
from ops_core.kpi.ratios import ratio


class SecondaryKind(StrEnum):
    """Ratios that are shown beside a figure and not assessed."""

    UNADJUSTED = "unadjusted"
    """Indicator 12 with the false alarms in it, shown while any is left out."""

    UNADJUSTED_APPEALS = "unadjusted_appeals"
    """Indicator 2 with the orders in it that the purchaser let be left out."""
    ANSWERS_OVERDUE = "answers_overdue"
    """Of all web orders that wait for an answer now, those whose deadline is over."""
    OFFERED = "offered"
    """Indicator 1 over calls that were offered to at least one seat, the text's other reading."""
    CONTACTED = "contacted"
    """Callbacks in which somebody was reached, of the orders counted."""
    CALLBACK_RATED = "callback_rated"
    """Callbacks that reached somebody and were given a rating of the attitude."""
    TRAINED_PEOPLE = "trained_people"
    """Indicator 7 by people: trained within 24 hours, of those who had to be."""


@dataclass(frozen=True, slots=True)
class SecondaryRatio:
    kind: SecondaryKind
    numerator: int
    denominator: int

    @property
    def value(self) -> Fraction | None:
        return ratio(self.numerator, self.denominator)


_AT_THIS_INSTANT = frozenset({SecondaryKind.ANSWERS_OVERDUE})
"""Counted as of now, whatever the period: no exemption of a window concerns it."""
_SHOWN_WHERE_THEY_DIFFER = frozenset({SecondaryKind.UNADJUSTED, SecondaryKind.UNADJUSTED_APPEALS})
"""Left away over a part in which they are what was counted."""


@dataclass(frozen=True, slots=True)
class CountedPart:
    """What a part of a period, or one record, is: its counts, as a share, and the ratios that stand
    beside."""

    good: int
    denominator: int
    secondary: tuple[SecondaryRatio, ...]


def without_parts(
    whole: Iterable[SecondaryRatio], parts: Sequence[CountedPart]
) -> tuple[SecondaryRatio, ...]:
    """The ratios of a period without those of disjoint parts of it, and of records of none."""
    return tuple(
        one if one.kind in _AT_THIS_INSTANT else _less(one, [_of(one.kind, p) for p in parts])
        for one in whole
    )


def _of(kind: SecondaryKind, part: CountedPart) -> SecondaryRatio:
    counted = (part.good, part.denominator) if kind in _SHOWN_WHERE_THEY_DIFFER else (0, 0)
    found = (one for one in part.secondary if one.kind is kind)
    return next(found, SecondaryRatio(kind, *counted))


def _less(whole: SecondaryRatio, parts: Sequence[SecondaryRatio]) -> SecondaryRatio:
    return SecondaryRatio(
        whole.kind,
        whole.numerator - sum(one.numerator for one in parts),
        whole.denominator - sum(one.denominator for one in parts),
    )


SECONDARY_TEXTS: Mapping[SecondaryKind, str] = MappingProxyType(
    {
        SecondaryKind.UNADJUSTED: message("未剔除误报"),
        SecondaryKind.UNADJUSTED_APPEALS: message("未剔除需申诉工单"),
        SecondaryKind.ANSWERS_OVERDUE: message("当前待回应中已逾期"),
        SecondaryKind.OFFERED: message("按分配到席位的来电"),
        SecondaryKind.CONTACTED: message("接触率"),
        SecondaryKind.CALLBACK_RATED: message("回访中作出评价"),
        SecondaryKind.TRAINED_PEOPLE: message("按人次及时完成"),
    }
)
"""What pages show for each."""
