"""Compliance for programs: what each rule says of each device, and the exceptions."""

from datetime import date, datetime

from fastapi import APIRouter
from pydantic import BaseModel

from device_configs.compliance.rules_check import ComplianceState
from device_configs.compliance.rules_judgement import BrokenPlace, UnknownReason
from ops_core.kernel.permissions import Permission
from wallboard.compliance.view import ChosenRules, ComplianceView, read_compliance
from wallboard.web import ApiReader
from wallboard.work import Reading

router = APIRouter(prefix="/api/compliance", tags=["compliance"])


class RuleAtDevice(BaseModel):
    """One rule at one device. ``reason`` and ``problem`` say why it is unknown."""

    device: str
    rule: str
    state: ComplianceState
    checked_at: datetime | None
    since: datetime | None
    places: tuple[BrokenPlace, ...]
    exception: str | None
    expired: bool
    reason: UnknownReason | None
    problem: str
    remedy: str


class ExceptionFromRule(BaseModel):
    """An exception of the declaration; it holds until ``ends_at``, the midnight after ``until``."""

    name: str
    rule: str
    devices: tuple[str, ...]
    reason: str
    owner: str
    until: date
    ends_at: datetime
    holds: bool


class ComplianceReport(BaseModel):
    """``counts`` are of all rules at all devices, whatever is asked for."""

    counts: dict[ComplianceState, int]
    rules: list[RuleAtDevice]
    exceptions: list[ExceptionFromRule]


@router.get("")
async def read_rules(reader: ApiReader, read: Reading, chosen: ChosenRules) -> ComplianceReport:
    """What the last checks say now; ``state``, ``rule`` and ``device`` choose."""
    await reader.require(Permission.SEE_INCIDENTS, "api", "compliance")
    return _report(await read(lambda seen: read_compliance(seen, chosen)))


def _report(view: ComplianceView) -> ComplianceReport:
    rules = [
        RuleAtDevice(
            device=one.device, rule=one.rule.name, state=one.state, checked_at=one.checked_at,
            since=one.since, places=one.places,
            exception=None if one.exception is None else one.exception.name,
            expired=one.expired, reason=one.reason, problem=one.problem, remedy=one.rule.remedy.en,
        )
        for one in view.listed
    ]  # fmt: skip
    exceptions = [
        ExceptionFromRule(**one.exception.model_dump(), ends_at=one.ends_at, holds=one.holds)
        for one in view.exceptions
    ]
    counts = {state: view.counts[state] for state in ComplianceState}
    return ComplianceReport(counts=counts, rules=rules, exceptions=exceptions)
