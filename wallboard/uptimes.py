"""Uptime and outages of circuits and devices, from the recorded intervals of this month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from monitors.availability.model import Availability, Interval, availability
from monitors.availability.service import read_intervals
from monitors.availability.watched import WATCHED, watched_elements
from monitors.evidence import Element, ElementKind
from ops_core.kpi.periods import month_of
from wallboard.snapshot import Snapshot
from wallboard.wall.conditions import condition_of
from wallboard.wall.state import Condition, Uptime


@dataclass(frozen=True, slots=True)
class OutageRecord:
    """A stretch during which an element was not OK; ``end`` is None while it lasts."""

    kind: ElementKind
    name: str
    condition: Condition
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class UptimeRecord:
    """One line of the list: an element today and this month."""

    kind: ElementKind
    name: str
    today: Uptime
    month: Uptime


@dataclass(frozen=True)
class MonthRecord:
    """This month's intervals of circuits and devices, by element."""

    now: datetime
    today: datetime
    month: datetime
    intervals: Mapping[Element, tuple[Interval, ...]]

    def today_of(self, element: Element) -> Uptime:
        return uptime_of(availability(self.intervals.get(element, ()), self.today, self.now))

    def month_of(self, element: Element) -> Uptime:
        return uptime_of(availability(self.intervals.get(element, ()), self.month, self.now))


def read_month(seen: Snapshot) -> MonthRecord:
    """What was recorded since the first of the month in the contract's time zone."""
    contract, now = seen.site.contract, seen.now
    month = month_of(now, contract).start
    local = now.astimezone(ZoneInfo(contract.timezone))
    today = local.replace(hour=0, minute=0, second=0, microsecond=0)
    found: dict[Element, list[Interval]] = {}
    for interval in read_intervals(seen.session, WATCHED, month, now):
        found.setdefault(interval.element, []).append(interval)
    return MonthRecord(now, today, month, {e: tuple(items) for e, items in found.items()})


def list_uptimes(seen: Snapshot) -> Sequence[UptimeRecord]:
    """Every circuit and watched device."""
    month = read_month(seen)
    return [
        UptimeRecord(e.kind, e.name, month.today_of(e), month.month_of(e))
        for e in watched_elements(seen.site)
    ]


def list_outages(seen: Snapshot, element: Element | None = None) -> Sequence[OutageRecord]:
    """Outages of this month, newest first, of one element or of all."""
    found = [
        OutageRecord(
            one.element.kind, one.element.name, condition_of(one.state), one.start, one.end
        )
        for intervals in read_month(seen).intervals.values()
        for one in intervals
        if not one.state.works and element in (None, one.element)
    ]
    return sorted(found, key=lambda outage: outage.start, reverse=True)


def uptime_of(found: Availability) -> Uptime:
    """As screens show it."""
    return Uptime(found.up, found.recorded, found.unknown)
