import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_core.kernel.clock import SLEW, FixedClock, SteadyClock, SystemClock

NOON_IN_SHANGHAI = datetime(2026, 3, 2, 12, tzinfo=timezone(timedelta(hours=8)))


def test_a_clock_tells_aware_utc() -> None:
    assert SystemClock().now().tzinfo is UTC
    assert FixedClock(NOON_IN_SHANGHAI).now() == datetime(2026, 3, 2, 4, tzinfo=UTC)
    assert FixedClock(NOON_IN_SHANGHAI).now().tzinfo is UTC


def test_a_clock_is_not_set_by_a_naive_time() -> None:
    with pytest.raises(ValueError, match="timezone-aware"):
        FixedClock(datetime(2026, 3, 2))  # noqa: DTZ001


def test_passing_time_moves_both_hands_and_an_adjustment_only_the_wall_clock() -> None:
    clock = FixedClock(NOON_IN_SHANGHAI)
    clock.advance(timedelta(seconds=90))
    clock.adjust(timedelta(hours=-1))
    assert clock.now() == NOON_IN_SHANGHAI + timedelta(seconds=90) - timedelta(hours=1)
    assert clock.monotonic() == 90
    with pytest.raises(ValueError, match="forwards"):
        clock.advance(timedelta(seconds=-1))


class Machine:
    """A machine whose clock can be set and whose time is made to pass."""

    def __init__(self) -> None:
        self.wall_s, self.elapsed_s = 1_800_000_000.0, 50.0
        self.clock = SteadyClock(lambda: self.wall_s, lambda: self.elapsed_s)

    def passes(self, seconds: float) -> None:
        self.wall_s += seconds
        self.elapsed_s += seconds

    def set(self, by_s: float) -> None:
        self.wall_s += by_s

    def now_s(self) -> float:
        return self.clock.now().timestamp()


@pytest.mark.parametrize("by_s", [600, -600, 86_400], ids=["forward", "back", "a day"])
def test_setting_the_machines_clock_moves_a_steady_one_by_a_twentieth_of_what_passes(
    by_s: float,
) -> None:
    machine = Machine()
    before = machine.now_s()
    machine.set(by_s)
    assert machine.now_s() == before
    machine.passes(20)
    assert machine.now_s() - before == pytest.approx(20 + math.copysign(1, by_s))
    assert machine.clock.steps == 1
    assert machine.clock.difference_s == pytest.approx(by_s - math.copysign(1, by_s))


def test_a_steady_clock_takes_a_true_correction_over_in_the_end() -> None:
    machine = Machine()
    machine.set(600)
    for _ in range(13_000):
        machine.passes(1)
        machine.now_s()
    assert machine.now_s() == pytest.approx(machine.wall_s, abs=1e-3)


def test_a_clock_set_and_set_back_leaves_no_trace_but_its_count() -> None:
    machine = Machine()
    machine.set(600)
    machine.passes(60)
    machine.now_s()
    machine.set(-600)
    for _ in range(120):
        machine.passes(1)
        machine.now_s()
    assert machine.now_s() == pytest.approx(machine.wall_s, abs=1e-3)
    assert machine.clock.steps == 2


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(-1e6, 1e6)), max_size=20))
def test_a_steady_clock_never_goes_back_and_keeps_every_duration(
    story: list[tuple[float, float]],
) -> None:
    machine = Machine()
    for passed_s, set_by_s in story:
        before = machine.now_s()
        machine.set(set_by_s)
        machine.passes(passed_s)
        took_s = machine.now_s() - before
        assert took_s >= 0
        assert took_s == pytest.approx(passed_s, rel=SLEW * 1.01, abs=1e-5)
