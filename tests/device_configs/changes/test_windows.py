"""Change windows as people write them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.changes.windows import read_window
from ops_core.kernel.errors import Invalid

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 29, 12, tzinfo=SHANGHAI)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "now", "opens", "closes"),
    [
        ("22:00/23:00", NOON, "2026-11-29 22:00", "2026-11-29 23:00"),
        ("22:00/02:00", NOON, "2026-11-29 22:00", "2026-11-30 02:00"),
        ("22:00/02:00", local("2026-11-29 01:00"), "2026-11-28 22:00", "2026-11-29 02:00"),
        ("02:00/03:00", NOON, "2026-11-30 02:00", "2026-11-30 03:00"),
        ("2026-12-01 22:00/2026-12-02 02:00", NOON, "2026-12-01 22:00", "2026-12-02 02:00"),
    ],
)
def test_a_window_is_read_in_the_sites_time(
    text: str, now: datetime, opens: str, closes: str
) -> None:
    window = read_window(text, now, SHANGHAI)
    assert (window.opens, window.closes) == (local(opens), local(closes))


@pytest.mark.parametrize(
    "text", ["", "22:00", "22:00/", "tonight/tomorrow", "25:00/26:00",
             "2026-11-28 22:00/2026-11-29 02:00", "2026-12-02 02:00/2026-12-01 22:00"],
)  # fmt: skip
def test_what_is_no_window_or_over_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_window(text, NOON, SHANGHAI)


@given(st.times(), st.times(), st.integers(0, 10_000))
def test_hours_alone_name_the_next_window_that_is_not_over(
    opens: object, closes: object, minutes: int
) -> None:
    now = NOON + timedelta(minutes=minutes)
    window = read_window(f"{opens}/{closes}", now, SHANGHAI)
    assert now < window.closes
    assert timedelta(0) < window.closes - window.opens <= timedelta(days=1)
