"""Versions of the deadlines of orders: the page on which one side drafts and the other decides."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, RedirectResponse, Response

from device_configs.site.hotline import CaseKind
from ops_core.hotline.deadline_policies.model import (
    LONGEST_TEXT,
    POLICY_STATE_WORDS,
    POLICY_STEP_WORDS,
    DeadlinePolicy,
    PolicyDraft,
    PolicyState,
    PolicyStep,
    in_force,
    possible_steps,
)
from ops_core.hotline.deadline_policies.rules import (
    URGENCY_WORDS,
    DeadlineRules,
    Urgency,
    declared_rules,
)
from ops_core.hotline.deadline_policies.service import decide_policy, draft_policy
from ops_core.hotline.deadline_policies.store import DEADLINE_POLICY, list_policies
from ops_core.hotline.deadline_policies.time_limits import WRITTEN, TimeLimit, limit_of
from ops_core.hotline.words import KIND_WORDS
from ops_core.kernel.permissions import Permission, Side
from ops_core.kernel.times import local_instant
from ops_core.kernel.written_instant import WrittenInstant
from wallboard.orders.views import StoredNumber
from wallboard.snapshot import Snapshot
from wallboard.web import ApiReader, Reader, SignedInReader
from wallboard.work import Commanding, Reading

router = APIRouter(include_in_schema=False)
api_router = APIRouter(prefix="/api/deadlines", tags=["orders"])

PAGE = "/deadlines"


@dataclass(frozen=True, slots=True)
class ShownPolicy:
    """A version, and the steps that this reader may take."""

    policy: DeadlinePolicy
    is_in_force: bool
    steps: tuple[PolicyStep, ...]


@dataclass(frozen=True, slots=True)
class PoliciesInForce:
    """What is in force at an instant, and every version that was ever drafted."""

    version: int
    rules: DeadlineRules
    policies: Sequence[DeadlinePolicy]
    is_drafted: bool
    """Whether one of them is in force, and not the declaration's limits."""


WrittenLimit = int | Annotated[str, Field(pattern=f"^{WRITTEN}$")]


class RulesBody(BaseModel):
    """From the first dispatch on, by urgency, and by kind and urgency: ``3`` for working days,
    ``"2h"`` for hours. A co-unit's from when it was asked; without one it is the lead unit's."""

    model_config = ConfigDict(extra="forbid")

    sign_within: dict[Urgency, WrittenLimit]
    handle_within: dict[CaseKind, dict[Urgency, WrittenLimit]]
    contribute_within: dict[Urgency, WrittenLimit] | None = None


class PolicyBody(BaseModel):
    """A draft: the rules, from when on, and why."""

    model_config = ConfigDict(extra="forbid")

    rules: RulesBody
    effective_from: WrittenInstant
    reason: str = Field(max_length=LONGEST_TEXT)


class PolicyDecisionBody(BaseModel):
    """What goes with a decision: why."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(default="", max_length=LONGEST_TEXT)


class PolicyModel(BaseModel):
    """A version with what became of it."""

    version: int
    rules: RulesBody
    effective_from: datetime
    reason: str
    drafted_by: str
    drafted_side: Side
    drafted_at: datetime
    state: PolicyState
    decided_by: str
    decided_at: datetime | None
    decided_text: str


class PoliciesModel(BaseModel):
    """``version`` and ``rules`` are in force ``as_of``; the declaration's before the first."""

    as_of: datetime
    version: int
    rules: RulesBody
    policies: list[PolicyModel]


@router.get(PAGE)
async def show_policies(reader: SignedInReader, read: Reading) -> HTMLResponse:
    await reader.require(Permission.SEE_ORDERS, "page", "deadlines")
    found = await read(_policies)
    now = reader.web.dependencies.clock.now()
    return reader.page(
        "console/deadlines.html",
        found=found,
        rows=[_shown(one, found, reader, now) for one in found.policies],
        kinds=KIND_WORDS,
        urgencies=URGENCY_WORDS,
        state_words=POLICY_STATE_WORDS,
        step_words=POLICY_STEP_WORDS,
        pattern=WRITTEN,
        longest=LONGEST_TEXT,
    )


@router.post(PAGE)
async def draft_by_form(
    reader: SignedInReader,
    command: Commanding,
    effective_from: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    sign: Annotated[list[str] | None, Form()] = None,
    handle: Annotated[list[str] | None, Form()] = None,
    contribute: Annotated[list[str] | None, Form()] = None,
) -> RedirectResponse:
    """``sign`` and ``contribute`` by urgency, ``handle`` by kind and urgency, each in the table's
    order. Co-units without any have the lead unit's time."""
    site = reader.web.dependencies.site
    of_co_units = _row(contribute) if contribute and any(contribute) else None
    rules = DeadlineRules(_row(sign or ()), _table(handle or ()), of_co_units)
    draft = PolicyDraft(rules, local_instant(effective_from), reason)
    made = await command((DEADLINE_POLICY, "new"), lambda uow: draft_policy(uow, site, draft))
    return RedirectResponse(f"{PAGE}#version-{made.version}", 303)


