"""Indicator 12 over stored incidents, some of them marked as false alarms, on both databases."""

import json
import random
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from device_configs.site.model import Site
from incident.false_alarm import Words
from incident.false_alarm_terms import FalseAlarmStep, MarkState
from incident.tables import IncidentRow
from ops_core.app.tables import TABLE_MODULES
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database, migrate, open_database
from ops_core.kernel.events import EventBus
from ops_core.kernel.settings import load_settings
from ops_core.kpi.cli import indicators as commands
from ops_core.kpi.figures import Figure
from ops_core.kpi.judgements import Counts, RecordVerdict, tally
from ops_core.kpi.judging.faults import judge_fault
from ops_core.kpi.periods import month_of
from ops_core.kpi.read import read_figure, read_page
from ops_core.kpi.reasons import Reason
from ops_core.kpi.records import Exclusion, Record, Show
from ops_core.kpi.secondary import SecondaryKind, SecondaryRatio
from ops_core.kpi.sources.faults import read_faults
from tests.incident.story import DRILL, GAO, LI, WANG, Story

SEEDS = range(3)


@pytest.fixture
def story(site: Site, database: Database, bus: EventBus, clock: FixedClock) -> Story:
    return Story(site, database, bus, clock)


def figure(story: Story) -> Figure:
    now = story.clock.now()
    with story.database.reading() as session:
        return read_figure(session, story.site, 12, month_of(now, story.site.contract), now)


def records(story: Story, show: Show) -> dict[str, Record]:
    now = story.clock.now()
    month = month_of(now, story.site.contract)
    with story.database.reading() as session:
        page = read_page(session, story.site, 12, month, now, show)
    return {record.identifier: record for record in page.records}


def end(story: Story, key: str, minutes: float) -> None:
    """Restored by monitoring so much later; the clock goes on."""
    story.clock.advance(timedelta(minutes=minutes))
    story.resolved(key, 2)


def test_a_false_alarm_leaves_the_figure_with_its_reason_and_both_names_beside_it(
    story: Story,
) -> None:
    good, late, kept = (story.opened(name) for name in ("rt-a", "rt-b", "fwi-a"))
    end(story, "rt-a", 5)
    end(story, "fwi-a", 0)
    end(story, "rt-b", 60 * 30)
    assert (figure(story).numerator, figure(story).denominator) == (2, 3)
    for number in (good.number, late.number):
        story.step(number, FalseAlarmStep.PROPOSE, LI)
    assert (figure(story).numerator, figure(story).denominator) == (2, 3), "pending counts"
    for number in (good.number, late.number):
        story.step(number, FalseAlarmStep.CONFIRM, WANG)
    adjusted = figure(story)
    assert (adjusted.numerator, adjusted.denominator, adjusted.left_out) == (1, 1, 2)
    assert adjusted.counts.reasons(RecordVerdict.LEFT_OUT) == ((Reason.FALSE_ALARM, 2),)
    assert adjusted.secondary == (SecondaryRatio(SecondaryKind.UNADJUSTED, 2, 3),)
    shown = records(story, Show.LEFT_OUT)
    assert set(shown) == {good.number, late.number}
    why = Exclusion("drill", DRILL.text, str(LI), str(WANG))
    assert all(record.exclusion == why for record in shown.values())
    assert shown[late.number].due_at is not None, "the limit it missed stays in sight"
    assert set(records(story, Show.COUNTED)) == {kept.number}
    story.step(late.number, FalseAlarmStep.REVOKE, GAO, Words("确有中断"))
    assert (figure(story).numerator, figure(story).denominator) == (1, 2)
    assert records(story, Show.MISSED)[late.number].exclusion is None


@pytest.mark.parametrize("seed", SEEDS)
def test_marking_at_random_never_raises_the_good_and_ending_every_mark_restores_the_figure(
    story: Story, seed: int
) -> None:
    dice = random.Random(seed)
    numbers = []
    for n in range(8):
        numbers.append(story.opened(f"sw-{n}", tuple(range(1, dice.choice([2, 40])))).number)
        if dice.random() < 0.8:
            end(story, f"sw-{n}", dice.choice([1, 100, 1500]))
    untouched = figure(story)
    for _ in range(20):
        _some_step(story, dice, dice.choice(numbers))
        now = figure(story)
        assert now.numerator <= untouched.numerator
        assert now.denominator <= untouched.denominator
        _agrees_with_the_records(story, now)
    for number in numbers:
        found = story.find(number).false_alarm
        if found is not None and found.is_live:
            ends = FalseAlarmStep.REVOKE if found.is_confirmed else FalseAlarmStep.WITHDRAW
            actor = GAO if found.is_confirmed else LI
            story.step(number, ends, actor, Words("重新计入"))
    assert figure(story).counts == untouched.counts
    assert figure(story).secondary == ()


def _some_step(story: Story, dice: random.Random, number: str) -> None:
    found = story.find(number).false_alarm
    state = None if found is None else found.state
    step, actor = {
        MarkState.PENDING: dice.choice(
            [(FalseAlarmStep.CONFIRM, WANG), (FalseAlarmStep.REJECT, GAO)]
        ),
        MarkState.CONFIRMED: (FalseAlarmStep.REVOKE, WANG),
    }.get(state, (FalseAlarmStep.PROPOSE, LI))  # type: ignore[arg-type]
    story.step(number, step, actor)


def _agrees_with_the_records(story: Story, shown: Figure) -> None:
    """The figure, its pages and a count of every stored incident are one."""
    contract, now = story.site.contract, story.clock.now()
    with story.database.reading() as session:
        counted = tally(
            judge_fault(contract, fault, shown.period, now)
            for fault in read_faults(session, shown.period)
        )
    assert shown.counts == counted
    paged = [records(story, show) for show in (Show.COUNTED, Show.LEFT_OUT)]
    judgements = [record.judgement for page in paged for record in page.values()]
    assert Counts.of((judgement, 1) for judgement in judgements) == counted


def run(*words: str, expect: int = 0) -> str:
    result = CliRunner().invoke(commands, list(words))
    assert result.exit_code == expect, result.output
    return result.output


def test_the_command_line_shows_who_and_why_and_finds_a_mark_nobody_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: Site, clock: FixedClock, bus: EventBus
) -> None:
    monkeypatch.setenv("ZHISHOU_STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.delenv("ZHISHOU_DATABASE_URL", raising=False)
    database = open_database(load_settings())
    migrate(database.engine, TABLE_MODULES)
    story = Story(site, database, bus, clock)
    number = story.marked("rt-a").number
    month = f"{clock.now():%Y-%m}"
    told = json.loads(run("show", "12", "--month", month, "--show", "left_out", "--json"))
    (record,) = told["records"]
    assert (record["reason"], record["exclusion"]["confirmed_by"]) == ("false_alarm", str(WANG))
    assert told["figure"]["left_out"] == [{"reason": "false_alarm", "count": 1}]
    assert told["figure"]["beside"][0]["kind"] == "unadjusted"
    assert DRILL.text in run("show", "12", "--month", month, "--show", "left_out")
    assert "0 differences" in run("verify")
    with database.transaction() as session:
        row = session.get_one(IncidentRow, number)
        row.false_alarm = {**(row.false_alarm or {}), "text": "另一个理由"}
    (found,) = json.loads(run("verify", "--json", expect=1))
    assert found["incident"] == number
    database.close()
