"""The words for figures and their records, in the reader's language."""

from fractions import Fraction

from device_configs.site.model import IndicatorMeasure
from ops_core.kernel.i18n import Translate
from ops_core.kpi.figures import Figure
from ops_core.kpi.judgements import Judgement, RecordVerdict
from ops_core.kpi.periods import PeriodKind
from ops_core.kpi.reasons import REASON_TEXTS, Reason
from ops_core.kpi.records import Show
from ops_core.kpi.secondary import SECONDARY_TEXTS, SecondaryKind


def period_word(kind: PeriodKind, translate: Translate) -> str:
    """For the page, where the month may be another than the running one."""
    _ = translate
    return {
        PeriodKind.MONTH: _("当月"),
        PeriodKind.CONTRACT_YEAR: _("合同年累计"),
        PeriodKind.NOW: _("当前"),
    }[kind]


def short_period_word(kind: PeriodKind, translate: Translate) -> str:
    """For the wall, whose periods are the running ones."""
    _ = translate
    return {
        PeriodKind.MONTH: _("本月"),
        PeriodKind.CONTRACT_YEAR: _("本年"),
        PeriodKind.NOW: _("当前"),
    }[kind]


def show_word(show: Show, translate: Translate) -> str:
    _ = translate
    return {
        Show.MISSED: _("未达标"),
        Show.PENDING: _("待认定"),
        Show.COUNTED: _("计入的记录"),
        Show.LEFT_OUT: _("未计入的记录"),
    }[show]


def verdict_word(judgement: Judgement, translate: Translate) -> str:
    _ = translate
    return {
        RecordVerdict.GOOD: _("达标"),
        RecordVerdict.MISSED: _("未达标"),
        RecordVerdict.PENDING: _("待认定"),
        RecordVerdict.LEFT_OUT: _("未计入"),
    }[judgement.verdict]


def reason_word(reason: Reason | None, translate: Translate) -> str:
    """Why a record is a miss or left out; empty for none."""
    return "" if reason is None else translate(REASON_TEXTS[reason])


def secondary_word(kind: SecondaryKind, translate: Translate) -> str:
    return translate(SECONDARY_TEXTS[kind])


def target_percent(value: Fraction) -> str:
    """A target in as few digits as it has: 0.9 reads ``90%``."""
    exact = value * 100
    return f"{exact.numerator}%" if exact.denominator == 1 else f"{float(exact):g}%"


def value_words(figure: Figure, translate: Translate) -> str:
    """The value, between which bounds it lies, or why there is none."""
    _ = translate
    if figure.is_unproven:
        return _("未证明")
    return _("无样本") if figure.value is None else figure.display


def share_words(figure: Figure) -> str:
    """Numerator and denominator: ``71/72``; a count has no other number."""
    if figure.indicator.measure is IndicatorMeasure.MISSED_COUNT:
        return ""
    return f"{figure.numerator:,}/{figure.denominator:,}"


def goal(figure: Figure) -> str:
    """A figure's target as the contract compares it: ``≥96%``, ``100%``, ``0``."""
    if figure.indicator.measure is IndicatorMeasure.MISSED_COUNT:
        sign = {">=": "≥", "<=": "≤"}.get(figure.indicator.comparison, "") if figure.target else ""
        return f"{sign}{figure.target}"
    if figure.target == 1:
        return target_percent(figure.target)
    sign = {">=": "≥", "<=": "≤"}.get(figure.indicator.comparison, "=")
    return f"{sign}{target_percent(figure.target)}"
