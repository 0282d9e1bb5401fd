"""Rates from counters: no rate rather than a wrong one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.collect.rates import Reading, rate

GAP_S = 45.0


def found(previous: Reading, current: Reading, bits: int = 64, ceiling: float | None = None):
    return rate(previous, current, bits=bits, longest_gap_s=GAP_S, ceiling=ceiling)


@pytest.mark.parametrize(
    ("previous", "current", "bits", "ceiling", "expected"),
    [
        (Reading(0, 0), Reading(1000, 1000), 64, None, 100.0),
        (Reading(5, 0), Reading(5, 1000), 64, None, 0.0),
        (Reading(2**32 - 10, 0), Reading(10, 1000), 32, None, 2.0),
        (Reading(2**64 - 10, 0), Reading(10, 1000), 64, None, None),
        (Reading(0, 5000), Reading(10, 100), 64, None, None),
        (Reading(0, 100), Reading(10, 100), 64, None, None),
        (Reading(0, 0, boots=1), Reading(10, 100, boots=2), 64, None, None),
        (Reading(0, 0, None, 1), Reading(10, 100, None, 2), 64, None, None),
        (Reading(0, 0), Reading(10, 4501), 64, None, None),
        (Reading(0, 0), Reading(1201, 1000), 64, 100.0, None),
        (Reading(0, 0), Reading(1200, 1000), 64, 100.0, 120.0),
        (Reading(100, 0), Reading(50, 1000), 32, 1000.0, None),
    ],
    ids=[
        "growth by the device's own clock",
        "no growth is zero",
        "one wrap of 32 bits",
        "a 64-bit counter that fell was reset",
        "the agent restarted",
        "the clock stood still",
        "boots rose",
        "the row's counters started anew",
        "too long a gap",
        "faster than the port",
        "a little over the port's speed",
        "a reset of 32 bits is too fast for a wrap",
    ],
)
def test_rate(previous, current, bits, ceiling, expected) -> None:
    assert found(previous, current, bits, ceiling) == expected


counters = st.integers(0, 2**32 - 1)
clocks = st.integers(0, 2**32 - 1)
readings = st.builds(
    Reading, counters, clocks, st.sampled_from([None, 1, 2]), st.sampled_from([None, 0, 7])
)


@given(readings, readings, st.sampled_from([32, 64]), st.none() | st.floats(1, 1e10))
def test_a_rate_is_never_negative_nor_above_what_the_port_can_do(
    previous, current, bits, ceiling
) -> None:
    result = found(previous, current, bits, ceiling)
    assert result is None or result >= 0
    if result is not None and ceiling is not None:
        assert result <= 1.2 * ceiling


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**31), st.integers(1, 4500))
def test_a_wrap_changes_no_rate(start: int, growth: int, elapsed_cs: int) -> None:
    before = Reading(start, 0)
    after = Reading((start + growth) % 2**32, elapsed_cs)
    assert found(before, after, bits=32) == pytest.approx(growth / (elapsed_cs / 100))


@given(readings, readings)
def test_a_restart_never_gives_a_rate(previous: Reading, current: Reading) -> None:
    if current.uptime_cs < previous.uptime_cs or current.boots != previous.boots:
        assert found(previous, current, bits=32) is None
