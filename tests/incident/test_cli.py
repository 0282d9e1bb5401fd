"""``zhishou incidents``: many acknowledged at once, and false alarms signed by people."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from device_configs.site import Site
from incident.cli import incidents as commands
from ops_core.app.tables import TABLE_MODULES
from ops_core.kernel.audit import read_audit
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import migrate, open_database
from ops_core.kernel.events import EventBus
from ops_core.kernel.identity import create_user
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.settings import load_settings
from tests.incident.story import Story

PASSWORD = "correct-horse-battery"


@pytest.fixture
def story(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: Site, clock: FixedClock, bus: EventBus
) -> Iterator[Story]:
    """The installation's own database, with a technician and the purchaser's supervisor."""
    monkeypatch.setenv("ZHISHOU_STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.delenv("ZHISHOU_DATABASE_URL", raising=False)
    database = open_database(load_settings())
    migrate(database.engine, TABLE_MODULES)
    made = Story(site, database, bus, clock)
    with made.work(Actor.system("test")) as uow:
        create_user(uow, "li.ming", "李明", PASSWORD, [Role.DUTY_TECHNICIAN])
        create_user(uow, "wang.qiang", "王强", PASSWORD, [Role.PURCHASER_SUPERVISOR])
    yield made
    database.close()


def run(*words: str, expect: int = 0, typed: str = "") -> str:
    result = CliRunner().invoke(commands, list(words), input=typed)
    assert result.exit_code == expect, result.output
    return result.stdout


def sign(*words: str, who: str, expect: int = 0) -> str:
    """A step of a false alarm in somebody's name."""
    said = ("false-alarm", *words, "--as", who, "--password-stdin")
    return run(*said, expect=expect, typed=PASSWORD + "\n")


def test_many_are_acknowledged_by_number_each_with_its_answer(story: Story) -> None:
    first, second = story.opened("rt-a").number, story.opened("rt-b").number
    assert f"{first}\tacknowledged\tacknowledged" in run("acknowledge", first)
    told = json.loads(run("acknowledge", first, second, "F-0", "--json", expect=3))
    assert [(a["number"], a["outcome"]) for a in told] == [
        (first, "already"),
        (second, "acknowledged"),
        ("F-0", "not_found"),
    ]
    story.resolved("rt-a", 2)
    third = story.opened("fwi-a").number
    story.resolved("fwi-a", 2)
    run("acknowledge", third, expect=4)
    run("acknowledge", third, "F-0", expect=1)
    run("acknowledge", expect=2)
    run("acknowledge", first, "--all-open", expect=2)
    run("acknowledge", first, "--class", "general", expect=2)


def test_all_that_wait_are_acknowledged_after_a_yes(story: Story) -> None:
    general = story.opened("rt-a", (1,))
    severe = story.opened("rt-b", tuple(range(1, 30)))
    foreseen = json.loads(run("acknowledge", "--all-open", "--dry-run", "--json"))
    assert {a["number"] for a in foreseen} == {general.number, severe.number}
    run("acknowledge", "--all-open", expect=1, typed="n\n")
    run("acknowledge", "--all-open", expect=1)
    assert story.find(severe.number).version == severe.version
    name = severe.fault_class.value
    told = run("acknowledge", "--all-open", "--class", name, "--yes", "--json")
    assert [a["number"] for a in json.loads(told)] == [severe.number]
    assert story.find(general.number).version == general.version
    assert f"{general.number}\tacknowledged" in run("acknowledge", "--all-open", typed="y\n")
    assert run("acknowledge", "--all-open", "--yes") == ""


def test_two_people_sign_a_false_alarm_and_a_third_word_ends_it(story: Story) -> None:
    number = story.opened("rt-a").number
    sign("propose", number, "--cause", "drill", "--reason", "季度演练", who="li.ming")
    sign("confirm", number, who="li.ming", expect=5)
    told = json.loads(sign("confirm", number, "--json", who="wang.qiang"))
    assert told["false_alarm"]["state"] == "confirmed"
    assert (told["false_alarm"]["proposed_by"], told["false_alarm"]["confirmed_by"]) == (
        "li.ming",
        "wang.qiang",
    )
    assert "季度演练" in run("show", number)
    listed = json.loads(run("list", "--json"))
    assert listed[0]["false_alarm"]["state"] == "confirmed"
    sign("confirm", number, who="wang.qiang", expect=4)
    sign("revoke", number, "--reason", "确有中断", who="wang.qiang")
    sign("propose", number, "--cause", "other", "--reason", " ", who="li.ming", expect=2)
    sign("propose", number, "--cause", "other", "--reason", "再核", who="li.ming")
    sign("withdraw", number, who="li.ming")
    assert not story.find(number).is_false_alarm


def test_the_wrong_person_is_refused_and_it_is_on_record(story: Story) -> None:
    number = story.opened("rt-a").number
    sign("propose", number, "--cause", "drill", "--reason", "演练", who="li.ming")
    sign("confirm", number, who="li.ming", expect=5)
    with story.database.reading() as session:
        first = read_audit(session, limit=1)[0]
    assert (first.actor, first.action, first.subject_id) == ("li.ming", "refused", number)
    sign("withdraw", number, who="wang.qiang", expect=5)
    with story.database.reading() as session:
        last = read_audit(session, limit=1)[0]
    assert (last.actor, last.action, last.subject_id) == ("wang.qiang", "refused", number)


def test_whoever_is_at_the_machine_signs_for_nobody(story: Story) -> None:
    number = story.opened("rt-a").number
    words = ("false-alarm", "propose", number, "--cause", "drill", "--reason", "演练")
    run(*words, expect=5)
    run(*words, "--as", "li.ming", "--password-stdin", expect=6, typed="wrong-wrong\n")
    assert story.find(number).false_alarm is None
