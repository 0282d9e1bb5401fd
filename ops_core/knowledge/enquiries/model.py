"""A correction (纠错) or a question (提问) about an article, as the replay of its links (pure).

A correction that is adopted is answered by the version that says it right; whoever raised it closes
it, or asks again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from ops_core.kernel.errors import Conflict, Forbidden
from ops_core.kernel.i18n import Message, message
from ops_core.knowledge.chain import ChainEnd, KnowledgeLink, end_of, refuse_step


class EnquiryKind(StrEnum):
    """纠错, 提问."""

    CORRECTION = "correction"
    QUESTION = "question"


class EnquiryState(StrEnum):
    """待答复, 已采纳待更新, 已答复, 已关闭."""

    OPEN = "open"
    ADOPTED = "adopted"
    ANSWERED = "answered"
    CLOSED = "closed"


class EnquiryStep(StrEnum):
    """提出, 采纳, 答复, 已更新, 追问, 关闭."""

    RAISE = "raise"
    ADOPT = "adopt"
    ANSWER = "answer"
    SETTLE = "settle"
    ASK_AGAIN = "ask_again"
    CLOSE = "close"


ENQUIRY_TRANSITIONS: Mapping[EnquiryState, Mapping[EnquiryStep, EnquiryState]] = MappingProxyType(
    {
        EnquiryState.OPEN: {
            EnquiryStep.ADOPT: EnquiryState.ADOPTED,
            EnquiryStep.ANSWER: EnquiryState.ANSWERED,
        },
        EnquiryState.ADOPTED: {
            EnquiryStep.SETTLE: EnquiryState.ANSWERED,
            EnquiryStep.ANSWER: EnquiryState.ANSWERED,
        },
        EnquiryState.ANSWERED: {
            EnquiryStep.ASK_AGAIN: EnquiryState.OPEN,
            EnquiryStep.CLOSE: EnquiryState.CLOSED,
        },
        EnquiryState.CLOSED: {},
    }
)
OF_THE_RAISER = frozenset({EnquiryStep.ASK_AGAIN, EnquiryStep.CLOSE})
OF_THE_EDITORS = frozenset({EnquiryStep.ADOPT, EnquiryStep.ANSWER})
ENQUIRY_KIND_WORDS: Mapping[EnquiryKind, Message] = MappingProxyType(
    {EnquiryKind.CORRECTION: message("纠错"), EnquiryKind.QUESTION: message("提问")}
)
ENQUIRY_STATE_WORDS: Mapping[EnquiryState, Message] = MappingProxyType(
    {
        EnquiryState.OPEN: message("待答复"),
        EnquiryState.ADOPTED: message("已采纳，待更新"),
        EnquiryState.ANSWERED: message("已答复"),
        EnquiryState.CLOSED: message("已关闭"),
    }
)
ENQUIRY_STEP_WORDS: Mapping[EnquiryStep, Message] = MappingProxyType(
    {
        EnquiryStep.RAISE: message("提出"),
        EnquiryStep.ADOPT: message("采纳"),
        EnquiryStep.ANSWER: message("答复"),
        EnquiryStep.SETTLE: message("已更新"),
        EnquiryStep.ASK_AGAIN: message("追问"),
        EnquiryStep.CLOSE: message("关闭"),
    }
)


@dataclass(frozen=True, slots=True)
class EnquiryRemark:
    """What somebody wrote at a step, or the version that settled it."""

    step: EnquiryStep
    at: datetime
    actor: str
    text: str
    version: int = 0


@dataclass(frozen=True, slots=True)
class Enquiry:
    """What the links of an enquiry say; ``article`` is empty for a question about none."""

    number: str
    kind: EnquiryKind
    state: EnquiryState
    article: str
    version: int
    """Of the article, as whoever raised it saw it."""
    raised_by: str
    raised_at: datetime
    remarks: tuple[EnquiryRemark, ...]
    end: ChainEnd


def check_enquiry_step(enquiry: Enquiry, step: EnquiryStep, actor: str) -> None:
    """Raises :class:`Conflict` for a step that the state or the kind does not allow, and
    :class:`Forbidden` for an answer to oneself, or for another's to close."""
    if step not in ENQUIRY_TRANSITIONS[enquiry.state]:
        raise refuse_step(
            message("{kind} {number}", kind=ENQUIRY_KIND_WORDS[enquiry.kind],
                    number=enquiry.number),
            ENQUIRY_STATE_WORDS[enquiry.state],
            ENQUIRY_STEP_WORDS[step],
            (ENQUIRY_STEP_WORDS[one] for one in ENQUIRY_TRANSITIONS[enquiry.state]),
            enquiry.state.value,
        )  # fmt: skip
    if step is EnquiryStep.ADOPT and enquiry.kind is not EnquiryKind.CORRECTION:
        raise Conflict("只有纠错可以采纳", "", "提问请直接答复。")
    if step in OF_THE_RAISER and actor != enquiry.raised_by:
        raise Forbidden(
            "只能由提出人追问或关闭",
            message("{number} 由 {actor} 提出。", number=enquiry.number, actor=enquiry.raised_by),
            "请由提出人办理。",
        )
    if step in OF_THE_EDITORS and actor == enquiry.raised_by:
        raise Forbidden("不能答复自己的纠错或提问", "", "请由另一名知识管理人员答复。")


def apply_enquiry(enquiry: Enquiry | None, link: KnowledgeLink) -> Enquiry:
    """The enquiry after a link. Raises Conflict or Forbidden for one that is not allowed."""
    step = EnquiryStep(link.step)
    remark = EnquiryRemark(step, link.at, link.actor, link.text("text"), link.count("version"))
    if enquiry is None:
        return Enquiry(
            number=link.number,
            kind=EnquiryKind(link.text("kind")),
            state=EnquiryState.OPEN,
            article=link.text("article"),
            version=link.count("version"),
            raised_by=link.actor,
            raised_at=link.at,
            remarks=(remark,),
            end=end_of(link),
        )
    check_enquiry_step(enquiry, step, link.actor)
    return replace(
        enquiry,
        state=ENQUIRY_TRANSITIONS[enquiry.state][step],
        remarks=(*enquiry.remarks, remark),
        end=end_of(link),
    )


def replay_enquiry(links: Iterable[KnowledgeLink]) -> Enquiry:
    """The enquiry that links, in their sequence, amount to. Raises ValueError without any."""
    enquiry: Enquiry | None = None
    for link in links:
        enquiry = apply_enquiry(enquiry, link)
    if enquiry is None:
        raise ValueError("an enquiry begins with a link")
    return enquiry
