"""The words for periods and what they lack."""

from collections.abc import Mapping
from datetime import datetime

from ops_core.kernel.i18n import Translate, message
from ops_core.kpi.assessment.missing import MISSING_REMEDIES, MISSING_WORDS, Lack
from ops_core.kpi.assessment.period_terms import (
    PERIOD_STATE_WORDS,
    PERIOD_STEP_WORDS,
    PeriodState,
    PeriodStep,
)
from ops_core.kpi.assessment.periods import AssessedPeriod, state_at

_NEXT: Mapping[PeriodState, str] = {
    PeriodState.PROVISIONAL: message("由运营方提交"),
    PeriodState.SUBMITTED: message("由采购人封存或提出异议"),
    PeriodState.OBJECTED: message("由运营方说明后重新提交"),
}
_RESTATEMENT_WAITS = message("由采购人同意或不予更正")


def period_state_word(state: PeriodState, translate: Translate) -> str:
    return translate(PERIOD_STATE_WORDS[state])


def period_step_word(step: PeriodStep, translate: Translate) -> str:
    return translate(PERIOD_STEP_WORDS[step])


def missing_word(missing: Lack, translate: Translate) -> str:
    """With how many, where there is a number."""
    word = translate(MISSING_WORDS[missing.kind])
    return f"{word} {missing.count:,}" if missing.count else word


def missing_remedy(missing: Lack, translate: Translate) -> str:
    """Who does what about it."""
    return translate(MISSING_REMEDIES[missing.kind])


def next_word(period: AssessedPeriod, now: datetime, translate: Translate) -> str:
    """Whose turn it is, and to do what; empty where nobody has to do anything."""
    if period.proposed_at is not None:
        return translate(_RESTATEMENT_WAITS)
    word = _NEXT.get(state_at(period, now))
    return translate(word) if word else ""
