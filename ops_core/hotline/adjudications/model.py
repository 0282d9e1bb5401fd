"""Adjudications (认定): one side submits a matter, the purchaser's side decides (pure).

One machine for every matter that people have to judge before an indicator may count it: an order
whose answer nobody owes (需申诉工单), the cause of a return, a complaint about the service, an
event of public opinion, and the monthly return that there was none (零报告). While nobody has
decided, the record is pending: neither good nor a miss.

The purchaser decides, and never who submitted it or had a part in it (domain/ops.md, section 8,
invariant 6). A decision is taken back by opening the matter anew, with a reason; both stay in the
events. Neither word is a program's: a token, an interface and a part of the product are refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from pydantic import JsonValue, TypeAdapter

from ops_core.hotline.adjudications.kinds import (
    CAUSE_WORDS,
    NATURE_WORDS,
    RULES,
    AdjudicationCause,
    AdjudicationKind,
    EventLevel,
)
from ops_core.kernel.errors import Conflict, Forbidden, Invalid
from ops_core.kernel.i18n import Message, message
from ops_core.kernel.permissions import Actor, allows, require
from ops_core.kernel.shown_names import PersonName

LONGEST_TEXT = 1000
"""Characters of a text."""


class AdjudicationState(StrEnum):
    """待认定, 成立, 不成立, 已撤回."""

    PENDING = "pending"
    UPHELD = "upheld"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class AdjudicationStep(StrEnum):
    """提交, 认定成立, 认定不成立, 重新认定, 撤回."""

    SUBMIT = "submit"
    UPHOLD = "uphold"
    REJECT = "reject"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"


TRANSITIONS: Mapping[AdjudicationState | None, Mapping[AdjudicationStep, AdjudicationState]] = (
    MappingProxyType(
        {
            None: {AdjudicationStep.SUBMIT: AdjudicationState.PENDING},
            AdjudicationState.PENDING: {
                AdjudicationStep.UPHOLD: AdjudicationState.UPHELD,
                AdjudicationStep.REJECT: AdjudicationState.REJECTED,
                AdjudicationStep.WITHDRAW: AdjudicationState.WITHDRAWN,
            },
            AdjudicationState.UPHELD: {AdjudicationStep.REOPEN: AdjudicationState.PENDING},
            AdjudicationState.REJECTED: {AdjudicationStep.REOPEN: AdjudicationState.PENDING},
            AdjudicationState.WITHDRAWN: {},
        }
    )
)
DECISIONS = frozenset({AdjudicationStep.UPHOLD, AdjudicationStep.REJECT, AdjudicationStep.REOPEN})
NEEDS_TEXT = frozenset({AdjudicationStep.REJECT, AdjudicationStep.REOPEN})
STATE_WORDS: Mapping[AdjudicationState, Message] = MappingProxyType(
    {
        AdjudicationState.PENDING: message("待认定"),
        AdjudicationState.UPHELD: message("认定成立"),
        AdjudicationState.REJECTED: message("认定不成立"),
        AdjudicationState.WITHDRAWN: message("已撤回"),
    }
)
STEP_WORDS: Mapping[AdjudicationStep, Message] = MappingProxyType(
    {
        AdjudicationStep.SUBMIT: message("提交"),
        AdjudicationStep.UPHOLD: message("认定成立"),
        AdjudicationStep.REJECT: message("认定不成立"),
        AdjudicationStep.REOPEN: message("重新认定"),
        AdjudicationStep.WITHDRAW: message("撤回"),
    }
)


@dataclass(frozen=True, slots=True)
class Submission:
    """A matter as it is submitted.

    ``subject`` says what it is about, one live matter each where its kind says so: an order, a
    return ``<order>/<n>``, a month ``2026-11``. ``occurred_at`` puts it into a period. ``parties``
    had a part in it and do not decide.
    """

    kind: AdjudicationKind
    subject: str
    occurred_at: datetime
    text: str
    nature: str = ""
    """Of which sort, by the submitter's word: one of the kind's natures."""
    level: EventLevel | None = None
    order: str = ""
    call: str = ""
    person: str = ""
    """Whom a complaint is about."""
    parties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Adjudication:
    """A matter with what was decided of it; instants are aware UTC."""

    number: str
    submission: Submission
    state: AdjudicationState
    version: int
    submitted_by: str
    submitted_at: datetime
    cause: AdjudicationCause | None = None
    """By the decision."""
    decided_by: str = ""
    decided_at: datetime | None = None
    decision: str = ""
    """What was ruled last, and why."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What goes with a step: why; the cause where the kind asks for one; a level corrected."""

    text: str = ""
    cause: AdjudicationCause | None = None
    level: EventLevel | None = None