@router.post(f"{PAGE}/{{version}}/{{step}}")
async def decide_by_form(
    _reader: SignedInReader,
    command: Commanding,
    version: StoredNumber,
    step: PolicyStep,
    text: Annotated[str, Form()] = "",
) -> RedirectResponse:
    await command(
        (DEADLINE_POLICY, str(version)), lambda uow: decide_policy(uow, version, step, text)
    )
    return RedirectResponse(f"{PAGE}#version-{version}", 303)


@api_router.get("")
async def list_for_programs(reader: ApiReader, read: Reading) -> PoliciesModel:
    """What is in force, and every version, the newest first."""
    await reader.require(Permission.SEE_ORDERS, "api", "deadlines")
    found = await read(_policies)
    return PoliciesModel(
        as_of=reader.web.dependencies.clock.now(),
        version=found.version,
        rules=_rules_body(found.rules),
        policies=[_model(one) for one in found.policies],
    )


@api_router.post("", status_code=201)
async def draft_by_program(reader: ApiReader, command: Commanding, body: PolicyBody) -> PolicyModel:
    """Draft a version, as a signed-in person of either side; a token is refused."""
    site = reader.web.dependencies.site
    rules = _written_rules(body.rules)
    draft = PolicyDraft(rules, body.effective_from.astimezone(UTC), body.reason)
    return _model(
        await command((DEADLINE_POLICY, "new"), lambda uow: draft_policy(uow, site, draft))
    )


@api_router.post("/{version}/{step}", status_code=204)
async def decide_by_program(
    _reader: ApiReader,
    command: Commanding,
    version: StoredNumber,
    step: PolicyStep,
    body: PolicyDecisionBody,
) -> Response:
    """Approve or refuse the other side's draft, or withdraw one's own; a token is refused."""
    await command(
        (DEADLINE_POLICY, str(version)), lambda uow: decide_policy(uow, version, step, body.text)
    )
    return Response(status_code=204)


def _policies(seen: Snapshot) -> PoliciesInForce:
    policies = list_policies(seen.session)
    current = in_force(policies, seen.now)
    if current is None:
        hotline = seen.site.hotline
        rules = declared_rules(hotline)
        return PoliciesInForce(hotline.orders.version, rules, policies, is_drafted=False)
    return PoliciesInForce(current.version, current.rules, policies, is_drafted=True)


def _shown(
    policy: DeadlinePolicy, found: PoliciesInForce, reader: Reader, now: datetime
) -> ShownPolicy:
    steps = possible_steps(policy, reader.actor, now)
    is_in_force = found.is_drafted and policy.version == found.version
    return ShownPolicy(policy, is_in_force, steps)


def _written_rules(body: RulesBody) -> DeadlineRules:
    """As they are written: the command says whether they are possible, after who may say so."""
    contribute = body.contribute_within
    return DeadlineRules(
        _limits(body.sign_within),
        {kind: _limits(row) for kind, row in body.handle_within.items()},
        None if contribute is None else _limits(contribute),
    )


def _limits(row: Mapping[Urgency, int | str]) -> dict[Urgency, TimeLimit]:
    return {urgency: limit_of(written) for urgency, written in row.items()}


def _row(limits: Sequence[str]) -> dict[Urgency, TimeLimit]:
    """What is not written is no possible limit, which the rules refuse."""
    return dict(zip(Urgency, map(limit_of, [*limits, "", "", ""]), strict=False))


def _table(limits: Sequence[str]) -> Mapping[CaseKind, Mapping[Urgency, TimeLimit]]:
    return dict(_rows(limits))


def _rows(limits: Sequence[str]) -> Iterator[tuple[CaseKind, Mapping[Urgency, TimeLimit]]]:
    given = [*limits, *[""] * len(CaseKind) * len(Urgency)]
    for place, kind in enumerate(CaseKind):
        begin = place * len(Urgency)
        yield kind, _row(given[begin : begin + len(Urgency)])


def _model(policy: DeadlinePolicy) -> PolicyModel:
    return PolicyModel(
        version=policy.version,
        rules=_rules_body(policy.rules),
        effective_from=policy.effective_from,
        reason=policy.reason,
        drafted_by=policy.drafted_by,
        drafted_side=policy.drafted_side,
        drafted_at=policy.drafted_at,
        state=policy.state,
        decided_by=policy.decided_by,
        decided_at=policy.decided_at,
        decided_text=policy.decided_text,
    )


def _rules_body(rules: DeadlineRules) -> RulesBody:
    return RulesBody.model_validate(rules.as_detail())
