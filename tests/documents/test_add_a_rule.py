"""docs/how-to/add-a-rule.md does what it says, with one file."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitors.alerts.rules import AlertRule, Phase, RuleBook, load_rules
from monitors.alerts.rules.loading import SHIPPED
from monitors.samples import Sample, tags_of
from tests.documents.recipe import ROOT, Step, follow, read_steps

START = datetime(2026, 11, 3, 2, tzinfo=UTC)
BUSY, CALM = 118_000_000.0, 90_000_000.0


@pytest.fixture
def step() -> Step:
    (only,) = read_steps("add-a-rule.md")
    return only


@pytest.fixture
def rules(step: Step, tmp_path: Path) -> tuple[AlertRule, ...]:
    """The shipped rules with the one of the page."""
    directory = tmp_path / Path(step.path).parent
    shutil.copytree(SHIPPED, directory)
    follow([step], tmp_path)
    return load_rules(directory)


def phases(rules: tuple[AlertRule, ...], values: dict[int, float]) -> list[tuple[str, Phase, int]]:
    """(rule, phase, minute) of what values of one interface cause, by minute."""
    book = RuleBook(rules)
    tags = tags_of(agent_host="rt-a", ifName="egov")
    samples = [
        Sample("interface", tags, {"ifHCInOctets_rate": value}, START + timedelta(minutes=minute))
        for minute, value in values.items()
    ]
    return [
        (alert.key.rule, alert.transition.phase, int((alert.transition.at - START).seconds / 60))
        for alert in book.take(samples)
    ]


def test_the_file_stands_with_the_shipped_rules(step: Step) -> None:
    assert ROOT / step.path == SHIPPED / "traffic.yml"


def test_the_rule_fires_after_five_minutes_and_ends_after_one(rules: tuple[AlertRule, ...]) -> None:
    busy = dict.fromkeys(range(8), BUSY)
    calm = dict.fromkeys(range(8, 12), CALM)
    assert phases(rules, busy | calm) == [
        ("interface_busy", Phase.FIRING, 5),
        ("interface_busy", Phase.INACTIVE, 9),
    ]


def test_the_rule_is_quiet_below_its_threshold(rules: tuple[AlertRule, ...]) -> None:
    assert phases(rules, dict.fromkeys(range(12), 110_000_000.0)) == []


def test_the_page_explains_every_field_of_a_rule() -> None:
    page = (ROOT / "docs/how-to/add-a-rule.md").read_text("utf-8")
    assert [name for name in AlertRule.model_fields if f"`{name}" not in page] == []
