"""A month of one indicator, from open to sealed and restated (pure).

open → provisional → submitted → sealed, by way of objected where the purchaser objects. What is
sealed never changes; a later fact becomes a restatement that the operator proposes and the
purchaser accepts, each time a new value next to all earlier ones (domain/ops.md, section 2, common
rule 5).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ops_core.kernel.errors import Conflict, Forbidden, Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Actor, Permission, Side
from ops_core.kpi.assessment.exemptions import LONGEST_REASON, require_person
from ops_core.kpi.assessment.missing import MISSING_WORDS, Lack
from ops_core.kpi.assessment.period_terms import (
    PERIOD_STATE_WORDS,
    PERIOD_STEP_WORDS,
    PeriodState,
    PeriodStep,
)


@dataclass(frozen=True, slots=True)
class AssessedPeriod:
    """One indicator's month; ``proposed_*`` while a restatement waits for the purchaser."""

    month: str
    """``2026-11``."""
    indicator: int
    starts_at: datetime
    ends_at: datetime
    state: PeriodState
    submitted_by: str = ""
    submitted_at: datetime | None = None
    objected_by: str = ""
    objected_at: datetime | None = None
    objection: str = ""
    proposed_by: str = ""
    proposed_at: datetime | None = None
    proposal: str = ""
    revision: int | None = None
    """Of the last value that was sealed: 0 the first one, None without any."""
    version: int = 0

    @property
    def name(self) -> str:
        return f"{self.month}/{self.indicator}"

    @property
    def is_sealed(self) -> bool:
        return self.revision is not None


_BY: Mapping[PeriodStep, tuple[Permission, Side]] = {
    PeriodStep.SUBMIT: (Permission.SUBMIT_PERIODS, Side.OPERATOR),
    PeriodStep.OBJECT: (Permission.SEAL_PERIODS, Side.PURCHASER),
    PeriodStep.SEAL: (Permission.SEAL_PERIODS, Side.PURCHASER),
    PeriodStep.PROPOSE: (Permission.SUBMIT_PERIODS, Side.OPERATOR),
    PeriodStep.RESTATE: (Permission.SEAL_PERIODS, Side.PURCHASER),
    PeriodStep.DECLINE: (Permission.SEAL_PERIODS, Side.PURCHASER),
}
_SEALED = (PeriodStep.PROPOSE, PeriodStep.RESTATE, PeriodStep.DECLINE)
ALLOWED: Mapping[PeriodState, tuple[PeriodStep, ...]] = {
    PeriodState.OPEN: (),
    PeriodState.PROVISIONAL: (PeriodStep.SUBMIT,),
    PeriodState.SUBMITTED: (PeriodStep.OBJECT, PeriodStep.SEAL),
    PeriodState.OBJECTED: (PeriodStep.SUBMIT,),
    PeriodState.SEALED: _SEALED,
    PeriodState.RESTATED: _SEALED,
}
"""Without regard to whether a restatement waits: see :func:`allowed_steps`."""
NEEDS_TEXT = (PeriodStep.OBJECT, PeriodStep.PROPOSE, PeriodStep.DECLINE)
_NEEDS_NOTHING_MISSING = (PeriodStep.SUBMIT, PeriodStep.SEAL, PeriodStep.RESTATE)


def permission_of(step: PeriodStep) -> Permission:
    return _BY[step][0]


def state_at(period: AssessedPeriod, now: datetime) -> PeriodState:
    """The state at an instant: an open month is provisional from its end."""
    if period.state is PeriodState.OPEN and now >= period.ends_at:
        return PeriodState.PROVISIONAL
    return period.state


def allowed_steps(period: AssessedPeriod, now: datetime) -> tuple[PeriodStep, ...]:
    """What the state allows, whoever asks."""
    waits = period.proposed_at is not None
    return tuple(
        step
        for step in ALLOWED[state_at(period, now)]
        if step not in _SEALED or (step is PeriodStep.PROPOSE) is not waits
    )


