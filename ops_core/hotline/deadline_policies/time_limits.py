"""How long somebody has: working days, or hours by the clock (pure).

Hours run through nights and holidays: "24小时内" is the wall clock (domain/ops.md, section 2, rule
7). Working days end at 24:00 of the last. What is added to hours are working days after the day on
which they are over.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ops_core.kernel.i18n import Message, message
from ops_core.kernel.working_days import WorkCalendar

MOST_WORKING_DAYS = 120
"""About half a year of working days: what is longer is no deadline."""
MOST_HOURS = 240
WRITTEN = r"[1-9][0-9]{0,2}h?"
"""How a limit is written: ``3`` for working days, ``2h`` for hours."""
HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """So many hours, and so many working days after them; of a rule, one of the two."""

    working_days: int = 0
    hours: int = 0

    def __str__(self) -> str:
        return f"{self.hours}h" if self.hours else str(self.working_days)

    def plus(self, working_days: int) -> "TimeLimit":
        """With working days on top."""
        return replace(self, working_days=self.working_days + working_days)

    def due(self, start: datetime, calendar: WorkCalendar, zone: ZoneInfo) -> datetime:
        """When it ends, in UTC; what happens at this very instant is in time.

        Raises :class:`ops_core.kernel.working_days.UnpublishedYear`.
        """
        begun = start.astimezone(UTC) + timedelta(hours=self.hours)
        return calendar.due(begun, self.working_days, zone) if self.working_days else begun

    def never_outlasts(self, other: "TimeLimit") -> bool:
        """Whether it ends no later than the other, from whatever instant and by any calendar.

        n working days take at least n days; how long at most, nobody knows.
        """
        if self.hours:
            return self.hours <= (other.hours or HOURS_A_DAY * other.working_days)
        return not other.hours and self.working_days <= other.working_days

    @property
    def words(self) -> Message:
        """In words."""
        if not self.hours:
            return message("{days}个工作日", days=self.working_days)
        if not self.working_days:
            return message("{hours}小时", hours=self.hours)
        hours, days = TimeLimit(hours=self.hours), TimeLimit(self.working_days)
        return message("{hours}，另加{days}", hours=hours.words, days=days.words)


NO_LIMIT = TimeLimit()


def is_possible(limit: TimeLimit) -> bool:
    """Whether a rule may say so: either hours or working days, and not too many."""
    if limit.hours:
        return limit.working_days == 0 and 1 <= limit.hours <= MOST_HOURS
    return 1 <= limit.working_days <= MOST_WORKING_DAYS


def limit_of(given: object) -> TimeLimit:
    """What is written as ``3``, or ``"2h"``; no limit for anything else."""
    if isinstance(given, int) and not isinstance(given, bool):
        return TimeLimit(given)
    text = given.strip().lower() if isinstance(given, str) else ""
    if not re.fullmatch(WRITTEN, text, re.ASCII):
        return NO_LIMIT
    return TimeLimit(hours=int(text[:-1])) if text.endswith("h") else TimeLimit(int(text))


def written_limit(limit: TimeLimit) -> int | str:
    """As :func:`limit_of` reads it: working days are a number, as they always were."""
    return str(limit) if limit.hours else limit.working_days
