"""What differs between the kinds of matters that are adjudicated (data)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from ops_core.kernel.i18n import Message, message
from ops_core.kernel.permissions import Permission


class AdjudicationKind(StrEnum):
    """需申诉工单, 交办单退回, 服务质量投诉, 舆论事件, 零报告."""

    APPEAL = "appeal"
    RETURN = "return"
    COMPLAINT = "complaint"
    OPINION_EVENT = "opinion_event"
    NIL_RETURN = "nil_return"


class EventLevel(StrEnum):
    """Of an event of public opinion: only a serious one counts (严重, 一般)."""

    SERIOUS = "serious"
    GENERAL = "general"


class AdjudicationCause(StrEnum):
    """Why it is upheld or rejected, from closed lists (domain/ops.md, section 2, indicator 3)."""

    WRONG_UNIT = "wrong_unit"
    INCOMPLETE = "incomplete"
    BUCK_PASSING = "buck_passing"
    UNCLEAR_DUTY = "unclear_duty"
    REQUESTER_CHANGED = "requester_changed"


@dataclass(frozen=True, slots=True)
class KindRules:
    """``submit`` None: the product submits it itself, with the step it follows from."""

    submit: Permission | None
    decide: Permission
    may_withdraw: bool = False
    is_single: bool = False
    """Whether a subject has one live matter at most."""
    natures: tuple[str, ...] = ()
    has_level: bool = False
    causes: Mapping[str, tuple[AdjudicationCause, ...]] = field(default_factory=dict)
    """The causes that a decision chooses from, by its step."""


RULES: Mapping[AdjudicationKind, KindRules] = MappingProxyType(
    {
        AdjudicationKind.APPEAL: KindRules(
            Permission.APPEAL_ORDERS, Permission.APPROVE_APPEALS, may_withdraw=True, is_single=True
        ),
        AdjudicationKind.RETURN: KindRules(
            None,
            Permission.ADJUDICATE,
            is_single=True,
            causes={
                "uphold": (AdjudicationCause.WRONG_UNIT, AdjudicationCause.INCOMPLETE),
                "reject": (
                    AdjudicationCause.BUCK_PASSING,
                    AdjudicationCause.UNCLEAR_DUTY,
                    AdjudicationCause.REQUESTER_CHANGED,
                ),
            },
        ),
        AdjudicationKind.COMPLAINT: KindRules(
            Permission.FILE_COMPLAINTS, Permission.ADJUDICATE, natures=("attitude", "mistake")
        ),
        AdjudicationKind.OPINION_EVENT: KindRules(
            Permission.REPORT_OPINION_EVENTS,
            Permission.ADJUDICATE,
            natures=("attitude", "mistake", "delay", "leak", "other"),
            has_level=True,
        ),
        AdjudicationKind.NIL_RETURN: KindRules(
            Permission.SIGN_NIL_RETURNS, Permission.ADJUDICATE, may_withdraw=True, is_single=True
        ),
    }
)
KIND_WORDS: Mapping[AdjudicationKind, Message] = MappingProxyType(
    {
        AdjudicationKind.APPEAL: message("需申诉工单"),
        AdjudicationKind.RETURN: message("交办单退回"),
        AdjudicationKind.COMPLAINT: message("服务质量投诉"),
        AdjudicationKind.OPINION_EVENT: message("舆论事件"),
        AdjudicationKind.NIL_RETURN: message("零报告"),
    }
)
EMPTY_WORDS: Mapping[AdjudicationKind, Message] = MappingProxyType(
    {
        AdjudicationKind.APPEAL: message("没有需申诉工单"),
        AdjudicationKind.RETURN: message("没有退回的交办单"),
        AdjudicationKind.COMPLAINT: message("没有服务质量投诉"),
        AdjudicationKind.OPINION_EVENT: message("没有舆论事件"),
        AdjudicationKind.NIL_RETURN: message("还没有零报告"),
    }
)
CAUSE_WORDS: Mapping[AdjudicationCause, Message] = MappingProxyType(
    {
        AdjudicationCause.WRONG_UNIT: message("派错单位（服务商原因）"),
        AdjudicationCause.INCOMPLETE: message("工单要素不全（服务商原因）"),
        AdjudicationCause.BUCK_PASSING: message("部门推诿"),
        AdjudicationCause.UNCLEAR_DUTY: message("职责不清"),
        AdjudicationCause.REQUESTER_CHANGED: message("诉求人改变诉求"),
    }
)
NATURE_WORDS: Mapping[str, Message] = MappingProxyType(
    {
        "attitude": message("服务态度"),
        "mistake": message("工作差错"),
        "delay": message("处置迟缓"),
        "leak": message("信息泄露"),
        "other": message("其他"),
    }
)
LEVEL_WORDS: Mapping[EventLevel, Message] = MappingProxyType(
    {EventLevel.SERIOUS: message("严重"), EventLevel.GENERAL: message("一般")}
)
