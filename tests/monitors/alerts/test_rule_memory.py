"""What rules wait for survives a restart of the platform, with its times."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from monitors.alerts.rule_memory import StoredRules, load_rule_states
from monitors.alerts.rules import load_rules
from monitors.evidence import Element, Observation
from monitors.samples import Sample, tags_of
from ops_core.kernel.database import Database
from tests.migrated import migrated_database
from tests.monitors.alerts.simulation import after

BUSY = Element.condition("cpu_busy", "rt-a")
HOST_SILENT = Element.condition("host_silent", "rt-a")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = migrated_database(tmp_path / "zhishou.db")
    yield found
    found.close()


def started(database: Database, *declared: str) -> StoredRules:
    """The platform after a start."""
    return StoredRules(load_rules(), database, (declared or ("rt-a",)).__contains__)


def idle(percent: float, second: float, device: str = "rt-a") -> Sample:
    fields = {"ssCpuIdle": percent, "memTotalReal": 8_000_000}
    return Sample("host", tags_of(agent_host=device), fields, after(second))


def answer(second: float) -> Sample:
    """The agent answers, without its host's values."""
    return Sample("system", tags_of(agent_host="rt-a"), {"sysUpTime": 1}, after(second))


def said(rules: StoredRules, sample: Sample, about: Element) -> Observation | None:
    """What the platform says about the condition once it has taken and stored the sample."""
    found = rules.take([sample]) + rules.tick(sample.at)
    return next((seen for seen in found if seen.element == about), None)


def test_time_that_does_not_count_is_remembered_over_a_restart(database: Database) -> None:
    rules = started(database)
    for second in range(0, 200, 15):
        rules.take([idle(1, second)], lambda _start, _end: True)
        rules.tick(after(second))
    rules = started(database)
    for second in range(210, 480, 15):
        seen = said(rules, idle(1, second), BUSY)
        assert seen is not None
        assert seen.ok is None, second
    seen = said(rules, idle(1, 495), BUSY)
    assert seen is not None
    assert seen.ok is False
    assert seen.since == after(0)


def test_a_condition_that_is_pending_at_a_restart_fires_when_it_would_have(
    database: Database,
) -> None:
    rules = started(database)
    for second in range(0, 200, 15):
        said(rules, idle(1, second), BUSY)
    rules = started(database)
    for second in range(210, 300, 15):
        seen = said(rules, idle(1, second), BUSY)
        assert seen is not None
        assert seen.ok is None
    seen = said(rules, idle(1, 300), BUSY)
    assert seen is not None
    assert (seen.ok, seen.since) == (False, after(0))


def test_what_was_pending_before_a_long_outage_waits_anew(database: Database) -> None:
    """An hour in which nobody looked proves nothing."""
    rules = started(database)
    said(rules, idle(1, 0), BUSY)
    rules = started(database)
    assert said(rules, idle(1, 3_600), BUSY).ok is None
    assert said(rules, idle(1, 3_900), BUSY).since == after(3_600)


def test_a_condition_that_fires_keeps_its_hysteresis_over_a_restart(database: Database) -> None:
    rules = started(database)
    for second in range(0, 330, 15):
        said(rules, idle(1, second), BUSY)
    rules = started(database)
    # Better than the threshold of 5, not beyond the clear value of 20.
    assert said(rules, idle(12, 345), BUSY).ok is False
    assert said(rules, idle(50, 360), BUSY).ok is False
    rules = started(database)
    assert said(rules, idle(50, 419), BUSY).ok is False
    assert said(rules, idle(50, 420), BUSY).ok is True


def test_an_absence_goes_on_over_a_restart(database: Database) -> None:
    rules = started(database)
    said(rules, idle(50, 0), HOST_SILENT)
    for second in range(5, 45, 5):
        said(rules, answer(second), HOST_SILENT)
    rules = started(database)
    assert said(rules, answer(55), HOST_SILENT).ok is None
    seen = said(rules, answer(60), HOST_SILENT)
    assert (seen.ok, seen.since) == (False, after(0))


def test_a_value_that_never_comes_again_after_a_restart_is_missed(database: Database) -> None:
    rules = started(database)
    said(rules, idle(50, 0), HOST_SILENT)
    rules = started(database)
    found = [said(rules, answer(second), HOST_SILENT) for second in range(600, 665, 5)]
    assert found[-1].ok is False


def test_rows_go_when_nothing_is_pending_or_the_device_is_no_longer_declared(
    database: Database,
) -> None:
    rules = started(database, "rt-a", "rt-b")
    said(rules, idle(1, 0, "rt-a"), BUSY)
    said(rules, idle(1, 0, "rt-b"), BUSY)
    with database.reading() as session:
        before = {(key.rule, key.tag("agent_host")) for key in load_rule_states(session)}
    assert before == {(r, d) for r in ("cpu_busy", "host_silent") for d in ("rt-a", "rt-b")}
    rules = started(database, "rt-a")
    said(rules, idle(90, 15, "rt-a"), BUSY)
    with database.reading() as session:
        left = {(key.rule, key.tag("agent_host")) for key in load_rule_states(session)}
    assert left == {("host_silent", "rt-a")}


def test_a_database_that_cannot_be_written_costs_no_finding(database: Database) -> None:
    rules = started(database)
    with database.transaction() as session:
        session.execute(text("ALTER TABLE alert_rule_states RENAME TO away"))
    assert said(rules, idle(1, 0), BUSY).ok is None
    assert said(rules, idle(1, 300), BUSY).ok is False
    failures = {m.name: m.value for m in rules.measures()}
    assert failures["zhishou_rule_state_write_failures_total"] > 0
    with database.transaction() as session:
        session.execute(text("ALTER TABLE away RENAME TO alert_rule_states"))
    said(rules, idle(1, 315), BUSY)
    with database.reading() as session:
        assert {key.rule for key in load_rule_states(session)} == {"cpu_busy", "host_silent"}


def test_after_the_clock_was_set_back_rules_go_on_at_once(database: Database) -> None:
    rules = started(database)
    said(rules, idle(50, 600), BUSY)
    rules.tick(after(0))
    assert said(rules, idle(1, 15), BUSY).ok is None
    for second in range(30, 315, 15):
        said(rules, idle(1, second), BUSY)
    assert said(rules, idle(1, 315), BUSY).since == after(15)
