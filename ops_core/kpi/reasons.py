"""Why a record is judged as it is, with the words that pages show."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from ops_core.kernel.i18n import message


class Reason(StrEnum):
    """Why a record is a miss or is left out; on a good one, what is worth saying of it."""

    OUTSIDE_PERIOD = "outside_period"
    EXEMPTED = "exempted"
    """The purchaser approved that the operator does not answer for it."""
    STILL_WAITING = "still_waiting"
    ABANDONED = "abandoned"
    TIMED_OUT = "timed_out"
    OVERFLOWED = "overflowed"
    LEFT_BY_KEY = "left_by_key"
    DROPPED = "dropped"
    END_UNKNOWN = "end_unknown"
    """No end of the call was reported: it counts as one that nobody took."""
    WITHIN_LIMIT = "within_limit"
    NOT_CALLED_BACK = "not_called_back"
    CALENDAR_UNKNOWN = "calendar_unknown"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    NOT_RATED = "not_rated"
    NOT_SATISFIED = "not_satisfied"
    MERGED = "merged"
    FALSE_ALARM = "false_alarm"
    """Two people said so; the record says who and why."""
    CLOCK_RUNNING = "clock_running"
    CLOCK_MISSED = "clock_missed"
    NOT_ANSWERED = "not_answered"
    ANSWERED_LATE = "answered_late"
    DEADLINE_UNKNOWN = "deadline_unknown"
    APPEAL_UPHELD = "appeal_upheld"
    """The purchaser agreed to leave the order out; the record says by which matter."""
    RETURNED_FOR_FAULT = "returned_for_fault"
    RETURNED_OTHERWISE = "returned_otherwise"
    UNDER_ADJUDICATION = "under_adjudication"
    SUBSTANTIATED = "substantiated"
    SERIOUS = "serious"
    NOT_UPHELD = "not_upheld"
    NOT_SERIOUS = "not_serious"
    NOT_DONE = "not_done"
    DONE_LATE = "done_late"
    CANCELLED = "cancelled"
    HOST_BAD = "host_bad"
    DISPLAY_BAD = "display_bad"
    CONDITION_UNKNOWN = "condition_unknown"
    NOT_ASSESSED = "not_assessed"
    WAIVED = "waived"
    DUE_UNKNOWN = "due_unknown"
    AWAITING_RECEIPT = "awaiting_receipt"
    NOT_SUBMITTED = "not_submitted"
    SUBMITTED_LATE = "submitted_late"
    REPORT_INCOMPLETE = "report_incomplete"
    NOT_TRAINED = "not_trained"
    NOBODY_REQUIRED = "nobody_required"
    NOT_UPDATED = "not_updated"
    NOTICE_WITHDRAWN = "notice_withdrawn"


UNDECIDED = frozenset({Reason.STILL_WAITING, Reason.WITHIN_LIMIT, Reason.CLOCK_RUNNING})
"""Left out for now: what the record will be is not decided yet."""

REASON_TEXTS: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.OUTSIDE_PERIOD: message("不在本期"),
        Reason.EXEMPTED: message("经批准剔除"),
        Reason.STILL_WAITING: message("仍在排队，尚未判定"),
        Reason.ABANDONED: message("来电人放弃"),
        Reason.TIMED_OUT: message("排队超时"),
        Reason.OVERFLOWED: message("无人值守，溢出"),
        Reason.LEFT_BY_KEY: message("按键离开排队"),
        Reason.DROPPED: message("接通前坐席挂断"),
        Reason.END_UNKNOWN: message("去向不明，按未接通计"),
        Reason.WITHIN_LIMIT: message("回访时限未到，尚未判定"),
        Reason.NOT_CALLED_BACK: message("逾期未回访"),
        Reason.CALENDAR_UNKNOWN: message("未回访，时限所在年度尚无工作日历"),
        Reason.REFUSED: message("已接通，拒绝回访"),
        Reason.UNREACHABLE: message("多次未能联系"),
        Reason.NOT_RATED: message("已回访，未作评价"),
        Reason.NOT_SATISFIED: message("不满意"),
        Reason.MERGED: message("已并入另一起故障"),
        Reason.FALSE_ALARM: message("误报"),
        Reason.CLOCK_RUNNING: message("时限未到，尚未判定"),
        Reason.CLOCK_MISSED: message("超过时限"),
        Reason.NOT_ANSWERED: message("逾期未回应"),
        Reason.ANSWERED_LATE: message("回应超过时限"),
        Reason.DEADLINE_UNKNOWN: message("时限所在年度尚无工作日历"),
        Reason.APPEAL_UPHELD: message("需申诉工单，采购方已同意剔除"),
        Reason.RETURNED_FOR_FAULT: message("因服务商原因退回"),
        Reason.RETURNED_OTHERWISE: message("退回，非服务商原因"),
        Reason.UNDER_ADJUDICATION: message("待采购方认定"),
        Reason.SUBSTANTIATED: message("投诉属实"),
        Reason.SERIOUS: message("认定为严重舆论事件"),
        Reason.NOT_UPHELD: message("认定不成立"),
        Reason.NOT_SERIOUS: message("认定为一般舆论事件"),
        Reason.NOT_DONE: message("逾期未完成"),
        Reason.DONE_LATE: message("逾期完成"),
        Reason.CANCELLED: message("已取消，按未完成计"),
        Reason.HOST_BAD: message("主机有故障"),
        Reason.DISPLAY_BAD: message("显示器有故障"),
        Reason.CONDITION_UNKNOWN: message("状态未知，按不可用计"),
        Reason.NOT_ASSESSED: message("未列入考核"),
        Reason.WAIVED: message("采购人免报"),
        Reason.DUE_UNKNOWN: message("时限所在年度尚无工作日历，时限未知"),
        Reason.AWAITING_RECEIPT: message("按时报送，待签收"),
        Reason.NOT_SUBMITTED: message("逾期未报送"),
        Reason.SUBMITTED_LATE: message("逾期报送"),
        Reason.REPORT_INCOMPLETE: message("报送内容不完整"),
        Reason.NOT_TRAINED: message("24小时内未全员完成"),
        Reason.NOBODY_REQUIRED: message("全员核准缺训"),
        Reason.NOT_UPDATED: message("24小时内未全部更新"),
        Reason.NOTICE_WITHDRAWN: message("通知已撤回"),
    }
)
"""What pages show for each."""
