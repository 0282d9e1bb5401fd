"""Assessment periods: half-open, cut in the contract's time zone (pure)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from device_configs.site.model import Contract
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message

_INSTANT = timedelta(microseconds=1)
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


class PeriodKind(StrEnum):
    MONTH = "month"
    CONTRACT_YEAR = "contract_year"
    NOW = "now"


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end), aware instants.

    ``label`` is ``2026-11``, ``2026-01-01/..``, ``2026-01-01/2026-11`` or ``now``.
    """

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


def month_named(label: str, contract: Contract) -> Period:
    """The month of this century that a label such as ``2026-11`` names.

    Raises :class:`Invalid` for anything else.
    """
    if _MONTH.fullmatch(label) is None:
        raise Invalid(
            "月份格式不正确", message("{label} 不是月份。", label=label), "请写成 2026-11 的形式。"
        )
    year, month = (int(part) for part in label.split("-"))
    return month_of(datetime(year, month, 1, tzinfo=ZoneInfo(contract.timezone)), contract)


def month_before(month: Period, contract: Contract) -> Period:
    return month_of(month.start - _INSTANT, contract)


def month_after(month: Period, contract: Contract) -> Period:
    return month_of(month.end, contract)


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


def months_of(period: Period, contract: Contract) -> Iterator[Period]:
    """The months that a period has a part in, in their order."""
    month = month_of(period.start, contract)
    while month.start < period.end:
        yield month
        month = month_after(month, contract)


def year_to_date(month: Period, contract: Contract) -> Period:
    """The contract year up to the end of a month: what stands beside that month."""
    start = contract_year_of(month.end - _INSTANT, contract).start
    label = f"{start:%Y-%m-%d}/{month.label}"
    return Period(PeriodKind.CONTRACT_YEAR, label, start, month.end)


def instant_of(at: datetime) -> Period:
    """The instant alone."""
    return Period(PeriodKind.NOW, "now", at, at + _INSTANT)
