"""Says in time that the calendar has no days of the next year: deadlines would be unknown in it."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from device_configs.site.model import Site
from ops_core.kernel.health import Concern
from ops_core.kernel.i18n import message


def calendar_concerns(site: Site, now: datetime) -> Iterable[Concern]:
    """One concern from November on while the next year is missing, or while this one is."""
    today = now.astimezone(ZoneInfo(site.contract.timezone)).date()
    if (year := site.calendar.missing_year(today)) is not None:
        yield Concern(
            "calendar",
            message("工作日历缺少 {year} 年的放假安排，落在该年的时限无法计算", year=year),
        )
