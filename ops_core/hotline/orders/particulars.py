"""What goes with a step besides its remark, and what of it is recorded (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from pydantic import JsonValue

from ops_core.hotline.deadline_policies.rules import URGENCY_WORDS
from ops_core.hotline.orders.citations import Citation, as_detail
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import Message, message

UPDATE_AT = "update_at"
"""The member of an event with the instant at which another system said what led to it."""
_Choice = TypeVar("_Choice", bound=StrEnum)


class DeclineReason(StrEnum):
    """Why a request is not accepted: the closed list of 国办发〔2020〕53号, 二(五)."""

    LEGAL_PROCEDURE = "legal_procedure"
    DISCIPLINE = "discipline"
    DISCLOSURE = "disclosure"
    PETITION = "petition"
    SECRECY = "secrecy"
    PUBLIC_MORALS = "public_morals"


class EmergencyService(StrEnum):
    """Whom an emergency is handed on to, by its telephone number: 公安, 消防, 急救, 交通事故."""

    POLICE = "110"
    FIRE = "119"
    AMBULANCE = "120"
    TRAFFIC_POLICE = "122"


DECLINE_REASON_WORDS: Mapping[DeclineReason, Message] = MappingProxyType(
    {
        DeclineReason.LEGAL_PROCEDURE: message("须通过诉讼、仲裁、行政复议等程序解决"),
        DeclineReason.DISCIPLINE: message("属纪检监察事项"),
        DeclineReason.DISCLOSURE: message("属政府信息公开申请"),
        DeclineReason.PETITION: message("已进入信访渠道"),
        DeclineReason.SECRECY: message("涉及国家秘密、商业秘密或个人隐私"),
        DeclineReason.PUBLIC_MORALS: message("违反社会公序良俗"),
    }
)
EMERGENCY_WORDS: Mapping[EmergencyService, Message] = MappingProxyType(
    {
        EmergencyService.POLICE: message("110 公安"),
        EmergencyService.FIRE: message("119 消防"),
        EmergencyService.AMBULANCE: message("120 急救"),
        EmergencyService.TRAFFIC_POLICE: message("122 交通事故"),
    }
)


@dataclass(frozen=True, slots=True)
class ForeignUpdate:
    """The word of another system by which a step is taken: its own number of that word, what state
    it named, under which number it has the order (empty: none given), and when it said so."""

    identifier: str
    status: str
    their_number: str = ""
    stated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Particulars:
    """``urgency`` of a dispatch; ``days``: working days of 延期; ``reason`` of
    :class:`DeclineReason`; ``service`` of :class:`EmergencyService`; ``lead``: the order it is
    merged into; ``cited``: what a direct answer was read out of. Each step takes its own of them.
    """

    days: int = 0
    reason: str = ""
    service: str = ""
    lead: str = ""
    cited: tuple[Citation, ...] = ()
    co_unit: str = ""
    """Of the units of hotline.yml: whom to enlist, or whose reply is missing."""
    until: str = ""
    """The day of review of a hold, as 2026-12-31."""
    urgency: str = ""
    """Of :class:`ops_core.hotline.deadline_policies.rules.Urgency`; empty: ordinary."""
    update: ForeignUpdate | None = None
    """Where a program of another system takes the step."""


NO_PARTICULARS = Particulars()


def recorded_particulars(step: Step, given: Particulars) -> dict[str, JsonValue]:
    """What the step's event says of them. Raises :class:`Invalid` for one that is needed."""
    return _of_step(step, given) | _of_update(given.update)


def _of_update(update: ForeignUpdate | None) -> dict[str, JsonValue]:
    if update is None:
        return {}
    named: dict[str, JsonValue] = {"update": update.identifier, "update_status": update.status}
    if update.their_number:
        named["their_number"] = update.their_number
    if update.stated_at is not None:
        named[UPDATE_AT] = update.stated_at.astimezone(UTC).isoformat()
    return named


def _of_step(step: Step, given: Particulars) -> dict[str, JsonValue]:
    match step:
        case Step.DISPATCH:
            return _urgency(given.urgency)
        case Step.EXTEND:
            return {"days": given.days}
        case Step.DECLINE:
            return {
                "reason": _chosen(
                    DECLINE_REASON_WORDS, given.reason, message("请选择不予受理的理由")
                ).value
            }
        case Step.TRANSFER:
            return {
                "service": _chosen(EMERGENCY_WORDS, given.service, message("请选择紧急服务")).value
            }
        case Step.ENLIST | Step.CO_MISSING:
            if not given.co_unit:
                raise Invalid("请选择协办单位", "", "请指明协办单位。")
            return {"co_unit": given.co_unit}
        case Step.MERGE:
            if not given.lead.strip():
                raise Invalid("并单缺少主单", "", "请填写主单的工单编号。")
            return {"lead": given.lead.strip()}
        case Step.ANSWER_DIRECTLY:
            if not given.cited:
                raise Invalid("直接答复须引用知识", "", "请引用答复所依据的知识及其版本。")
            return as_detail(given.cited)
        case _:
            return {}


def _urgency(given: str) -> dict[str, JsonValue]:
    """Nothing where nobody chose: a second dispatch keeps what the first one said."""
    if not given:
        return {}
    return {"urgency": _chosen(URGENCY_WORDS, given, message("没有这个紧急程度")).value}


def _chosen(words: Mapping[_Choice, Message], given: str, title: Message) -> _Choice:
    for choice in words:
        if choice.value == given:
            return choice
    raise Invalid(
        title,
        message("没有 {given} 这一项。", given=given) if given else "",
        message("可选：{choices}。", choices=tuple(words.values())),
    )
