"""What the last checks say of every device and rule at an instant; pure.

A check stores which rules were broken and where. Whether an exception covers it, and whether the
check is recent enough to speak, is decided by time stamp whenever somebody looks: an exception
that runs out turns into a violation at its date without a further check.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

from device_configs.compliance.rule_documents import ComplianceRule
from device_configs.compliance.rules_check import (
    ComplianceState,
    applying_rules,
    covering_exception,
    state_under,
)
from device_configs.site.model import ComplianceException, Device, Site

SPEAKS_FOR = timedelta(days=1)
"""How long a check says something of a device; an older one leaves its rules unknown."""


@dataclass(frozen=True, slots=True)
class BrokenPlace:
    """Where a rule is not kept; the fields are those of a ``ComplianceFinding``."""

    rule: str
    file: str = ""
    line: int = 0
    text: str = ""
    missing: bool = False


@dataclass(frozen=True, slots=True)
class RulesCheck:
    """The last check of a device: when, by whom, which rules, and where they are broken.

    ``problem`` says why its configuration could not be read; the places are then those of the
    check before, and say nothing. ``since`` has the first check that found a rule broken.
    """

    device: str
    at: datetime
    author: str
    asked: tuple[str, ...] = ()
    places: tuple[BrokenPlace, ...] = ()
    problem: str = ""
    since: Mapping[str, datetime] = field(default_factory=dict)


class UnknownReason(StrEnum):
    """Why nobody can say whether a rule is kept."""

    NEVER_CHECKED = "never_checked"
    NOT_READ = "not_read"
    NOT_ASKED = "not_asked"
    """The rule is newer than the check."""
    TOO_OLD = "too_old"


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """One rule at one device. ``until`` of its exception has passed where it is ``expired``."""

    device: str
    rule: ComplianceRule
    state: ComplianceState
    checked_at: datetime | None = None
    places: tuple[BrokenPlace, ...] = ()
    since: datetime | None = None
    exception: ComplianceException | None = None
    reason: UnknownReason | None = None
    problem: str = ""

    @property
    def expired(self) -> bool:
        """Whether it would be excepted, had its exception not run out."""
        return self.exception is not None and self.state is ComplianceState.VIOLATED


def judge_rules(
    site: Site,
    rules: Sequence[ComplianceRule],
    checks: Mapping[str, RulesCheck],
    now: datetime,
    zone: tzinfo,
) -> tuple[RuleVerdict, ...]:
    """Every rule that is asked of every device the declaration is brought to, as of ``now``.

    Days of exceptions are those of ``zone``.
    """
    exceptions = tuple(site.compliance_exceptions.values())
    return tuple(
        _verdict(device, rule, checks.get(device.name), exceptions, now, zone)
        for device in site.deployed
        for rule in applying_rules(rules, device.platform, production=not site.demonstration)
    )


def _verdict(
    device: Device,
    rule: ComplianceRule,
    check: RulesCheck | None,
    exceptions: Iterable[ComplianceException],
    now: datetime,
    zone: tzinfo,
) -> RuleVerdict:
    reason = _unknown_reason(rule, check, now)
    if check is None or reason is not None:
        return RuleVerdict(
            device.name, rule, ComplianceState.UNKNOWN,
            checked_at=None if check is None else check.at,
            reason=reason, problem="" if check is None else check.problem,
        )  # fmt: skip
    places = tuple(place for place in check.places if place.rule == rule.name)
    if not places:
        return RuleVerdict(device.name, rule, ComplianceState.KEPT, checked_at=check.at)
    exception = covering_exception(rule.name, device.name, exceptions)
    state = state_under(exception, now.astimezone(zone).date())
    return RuleVerdict(
        device.name, rule, state, check.at, places, check.since.get(rule.name), exception
    )


def _unknown_reason(
    rule: ComplianceRule, check: RulesCheck | None, now: datetime
) -> UnknownReason | None:
    if check is None:
        return UnknownReason.NEVER_CHECKED
    if check.problem:
        return UnknownReason.NOT_READ
    if rule.name not in check.asked:
        return UnknownReason.NOT_ASKED
    return UnknownReason.TOO_OLD if now - check.at > SPEAKS_FOR else None


def succeeding(before: RulesCheck | None, found: RulesCheck) -> RulesCheck:
    """The check to keep: what was broken before keeps its beginning, through unknown times too."""
    since = {} if before is None else dict(before.since)
    if found.problem:
        places = () if before is None else before.places
        asked = () if before is None else before.asked
        return RulesCheck(found.device, found.at, found.author, asked, places, found.problem, since)
    broken = dict.fromkeys(place.rule for place in found.places)
    kept = {rule: since.get(rule, found.at) for rule in broken}
    return RulesCheck(found.device, found.at, found.author, found.asked, found.places, "", kept)


def broken_rules(check: RulesCheck | None) -> frozenset[str]:
    """The rules that a device is known to break, or was when it was read last."""
    return frozenset() if check is None else frozenset(place.rule for place in check.places)


def end_of(exception: ComplianceException, zone: tzinfo) -> datetime:
    """The first instant at which an exception holds no more: the midnight after its last day."""
    return datetime.combine(exception.until + timedelta(days=1), time(), zone)


def violations(verdicts: Sequence[RuleVerdict], zone: tzinfo) -> tuple[int, datetime] | None:
    """How many rules one device violates, and since when that number holds by what is known.

    ``verdicts`` are those of the device. None while any of them is unknown, and of none at all:
    nobody can say how many there are.
    """
    times = [verdict.checked_at for verdict in verdicts if verdict.checked_at is not None]
    if not times or any(verdict.state is ComplianceState.UNKNOWN for verdict in verdicts):
        return None
    ended = [
        end_of(verdict.exception, zone)
        for verdict in verdicts
        if verdict.exception is not None and verdict.expired
    ]
    count = sum(verdict.state is ComplianceState.VIOLATED for verdict in verdicts)
    return count, max(*times, *ended) if ended else max(times)