@dataclass(frozen=True, slots=True)
class AdjudicationEvent:
    """One event of a matter; ``payload`` is all that it says beside who and when."""

    step: AdjudicationStep
    payload: Mapping[str, JsonValue]
    actor: str
    at: datetime


_SUBMISSION: TypeAdapter[Submission] = TypeAdapter(Submission)
_RULING: TypeAdapter[Ruling] = TypeAdapter(Ruling)


def submitted(submission: Submission, actor: Actor, at: datetime) -> AdjudicationEvent:
    """The event by which a matter is submitted. Raises Forbidden and Invalid."""
    rules = RULES[submission.kind]
    if rules.submit is not None:
        require_person(actor)
        require(actor, rules.submit)
    checked = replace(submission, text=_checked_text(submission.text, is_needed=True))
    if rules.natures and checked.nature not in rules.natures:
        raise Invalid(
            "请选择类型",
            "",
            message("可选：{natures}。", natures=tuple(NATURE_WORDS[one] for one in rules.natures)),
            members={"natures": [*rules.natures]},
        )
    if rules.has_level and checked.level is None:
        raise Invalid("请选择级别", "", "舆论事件须注明级别。")
    payload = _SUBMISSION.dump_python(checked, mode="json")
    return AdjudicationEvent(AdjudicationStep.SUBMIT, payload, str(actor), at)


def decided(
    matter: Adjudication, step: AdjudicationStep, actor: Actor, ruling: Ruling, at: datetime
) -> AdjudicationEvent:
    """The event by which an actor takes a step.

    Raises Forbidden for the wrong person or side, Conflict for a step that the state does not
    allow, Invalid when a reason or a cause is missing.
    """
    rules = RULES[matter.submission.kind]
    require_person(actor)
    if step is AdjudicationStep.WITHDRAW:
        _check_withdrawal(matter, actor)
    else:
        require(actor, rules.decide)
    if step not in allowed_steps(matter):
        raise _out_of_order(matter, step)
    refusal = _part_in_it(matter, step, actor)
    if refusal is not None:
        raise refusal
    text = _checked_text(ruling.text, is_needed=step in NEEDS_TEXT)
    cause = _checked_cause(matter, step, ruling)
    level = ruling.level if step is AdjudicationStep.UPHOLD and rules.has_level else None
    payload = _RULING.dump_python(Ruling(text, cause, level), mode="json")
    return AdjudicationEvent(step, payload, str(actor), at)


def apply(matter: Adjudication | None, number: str, event: AdjudicationEvent) -> Adjudication:
    """The matter after an event. Raises Conflict for one that the state does not allow."""
    if matter is None:
        if event.step is not AdjudicationStep.SUBMIT:
            raise Conflict("没有这项认定", "", "")
        submission = _SUBMISSION.validate_python(dict(event.payload))
        pending = AdjudicationState.PENDING
        return Adjudication(number, submission, pending, 1, event.actor, event.at)
    state = TRANSITIONS[matter.state].get(event.step)
    if state is None:
        raise _out_of_order(matter, event.step)
    ruling = _RULING.validate_python(dict(event.payload))
    submission = matter.submission
    if ruling.level is not None:
        submission = replace(submission, level=ruling.level)
    return replace(
        matter,
        submission=submission,
        state=state,
        version=matter.version + 1,
        cause=ruling.cause,
        decided_by=event.actor,
        decided_at=event.at,
        decision=ruling.text,
    )


