"""Versions of the deadlines of orders: one side drafts, the other side approves (pure).

A version is in force from an instant on, until the next one is. An order keeps the version under
which its cycle was first dispatched: what comes into force later moves no deadline that runs, nor
one that has passed. Nothing comes into force in the past, so that what was in force at an instant
is the same whenever it is asked. Before the first version the declaration's limits are in force.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from ops_core.hotline.deadline_policies.rules import DeadlineRules, checked
from ops_core.kernel.errors import Conflict, Forbidden, Invalid
from ops_core.kernel.i18n import Message, message
from ops_core.kernel.permissions import Actor, Permission, Side, require
from ops_core.kernel.shown_names import PersonName
from ops_core.kernel.times import date_time

LONGEST_TEXT = 1000
"""Characters of a reason, and of what is ruled."""


class PolicyState(StrEnum):
    """待批准, 已批准, 不批准, 已撤回."""

    DRAFTED = "drafted"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class PolicyStep(StrEnum):
    """What becomes of a draft: the other side approves or refuses, its author withdraws."""

    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


POLICY_STATE_WORDS: Mapping[PolicyState, Message] = MappingProxyType(
    {
        PolicyState.DRAFTED: message("待批准"),
        PolicyState.APPROVED: message("已批准"),
        PolicyState.REFUSED: message("不批准"),
        PolicyState.WITHDRAWN: message("已撤回"),
    }
)
POLICY_STEP_WORDS: Mapping[PolicyStep, Message] = MappingProxyType(
    {
        PolicyStep.APPROVE: message("批准"),
        PolicyStep.REFUSE: message("不批准"),
        PolicyStep.WITHDRAW: message("撤回"),
    }
)
_BECOMES: Mapping[PolicyStep, PolicyState] = MappingProxyType(
    {
        PolicyStep.APPROVE: PolicyState.APPROVED,
        PolicyStep.REFUSE: PolicyState.REFUSED,
        PolicyStep.WITHDRAW: PolicyState.WITHDRAWN,
    }
)


@dataclass(frozen=True, slots=True)
class DeadlinePolicy:
    """A version with what became of it; ``decided_*`` are empty until then. Instants aware UTC."""

    version: int
    rules: DeadlineRules
    effective_from: datetime
    reason: str
    drafted_by: str
    drafted_side: Side
    drafted_at: datetime
    state: PolicyState = PolicyState.DRAFTED
    decided_by: str = ""
    decided_at: datetime | None = None
    decided_text: str = ""


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """What somebody proposes: the rules, from when on, and why."""

    rules: DeadlineRules
    effective_from: datetime
    reason: str


def drafted(version: int, draft: PolicyDraft, actor: Actor, now: datetime) -> DeadlinePolicy:
    """A new version. Raises :class:`Forbidden` and :class:`Invalid`."""
    side = _side_of_person(actor)
    reason = _checked_text(draft.reason)
    if not reason:
        raise Invalid("请写明理由", "", "请写明调整时限的理由或文号。")
    if draft.effective_from <= now:
        raise Invalid(
            "生效时间须在将来",
            message("填写的是 {at}。", at=date_time(draft.effective_from)),
            "时限不追溯：请填写晚于当前时刻的生效时间。",
        )
    rules = checked(draft.rules)
    return DeadlinePolicy(version, rules, draft.effective_from, reason, str(actor), side, now)


def decided(
    policy: DeadlinePolicy, step: PolicyStep, text: str, actor: Actor, now: datetime
) -> DeadlinePolicy:
    """The version after a step.

    Raises :class:`Forbidden` for the author's own side (of a withdrawal: for anybody else),
    :class:`Conflict` for one that was decided, or whose instant has come, :class:`Invalid` for a
    refusal without a reason.
    """
    side = _side_of_person(actor)
    _check_who(policy, step, actor, side)
    if policy.state is not PolicyState.DRAFTED:
        raise Conflict(
            "此版时限已办理",
            message("第 {version} 版已办理：{state}。", version=policy.version,
                    state=POLICY_STATE_WORDS[policy.state]),
            "如需调整，请另行拟订新版。",
            members={"state": policy.state.value, "allowed": []},
        )  # fmt: skip
    if step is PolicyStep.APPROVE and policy.effective_from <= now:
        raise Conflict(
            "生效时间已过",
            message("第 {version} 版应于 {at} 生效。", version=policy.version,
                    at=date_time(policy.effective_from)),
            "时限不追溯：请由拟订人撤回，另拟生效时间在将来的新版。",
            members={"state": policy.state.value, "allowed": ["refuse", "withdraw"]},
        )  # fmt: skip
    ruling = _checked_text(text)
    if step is PolicyStep.REFUSE and not ruling:
        raise Invalid("请写明理由", "", "不批准时须写明理由。")
    return replace(
        policy, state=_BECOMES[step], decided_by=str(actor), decided_at=now, decided_text=ruling
    )


def possible_steps(policy: DeadlinePolicy, actor: Actor, now: datetime) -> tuple[PolicyStep, ...]:
    """The steps that this actor may take now."""
    found = []
    for step in PolicyStep:
        try:
            decided(policy, step, "-", actor, now)
        except (Forbidden, Conflict):
            continue
        found.append(step)
    return tuple(found)


def in_force(policies: Iterable[DeadlinePolicy], at: datetime) -> DeadlinePolicy | None:
    """The approved version that is in force at an instant; None: the declaration's limits are.

    Of two from the same instant on, the one with the higher number.
    """
    begun = [p for p in policies if p.state is PolicyState.APPROVED and p.effective_from <= at]
    return max(begun, key=lambda one: (one.effective_from, one.version), default=None)


def _side_of_person(actor: Actor) -> Side:
    require(actor, Permission.SET_DEADLINES)
    if actor.is_person and actor.side is not None:
        return actor.side
    refusal = Forbidden(
        "须由本人办理",
        message("{actor} 是程序或令牌，不能拟订或批准时限。", actor=PersonName(actor)),
        "请由运营方或采购人一方的人员本人登录后办理。",
    )
    refusal.permission = Permission.SET_DEADLINES.value
    raise refusal


def _check_who(policy: DeadlinePolicy, step: PolicyStep, actor: Actor, side: Side) -> None:
    is_own = policy.drafted_by == str(actor)
    if step is PolicyStep.WITHDRAW and is_own:
        return
    if step is not PolicyStep.WITHDRAW and not is_own and side is not policy.drafted_side:
        return
    raise Forbidden(
        "须由规定的人员办理",
        message(
            "第 {version} 版由 {name} 拟订。",
            version=policy.version,
            name=PersonName(policy.drafted_by),
        ),
        "撤回由拟订人本人办理，批准由另一方的人员办理。",
    )


def _checked_text(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise Invalid(
            "文字过长",
            message("共 {length} 字，最多 {most} 字。", length=len(text), most=LONGEST_TEXT),
            "请缩短后再提交。",
        )
    return text.strip()
