"""Working days: the golden dates of two years, and what holds for all of them."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from device_configs.site import load_site
from ops_core.app.cli import app
from ops_core.kernel.working_days import CalendarYear, UnpublishedYear, WorkCalendar

INVENTORY = Path(__file__).parents[3] / "inventory"
SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = load_site(INVENTORY).calendar
DAYS = st.dates(date(2025, 1, 1), date(2026, 10, 31))


@pytest.mark.parametrize(
    ("day", "following"),
    [
        ("2026-02-13", "2026-02-14"),
        ("2026-02-14", "2026-02-24"),
        ("2026-09-18", "2026-09-20"),
        ("2026-09-24", "2026-09-28"),
        ("2026-09-30", "2026-10-08"),
        ("2026-10-09", "2026-10-10"),
    ],
)
def test_one_working_day_later(day: str, following: str) -> None:
    assert CALENDAR.after(date.fromisoformat(day), 1) == date.fromisoformat(following)


@pytest.mark.parametrize(
    ("year", "month", "due"),
    [
        (2025, 2, "2025-02-13"),
        (2025, 10, "2025-10-17"),
        (2026, 1, "2026-01-13"),
        (2026, 5, "2026-05-14"),
        (2026, 10, "2026-10-16"),
    ],
)
def test_the_eighth_working_day_of_a_month(year: int, month: int, due: str) -> None:
    assert CALENDAR.of_month(year, month, 8) == date.fromisoformat(due)


@pytest.mark.parametrize("year", [2025, 2026])
def test_both_years_have_248_working_days(year: int) -> None:
    assert CALENDAR.between(date(year - 1, 12, 31), date(year, 12, 31)) == 248


def test_the_weekend_days_worked_in_2026_are_those_of_the_notice() -> None:
    year = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    worked = [day for day in year if day.weekday() >= 5 and CALENDAR.is_working_day(day)]
    assert [f"{day:%m-%d}" for day in worked] == [
        "01-04", "02-14", "02-28", "05-09", "09-20", "10-10",
    ]  # fmt: skip


def test_a_period_ends_at_midnight_after_its_last_day() -> None:
    late_on_friday = datetime(2026, 10, 9, 23, 59, 59, tzinfo=SHANGHAI)
    due = CALENDAR.due(late_on_friday, 1, SHANGHAI)
    assert due == datetime(2026, 10, 10, 16, tzinfo=UTC)
    a_second_later = late_on_friday + timedelta(seconds=1)
    assert CALENDAR.due(a_second_later, 1, SHANGHAI) == datetime(2026, 10, 12, 16, tzinfo=UTC)


def test_a_year_without_a_notice_is_refused() -> None:
    with pytest.raises(UnpublishedYear) as refusal:
        CALENDAR.after(date(2026, 12, 31), 1)
    assert refusal.value.year == 2027
    with pytest.raises(UnpublishedYear):
        CALENDAR.due(datetime(2026, 12, 31, tzinfo=SHANGHAI), 3, SHANGHAI)


@given(DAYS, st.integers(1, 30))
def test_counting_gives_back_what_was_added(day: date, count: int) -> None:
    last = CALENDAR.after(day, count)
    assert CALENDAR.between(day, last) == count
    assert CALENDAR.is_working_day(last)


@given(DAYS, DAYS, DAYS)
def test_parts_of_a_stretch_add_up(a: date, b: date, c: date) -> None:
    first, middle, last = sorted((a, b, c))
    whole = CALENDAR.between(first, last)
    assert CALENDAR.between(first, middle) + CALENDAR.between(middle, last) == whole


def test_holidays_alone_count_nothing_and_a_make_up_saturday_one() -> None:
    assert CALENDAR.between(date(2026, 9, 30), date(2026, 10, 7)) == 0
    assert CALENDAR.between(date(2026, 10, 9), date(2026, 10, 10)) == 1


def test_the_version_changes_with_any_day() -> None:
    changed = dict(CALENDAR.years)
    year = changed[2026]
    changed[2026] = CalendarYear(
        year.notice, year.holidays - {date(2026, 10, 7)}, year.make_up_days
    )
    assert WorkCalendar(changed).version != CALENDAR.version
    assert WorkCalendar(dict(CALENDAR.years)).version == CALENDAR.version


def test_the_command_line_answers_and_refuses() -> None:
    runner = CliRunner()
    assert runner.invoke(app, ["calendar", "after", "2026-09-30", "1"]).output == "2026-10-08\n"
    answer = json.loads(runner.invoke(app, ["calendar", "show", "--json"]).output)
    assert answer["version"] == CALENDAR.version
    assert answer["years"]["2026"]["notice"] == "国办发明电〔2025〕7号"
    assert "248 working days" in runner.invoke(app, ["calendar", "show"]).output
    refused = runner.invoke(app, ["calendar", "after", "2026-12-30", "5"])
    assert refused.exit_code == 2
    assert "2027" in refused.output
