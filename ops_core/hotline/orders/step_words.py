"""What states and steps of work orders are called, as refusals and screens name them."""

from collections.abc import Mapping
from types import MappingProxyType

from ops_core.hotline.orders.steps import OrderState, Step
from ops_core.kernel.i18n import Message, message

STATE_WORDS: Mapping[OrderState, Message] = MappingProxyType(
    {
        OrderState.ACCEPTED: message("已受理"),
        OrderState.DISPATCHED: message("已派单"),
        OrderState.RETURNED: message("已退回"),
        OrderState.DISPUTED: message("派单异议"),
        OrderState.SIGNED: message("已签收"),
        OrderState.EXTENSION: message("延期待批"),
        OrderState.HOLD_ASKED: message("挂账待批"),
        OrderState.ON_HOLD: message("挂账"),
        OrderState.REPLIED: message("反馈待审"),
        OrderState.APPROVED: message("审核通过"),
        OrderState.COMPLETED: message("已办结"),
        OrderState.DECLINING: message("不予受理待审"),
        OrderState.DECLINED: message("不予受理"),
        OrderState.ANSWERED_DIRECTLY: message("已直接答复"),
        OrderState.MERGED: message("已并单"),
        OrderState.TRANSFERRED: message("已转紧急服务"),
    }
)
STEP_WORDS: Mapping[Step, Message] = MappingProxyType(
    {
        Step.ACCEPT: message("受理"),
        Step.ANSWER: message("回应"),
        Step.DISPATCH: message("派单"),
        Step.SIGN: message("签收"),
        Step.RETURN: message("退回"),
        Step.DISPUTE: message("提出异议"),
        Step.UPHOLD: message("异议成立"),
        Step.REJECT: message("异议驳回"),
        Step.EXTEND: message("申请延期"),
        Step.GRANT: message("同意延期"),
        Step.REFUSE: message("不同意延期"),
        Step.REPLY: message("答复"),
        Step.APPROVE: message("审核通过"),
        Step.REWORK: message("退回重办"),
        Step.COMPLETE: message("办结"),
        Step.NUDGE: message("催办"),
        Step.SUPERVISE: message("督办"),
        Step.REOPEN: message("重新受理"),
        Step.DECLINE: message("提出不予受理"),
        Step.CONFIRM: message("确认不予受理"),
        Step.ADMIT: message("予以受理"),
        Step.ANSWER_DIRECTLY: message("直接答复"),
        Step.MERGE: message("并单"),
        Step.TRANSFER: message("转紧急服务"),
        Step.ENLIST: message("增加协办单位"),
        Step.CO_REPLY: message("协办反馈"),
        Step.CO_MISSING: message("记录协办缺失"),
        Step.SUSPEND: message("申请挂账"),
        Step.HOLD: message("同意挂账"),
        Step.DENY_HOLD: message("不同意挂账"),
        Step.RESUME: message("恢复办理"),
        Step.REDO: message("二次办理"),
        Step.NOTE: message("记录进展"),
        Step.UNDO: message("撤销"),
    }
)
