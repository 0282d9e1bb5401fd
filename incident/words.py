"""The words for false alarms and for bulk answers, in the reader's language."""

from incident.bulk import BulkOutcome
from incident.false_alarm_terms import (
    CAUSE_WORDS,
    FALSE_ALARM_STEP_WORDS,
    MARK_STATE_WORDS,
    Cause,
    FalseAlarmStep,
    MarkState,
    News,
)
from ops_core.kernel.i18n import Translate


def cause_word(cause: Cause, translate: Translate) -> str:
    return translate(CAUSE_WORDS[cause])


def mark_word(state: MarkState, translate: Translate) -> str:
    return translate(MARK_STATE_WORDS[state])


def effect_word(state: MarkState, translate: Translate) -> str:
    """What a mark does to indicator 12."""
    _ = translate
    return {
        MarkState.PENDING: _("确认之前仍计入指标12，时限照常计时"),
        MarkState.CONFIRMED: _("不计入指标12，不再催办"),
    }.get(state, _("按原时间计入指标12"))


def step_word(step: FalseAlarmStep, translate: Translate) -> str:
    return translate(FALSE_ALARM_STEP_WORDS[step])


def news_word(news: News, translate: Translate) -> str:
    """Why a mark is void."""
    _ = translate
    return {
        News.ABSORBED: _("并入了另一起故障"),
        News.MERGED: _("已并入另一起故障"),
        News.REOPENED: _("故障再次出现"),
        News.CLASS_ROSE: _("等级升高"),
        News.NEW_EVIDENCE: _("出现新的证据"),
    }[news]


def outcome_word(outcome: BulkOutcome, preview: bool, translate: Translate) -> str:
    """What became of one of many incidents; in a preview, what would."""
    _ = translate
    return {
        BulkOutcome.ACKNOWLEDGED: _("将确认") if preview else _("已确认"),
        BulkOutcome.ALREADY: _("此前已确认"),
        BulkOutcome.REFUSED: _("不能确认"),
        BulkOutcome.NOT_FOUND: _("没有这起故障"),
        BulkOutcome.STALE: _("已被他人更新"),
        BulkOutcome.FAILED: _("未能确认"),
    }[outcome]
