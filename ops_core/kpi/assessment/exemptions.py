"""Exemptions (免责, 剔除): the operator asks, the purchaser decides (pure).

What is approved leaves the adjusted figure of its indicators whole: of a window every record that
came to lie in it, good and bad alike, numerator and denominator (domain/ops.md, section 2, common
rule 6); of a record that one. The raw figure keeps all and stands with the adjusted one. Nobody is
on both sides of an exemption, and none is asked for or approved in a month that is sealed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ops_core.kernel.errors import Conflict, Forbidden, Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Actor, Permission, Side, require

LONGEST_REASON = 1000
"""Characters of a reason, of what is given as evidence, and of a decision's text."""


class ExemptionState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ExemptionStep(StrEnum):
    """What becomes of a request: the purchaser approves or refuses, its applicant withdraws."""

    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class ExemptionRequest:
    """What the operator asks for.

    [start, end) in aware instants. A request about one record names it and the instant that puts it
    into a period; ``record`` is empty for a window.
    """

    indicators: tuple[int, ...]
    start: datetime
    end: datetime
    reason: str
    evidence: str
    """The document, or the digest of a file of evidence, that bears the reason out."""
    record: str = ""


@dataclass(frozen=True, slots=True)
class Exemption:
    """A request with what became of it; ``decided_*`` are empty until then."""

    number: str
    request: ExemptionRequest
    requested_by: str
    requested_at: datetime
    state: ExemptionState = ExemptionState.REQUESTED
    decided_by: str = ""
    decided_at: datetime | None = None
    decided_text: str = ""
    version: int = 1

    @property
    def is_approved(self) -> bool:
        return self.state is ExemptionState.APPROVED

    @property
    def is_window(self) -> bool:
        return not self.request.record

    def concerns(self, indicator: int, start: datetime, end: datetime) -> bool:
        """Whether it is about the indicator and touches [start, end)."""
        asked = self.request
        return indicator in asked.indicators and asked.start < end and start < asked.end


PERMISSION: Mapping[ExemptionStep, Permission] = {
    ExemptionStep.APPROVE: Permission.APPROVE_EXEMPTIONS,
    ExemptionStep.REFUSE: Permission.APPROVE_EXEMPTIONS,
    ExemptionStep.WITHDRAW: Permission.REQUEST_EXEMPTIONS,
}
_BECOMES = {
    ExemptionStep.APPROVE: ExemptionState.APPROVED,
    ExemptionStep.REFUSE: ExemptionState.REFUSED,
    ExemptionStep.WITHDRAW: ExemptionState.WITHDRAWN,
}


def requested(number: str, request: ExemptionRequest, actor: Actor, now: datetime) -> Exemption:
    """A new exemption. Raises :class:`Forbidden` and :class:`Invalid`."""
    require_person(actor, Permission.REQUEST_EXEMPTIONS, Side.OPERATOR)
    _check(request, now)
    return Exemption(number, request, str(actor), now)


def decided(
    exemption: Exemption, step: ExemptionStep, text: str, actor: Actor, now: datetime
) -> Exemption:
    """The exemption after a step.

    Raises :class:`Forbidden` for the wrong side and person, :class:`Conflict` for one that was
    decided already, :class:`Invalid` for a refusal without a reason.
    """
    by_applicant = step is ExemptionStep.WITHDRAW
    require_person(actor, PERMISSION[step], Side.OPERATOR if by_applicant else Side.PURCHASER)
    if exemption.state is not ExemptionState.REQUESTED:
        raise Conflict(
            "申请已办理",
            message("剔除申请 {number} 已办理，不能再变更。", number=exemption.number),
            "如需另行剔除，请重新申请。",
            members={"state": exemption.state.value, "allowed": []},
        )
    is_own = exemption.requested_by == str(actor)
    if by_applicant is not is_own:
        raise Forbidden(
            "须由规定的人员办理",
            message("剔除申请 {number} 由 {name} 提出。", number=exemption.number,
                    name=exemption.requested_by),
            "撤回由申请人本人办理，审批由采购人一方的另一人办理。",
        )  # fmt: skip
    if step is ExemptionStep.REFUSE and not text.strip():
        raise Invalid("请写明理由", "", "不同意时须写明理由。")
    _check_length(text)
    return replace(
        exemption,
        state=_BECOMES[step],
        decided_by=str(actor),
        decided_at=now,
        decided_text=text.strip(),
        version=exemption.version + 1,
    )


def possible_steps(exemption: Exemption, actor: Actor) -> tuple[ExemptionStep, ...]:
    """The steps that this actor may take now."""
    found = []
    for step in ExemptionStep:
        try:
            decided(exemption, step, "-", actor, exemption.requested_at)
        except (Forbidden, Conflict):
            continue
        found.append(step)
    return tuple(found)


def require_person(actor: Actor, permission: Permission, side: Side) -> None:
    """Raises :class:`Forbidden` unless a person of the side acts himself and has the permission."""
    require(actor, permission)
    if actor.is_person and actor.side is side:
        return
    refusal = Forbidden(
        "须由规定一方的人员本人办理",
        message("{actor} 不能代表这一方。", actor=actor),
        "申请由运营方人员、审批由采购人人员本人登录后办理，程序和令牌不能代办。",
    )
    refusal.permission = permission.value
    raise refusal


def _check(request: ExemptionRequest, now: datetime) -> None:
    if not request.indicators:
        raise Invalid("请选择指标", "", "请至少选择一项指标。")
    if request.start >= request.end or request.start > now:
        raise Invalid(
            "时段不正确",
            message("{start} 至 {end}", start=request.start.isoformat(),
                    end=request.end.isoformat()),
            "起始须早于结束，且不晚于当前时刻。",
        )  # fmt: skip
    for text in (request.reason, request.evidence):
        if not text.strip():
            raise Invalid("请写明理由和依据", "", "理由和依据（文号或附件摘要）均须填写。")
        _check_length(text)


def _check_length(text: str) -> None:
    if len(text) > LONGEST_REASON:
        raise Invalid(
            "文字过长",
            message("共 {length} 字，最多 {most} 字。", length=len(text), most=LONGEST_REASON),
            "请缩短后再提交，详细材料请作为附件。",
        )
