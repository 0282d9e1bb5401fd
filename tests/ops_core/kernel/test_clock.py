from datetime import UTC, datetime, timedelta, timezone

import pytest

from ops_core.kernel.clock import FixedClock, SystemClock

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
