"""Figures as people read them."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_core.kernel import times
from wallboard import formats


def same(text: str) -> str:
    return text


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (Fraction(95996, 100000), 1, "95.9%"),
        (Fraction(41, 42), 1, "97.6%"),
        (Fraction(1), 1, "100%"),
        (Fraction(999999, 1000000), 2, "99.99%"),
        (Fraction(0), 1, "0.0%"),
        (Fraction(9, 10), 0, "90%"),
    ],
)
def test_a_percentage_is_truncated(value: Fraction, digits: int, shown: str) -> None:
    assert formats.percent(value, digits) == shown


@given(st.fractions(min_value=0, max_value=1), st.integers(min_value=0, max_value=4))
def test_a_shown_percentage_never_exceeds_the_exact_one(value: Fraction, digits: int) -> None:
    shown = Fraction(formats.percent(value, digits).rstrip("%")) / 100
    assert shown <= value
    assert value - shown < Fraction(1, 100 * 10**digits)


@given(st.fractions(min_value=0, max_value=1), st.fractions(min_value=0, max_value=1))
def test_only_the_whole_reads_as_one_hundred_percent(value: Fraction, other: Fraction) -> None:
    assert (formats.percent(value) == "100%") is (value == 1)
    if value <= other:
        assert float(formats.percent(value)[:-1]) <= float(formats.percent(other)[:-1])


@pytest.mark.parametrize(
    ("remaining", "shown"),
    [
        (timedelta(minutes=22, seconds=3), "22:03"),
        (timedelta(hours=21, minutes=14, seconds=5), "21:14:05"),
        (timedelta(seconds=-5), "00:00"),
        (timedelta(seconds=59.9), "00:59"),
    ],
)
def test_a_countdown_stops_at_nought(remaining: timedelta, shown: str) -> None:
    assert formats.countdown(remaining) == shown


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30)))
def test_a_countdown_loses_less_than_a_second(remaining: timedelta) -> None:
    parts = [int(part) for part in formats.countdown(remaining).split(":")]
    seconds = sum(part * 60**power for power, part in enumerate(reversed(parts)))
    assert 0 <= remaining.total_seconds() - seconds < 1


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        (timedelta(milliseconds=210), "0.21秒"),
        (timedelta(seconds=45), "45秒"),
        (timedelta(minutes=7, seconds=57), "7分57秒"),
        (timedelta(hours=21, minutes=14), "21时14分"),
        (timedelta(days=41, hours=3), "41天3时"),
    ],
)
def test_a_length_has_two_units_at_most(length: timedelta, shown: str) -> None:
    assert formats.span(length, same) == shown


@pytest.mark.parametrize(
    ("limit", "shown"),
    [
        (timedelta(minutes=30), "30分钟"),
        (timedelta(hours=24), "24小时"),
        (timedelta(hours=2), "2小时"),
    ],
)
def test_a_limit_keeps_the_contracts_unit(limit: timedelta, shown: str) -> None:
    assert formats.limit_words(limit, same) == shown


@pytest.mark.parametrize(
    ("bits", "shown"),
    [
        (312e6, "312 Mbps"),
        (1.25e9, "1.25 Gbps"),
        (840e3, "840 kbps"),
        (0, "0 bps"),
        (2.4e6, "2.4 Mbps"),
    ],
)
def test_a_throughput_has_three_figures(bits: float, shown: str) -> None:
    assert formats.throughput(bits) == shown


def test_times_are_of_the_site_and_not_of_the_machine() -> None:
    at = datetime(2026, 11, 22, 16, 30, 5, 400000, tzinfo=UTC)
    assert times.clock_time(at) == "00:30:05"
    assert times.date_time(at) == "2026-11-23 00:30:05"
    assert times.exact_time(at) == "00:30:05.400"


@pytest.mark.parametrize(
    ("at", "read"),
    [
        (datetime(2026, 11, 26, 16, tzinfo=UTC), "2026-11-26 24:00"),
        (datetime(2026, 12, 31, 16, tzinfo=UTC), "2026-12-31 24:00"),
        (datetime(2026, 11, 26, 16, 1, tzinfo=UTC), "2026-11-27 00:01"),
    ],
    ids=["a limit ends at 24:00", "at the end of a year", "a minute later is the next day"],
)
def test_the_end_of_a_limit_is_read_as_the_law_says_it(at: datetime, read: str) -> None:
    assert times.due_time(at) == read
    assert times.short_due_time(at) == read[5:]
