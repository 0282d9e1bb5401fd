"""Instants as people read them, in the site's zone (pure)."""

from datetime import datetime, timedelta
from math import floor
from zoneinfo import ZoneInfo

from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.written_instant import instant_written

SITE_ZONE = ZoneInfo("Asia/Shanghai")


def clock_time(at: datetime) -> str:
    """``14:32:07`` in the site's zone."""
    return at.astimezone(SITE_ZONE).strftime("%H:%M:%S")


def minute_time(at: datetime) -> str:
    """``14:32`` in the site's zone."""
    return at.astimezone(SITE_ZONE).strftime("%H:%M")


def exact_time(at: datetime) -> str:
    """``14:24:11.400`` in the site's zone, for timelines."""
    return at.astimezone(SITE_ZONE).strftime("%H:%M:%S.%f")[:-3]


def date_time(at: datetime) -> str:
    """``2026-11-23 14:32:07`` in the site's zone."""
    return at.astimezone(SITE_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def due_time(at: datetime) -> str:
    """The end of a limit in the site's zone: midnight is the 24:00 of the day that ends with it."""
    local = at.astimezone(SITE_ZONE)
    if (local.hour, local.minute) == (0, 0):
        return f"{local - timedelta(days=1):%Y-%m-%d} 24:00"
    return f"{local:%Y-%m-%d %H:%M}"


def short_due_time(at: datetime) -> str:
    """The same without its year, for narrow tables: ``11-26 24:00``."""
    return due_time(at)[5:]


def short_time(at: datetime) -> str:
    """``11-26 14:32`` in the site's zone."""
    return f"{at.astimezone(SITE_ZONE):%m-%d %H:%M}"


def epoch_ms(at: datetime) -> int:
    """Milliseconds since 1970, as the browser counts."""
    return floor(at.timestamp() * 1000)


def local_instant(text: str) -> datetime:
    """An instant in the site's zone unless it has an offset. Raises :class:`Invalid`."""
    at = instant_written(text.strip(), SITE_ZONE)
    if at is None:
        raise Invalid(
            "时刻格式不正确",
            message("{text} 不是时刻。", text=text),
            "请写成 2026-11-24T08:30 的形式。",
        )
    return at
