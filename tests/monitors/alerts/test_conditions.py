"""What rules watch becomes evidence; a bad condition of a device that is up is a fault."""

from datetime import UTC, datetime, timedelta

from monitors.alerts.conditions import RuleWatch, judge_conditions
from monitors.alerts.model import State
from monitors.alerts.reading import EvidenceFinding, EvidenceReading
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


def bad_condition() -> EvidenceReading:
    word = Observation(BUSY, "rule", False, START, "cpu_busy", since=START - FIVE_MINUTES)
    return EvidenceReading({BUSY: EvidenceFinding(False, word, word.begins_at)}, {})


def busy(watch: RuleWatch, *samples: Sample) -> list[bool | None]:
    """What the samples say about the processor."""
    return [ok for element, ok in told(watch, *samples) if element == BUSY]


def test_a_condition_is_bad_only_after_its_duration() -> None:
    watch = RuleWatch(RuleBook(load_rules()))
    assert busy(watch, idle(50, 0)) == [True]
    assert busy(watch, idle(1, 1)) == [None]
    assert busy(watch, idle(1, 5)) == [None]
    assert busy(watch, idle(1, 6)) == [False]


def test_after_a_restart_the_first_good_value_ends_an_earlier_fault() -> None:
    assert busy(RuleWatch(RuleBook(load_rules())), idle(90, 0)) == [True]


def system(second: float) -> Sample:
    """The agent answers, whatever else it says."""
    at = START + timedelta(seconds=second)
    return Sample("system", tags_of(agent_host="rt-a"), {"sysUpTime": int(second) * 100}, at)


HOST_SILENT = Element.condition("host_silent", "rt-a")


def test_a_device_that_answers_and_is_no_more_measured_is_bad_once_the_duration_has_passed() -> (
    None
):
    watch = RuleWatch(RuleBook(load_rules()))
    watch.take([idle(50, 0)])
    assert told(watch, *(system(second) for second in range(5, 30, 5))) == [(HOST_SILENT, True)]
    assert told(watch, *(system(second) for second in range(30, 60, 5))) == [(HOST_SILENT, None)]
    silent = watch.take([system(60)])
    assert [(o.element, o.ok, o.observed_at, o.since) for o in silent] == [
        (HOST_SILENT, False, START + timedelta(seconds=60), START)
    ]


def test_an_agent_that_nobody_asked_for_a_while_lacks_nothing() -> None:
    """The collector was stopped, or the clock set forward: that is not the device's absence."""
    watch = RuleWatch(RuleBook(load_rules()))
    watch.take([idle(50, 0), system(5), system(10)])
    assert watch.tick(START + timedelta(minutes=10)) == []
    assert told(watch, system(605)) == [(HOST_SILENT, True)]
    assert (HOST_SILENT, True) in told(watch, idle(50, 10.2))


def test_samples_of_another_kind_say_nothing_about_the_processor() -> None:
    """Ten minutes without its value, the last word on it is ten minutes old, not renewed."""
    watch = RuleWatch(RuleBook(load_rules()))
    watch.take([idle(50, 0)])
    later = watch.take([system(600)])
    assert [o.element for o in later] == [HOST_SILENT]


def test_a_condition_bears_the_stamp_of_its_sample_and_begins_with_the_first_bad_one() -> None:
    watch = RuleWatch(RuleBook(load_rules()))
    for minute in range(1, 6):
        watch.take([idle(1, minute)])
    (busy,) = [o for o in watch.take([idle(1, 6)]) if o.element == BUSY]
    assert busy.ok is False
    assert busy.observed_at == START + timedelta(minutes=6)
    assert busy.since == START + timedelta(minutes=1)


def test_a_slow_device_has_its_word_counted_for_three_of_its_turns() -> None:
    watch = RuleWatch(RuleBook(load_rules()))
    watch.take([idle(50, 0)])
    (busy,) = [o for o in watch.take([idle(50, 5)]) if o.element == BUSY]
    assert busy.lifetime == timedelta(minutes=15)


def test_free_memory_counts_what_caches_would_give_back() -> None:
    watch = RuleWatch(RuleBook(load_rules()))
    fields = {"memAvailReal": 10, "memBuffer": 20, "memCached": 40, "memTotalReal": 100}
    watch.take([Sample("host", tags_of(agent_host="rt-a"), fields, START)])
    later = Sample("host", tags_of(agent_host="rt-a"), fields, START + timedelta(minutes=9))
    assert (Element.condition("memory_short", "rt-a"), True) in told(watch, later)


def test_a_bad_condition_of_a_device_that_is_up_is_a_fault_of_its_own() -> None:
    states, groups = judge_conditions(bad_condition(), {DEVICE: State.UP}, "mon")
    assert states == {BUSY: State.DOWN}
    assert [(group.roots, group.since) for group in groups] == [((BUSY,), START - FIVE_MINUTES)]


def test_a_device_that_is_down_explains_its_bad_conditions() -> None:
    states, groups = judge_conditions(bad_condition(), {DEVICE: State.DOWN}, "mon")
    assert states == {BUSY: State.UNKNOWN}
    assert groups == []


def test_the_collector_is_up_while_it_judges_and_its_own_conditions_count() -> None:
    states, groups = judge_conditions(bad_condition(), {}, "rt-a")
    assert states[BUSY] is State.DOWN
    assert [group.roots for group in groups] == [(BUSY,)]
    states, groups = judge_conditions(bad_condition(), {}, "mon")
    assert (states[BUSY], groups) == (State.UNKNOWN, [])
