"""Planned work and owed reports counted anew in SQL, from the links of their chains alone.

It shares no code with the platform: neither its rules nor its tables' mappings. What the calendar
owes is counted day by day; in March 2026 every weekday is a working day.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

ZONE = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)
DONE = {
    "standards": (11, "published"),
    "assessments": (14, "accepted"),
    "activities": (15, "accepted"),
}
"""Of each register the indicator, and the state in which an item of it is done."""
WORK = """
SELECT planned.item, {kind}, last.state, last.due_on,
       (SELECT min(e.at) FROM register_events e WHERE e.item = planned.item AND e.state = {done})
FROM register_events planned JOIN register_events last ON last.item = planned.item
WHERE planned.sequence = 1
  AND last.sequence = (SELECT max(e.sequence) FROM register_events e WHERE e.item = planned.item)
"""
REPORTS = "SELECT report, step, at, detail FROM report_events ORDER BY report, sequence"


def recounted_work(
    session: Session, start: datetime, end: datetime, now: datetime
) -> dict[int, tuple[int, int]]:
    """In time, and all, of the items due within [start, end), by indicator."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    kind = "json_extract(planned.detail, '$.kind')" if is_sqlite else "planned.detail ->> 'kind'"
    states = "".join(f" WHEN {kind} = '{name}' THEN '{state}'" for name, (_, state) in DONE.items())
    rows = session.execute(text(WORK.format(kind=kind, done=f"CASE{states} END")))
    good: dict[int, int] = {number: 0 for number, _ in DONE.values()}
    counted = dict(good)
    for _, name, state, due_on, done in rows:
        if name not in DONE or not start <= midnight(date.fromisoformat(due_on)) < end:
            continue
        number, last = DONE[name][0], midnight(date.fromisoformat(due_on) + ONE_DAY)
        done_at = None if done is None else instant(done)
        in_time = state != "cancelled" and done_at is not None and done_at <= last
        good[number] += in_time
        counted[number] += done_at is not None or state == "cancelled" or now > last
    return {number: (good[number], counted[number]) for number in good}


@dataclass
class _Sent:
    """What the links of one report say."""

    owed_at: datetime
    due_at: datetime
    sent_at: list[datetime] = field(default_factory=list)
    whole_at: list[datetime] = field(default_factory=list)
    awaits: bool = False
    is_waived: bool = False

    def take(self, step: str, at: datetime, detail: Mapping[str, Any]) -> None:
        if step == "submit":
            self.sent_at.append(at)
        if step == "receive" or (step == "return" and detail["whole"]):
            self.whole_at.append(self.sent_at[-1])
        self.is_waived = self.is_waived or step == "waive"
        self.awaits = step == "submit"


def recounted_reports(
    session: Session, since: Mapping[str, date], start: datetime, end: datetime, now: datetime
) -> tuple[int, int, int]:
    """In time and whole, all that are due, and those whose receiver has not spoken yet.

    ``since``: the first day that the daily, weekly and monthly report are about.
    """
    found = _recorded(session)
    for key, owed_at, due_at in owed(since, now):
        found.setdefault(key, _Sent(owed_at, due_at))
    good = counted = pending = 0
    for one in found.values():
        if not start <= one.owed_at < end or one.is_waived or now <= one.due_at:
            continue
        is_whole = any(at <= one.due_at for at in one.whole_at)
        counted, good = counted + 1, good + is_whole
        pending += not is_whole and one.awaits and one.sent_at[-1] <= one.due_at
    return good, counted, pending


def _recorded(session: Session) -> dict[str, _Sent]:
    found: dict[str, _Sent] = {}
    for key, step, at, said in session.execute(text(REPORTS)):
        detail = json.loads(said) if isinstance(said, str) else said
        if step == "owe":
            owed_at = datetime.fromisoformat(detail["owed_at"])
            found[key] = _Sent(owed_at, _due(owed_at, detail))
        else:
            found[key].take(step, instant(at), detail)
    return found


def _due(owed_at: datetime, detail: Mapping[str, Any]) -> datetime:
    if detail["due_within_s"] is not None:
        return owed_at + timedelta(seconds=detail["due_within_s"])
    return _end_of_weekday(owed_at, detail["due_working_day"])


def owed(since: Mapping[str, date], now: datetime) -> Iterator[tuple[str, datetime, datetime]]:
    """Key, owed since and due, of what has ended by now: days, weeks and months."""
    day = min(since.values())
    while (ended := midnight(day + ONE_DAY)) <= now:
        monday, first = day - timedelta(days=6), day.replace(day=1)
        if day >= since["daily"]:
            yield f"daily-{day}", ended, ended + timedelta(hours=12)
        if day.weekday() == 6 and monday >= since["weekly"]:
            year, week, _ = day.isocalendar()
            yield f"weekly-{year}-W{week:02d}", ended, _end_of_weekday(ended, 2)
        if (day + ONE_DAY).day == 1 and first >= since["monthly"]:
            yield f"monthly-{day:%Y-%m}", ended, _end_of_weekday(ended, 8)
        day += ONE_DAY


def _end_of_weekday(owed_at: datetime, count: int) -> datetime:
    """24:00 of so many weekdays, the first of them the day at whose beginning it became owed."""
    day, left = owed_at.astimezone(ZONE).date(), count
    while True:
        left -= day.weekday() < 5
        if not left:
            return midnight(day + ONE_DAY)
        day += ONE_DAY


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)


def instant(stored: object) -> datetime:
    """SQLite gives text without an offset for what was stored in UTC."""
    at = stored if isinstance(stored, datetime) else datetime.fromisoformat(str(stored))
    return at if at.tzinfo else at.replace(tzinfo=UTC)
