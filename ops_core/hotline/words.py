"""The field's words for requests, limits and callbacks (pure); an order's are in its model."""

from collections.abc import Mapping
from types import MappingProxyType

from device_configs.site.hotline import CaseKind
from ops_core.hotline.callbacks.model import AttemptResult, CallbackOutcome, Resolved
from ops_core.hotline.cases.model import Channel
from ops_core.hotline.orders.deadlines import DeadlineKind, DeadlineVerdict
from ops_core.kernel.i18n import Message, message

KIND_WORDS: Mapping[CaseKind, Message] = MappingProxyType(
    {
        CaseKind.CONSULTATION: message("咨询"),
        CaseKind.HELP: message("求助"),
        CaseKind.COMPLAINT: message("投诉"),
        CaseKind.REPORT: message("举报"),
        CaseKind.SUGGESTION: message("建议"),
        CaseKind.PRAISE: message("表扬"),
    }
)
CHANNEL_WORDS: Mapping[Channel, Message] = MappingProxyType(
    {
        Channel.PHONE: message("电话"),
        Channel.WEB: message("网站"),
        Channel.WECHAT: message("微信"),
        Channel.SUBCENTRE: message("省直分中心转接"),
        Channel.CITY_HOTLINE: message("地市热线转接"),
    }
)
DEADLINE_WORDS: Mapping[DeadlineKind, Message] = MappingProxyType(
    {
        DeadlineKind.SIGN: message("签收时限"),
        DeadlineKind.HANDLE: message("办理时限"),
        DeadlineKind.CALLBACK: message("回访时限"),
        DeadlineKind.CONTRIBUTE: message("协办时限"),
    }
)
VERDICT_WORDS: Mapping[DeadlineVerdict, Message] = MappingProxyType(
    {
        DeadlineVerdict.RUNNING: message("计时中"),
        DeadlineVerdict.MET: message("按时"),
        DeadlineVerdict.UNDER_REVIEW: message("待审核"),
        DeadlineVerdict.MISSED: message("超时"),
        DeadlineVerdict.ON_HOLD: message("挂账中"),
        DeadlineVerdict.UNKNOWN: message("无法判定"),
    }
)
ATTEMPT_WORDS: Mapping[AttemptResult, Message] = MappingProxyType(
    {
        AttemptResult.NO_ANSWER: message("无人接听"),
        AttemptResult.BUSY: message("占线"),
        AttemptResult.WRONG_NUMBER: message("号码有误"),
        AttemptResult.REACHED: message("已接通"),
    }
)
OUTCOME_WORDS: Mapping[CallbackOutcome, Message] = MappingProxyType(
    {
        CallbackOutcome.REACHED: message("已回访"),
        CallbackOutcome.REFUSED: message("拒绝回访"),
        CallbackOutcome.UNREACHABLE: message("多次未能联系"),
    }
)
RESOLVED_WORDS: Mapping[Resolved, Message] = MappingProxyType(
    {
        Resolved.YES: message("已解决"),
        Resolved.PARTLY: message("部分解决"),
        Resolved.NO: message("未解决"),
        Resolved.NOT_ANSWERED: message("未表态"),
    }
)
