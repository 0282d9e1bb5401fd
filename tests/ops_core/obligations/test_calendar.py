"""What is owed when: golden dates of the State Council's calendar, and each report exactly once."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_configs.site import load_site
from device_configs.site.model import Title
from device_configs.site.reporting import DueRule, ReportDuty, ReportFrequency
from ops_core.kernel.settings import PROJECT_DIRECTORY
from ops_core.kernel.working_days import WorkCalendar
from ops_core.obligations.calendar import due_at, obligations, span_of, spans
from tests.profile import examples

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR: WorkCalendar = load_site(PROJECT_DIRECTORY / "inventory").calendar
F = ReportFrequency
REGULAR = [one for one in F if one is not F.FLASH]
EIGHTH = DueRule(working_day=8)


def duty(frequency: F, since: date, until: date | None = None, name: str = "one") -> ReportDuty:
    return ReportDuty(name=name, title=Title(zh="一", en="One"), frequency=frequency, due=EIGHTH,
                      since=since, until=until, recipients=("甲",))  # fmt: skip


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("month", "last_day"),
    [
        ("2025-01", "2025-02-13"), ("2025-09", "2025-10-17"), ("2025-12", "2026-01-13"),
        ("2026-04", "2026-05-14"), ("2026-09", "2026-10-16"), ("2026-10", "2026-11-11"),
    ],
)  # fmt: skip
def test_the_monthly_report_is_due_at_the_end_of_the_eighth_working_day(
    month: str, last_day: str
) -> None:
    _, end = span_of(F.MONTH, date.fromisoformat(f"{month}-15")).bounds(ZONE)
    assert due_at(EIGHTH, end, CALENDAR, ZONE) == local(f"{last_day} 00:00") + timedelta(days=1)


def test_a_first_day_that_is_worked_counts_as_the_first_working_day() -> None:
    monday = local("2026-11-30 00:00")
    assert due_at(DueRule(working_day=1), monday, CALENDAR, ZONE) == local("2026-12-01 00:00")


def test_without_a_published_calendar_nobody_knows_when_it_is_due() -> None:
    _, end = span_of(F.MONTH, date(2026, 12, 1)).bounds(ZONE)
    assert due_at(EIGHTH, end, CALENDAR, ZONE) is None
    within = DueRule(within=timedelta(hours=12))
    assert due_at(within, end, CALENDAR, ZONE) == end + timedelta(hours=12)


@pytest.mark.parametrize(("year", "weeks"), [(2024, 52), (2025, 52), (2026, 52), (2027, 52)])
def test_a_year_owes_every_day_week_month_quarter_and_itself(year: int, weeks: int) -> None:
    first, following = date(year, 1, 1), date(year + 1, 1, 1)
    counted = {f: len(list(spans(f, first, following))) for f in REGULAR}
    days = (following - first).days
    whole_weeks = sum(
        1 for n in range(days) if (first + timedelta(n)).weekday() == 0
        and first + timedelta(n + 6) < following
    )  # fmt: skip
    assert counted == {F.DAY: days, F.WEEK: whole_weeks, F.MONTH: 12, F.QUARTER: 4, F.YEAR: 1}
    # The week across new year is owed by whoever goes on: 52 or 53 end within any year.
    ended = [s for s in spans(F.WEEK, date(year - 1, 12, 1), following) if s.last >= first]
    assert len(ended) in (52, 53)


days_of = st.dates(date(2025, 1, 1), date(2026, 12, 31))


@settings(max_examples=examples(60, 2000), deadline=None)
@given(
    frequency=st.sampled_from(REGULAR), since=days_of, first=days_of, second=days_of,
    hour=st.integers(0, 23),
)  # fmt: skip
def test_the_calendar_is_idempotent_and_owes_each_report_once(
    frequency: F, since: date, first: date, second: date, hour: int
) -> None:
    one = [duty(frequency, since)]
    earlier, later = (local(f"{day.isoformat()} {hour:02d}:30") for day in sorted((first, second)))
    before, after = obligations(one, earlier, ZONE), obligations(one, later, ZONE)
    assert obligations(one, later, ZONE) == after
    assert after[: len(before)] == before
    assert max(Counter(o.key for o in after).values(), default=1) == 1
    for former, latter in pairwise(after):
        assert former.owed_at == latter.start, "no day is reported on twice or not at all"
    assert all(o.owed_at <= later for o in after)


def test_a_subscription_ends_with_its_last_whole_period() -> None:
    topic = duty(F.WEEK, date(2026, 11, 15), until=date(2026, 12, 6), name="heating")
    found = obligations([topic], local("2027-03-01 09:00"), ZONE)
    assert [o.key for o in found] == [
        "heating-2026-W47", "heating-2026-W48", "heating-2026-W49",
    ]  # fmt: skip


def test_a_flash_report_is_owed_by_no_calendar() -> None:
    assert obligations([duty(F.FLASH, date(2026, 1, 1))], local("2026-12-01 00:00"), ZONE) == []
