"""Assessment periods: half-open, cut in the contract's time zone (pure)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from device_configs.site.model import Contract


class PeriodKind(StrEnum):
    MONTH = "month"
    CONTRACT_YEAR = "contract_year"
    NOW = "now"


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end), aware instants; ``label`` is ``2026-11``, ``2026-01-01/..`` or ``now``."""

    kind: PeriodKind
    label: str
    start: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        return self.start <= at < self.end


def month_of(at: datetime, contract: Contract) -> Period:
    """The calendar month that holds the instant."""
    zone = ZoneInfo(contract.timezone)
    local = at.astimezone(zone)
    start = datetime(local.year, local.month, 1, tzinfo=zone)
    following = local.year + local.month // 12, local.month % 12 + 1
    end = datetime(*following, 1, tzinfo=zone)
    return Period(PeriodKind.MONTH, f"{start:%Y-%m}", start, end)


def contract_year_of(at: datetime, contract: Contract) -> Period:
    """The contract year that holds the instant (it may begin within a calendar year)."""
    zone = ZoneInfo(contract.timezone)
    month, day = (int(part) for part in contract.year_start.split("-"))
    year = at.astimezone(zone).year
    start = datetime(year, month, day, tzinfo=zone)
    if at < start:
        start = datetime(year - 1, month, day, tzinfo=zone)
    end = datetime(start.year + 1, month, day, tzinfo=zone)
    return Period(PeriodKind.CONTRACT_YEAR, f"{start:%Y-%m-%d}/..", start, end)


def instant_of(at: datetime) -> Period:
    """The instant alone."""
    return Period(PeriodKind.NOW, "now", at, at + timedelta(microseconds=1))
