"""Rates from counters: no rate rather than a wrong one."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitors.collect.polling.rates import (
    CLOCK_SLACK_S,
    CLOCK_SLACK_SHARE,
    PLAUSIBLE_EXCESS,
    WRAP,
    CounterReading,
    NoRate,
    RowClock,
    rates,
)
from tests.profile import examples

GAP_S = 90.0
GIGABIT = 125_000_000.0
GIGABIT_FRAMES = 1e9 / 672


def clock(uptime_s: float, **more: float | None) -> RowClock:
    return RowClock(int(uptime_s * 100), **more)


def row(uptime_s: float, bits: int, ceiling: float | None, *values: int, **more) -> dict:
    own = clock(uptime_s, **more)
    return {f"c{n}": CounterReading(value, own, bits, ceiling) for n, value in enumerate(values)}


def found(
    before: Mapping[str, CounterReading], now: Mapping[str, CounterReading]
) -> list[float | NoRate]:
    return list(rates(before, now, longest_gap_s=GAP_S).values())


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (row(0, 64, None, 0), row(10, 64, None, 1000), [100.0]),
        (row(0, 64, None, 5), row(10, 64, None, 5), [0.0]),
        (row(0, 64, None, 2**64 - 10), row(10, 64, None, 10), [NoRate.CLEARED]),
        (row(50, 64, None, 0), row(1, 64, None, 10), [NoRate.REBOOT]),
        (row(1, 64, None, 0), row(1, 64, None, 10), [NoRate.CLOCK]),
        (row(0, 64, None, 0, boots=1), row(10, 64, None, 9, boots=2), [NoRate.REBOOT]),
        (
            row(0, 64, None, 0, discontinuity=1),
            row(10, 64, None, 9, discontinuity=2),
            [NoRate.DISCONTINUITY],
        ),
        (row(0, 64, None, 0), row(91, 64, None, 10), [NoRate.GAP]),
        (row(0, 64, 100.0, 0), row(10, 64, 100.0, 1201), [NoRate.TOO_FAST]),
        (row(0, 64, 100.0, 0), row(10, 64, 100.0, 1200), [120.0]),
        (
            row(0, 64, None, 0, read_at_s=0.0),
            row(10, 64, None, 1000, read_at_s=60.0),
            [NoRate.CLOCK],
        ),
        (row(0, 32, None, 0), row(10, 32, None, 1000), [NoRate.SPEED_UNKNOWN]),
        (row(0, 32, GIGABIT, 0), row(45, 32, GIGABIT, 1000), [NoRate.MAY_WRAP]),
        (row(0, 32, GIGABIT, 0), row(60, 32, GIGABIT, 1000), [NoRate.MAY_WRAP]),
        (row(0, 32, GIGABIT, 0), row(15, 32, GIGABIT, 15_000), [1000.0]),
        (row(0, 32, GIGABIT_FRAMES, 0), row(60, 32, GIGABIT_FRAMES, 60), [1.0]),
        (row(0, 32, 1e6, WRAP - 10), row(10, 32, 1e6, 10), [NoRate.CLEARED]),
        (
            row(0, 32, 1e6, WRAP - 10, 3 * 10**9),
            row(10, 32, 1e6, 10, 3 * 10**9 + 50),
            [2.0, 5.0],
        ),
        (
            row(0, 32, 1e6, 3 * 10**9, 7),
            row(10, 32, 1e6, 100, 900),
            [NoRate.CLEARED, NoRate.CLEARED],
        ),
    ],
    ids=[
        "growth by the device's own clock",
        "no growth is zero",
        "a 64-bit counter that fell was reset",
        "the agent restarted",
        "the clock stood still",
        "boots rose",
        "the row's counters started anew",
        "too long a gap",
        "faster than the port",
        "a little over the port's speed",
        "an agent whose clock lost most of the time",
        "32 bits of a port of unknown speed",
        "32 bits of 1 Gb/s in 45 s may wrap twice",
        "and in 60 s",
        "and in 15 s not",
        "frames of 1 Gb/s cannot in 60 s",
        "one wrap that may be a reset as well",
        "one wrap, and a neighbour that was not reset",
        "all counters of a port reset, of which one grew again above what it was",
    ],
)
def test_rate(before, now, expected) -> None:
    assert found(before, now) == expected


def test_a_counter_keeps_its_rate_when_another_one_alone_is_reset() -> None:
    before = row(0, 64, 1000.0, 10**9, 500)
    now = row(10, 64, 1000.0, 10**9 + 1000, 0)
    assert found(before, now) == [100.0, NoRate.CLEARED]


@dataclass
class Port:
    """A port as it truly is: octets since ever, and what its agent makes of them."""

    bits: int
    counters: list[int]
    uptime_s: float = 0.0

    def shown(self, ceiling: float | None, at_s: float) -> dict[str, CounterReading]:
        own = RowClock(int(self.uptime_s * 100), read_at_s=at_s)
        return {
            f"c{n}": CounterReading(value % 2**self.bits, own, self.bits, ceiling)
            for n, value in enumerate(self.counters)
        }


events = st.sampled_from(["none", "none", "clear", "reboot"])
shares = st.lists(st.floats(0, 1), min_size=3, max_size=3)


@settings(max_examples=examples(1_000, 50_000), deadline=None)
@given(
    bits=st.sampled_from([32, 64]),
    start=st.lists(st.integers(0, 2**34), min_size=3, max_size=3),
    speed=st.sampled_from([1e4, 1e6, GIGABIT / 10, GIGABIT, 10 * GIGABIT]),
    knows_speed=st.booleans(),
    elapsed_s=st.integers(1, 120),
    uptime_s=st.integers(0, 10**6),
    event=events,
    event_share=st.floats(0, 1),
    use=st.tuples(shares, shares),
)
def test_a_rate_is_the_true_mean_rate_or_there_is_none(
    bits, start, speed, knows_speed, elapsed_s, uptime_s, event, event_share, use
) -> None:
    """A port simulated with its true growth; wraps, resets and restarts are what agents do."""
    port = Port(bits, list(start), float(uptime_s))
    ceiling = speed if knows_speed else None
    before = port.shown(ceiling, 0.0)
    event_s = elapsed_s * event_share if event != "none" else 0.0
    true = [0] * 3
    for n in range(3):
        early = int(speed * event_s * use[0][n])
        late = int(speed * (elapsed_s - event_s) * use[1][n])
        true[n] = early + late
        port.counters[n] = late if event != "none" else port.counters[n] + late
    port.uptime_s = elapsed_s - event_s if event == "reboot" else uptime_s + elapsed_s
    now = port.shown(ceiling, float(elapsed_s))
    if event == "clear":
        # A reset of counters that all stand higher afterwards leaves no trace.
        assume(any(now[name].value < before[name].value for name in now))
    if event == "reboot":
        # Nor does a restart within the slack between the clocks.
        assume(uptime_s + event_s > CLOCK_SLACK_S + CLOCK_SLACK_SHARE * elapsed_s + 0.1)
    for name, rate in rates(before, now, longest_gap_s=GAP_S).items():
        if not isinstance(rate, NoRate):
            expected = true[int(name[1:])] / elapsed_s
            assert rate == pytest.approx(expected, rel=1e-6), (name, before[name], now[name])


readings = st.builds(
    CounterReading,
    st.integers(0, 2**64),
    st.builds(
        RowClock,
        st.none() | st.integers(0, 2**32 - 1),
        st.sampled_from([None, 1, 2]),
        st.sampled_from([None, 0, 7]),
        st.none() | st.floats(0, 1e6),
    ),
    st.sampled_from([32, 64]),
    st.none() | st.floats(1, 1e10),
)
rows = st.dictionaries(st.sampled_from("abc"), readings)


@given(rows, rows)
def test_a_rate_is_never_negative_nor_above_what_the_port_can_do(before, now) -> None:
    for name, rate in rates(before, now, longest_gap_s=GAP_S).items():
        if isinstance(rate, NoRate):
            continue
        assert rate >= 0
        speeds = before[name].ceiling, now[name].ceiling
        if None not in speeds:
            assert rate <= PLAUSIBLE_EXCESS * max(speeds) * 1.000001
