"""Uptime and outages of circuits and devices from the recorded intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from device_configs.site.model import Site
from monitors.availability.model import Availability, Interval, availability
from monitors.availability.service import read_intervals
from monitors.evidence import Element, ElementKind
from ops_core.app.views.conditions import condition_of
from ops_core.kernel.clock import Clock
from ops_core.kernel.database import Database
from ops_core.kpi.periods import month_of
from wallboard.records import ElementKind as ShownKind
from wallboard.records import OutageRecord, UptimeRecord
from wallboard.wall.state import Uptime

RECORDED = (ElementKind.CIRCUIT, ElementKind.DEVICE)
_SHOWN = {ElementKind.CIRCUIT: ShownKind.CIRCUIT, ElementKind.DEVICE: ShownKind.DEVICE}


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


def read_month(database: Database, site: Site, now: datetime) -> MonthRecord:
    """What was recorded since the first of the month in the contract's time zone."""
    month = month_of(now, site.contract).start
    zone = ZoneInfo(site.contract.timezone)
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    with database.reading() as session:
        intervals = read_intervals(session, RECORDED, month, now)
    found: dict[Element, list[Interval]] = {}
    for interval in intervals:
        found.setdefault(interval.element, []).append(interval)
    grouped = {element: tuple(items) for element, items in found.items()}
    return MonthRecord(now, today, month, grouped)


class AvailabilityRecords:
    """The consoles' uptime page: every figure with the outages it was computed from."""

    def __init__(self, site: Site, database: Database, clock: Clock) -> None:
        self._site, self._database, self._clock = site, database, clock

    def uptimes(self) -> Sequence[UptimeRecord]:
        record = read_month(self._database, self._site, self._clock.now())
        return [
            UptimeRecord(
                kind=_SHOWN[element.kind],
                name=element.name,
                today=record.today_of(element),
                month=record.month_of(element),
            )
            for element in recorded_elements(self._site)
        ]

    def outages(
        self, kind: ShownKind | None = None, name: str | None = None
    ) -> Sequence[OutageRecord]:
        record = read_month(self._database, self._site, self._clock.now())
        found = [
            OutageRecord(
                kind=_SHOWN[interval.element.kind],
                name=interval.element.name,
                condition=condition_of(interval.state),
                start=interval.start,
                end=interval.end,
                incident=None,
            )
            for intervals in record.intervals.values()
            for interval in intervals
            if not interval.state.works
            and kind in (None, _SHOWN[interval.element.kind])
            and name in (None, interval.element.name)
        ]
        return sorted(found, key=lambda outage: outage.start, reverse=True)


def recorded_elements(site: Site) -> tuple[Element, ...]:
    """What is recorded: every circuit and every watched device."""
    circuits = [Element(ElementKind.CIRCUIT, name) for name in site.circuits]
    devices = [Element.device(d.name) for d in site.watched]
    return (*circuits, *devices)


def uptime_of(found: Availability) -> Uptime:
    """As screens show it."""
    return Uptime(found.up, found.recorded, found.unknown)
