"""False alarms (误报): one person proposes with a reason, a second one decides (pure).

Who may. Whoever handles incidents proposes. A second person with
:attr:`~ops_core.kernel.permissions.Permission.CONFIRM_FALSE_ALARMS` confirms, rejects, or revokes
what was confirmed; the proposer never does, and takes an own proposal back by withdrawing it. The
rule that the applicant is not the approver is that of every exclusion (domain/ops.md, section 2,
common rule 6). Neither word is ever a program's: a token, an interface and a part of the product
are refused, because an exclusion is somebody's responsibility.

What follows. A pending proposal changes nothing: the incident counts in indicator 12 and its
clocks run on. A confirmed one takes the incident out of numerator and denominator, whether its
clocks were met or missed. What an incident had missed itself before it was merged into this one is
of that one's record: it counts on until two people call that one a false alarm as well, for a
merger raises no figure, whatever is said afterwards. No mark touches a time stamp, so that an
incident whose mark ends counts again exactly as if it had never been marked.

When it ends by itself. A mark rests on what was known when it was made. The incident taking in
another one, being merged into another one, coming back, rising in class or gaining evidence voids
the mark, pending or confirmed: a false alarm cannot hide a real fault. Evidence that is only
renewed, fades or gets better is no such news.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import JsonValue, TypeAdapter

from incident.false_alarm_terms import (
    CAUSE_WORDS,
    FALSE_ALARM_STEP_WORDS,
    MARK_STATE_WORDS,
    Cause,
    FalseAlarmStep,
    MarkState,
    News,
)
from monitors.alerts.model import FaultGroup
from ops_core.kernel.errors import Conflict, Forbidden, Invalid
from ops_core.kernel.i18n import Message, message
from ops_core.kernel.permissions import Actor, Permission, allows, require
from ops_core.kernel.written_text import written

LONGEST_TEXT = 500
"""Characters of a reason."""


_NO_MARK = message("未提出误报")
LIVE = (MarkState.PENDING, MarkState.CONFIRMED)
_AFRESH = (FalseAlarmStep.PROPOSE,)
ALLOWED: Mapping[MarkState | None, tuple[FalseAlarmStep, ...]] = {
    None: _AFRESH,
    MarkState.PENDING: (FalseAlarmStep.CONFIRM, FalseAlarmStep.REJECT, FalseAlarmStep.WITHDRAW),
    MarkState.CONFIRMED: (FalseAlarmStep.REVOKE,),
    MarkState.REJECTED: _AFRESH,
    MarkState.WITHDRAWN: _AFRESH,
    MarkState.REVOKED: _AFRESH,
    MarkState.VOID: _AFRESH,
}
PERMISSION: Mapping[FalseAlarmStep, Permission] = {
    FalseAlarmStep.PROPOSE: Permission.HANDLE_INCIDENTS,
    FalseAlarmStep.CONFIRM: Permission.CONFIRM_FALSE_ALARMS,
    FalseAlarmStep.REJECT: Permission.CONFIRM_FALSE_ALARMS,
    FalseAlarmStep.WITHDRAW: Permission.HANDLE_INCIDENTS,
    FalseAlarmStep.REVOKE: Permission.CONFIRM_FALSE_ALARMS,
}
NEEDS_TEXT = (FalseAlarmStep.PROPOSE, FalseAlarmStep.REJECT, FalseAlarmStep.REVOKE)
BY_SECOND_PERSON = (FalseAlarmStep.CONFIRM, FalseAlarmStep.REJECT, FalseAlarmStep.REVOKE)
_ENDS = {
    FalseAlarmStep.REJECT: MarkState.REJECTED,
    FalseAlarmStep.WITHDRAW: MarkState.WITHDRAWN,
    FalseAlarmStep.REVOKE: MarkState.REVOKED,
}


@dataclass(frozen=True, slots=True)
class Mark:
    """The last word on whether an incident is a false alarm; instants are aware UTC.

    ``confirmed_*`` stay when a confirmed mark ends; ``ended_*`` are empty while it lives.
    """

    state: MarkState
    cause: Cause
    text: str
    proposed_by: str
    proposed_at: datetime
    confirmed_by: str = ""
    confirmed_at: datetime | None = None
    confirmed_text: str = ""
    ended_by: str = ""
    ended_at: datetime | None = None
    ended_text: str = ""
    news: News | None = None
    """What voided it."""

    @property
    def is_confirmed(self) -> bool:
        return self.state is MarkState.CONFIRMED

    @property
    def is_live(self) -> bool:
        """Whether news of the incident would void it."""
        return self.state in LIVE


@dataclass(frozen=True, slots=True)
class Words:
    """What a person says with a step; ``cause`` only counts for a proposal."""

    text: str = ""
    cause: Cause | None = None


MARK: TypeAdapter[Mark] = TypeAdapter(Mark)


def allowed_steps(mark: Mark | None, merged: bool) -> tuple[FalseAlarmStep, ...]:
    """The steps the state allows, whoever takes them; none on an incident merged into another that
    had missed nothing itself."""
    return () if merged else ALLOWED[None if mark is None else mark.state]


def possible_steps(mark: Mark | None, merged: bool, actor: Actor) -> tuple[FalseAlarmStep, ...]:
    """The steps this actor may take now."""
    return tuple(s for s in allowed_steps(mark, merged) if _refusal(mark, s, actor) is None)


def decide(
    mark: Mark | None, merged: bool, step: FalseAlarmStep, actor: Actor, words: Words, now: datetime
) -> Mark:
    """The mark after a person's step.

    Raises Forbidden for the wrong person, Conflict when the state does not allow the step and
    Invalid when a reason is missing.
    """
    require_step(actor, step)
    if step not in allowed_steps(mark, merged):
        raise _out_of_order(mark, merged, step)
    refusal = _refusal(mark, step, actor)
    if refusal is not None:
        raise refusal
    text = _checked(step, words)
    if step is FalseAlarmStep.PROPOSE or mark is None:
        return _proposed(actor, words.cause, text, now)
    if step is FalseAlarmStep.CONFIRM:
        confirmed = replace(mark, confirmed_by=str(actor), confirmed_at=now, confirmed_text=text)
        return replace(confirmed, state=MarkState.CONFIRMED)
    return replace(mark, state=_ENDS[step], ended_by=str(actor), ended_at=now, ended_text=text)


def voided(mark: Mark, news: News, detail: str, actor: Actor, at: datetime) -> Mark:
    """A live mark after news of its incident; ``detail`` names the other incident, if any."""
    return replace(
        mark,
        state=MarkState.VOID,
        ended_by=str(actor),
        ended_at=at,
        ended_text=detail,
        news=news,
    )


def gains(before: FaultGroup, after: FaultGroup) -> bool:
    """Whether a fault shows anything now that it did not before: the mark did not know of it.

    Another root, an element found bad by a witness that had not, a seat, a service or a redundancy
    lost. The same things heard again are no gain, nor is what got better.
    """
    return any(
        (
            not set(after.roots) <= set(before.roots),
            not _bad(after) <= _bad(before),
            not set(after.seats) <= set(before.seats),
            not set(after.services) <= set(before.services),
            not {(loss.kind, loss.name) for loss in after.redundancy_lost}
            <= {(loss.kind, loss.name) for loss in before.redundancy_lost},
        )
    )


def _bad(group: FaultGroup) -> frozenset[tuple[object, str]]:
    return frozenset((one.element, one.witness) for one in group.evidence if one.ok is False)


def require_step(actor: Actor, step: FalseAlarmStep) -> None:
    """Raises Forbidden unless the actor is a person who may take such a step at all."""
    require_person(actor)
    require(actor, PERMISSION[step])


def require_person(actor: Actor) -> None:
    """Raises Forbidden unless the actor is a person who is here, not a program or a token."""
    if actor.is_person:
        return
    raise Forbidden(
        "误报只能由本人认定",
        message("{actor} 是程序、令牌或系统，不能提出或认定误报。", actor=actor),
        "请本人登录后操作；命令行请用 --as 写明用户名并输入口令。",
    )


def _refusal(mark: Mark | None, step: FalseAlarmStep, actor: Actor) -> Forbidden | None:
    """Why this actor may not take a step that the state allows; None when he may."""
    if not actor.is_person or not allows(actor, PERMISSION[step]):
        return Forbidden("没有权限", message("{actor} 不能这样操作。", actor=actor))
    own = mark is not None and mark.proposed_by == str(actor)
    if step in BY_SECOND_PERSON and own:
        return Forbidden(
            "须由第二人认定",
            message("这次误报由 {actor} 提出，不能由同一人认定、驳回或撤销。", actor=actor),
            message(
                "请由另一位有权限 {permission} 的人员操作；本人可在认定前撤回。",
                permission=PERMISSION[step],
            ),
        )
    if step is FalseAlarmStep.WITHDRAW and not own:
        return Forbidden(
            "只能撤回本人提出的误报",
            message("{actor} 不是提出人。", actor=actor),
            "有权限的人员可以驳回。",
        )
    return None


def _out_of_order(mark: Mark | None, merged: bool, step: FalseAlarmStep) -> Conflict:
    state = "none" if mark is None else mark.state.value
    steps = allowed_steps(mark, merged)
    allowed: list[JsonValue] = [one.value for one in steps]
    detail = (
        message("这起故障已并入另一起，误报须对另一起提出。")
        if merged
        else message(
            "误报处于 {state}，不能 {step}。",
            state=_NO_MARK if mark is None else MARK_STATE_WORDS[mark.state],
            step=FALSE_ALARM_STEP_WORDS[step],
        )
    )
    return Conflict(
        "当前状态不允许此操作",
        detail,
        message("现在可以：{allowed}。", allowed=_step_words(steps) or "—"),
        members={"false_alarm": state, "allowed": allowed},
    )


def _step_words(steps: Iterable[FalseAlarmStep]) -> tuple[Message, ...]:
    return tuple(FALSE_ALARM_STEP_WORDS[one] for one in steps)


def _checked(step: FalseAlarmStep, words: Words) -> str:
    text = written(words.text)
    if step in NEEDS_TEXT and not text:
        raise Invalid("请写明理由", "", "误报的提出、驳回和撤销都须写明理由。")
    if len(text) > LONGEST_TEXT:
        raise Invalid("理由过长", "", message("请写在 {most} 个字以内。", most=LONGEST_TEXT))
    if step is FalseAlarmStep.PROPOSE and words.cause is None:
        raise Invalid(
            "请选择原因",
            "",
            message("可选：{causes}。", causes=tuple(CAUSE_WORDS.values())),
            members={"causes": [cause.value for cause in Cause]},
        )
    return text


def _proposed(actor: Actor, cause: Cause | None, text: str, now: datetime) -> Mark:
    return Mark(MarkState.PENDING, cause or Cause.OTHER, text, str(actor), now)


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """One event about a mark, as the history keeps it."""

    type: str
    detail: Mapping[str, JsonValue]
    actor: str
    at: datetime


EVENT: Mapping[MarkState, str] = {
    state: f"IncidentFalseAlarm{state.value.capitalize()}" for state in MarkState
}
"""The event by which a mark comes into a state."""
_STATE_OF = {kind: state for state, kind in EVENT.items()}


def event_detail(mark: Mark) -> dict[str, JsonValue]:
    """What the event of a mark's new state says beside who and when."""
    if mark.state is MarkState.PENDING:
        return {"cause": mark.cause.value, "text": mark.text}
    if mark.state is MarkState.CONFIRMED:
        return {
            "cause": mark.cause.value,
            "reason": mark.text,
            "proposed_by": mark.proposed_by,
            "text": mark.confirmed_text,
        }
    detail: dict[str, JsonValue] = {"text": mark.ended_text, "proposed_by": mark.proposed_by}
    if mark.news is not None:
        detail["news"] = mark.news.value
    return detail


def replayed(history: Iterable[RecordedStep]) -> Mark | None:
    """The mark that the events of an incident amount to; it must be the stored one.

    An event that has no mark before it is passed over: what is stored then differs, which is said
    where the two are compared.
    """
    mark: Mark | None = None
    for recorded in history:
        state = _STATE_OF.get(recorded.type)
        if state is MarkState.PENDING:
            cause, text = Cause(str(recorded.detail["cause"])), str(recorded.detail["text"])
            mark = Mark(state, cause, text, recorded.actor, recorded.at)
        elif state is not None and mark is not None:
            mark = _followed(mark, state, recorded)
    return mark


def _followed(mark: Mark, state: MarkState, recorded: RecordedStep) -> Mark:
    if state is MarkState.CONFIRMED:
        text = str(recorded.detail.get("text", ""))
        confirmed = replace(mark, confirmed_by=recorded.actor, confirmed_at=recorded.at)
        return replace(confirmed, state=state, confirmed_text=text)
    news = recorded.detail.get("news")
    return replace(
        mark,
        state=state,
        ended_by=recorded.actor,
        ended_at=recorded.at,
        ended_text=str(recorded.detail.get("text", "")),
        news=None if news is None else News(str(news)),
    )
