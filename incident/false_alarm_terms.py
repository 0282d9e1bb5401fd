"""States, steps and causes of false alarms, and what screens and refusals call them (pure)."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from ops_core.kernel.i18n import Message, message


class Cause(StrEnum):
    """Why it is no fault; the text beside it says more."""

    MONITORING_LATE = "monitoring_late"
    """The platform's own lateness."""
    DRILL = "drill"
    """A test or a drill."""
    DRAWING_WRONG = "drawing_wrong"
    """The declaration differs from what is built."""
    PLANNED_WORK = "planned_work"
    OTHER = "other"


class MarkState(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    VOID = "void"


class FalseAlarmStep(StrEnum):
    """What a person does about a false alarm."""

    PROPOSE = "propose"
    CONFIRM = "confirm"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    REVOKE = "revoke"


class News(StrEnum):
    """What voids a mark."""

    ABSORBED = "absorbed"
    """The incident took in another one."""
    MERGED = "merged"
    """It turned out to be part of another one."""
    REOPENED = "reopened"
    CLASS_ROSE = "class_rose"
    NEW_EVIDENCE = "new_evidence"


CAUSE_WORDS: Mapping[Cause, Message] = MappingProxyType(
    {
        Cause.MONITORING_LATE: message("平台自身迟滞"),
        Cause.DRILL: message("测试或演练"),
        Cause.DRAWING_WRONG: message("声明与实际不符"),
        Cause.PLANNED_WORK: message("计划内施工"),
        Cause.OTHER: message("其他原因"),
    }
)
MARK_STATE_WORDS: Mapping[MarkState, Message] = MappingProxyType(
    {
        MarkState.PENDING: message("误报待确认"),
        MarkState.CONFIRMED: message("误报"),
        MarkState.REJECTED: message("误报被驳回"),
        MarkState.WITHDRAWN: message("误报已撤回"),
        MarkState.REVOKED: message("误报已撤销"),
        MarkState.VOID: message("误报已失效"),
    }
)
FALSE_ALARM_STEP_WORDS: Mapping[FalseAlarmStep, Message] = MappingProxyType(
    {
        FalseAlarmStep.PROPOSE: message("提出误报"),
        FalseAlarmStep.CONFIRM: message("认定误报"),
        FalseAlarmStep.REJECT: message("驳回"),
        FalseAlarmStep.WITHDRAW: message("撤回"),
        FalseAlarmStep.REVOKE: message("撤销误报"),
    }
)
