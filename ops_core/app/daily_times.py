"""When daily work is due; pure."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


def is_due(at: str | None, last: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    """Whether work that is done daily at a local time (``02:30``) was not done since that time.

    ``last`` is when it was last done, None for never; ``at`` None: it is never due. What was missed
    (the platform did not run) is due once.
    """
    if at is None:
        return False
    if last is None:
        return True
    local = now.astimezone(zone)
    due = datetime.combine(local.date(), time.fromisoformat(at), zone)
    if due > local:
        due -= timedelta(days=1)
    return last < due
