"""Threshold and absence rules: an alert's life by the stamps of its samples."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.alerts.rules import (
    AlertRule,
    Phase,
    RuleAlert,
    RuleBook,
    RuleKind,
    RuleState,
    evaluate_absence,
    evaluate_sample,
    load_rules,
)
from monitors.alerts.rules.loading import RulesInvalid
from monitors.samples import Sample, tags_of
from tests.monitors.alerts.simulation import START, after

BUSY = AlertRule(
    name="cpu",
    title_zh="处理器",
    title_en="CPU",
    measurement="host",
    field="busy",
    threshold=90,
    clear=80,
    for_duration=timedelta(seconds=60),
    keep_firing=timedelta(seconds=30),
)


def run(
    values: list[tuple[float, float | None]], rule: AlertRule = BUSY
) -> list[tuple[Phase, float]]:
    """The transitions caused by (second, value) samples, with their seconds."""
    state, told = RuleState(), []
    for second, value in values:
        state, transition = evaluate_sample(rule, state, value, after(second))
        if transition:
            told.append((transition.phase, (transition.at - START).total_seconds()))
    return told


def test_a_value_must_hold_for_its_duration() -> None:
    assert run([(0, 95), (30, 95), (59, 95)]) == []
    assert run([(0, 95), (30, 95), (60, 95)]) == [(Phase.FIRING, 60)]


def test_one_good_sample_starts_the_duration_anew() -> None:
    assert run([(0, 95), (30, 50), (60, 95), (90, 95)]) == []


def test_an_alert_ends_beyond_the_clear_value_and_after_it_kept_firing() -> None:
    firing = [(0, 95), (60, 95)]
    assert run([*firing, (90, 85), (200, 85)]) == [(Phase.FIRING, 60)]
    assert run([*firing, (90, 70), (100, 95), (110, 70), (140, 70)])[-1] == (Phase.INACTIVE, 140)


def test_unknown_freezes_the_alert() -> None:
    assert run([(0, 95), (30, None), (60, 95)]) == [(Phase.FIRING, 60)]
    assert run([(0, 95), (60, 95), (90, None)]) == [(Phase.FIRING, 60)]


def test_nothing_for_a_while_fires_the_absence_and_a_value_ends_it() -> None:
    rule = AlertRule(
        name="quiet",
        title_zh="无数据",
        title_en="No data",
        kind=RuleKind.ABSENCE,
        measurement="host",
        field="busy",
        for_duration=timedelta(seconds=15),
    )
    state, told = evaluate_absence(rule, RuleState(), START, after(14))
    assert told is None
    state, told = evaluate_absence(rule, state, START, after(20))
    assert told is not None
    assert told.at == after(15)
    state, told = evaluate_absence(rule, state, after(21), after(22))
    assert told is not None
    assert told.phase is Phase.INACTIVE


@given(st.lists(st.tuples(st.integers(0, 600), st.floats(0, 100)), max_size=40))
def test_firing_and_resolved_alternate_and_an_old_sample_changes_nothing(
    values: list[tuple[int, float]],
) -> None:
    phases = [phase for phase, _ in run([(float(s), v) for s, v in values])]
    assert phases == [Phase.FIRING, Phase.INACTIVE] * (len(phases) // 2) + [Phase.FIRING] * (
        len(phases) % 2
    )


@given(
    st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=40),
)
def test_time_in_which_we_were_late_brings_no_alert_nearer_and_it_keeps_its_beginning(
    steps: list[tuple[int, bool]],
) -> None:
    """The value is bad all the time; only stretches in which nobody was late count."""
    state, second, counted = evaluate_sample(BUSY, RuleState(), 95, START)[0], 0, 0
    for step, is_doubtful in steps:
        second += step
        counted += 0 if is_doubtful else step
        state, transition = evaluate_sample(BUSY, state, 95, after(second), is_doubtful=is_doubtful)
        assert (state.phase is Phase.FIRING) == (counted >= 60)
        if transition is not None:
            assert transition.since == START
        if counted >= 60:
            return


def test_the_book_asks_for_each_stretch_between_samples_whether_we_were_late() -> None:
    """Ten devices that share our overloaded machine are busy as long as we are late, no longer."""
    book = RuleBook([BUSY])

    def late(start: datetime, end: datetime) -> bool:
        return start < after(100) and after(20) < end

    def taken(second: float, busy: float) -> list[RuleAlert]:
        tags = [tags_of(agent_host=f"sw-{n}") for n in range(10)]
        samples = [Sample("host", one, {"busy": busy}, after(second)) for one in tags]
        return book.take(samples, late)

    assert not any(taken(second, 99) for second in range(0, 105, 5))
    assert not taken(105, 99)
    assert not taken(110, 10)
    assert not any(taken(second, 99) for second in range(115, 175, 5))
    assert len(taken(175, 99)) == 10


def test_the_shipped_rules_are_valid() -> None:
    names = {rule.name for rule in load_rules()}
    assert {"cpu_busy", "memory_short", "interface_errors", "host_silent"} <= names


def test_faults_of_a_rule_file_are_told_all_at_once_with_their_place(tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text("rules: [{name: a}, {name: b, threshold: x}]", "utf-8")
    with pytest.raises(RulesInvalid) as told:
        load_rules(tmp_path)
    assert "bad.yml: rules[0].measurement" in str(told.value)
    assert "bad.yml: rules[1].threshold" in str(told.value)


def test_the_book_keeps_an_alert_for_each_element() -> None:
    book = RuleBook(load_rules())

    def host(name: str, second: float, idle: float) -> Sample:
        return Sample(
            "host",
            tags_of(agent_host=name),
            {"ssCpuIdle": idle, "memTotalReal": 8_000_000},
            after(second),
        )

    told = book.take(host(name, s, 3) for name in ("rt-a", "rt-b") for s in (0, 60, 240))
    assert told == []
    told = book.take([host("rt-a", 300, 4), host("rt-b", 300, 90)])
    assert [(alert.key.rule, alert.key.element) for alert in told] == [
        ("cpu_busy", "agent_host=rt-a")
    ]
    answers = [
        Sample("system", tags_of(agent_host=name), {"sysUpTime": 1}, after(second))
        for name in ("rt-a", "rt-b")
        for second in range(305, 425, 5)
    ]
    silent = book.take(answers)
    assert {alert.key.rule for alert in silent} == {"host_silent"}
    assert len(book.firing()) == 3
