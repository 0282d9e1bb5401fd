"""States and steps of an assessed month, and what screens and refusals call them (pure)."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from ops_core.kernel.i18n import Message, message


class PeriodState(StrEnum):
    OPEN = "open"
    """The month is running."""
    PROVISIONAL = "provisional"
    SUBMITTED = "submitted"
    OBJECTED = "objected"
    SEALED = "sealed"
    RESTATED = "restated"


class PeriodStep(StrEnum):
    SUBMIT = "submit"
    OBJECT = "object"
    SEAL = "seal"
    PROPOSE = "propose"
    """Say that a later fact is to be taken in by a restatement."""
    RESTATE = "restate"
    DECLINE = "decline"
    """Leave the sealed value as it is."""


PERIOD_STATE_WORDS: Mapping[PeriodState, Message] = MappingProxyType(
    {
        PeriodState.OPEN: message("进行中"),
        PeriodState.PROVISIONAL: message("待提交"),
        PeriodState.SUBMITTED: message("已提交"),
        PeriodState.OBJECTED: message("有异议"),
        PeriodState.SEALED: message("已封存"),
        PeriodState.RESTATED: message("已更正"),
    }
)
PERIOD_STEP_WORDS: Mapping[PeriodStep, Message] = MappingProxyType(
    {
        PeriodStep.SUBMIT: message("提交"),
        PeriodStep.OBJECT: message("提出异议"),
        PeriodStep.SEAL: message("封存"),
        PeriodStep.PROPOSE: message("申请更正"),
        PeriodStep.RESTATE: message("同意更正"),
        PeriodStep.DECLINE: message("不予更正"),
    }
)
