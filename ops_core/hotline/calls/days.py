"""Days as the contract's time zone cuts them (pure)."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from device_configs.site.model import Site


def midnight_of(day: date, site: Site) -> datetime:
    """The start of a day."""
    return datetime.combine(day, time(), ZoneInfo(site.contract.timezone))


def today_at(now: datetime, site: Site) -> date:
    """The day at an instant."""
    return now.astimezone(ZoneInfo(site.contract.timezone)).date()
