"""When a drill is due: once in each declared window, in the site's time, and never outside."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from device_configs.drills.schedule import due_until, window_at
from device_configs.site.model.contract import DrillSchedule
from device_configs.site.model.policy import Weekday

SHANGHAI = ZoneInfo("Asia/Shanghai")
SUNDAYS = DrillSchedule(days=(Weekday.SUNDAY,), opens=time(2), closes=time(4))
LATE = DrillSchedule(days=(Weekday.SATURDAY,), opens=time(23), closes=time(1))
SCHEDULES = st.builds(
    DrillSchedule,
    days=st.lists(st.sampled_from(Weekday), min_size=1, unique=True).map(tuple),
    opens=st.times(max_value=time(11, 59)),
    closes=st.times(min_value=time(12)),
)
INSTANTS = st.timedeltas(timedelta(0), timedelta(days=700)).map(
    lambda passed: datetime(2026, 1, 1, tzinfo=UTC) + passed
)


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("schedule", "now", "last", "until"),
    [
        pytest.param(SUNDAYS, "2026-11-29 02:00", None, "2026-11-29 04:00", id="never done"),
        pytest.param(SUNDAYS, "2026-11-29 03:59", "2026-11-22 02:00", "2026-11-29 04:00",
                     id="last week's is no other"),
        pytest.param(SUNDAYS, "2026-11-29 03:00", "2026-11-29 02:10", None, id="done"),
        pytest.param(SUNDAYS, "2026-11-29 04:00", None, None, id="the end is excluded"),
        pytest.param(SUNDAYS, "2026-11-30 03:00", None, None, id="another day"),
        pytest.param(LATE, "2026-11-29 00:30", "2026-11-28 22:00", "2026-11-29 01:00",
                     id="over midnight"),
        pytest.param(LATE, "2026-11-29 00:30", "2026-11-28 23:10", None, id="before midnight"),
        pytest.param(None, "2026-11-29 02:00", None, None, id="no schedule"),
    ],
)  # fmt: skip
def test_when_a_drill_is_due(
    schedule: DrillSchedule | None, now: str, last: str | None, until: str | None
) -> None:
    found = due_until(schedule, shanghai(last) if last else None, shanghai(now), SHANGHAI)
    assert found == (shanghai(until) if until else None)


@given(SCHEDULES, INSTANTS)
def test_a_drill_is_due_once_in_a_window_and_on_its_days(
    schedule: DrillSchedule, now: datetime
) -> None:
    until = due_until(schedule, None, now, SHANGHAI)
    window = window_at(schedule, now, SHANGHAI)
    assert (until is None) == (window is None)
    if window is None or until is None:
        return
    opens, closes = window
    assert opens <= now < closes == until
    assert tuple(Weekday)[opens.weekday()] in schedule.days
    assert due_until(schedule, now, now + timedelta(seconds=1), SHANGHAI) is None
    assert due_until(schedule, opens - timedelta(seconds=1), now, SHANGHAI) == closes


def test_a_schedule_that_says_nothing_is_refused() -> None:
    for wrong in ({"closes": time(2)}, {"faults": "("}, {"days": ()}, {"repeats": 0}):
        given_ = {"days": (Weekday.SUNDAY,), "opens": time(2), "closes": time(4), **wrong}
        with pytest.raises(ValidationError):
            DrillSchedule.model_validate(given_)
