"""What checks say when somebody looks: exceptions end by the clock, and unknown is never kept."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.compliance.rule_documents import load_rules
from device_configs.compliance.rules_check import ComplianceState, applying_rules
from device_configs.compliance.rules_judgement import (
    SPEAKS_FOR,
    BrokenPlace,
    RulesCheck,
    RuleVerdict,
    UnknownReason,
    end_of,
    judge_rules,
    succeeding,
    violations,
)
from device_configs.site import Site, load_site
from device_configs.site.model import ComplianceException
from monitors.alerts.conditions import RuleWatch
from monitors.alerts.rules import RuleBook
from monitors.alerts.rules import load_rules as load_alert_rules
from ops_core.app.device_checks import compliance_samples
from ops_core.kernel.settings import PROJECT_DIRECTORY

SHANGHAI = ZoneInfo("Asia/Shanghai")
RULES = load_rules()
ASKED = tuple(rule.name for rule in applying_rules(RULES, "frr", production=False))
BROKEN = BrokenPlace("logins-are-limited", "/etc/ssh/sshd_config", 3, "PermitRootLogin yes")
LAST_DAY = date(2026, 11, 29)
ENDS = datetime(2026, 11, 29, 16, tzinfo=UTC)
"""Midnight after the last day, in Shanghai."""


@cache
def site_with(until: date | None = None) -> Site:
    site = load_site(PROJECT_DIRECTORY / "inventory")
    if until is None:
        return site
    exception = ComplianceException(
        name="old-login", rule=BROKEN.rule, devices=("rt-a",),
        reason="The maker's remote service needs it.", owner="network-team", until=until,
    )  # fmt: skip
    return site.model_copy(update={"compliance_exceptions": {exception.name: exception}})


def checked(at: datetime, *places: BrokenPlace) -> RulesCheck:
    since = {place.rule: at for place in places}
    return RulesCheck("rt-a", at, "system:device-checks", ASKED, places, since=since)


def verdicts_at(site: Site, check: RulesCheck | None, now: datetime) -> list[RuleVerdict]:
    checks = {} if check is None else {check.device: check}
    found = judge_rules(site, RULES, checks, now, SHANGHAI)
    return [verdict for verdict in found if verdict.device == "rt-a"]


def states_at(site: Site, check: RulesCheck | None, now: datetime) -> dict[str, ComplianceState]:
    return {one.rule.name: one.state for one in verdicts_at(site, check, now)}


@given(st.integers(-86_400, 86_399))
def test_an_exception_turns_into_a_violation_at_its_midnight_without_a_check(second: int) -> None:
    now, check = ENDS + timedelta(seconds=second), checked(ENDS - timedelta(hours=20), BROKEN)
    expected = ComplianceState.EXCEPTED if now < ENDS else ComplianceState.VIOLATED
    if now - check.at > SPEAKS_FOR:
        expected = ComplianceState.UNKNOWN
    assert states_at(site_with(LAST_DAY), check, now)[BROKEN.rule] is expected
    assert end_of(next(iter(site_with(LAST_DAY).compliance_exceptions.values())), SHANGHAI) == ENDS


def test_the_alert_begins_when_the_exception_ends() -> None:
    check, site = checked(ENDS - timedelta(hours=1), BROKEN), site_with(LAST_DAY)
    watch = RuleWatch(RuleBook(load_alert_rules()))
    before = compliance_samples(verdicts_at(site, check, ENDS - timedelta(seconds=1)), SHANGHAI)
    assert [o.ok for o in watch.take(before)] == [True]
    assert before[0].at == check.at
    after = compliance_samples(verdicts_at(site, check, ENDS), SHANGHAI)
    (found,) = watch.take(after)
    assert (str(found.element), found.ok, found.since) == (
        "condition/compliance_violation:rt-a", False, ENDS,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        (None, UnknownReason.NEVER_CHECKED),
        (
            replace(checked(ENDS, BROKEN), problem="no answer within 30 s"),
            UnknownReason.NOT_READ,
        ),
        (checked(ENDS - timedelta(days=2)), UnknownReason.TOO_OLD),
        (replace(checked(ENDS), asked=()), UnknownReason.NOT_ASKED),
    ],
    ids=["never checked", "could not be read", "too long ago", "the rule is newer"],
)
def test_what_was_not_read_is_unknown_and_feeds_no_alert(
    check: RulesCheck | None, reason: UnknownReason
) -> None:
    found = verdicts_at(site_with(), check, ENDS)
    assert {verdict.state for verdict in found} == {ComplianceState.UNKNOWN}
    assert {verdict.reason for verdict in found} == {reason}
    assert violations(found, SHANGHAI) is None
    assert compliance_samples(found, SHANGHAI) == []


def test_a_rule_that_is_kept_says_so() -> None:
    found = states_at(site_with(), checked(ENDS, BROKEN), ENDS)
    assert found.pop(BROKEN.rule) is ComplianceState.VIOLATED
    assert set(found.values()) == {ComplianceState.KEPT}


def test_the_beginning_outlives_a_time_in_which_the_device_is_silent() -> None:
    first = succeeding(None, RulesCheck("rt-a", ENDS, "li", ASKED, (BROKEN,)))
    silent = succeeding(
        first, RulesCheck("rt-a", ENDS + timedelta(hours=1), "li", problem="no answer")
    )
    assert states_at(site_with(), silent, silent.at)[BROKEN.rule] is ComplianceState.UNKNOWN
    again = succeeding(
        silent, RulesCheck("rt-a", ENDS + timedelta(hours=2), "li", ASKED, (BROKEN,))
    )
    assert again.since == {BROKEN.rule: ENDS}
    over = succeeding(again, RulesCheck("rt-a", ENDS + timedelta(hours=3), "li", ASKED))
    assert (over.since, over.places) == ({}, ())
