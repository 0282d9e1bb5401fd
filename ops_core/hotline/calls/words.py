"""The words for calls, in the reader's language."""

from ops_core.hotline.calls.model import CallEventKind
from ops_core.hotline.calls.outcomes import CallOutcome
from ops_core.kernel.i18n import Translate


def outcome_word(outcome: CallOutcome, translate: Translate) -> str:
    _ = translate
    return {
        CallOutcome.WAITING: _("排队中"),
        CallOutcome.TALKING: _("通话中"),
        CallOutcome.ANSWERED: _("已接通"),
        CallOutcome.ABANDONED: _("放弃"),
        CallOutcome.TIMED_OUT: _("排队超时"),
        CallOutcome.OVERFLOWED: _("溢出"),
        CallOutcome.LEFT_BY_KEY: _("按键离开"),
        CallOutcome.DROPPED: _("坐席挂断"),
        CallOutcome.UNKNOWN: _("去向不明"),
    }[outcome]


def event_word(kind: str, translate: Translate) -> str:
    """What an event of the telephone system says."""
    _ = translate
    return {
        CallEventKind.ENTERQUEUE: _("进入队列"),
        CallEventKind.RINGNOANSWER: _("振铃未接"),
        CallEventKind.CONNECT: _("接听"),
        CallEventKind.ABANDON: _("排队中挂断"),
        CallEventKind.EXITWITHTIMEOUT: _("排队超时退出"),
        CallEventKind.EXITEMPTY: _("无人值守退出"),
        CallEventKind.EXITWITHKEY: _("按键退出"),
        CallEventKind.BLINDTRANSFER: _("直接转接"),
        CallEventKind.ATTENDEDTRANSFER: _("协商转接"),
        CallEventKind.COMPLETEAGENT: _("话务员挂断"),
        CallEventKind.COMPLETECALLER: _("来电人挂断"),
        CallEventKind.AGENTDUMP: _("接通前坐席挂断"),
        CallEventKind.QUEUESTART: _("话务系统启动"),
    }[CallEventKind(kind)]