def replay(number: str, events: Iterable[AdjudicationEvent]) -> Adjudication | None:
    """The matter that its events, in their order, amount to; None without any."""
    matter: Adjudication | None = None
    for event in events:
        matter = apply(matter, number, event)
    return matter


def allowed_steps(matter: Adjudication) -> tuple[AdjudicationStep, ...]:
    """The steps that state and kind allow, whoever takes them."""
    may_withdraw = RULES[matter.submission.kind].may_withdraw
    return tuple(
        step
        for step in TRANSITIONS[matter.state]
        if may_withdraw or step is not AdjudicationStep.WITHDRAW
    )


def obstacle(matter: Adjudication, step: AdjudicationStep, actor: Actor) -> Message | None:
    """Why this actor may not take a step that is allowed, for a disabled button; None if he may."""
    if not actor.is_person:
        return message("须本人登录后操作")
    if step is AdjudicationStep.WITHDRAW:
        return None if str(actor) == matter.submitted_by else message("只有提交人可以撤回")
    if not allows(actor, RULES[matter.submission.kind].decide):
        return message("由采购方认定")
    return None if _part_in_it(matter, step, actor) is None else message("不能认定与本人有关的事项")


def require_person(actor: Actor) -> None:
    """Raises Forbidden unless the actor is a person who signed in."""
    if not actor.is_person:
        raise Forbidden(
            "须由本人认定",
            message("{actor} 是程序、令牌或系统，不能提交或认定。", actor=PersonName(actor)),
            "请本人登录后操作；命令行请用 --as 写明用户名并输入口令。",
        )


def _part_in_it(matter: Adjudication, step: AdjudicationStep, actor: Actor) -> Forbidden | None:
    involved = {matter.submitted_by, matter.submission.person, *matter.submission.parties}
    if step not in DECISIONS or str(actor) not in involved:
        return None
    return Forbidden(
        "不能认定与本人有关的事项",
        message("{actor} 是提交人或当事人。", actor=PersonName(actor)),
        "请由采购方另一名人员认定。",
    )


def _check_withdrawal(matter: Adjudication, actor: Actor) -> None:
    if str(actor) != matter.submitted_by:
        raise Forbidden(
            "只能撤回本人提交的事项",
            message("{actor} 不是提交人。", actor=PersonName(actor)),
            "采购方可以认定不成立。",
        )


def _out_of_order(matter: Adjudication, step: AdjudicationStep) -> Conflict:
    allowed = allowed_steps(matter)
    names: list[JsonValue] = [one.value for one in allowed]
    return Conflict(
        "当前状态不允许此操作",
        message(
            "{number} 处于 {state}，不能 {step}。",
            number=matter.number, state=STATE_WORDS[matter.state], step=STEP_WORDS[step],
        ),
        message("现在可以：{allowed}。", allowed=tuple(STEP_WORDS[one] for one in allowed) or "—"),
        members={"state": matter.state.value, "allowed": names},
    )  # fmt: skip


def _checked_text(text: str, *, is_needed: bool) -> str:
    checked = text.strip()
    if is_needed and not checked:
        raise Invalid("请写明情况或理由", "", "提交、认定不成立和重新认定都须写明。")
    if len(checked) > LONGEST_TEXT:
        raise Invalid("内容过长", "", message("请控制在 {limit} 字以内。", limit=LONGEST_TEXT))
    return checked


def _checked_cause(
    matter: Adjudication, step: AdjudicationStep, ruling: Ruling
) -> AdjudicationCause | None:
    """The cause that the kind asks for with this decision."""
    causes = RULES[matter.submission.kind].causes.get(step.value, ())
    if not causes:
        return None
    if ruling.cause not in causes:
        raise Invalid(
            "请选择原因",
            "",
            message("可选：{causes}。", causes=tuple(CAUSE_WORDS[one] for one in causes)),
            members={"causes": [one.value for one in causes]},
        )
    return ruling.cause
