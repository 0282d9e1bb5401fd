"""What incidents did to calls, and what goes on at the seats: calls and incidents joined."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from device_configs.site.model import Site
from incident.model import Incident
from incident.reach import with_merged
from incident.read import find_incident, seats_of_running
from ops_core.hotline.calls import read as call_read
from ops_core.hotline.calls.days import midnight_of, today_at
from ops_core.hotline.calls.read import LOST, ImpactWindow, Selection
from wallboard.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class TouchedCalls:
    """What an incident did to the telephone: calls at its seats, lost ones, orders of them."""

    calls: int
    lost: int
    orders: int


@dataclass(frozen=True, slots=True)
class SeatTraffic:
    """A seat today: calls it took, the call it is in, the incidents that hold it."""

    calls: int = 0
    talking: str | None = None
    incidents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeatsTraffic:
    """Every seat's traffic; a seat that is not in it took no call and is in no incident."""

    by_seat: Mapping[int, SeatTraffic] = field(default_factory=dict)

    def of(self, seat: int) -> SeatTraffic:
        return self.by_seat.get(seat, SeatTraffic())


def takes_telephony(site: Site, incident: Incident) -> bool:
    """Whether an incident takes all seats, or a service that is checked by SIP: then calls fail."""
    services = [site.services[name] for name in incident.fault.services if name in site.services]
    telephony = any(c.kind == "sip" for service in services for c in service.checks)
    return telephony or {seat.number for seat in site.seats.values()} <= set(incident.fault.seats)


def impact_of(site: Site, incident: Incident, now: datetime) -> ImpactWindow:
    """The calls an incident touches: detected until restored, or until now."""
    stamps = incident.stamps
    return ImpactWindow(
        frozenset(incident.fault.seats),
        stamps.detected_at,
        stamps.restored_at or now,
        takes_telephony(site, incident),
    )


def read_impact(seen: Snapshot, incident: str | None) -> ImpactWindow | None:
    """The same of an incident by its number. Raises :class:`ops_core.kernel.errors.NotFound`."""
    if incident is None:
        return None
    [found] = with_merged(seen.session, [find_incident(seen.session, incident)])
    return impact_of(seen.site, found, seen.now)


def read_touched(seen: Snapshot, incident: str) -> TouchedCalls:
    """Raises :class:`ops_core.kernel.errors.NotFound`."""
    impact, session, now = read_impact(seen, incident), seen.session, seen.now
    lost = sum(
        call_read.count_calls(session, Selection(impact=impact, outcome=outcome), now)
        for outcome in LOST
    )
    touched = Selection(impact=impact)
    return TouchedCalls(
        call_read.count_calls(session, touched, now),
        lost,
        call_read.orders_of_calls(session, touched, now),
    )


def read_seats_traffic(seen: Snapshot) -> SeatsTraffic:
    """What every seat took today, and what goes on there."""
    midnight = midnight_of(today_at(seen.now, seen.site), seen.site)
    counts = call_read.calls_by_seat(seen.session, midnight)
    present = call_read.read_present(seen.session, seen.now)
    talking = {call.seat: call.call for call in present.talking}
    incidents: dict[int, list[str]] = {}
    for number, seats in seats_of_running(seen.session).items():
        for seat in seats:
            incidents.setdefault(seat, []).append(number)
    numbers = counts.keys() | {s for s in talking if s is not None} | incidents.keys()
    return SeatsTraffic(
        {
            n: SeatTraffic(counts.get(n, 0), talking.get(n), tuple(incidents.get(n, ())))
            for n in sorted(numbers)
        }
    )
