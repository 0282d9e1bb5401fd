"""When the declared schedule calls for a drill; pure."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from device_configs.site.model.contract import DrillSchedule
from device_configs.site.model.policy import Weekday

_DAYS = tuple(Weekday)


def window_at(
    schedule: DrillSchedule, now: datetime, zone: ZoneInfo
) -> tuple[datetime, datetime] | None:
    """The declared window that is open at ``now``: its beginning and its end (excluded)."""
    local = now.astimezone(zone)
    for day in (local.date() - timedelta(days=1), local.date()):
        if _DAYS[day.weekday()] not in schedule.days:
            continue
        opens = datetime.combine(day, schedule.opens, zone)
        closes = datetime.combine(day, schedule.closes, zone)
        if closes <= opens:
            closes = datetime.combine(day + timedelta(days=1), schedule.closes, zone)
        if opens <= now < closes:
            return opens, closes
    return None


def due_until(
    schedule: DrillSchedule | None, last: datetime | None, now: datetime, zone: ZoneInfo
) -> datetime | None:
    """The end of the open window, where none of the schedule's drills began in it yet; else None.

    ``last`` is when the last drill of the schedule began, None for never. A window that was missed
    is not made up for: faults are for the hours that were agreed.
    """
    window = None if schedule is None else window_at(schedule, now, zone)
    if window is None:
        return None
    opens, closes = window
    return closes if last is None or last < opens else None
