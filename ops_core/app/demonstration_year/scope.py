"""What a load brings: which year, how much of the published volume, from which seed (pure)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from device_configs.site.model import Site
from ops_core.hotline.demonstration.simulation import HORIZON
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.working_days import ONE_DAY

PREFIX = "demonstration-year/"
"""Of the consumer whose position is the last day that was loaded."""
LARGEST_SCALE = 3.0
"""Two million calls a year of 72 seats: more than that the seats cannot take."""


@dataclass(frozen=True, slots=True)
class YearScope:
    """New calls and requests from ``first`` to ``last``; what is under way goes on to ``end``."""

    year: int
    scale: float
    seed: int
    first: date
    last: date
    end: date

    @property
    def consumer(self) -> str:
        """The same load is resumed under the same name, and another one refused."""
        return f"{PREFIX}{self.year}/{self.scale:g}/{self.seed}"

    @property
    def days(self) -> int:
        return (self.end - self.first).days + 1

    @property
    def days_with_calls(self) -> int:
        return (self.last - self.first).days + 1

    def days_after(self, position: int) -> tuple[date, ...]:
        """The days that are still to be loaded; ``position`` is the ordinal of the last one."""
        start = max(self.first, date.fromordinal(position + 1) if position else self.first)
        return tuple(start + ONE_DAY * n for n in range((self.end - start).days + 1))


def year_scope(site: Site, year: int, scale: float, seed: int, now: datetime) -> YearScope:
    """The days of a year that are over.

    Raises :class:`Invalid` for a site that is no demonstration, a year without a published
    calendar or without a day that is over, and a scale outside (0, :data:`LARGEST_SCALE`].
    """
    if not site.demonstration:
        raise Invalid(
            "该场地未声明为演示场地",
            "site.yml: demonstration",
            "演示数据只装入声明了 demonstration: true 的场地，正式场地不受影响。",
        )
    if not 0 < scale <= LARGEST_SCALE:
        raise Invalid(
            "规模不合要求",
            message("{scale}", scale=scale),
            message("规模应大于 0、不超过 {most}；1 为公布的话务量。", most=LARGEST_SCALE),
        )
    if year not in site.calendar.years:
        published = "、".join(map(str, sorted(site.calendar.years)))
        raise Invalid(
            "该年的工作日历未公布",
            message("{year} 年不在 calendar.yml 中。", year=year),
            message("可装入的年份：{years}。", years=published),
        )
    today = now.astimezone(ZoneInfo(site.contract.timezone)).date()
    first, last = date(year, 1, 1), min(date(year, 12, 31), today - ONE_DAY)
    if last < first:
        raise Invalid("该年还没有过去的日期", message("{year} 年", year=year), "请选择更早的年份。")
    end = min(last + HORIZON, today - ONE_DAY)
    return YearScope(year, scale, seed, first, last, end)


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A local time of a day, as an aware instant."""
    return datetime.combine(day, at, zone)


def months_before(day: date, first: date) -> tuple[str, ...]:
    """The labels of the whole months from ``first`` on that are over on a day."""
    found, month = [], first.replace(day=1)
    while (following := (month + timedelta(days=32)).replace(day=1)) <= day:
        found.append(f"{month:%Y-%m}")
        month = following
    return tuple(found)
