"""The words of requests, orders and callbacks for templates, in the reader's language."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

from device_configs.site.hotline import CaseKind, Hotline
from device_configs.site.model import Title
from ops_core.hotline.callbacks.model import AttemptResult, CallbackOutcome, Resolved
from ops_core.hotline.cases.model import Channel
from ops_core.hotline.deadline_policies.rules import URGENCY_WORDS, Urgency
from ops_core.hotline.orders.deadlines import DeadlineKind, DeadlineVerdict
from ops_core.hotline.orders.particulars import (
    DECLINE_REASON_WORDS,
    EMERGENCY_WORDS,
    DeclineReason,
    EmergencyService,
)
from ops_core.hotline.orders.step_words import STATE_WORDS, STEP_WORDS
from ops_core.hotline.orders.steps import OrderState, Step
from ops_core.hotline.orders.tabs import OrderTab
from ops_core.hotline.words import (
    ATTEMPT_WORDS,
    CHANNEL_WORDS,
    DEADLINE_WORDS,
    KIND_WORDS,
    OUTCOME_WORDS,
    RESOLVED_WORDS,
    VERDICT_WORDS,
)
from ops_core.kernel.i18n import Language, Message, message, translate
from wallboard.web import Reader

TAB_WORDS: Mapping[OrderTab, Message] = MappingProxyType(
    {
        OrderTab.ANSWER: message("待回应"),
        OrderTab.DISPATCH: message("待派单"),
        OrderTab.DISPUTED: message("待裁定"),
        OrderTab.DECLINING: message("不予受理待审"),
        OrderTab.EXTENSION: message("延期待批"),
        OrderTab.DUE: message("临期与超期"),
        OrderTab.REPLIED: message("反馈待审"),
        OrderTab.APPROVED: message("待办结"),
        OrderTab.SIGN: message("待签收"),
        OrderTab.HANDLE: message("办理中"),
        OrderTab.CONTRIBUTE: message("待协办"),
        OrderTab.HOLD: message("挂账"),
        OrderTab.COMPLETED: message("已办结"),
        OrderTab.ALL: message("全部"),
    }
)
EMPTY_WORDS: Mapping[OrderTab, Message] = MappingProxyType(
    {
        OrderTab.ANSWER: message("没有待回应的网络工单"),
        OrderTab.DISPATCH: message("没有待派单的工单"),
        OrderTab.DISPUTED: message("没有待裁定的异议"),
        OrderTab.DECLINING: message("没有待审的不予受理意见"),
        OrderTab.EXTENSION: message("没有待批的延期申请"),
        OrderTab.DUE: message("没有临期或超期的工单"),
        OrderTab.REPLIED: message("没有等待审核的反馈"),
        OrderTab.APPROVED: message("没有等待办结的工单"),
        OrderTab.SIGN: message("没有待签收的工单"),
        OrderTab.HANDLE: message("没有办理中的工单"),
        OrderTab.CONTRIBUTE: message("没有待协办的工单"),
        OrderTab.HOLD: message("没有挂账的工单"),
        OrderTab.COMPLETED: message("还没有办结的工单"),
        OrderTab.ALL: message("没有符合条件的工单"),
    }
)


class Titled(Protocol):
    """Anything declared with a title in both languages."""

    @property
    def title(self) -> Title: ...


def vocabulary(reader: Reader) -> dict[str, object]:
    """What templates call things by; what is declared no more keeps its name."""
    hotline, language = reader.web.dependencies.site.hotline, reader.language

    def localized(text: Message) -> str:
        return translate(text, language)

    return {
        "state_word": lambda state: localized(STATE_WORDS[OrderState(state)]),
        "step_word": lambda step: localized(STEP_WORDS[Step(step)]),
        "decline_reason": lambda reason: localized(DECLINE_REASON_WORDS[DeclineReason(reason)]),
        "emergency_service": lambda one: localized(EMERGENCY_WORDS[EmergencyService(one)]),
        "urgency_word": lambda urgency: localized(URGENCY_WORDS[Urgency(urgency)]),
        "kind_word": lambda kind: localized(KIND_WORDS[CaseKind(kind)]),
        "channel_word": lambda channel: localized(CHANNEL_WORDS[Channel(channel)]),
        "deadline_word": lambda kind: localized(DEADLINE_WORDS[DeadlineKind(kind)]),
        "verdict_word": lambda verdict: localized(VERDICT_WORDS[DeadlineVerdict(verdict)]),
        "attempt_word": lambda result: localized(ATTEMPT_WORDS[AttemptResult(result)]),
        "outcome_word": lambda outcome: localized(OUTCOME_WORDS[CallbackOutcome(outcome)]),
        "resolved_word": lambda answer: localized(RESOLVED_WORDS[Resolved(answer)]),
        "unit_title": titles(hotline.unit_of, language),
        "handed_to": _city_titles(hotline, language),
        "category_title": titles(hotline.category_of, language),
        "region_title": titles(hotline.region_of, language),
        "queue_title": titles({queue.name: queue for queue in hotline.queues}, language),
    }


def _city_titles(hotline: Hotline, language: Language) -> Callable[[str], str]:
    """The city hotline that handles a unit's orders; empty where the unit does so itself."""
    title = titles(hotline.city_hotline_of_unit, language)
    return lambda unit: title(unit) if unit in hotline.city_hotline_of_unit else ""


def titles(declared: Mapping[str, Titled], language: Language) -> Callable[[str], str]:
    """How declared things are called; one that is declared no more keeps its name."""

    def title(name: str) -> str:
        entry = declared.get(name)
        if entry is None:
            return name
        return entry.title.en if language is Language.ENGLISH else entry.title.zh

    return title
