"""Whether an instant falls into a declared time range; pure."""

from datetime import datetime

from device_configs.site.model import TimeRange, Weekday

_DAYS = tuple(Weekday)


def is_within(time_range: TimeRange, local: datetime) -> bool:
    """Whether the range holds at an instant, given in the site's time zone.

    Any of the weekly periods, within the absolute bounds where they are given; ends do not count.
    """
    wall = local.replace(tzinfo=None)
    if time_range.starts_at is not None and wall < time_range.starts_at:
        return False
    if time_range.ends_at is not None and wall >= time_range.ends_at:
        return False
    minute, day = wall.hour * 60 + wall.minute, _DAYS[wall.weekday()]
    return not time_range.periods or any(
        day in period.days and period.start_minute <= minute < period.end_minute
        for period in time_range.periods
    )
