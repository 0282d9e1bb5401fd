"""Ratios that stand beside a figure and are not assessed (pure)."""

from collections.abc import Mapping
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
