"""The words for periods and what they lack."""

from collections.abc import Mapping

from ops_core.kernel.i18n import Translate, message
from ops_core.kpi.assessment.missing import Lack, MissingKind
from ops_core.kpi.assessment.periods import PeriodState, PeriodStep

_STATES: Mapping[PeriodState, str] = {
    PeriodState.OPEN: message("进行中"),
    PeriodState.PROVISIONAL: message("待提交"),
    PeriodState.SUBMITTED: message("已提交"),
    PeriodState.OBJECTED: message("有异议"),
    PeriodState.SEALED: message("已封存"),
    PeriodState.RESTATED: message("已更正"),
}
_STEPS: Mapping[PeriodStep, str] = {
    PeriodStep.SUBMIT: message("提交"),
    PeriodStep.OBJECT: message("提出异议"),
    PeriodStep.SEAL: message("封存"),
    PeriodStep.PROPOSE: message("申请更正"),
    PeriodStep.RESTATE: message("同意更正"),
    PeriodStep.DECLINE: message("不予更正"),
}
_MISSING: Mapping[MissingKind, str] = {
    MissingKind.NOT_OVER: message("本月未结束"),
    MissingKind.UNDECIDED: message("时限未到的记录"),
    MissingKind.PENDING: message("待认定的记录"),
    MissingKind.UNPROVEN: message("未签零报告的月份"),
    MissingKind.EXEMPTIONS: message("待审批的剔除申请"),
}


def period_state_word(state: PeriodState, translate: Translate) -> str:
    return translate(_STATES[state])


def period_step_word(step: PeriodStep, translate: Translate) -> str:
    return translate(_STEPS[step])


def missing_word(missing: Lack, translate: Translate) -> str:
    """With how many, where there is a number."""
    word = translate(_MISSING[missing.kind])
    return f"{word} {missing.count:,}" if missing.count else word
