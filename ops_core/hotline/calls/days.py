"""Days as the contract's time zone cuts them (pure)."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from device_configs.site.model import Site
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message

FIRST_YEAR, LAST_YEAR = 1970, 2199
"""Of days whose midnights are instants in UTC; nothing was heard in others."""


def midnight_of(day: date, site: Site) -> datetime:
    """The start of a day."""
    return datetime.combine(day, time(), ZoneInfo(site.contract.timezone))


def bounds_of(day: date, site: Site) -> tuple[datetime, datetime]:
    """The start of a day and of the next. Raises :class:`Invalid` for one in which nothing was
    heard: its midnights may be no instants."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Invalid(
            "筛选条件不正确",
            message("{field} 不能是 {found}。", field="day", found=day.isoformat()),
            message("例如：{example}。", example="2026-11-24"),
        )
    return midnight_of(day, site), midnight_of(day + timedelta(days=1), site)


def today_at(now: datetime, site: Site) -> date:
    """The day at an instant."""
    return now.astimezone(ZoneInfo(site.contract.timezone)).date()