def stepped(
    period: AssessedPeriod,
    step: PeriodStep,
    text: str,
    actor: Actor,
    now: datetime,
    missing: tuple[Lack, ...],
) -> AssessedPeriod:
    """The period after a step.

    ``missing`` is what stands against closing it. Raises :class:`Forbidden` for the wrong side,
    :class:`Conflict` for a step that the state does not allow and while something is missing,
    :class:`Invalid` for want of a reason.
    """
    require_person(actor, *_BY[step])
    allowed = allowed_steps(period, now)
    if step not in allowed:
        raise _out_of_order(period, state_at(period, now), allowed)
    _require_another(period, step, actor)
    if step in NEEDS_TEXT and not text.strip():
        raise Invalid("请写明理由", "", "提出异议、申请更正和不予更正均须写明理由。")
    if len(text) > LONGEST_REASON:
        raise Invalid(
            "文字过长", message("共 {length} 字，最多 {most} 字。", length=len(text),
                            most=LONGEST_REASON), "请缩短后再提交，详细材料请作为附件。",
        )  # fmt: skip
    if missing and step in _NEEDS_NOTHING_MISSING:
        raise Conflict(
            "还不能办理",
            message("{name} 还缺：{missing}。", name=period.name,
                    missing=tuple(MISSING_WORDS[one.kind] for one in missing)),
            "请先补齐，再提交或封存。",
            members={"missing": [one.kind.value for one in missing]},
        )  # fmt: skip
    return replace(_after(period, step, text.strip(), str(actor), now), version=period.version + 1)


def _out_of_order(
    period: AssessedPeriod, state: PeriodState, allowed: tuple[PeriodStep, ...]
) -> Conflict:
    words = tuple(PERIOD_STEP_WORDS[one] for one in allowed)
    return Conflict(
        "此状态下不能这样操作",
        message("{name} 的状态是 {state}。", name=period.name, state=PERIOD_STATE_WORDS[state]),
        message("现在可以：{allowed}。", allowed=words or "—"),
        members={"state": state.value, "allowed": [one.value for one in allowed]},
    )


def possible_steps(period: AssessedPeriod, actor: Actor, now: datetime) -> tuple[PeriodStep, ...]:
    """The steps this actor may take now, were nothing missing."""
    found = []
    for step in allowed_steps(period, now):
        try:
            stepped(period, step, "-", actor, now, ())
        except (Forbidden, Conflict):
            continue
        found.append(step)
    return tuple(found)


def _after(
    period: AssessedPeriod, step: PeriodStep, text: str, name: str, now: datetime
) -> AssessedPeriod:
    decided = replace(period, proposed_by="", proposed_at=None, proposal="")
    match step:
        case PeriodStep.SUBMIT:
            return replace(period, state=PeriodState.SUBMITTED, submitted_by=name, submitted_at=now)
        case PeriodStep.OBJECT:
            return replace(
                period,
                state=PeriodState.OBJECTED,
                objected_by=name,
                objected_at=now,
                objection=text,
            )
        case PeriodStep.SEAL:
            return replace(period, state=PeriodState.SEALED, revision=0)
        case PeriodStep.PROPOSE:
            return replace(period, proposed_by=name, proposed_at=now, proposal=text)
        case PeriodStep.RESTATE:
            return replace(decided, state=PeriodState.RESTATED, revision=(period.revision or 0) + 1)
        case PeriodStep.DECLINE:
            return decided


def _require_another(period: AssessedPeriod, step: PeriodStep, actor: Actor) -> None:
    """Whoever submitted or proposed does not seal or restate, on whichever side he is now."""
    author = {
        PeriodStep.OBJECT: period.submitted_by,
        PeriodStep.SEAL: period.submitted_by,
        PeriodStep.RESTATE: period.proposed_by,
        PeriodStep.DECLINE: period.proposed_by,
    }.get(step)
    if author == str(actor):
        raise Forbidden(
            "须由另一方的另一人办理",
            message("{name} 由 {author} 提交。", name=period.name, author=author),
            "请由采购人一方的另一人办理。",
        )
