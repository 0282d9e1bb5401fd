"""The words for figures and their records, in the reader's language."""

from fractions import Fraction

from ops_core.kernel.i18n import Translate
from ops_core.kpi.figures import Figure, Judgement, Reason, SecondaryKind, Verdict
from ops_core.kpi.periods import PeriodKind
from ops_core.kpi.records import Show


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
        Show.COUNTED: _("计入的记录"),
        Show.LEFT_OUT: _("未计入的记录"),
    }[show]


def verdict_word(judgement: Judgement, translate: Translate) -> str:
    _ = translate
    return {
        Verdict.GOOD: _("达标"),
        Verdict.MISSED: _("未达标"),
        Verdict.LEFT_OUT: _("未计入"),
    }[judgement.verdict]


def reason_word(reason: Reason | None, translate: Translate) -> str:
    """Why a record is a miss or left out; empty for none."""
    _ = translate
    if reason is None:
        return ""
    return {
        Reason.OUTSIDE_PERIOD: _("不在本期"),
        Reason.STILL_WAITING: _("仍在排队，尚未判定"),
        Reason.ABANDONED: _("来电人放弃"),
        Reason.TIMED_OUT: _("排队超时"),
        Reason.OVERFLOWED: _("无人值守，溢出"),
        Reason.LEFT_BY_KEY: _("按键离开排队"),
        Reason.SUPERSEDED: _("已重新受理，按最近一轮计"),
        Reason.WITHIN_LIMIT: _("回访时限未到，尚未判定"),
        Reason.NOT_CALLED_BACK: _("逾期未回访"),
        Reason.CALENDAR_UNKNOWN: _("未回访，时限所在年度尚无工作日历"),
        Reason.REFUSED: _("已接通，拒绝回访"),
        Reason.UNREACHABLE: _("多次未能联系"),
        Reason.NOT_RATED: _("已回访，未作评价"),
        Reason.NOT_SATISFIED: _("不满意"),
        Reason.MERGED: _("已并入另一起故障"),
        Reason.FALSE_ALARM: _("误报"),
        Reason.CLOCK_RUNNING: _("时限未到，尚未判定"),
        Reason.CLOCK_MISSED: _("超过时限"),
        Reason.HOST_BAD: _("主机有故障"),
        Reason.DISPLAY_BAD: _("显示器有故障"),
        Reason.CONDITION_UNKNOWN: _("状态未知，按不可用计"),
    }[reason]


def secondary_word(kind: SecondaryKind, translate: Translate) -> str:
    _ = translate
    return {
        SecondaryKind.UNADJUSTED: _("未剔除误报"),
        SecondaryKind.OFFERED: _("按分配到席位的来电"),
        SecondaryKind.CONTACTED: _("接触率"),
        SecondaryKind.CALLBACK_RATED: _("回访中作出评价"),
    }[kind]


def target_percent(value: Fraction) -> str:
    """A target in as few digits as it has: 0.9 reads ``90%``."""
    exact = value * 100
    return f"{exact.numerator}%" if exact.denominator == 1 else f"{float(exact):g}%"


def goal(figure: Figure) -> str:
    """A figure's target as the contract compares it: ``≥96%``, ``100%``."""
    if figure.target == 1:
        return target_percent(figure.target)
    sign = {">=": "≥", "<=": "≤"}.get(figure.indicator.comparison, "=")
    return f"{sign}{target_percent(figure.target)}"
