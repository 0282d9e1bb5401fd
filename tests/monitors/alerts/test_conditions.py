"""What rules watch becomes evidence; a bad condition of a device that is up is a fault."""

from datetime import UTC, datetime, timedelta

from monitors.alerts.conditions import RuleWatch, judge_conditions
from monitors.alerts.model import State
from monitors.alerts.reading import Finding, Reading
from monitors.alerts.rules import RuleBook, load_rules
from monitors.evidence import Element, Observation
from monitors.samples import Sample, tags_of

START = datetime(2026, 11, 24, tzinfo=UTC)
FIVE_MINUTES = timedelta(minutes=5)
DEVICE = Element.device("rt-a")
BUSY = Element.condition("cpu_busy", "rt-a")


def idle(percent: float, minute: float) -> Sample:
    at = START + timedelta(minutes=minute)
    return Sample(
        "host", tags_of(agent_host="rt-a"), {"ssCpuIdle": percent, "memTotalReal": 8_000_000}, at
    )


def told(watch: RuleWatch, *samples: Sample) -> list[tuple[Element, bool | None]]:
    return [(o.element, o.ok) for o in watch.take(samples)]


def bad_condition() -> Reading:
    word = Observation(BUSY, "rule", False, START, "cpu_busy", since=START - FIVE_MINUTES)
    return Reading({BUSY: Finding(False, word, word.begins_at)}, {})


def test_a_condition_is_bad_only_after_its_duration() -> None:
    watch = RuleWatch(RuleBook(load_rules()))
    assert told(watch, idle(50, 0)) == [(BUSY, True)]
    assert told(watch, idle(1, 1)) == [(BUSY, None)]
    assert told(watch, idle(1, 5)) == [(BUSY, None)]
    assert told(watch, idle(1, 6)) == [(BUSY, False)]


def test_after_a_restart_the_first_good_value_ends_an_earlier_fault() -> None:
    assert told(RuleWatch(RuleBook(load_rules())), idle(90, 0)) == [(BUSY, True)]


def test_a_device_that_stops_being_measured_is_told_once_the_duration_has_passed() -> None:
    watch = RuleWatch(RuleBook(load_rules()))
    watch.take([idle(50, 0)])
    assert watch.tick(START + timedelta(seconds=59)) == []
    silent = watch.tick(START + timedelta(seconds=61))
    assert [(o.element, o.ok) for o in silent] == [
        (Element.condition("host_silent", "rt-a"), False)
    ]


def test_free_memory_counts_what_caches_would_give_back() -> None:
    watch = RuleWatch(RuleBook(load_rules()))
    fields = {"memAvailReal": 10, "memBuffer": 20, "memCached": 40, "memTotalReal": 100}
    watch.take([Sample("host", tags_of(agent_host="rt-a"), fields, START)])
    later = Sample("host", tags_of(agent_host="rt-a"), fields, START + timedelta(minutes=9))
    assert (Element.condition("memory_short", "rt-a"), True) in told(watch, later)


def test_a_bad_condition_of_a_device_that_is_up_is_a_fault_of_its_own() -> None:
    states, groups = judge_conditions(bad_condition(), {DEVICE: State.UP})
    assert states == {BUSY: State.DOWN}
    assert [(group.roots, group.since) for group in groups] == [((BUSY,), START - FIVE_MINUTES)]


def test_a_device_that_is_down_explains_its_bad_conditions() -> None:
    states, groups = judge_conditions(bad_condition(), {DEVICE: State.DOWN})
    assert states == {BUSY: State.UNKNOWN}
    assert groups == []
