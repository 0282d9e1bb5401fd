"""The ways of some seats to the service they use most, watched in the twin while devices change."""

import os
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from device_configs.site.model import Site
from device_configs.twin.client import TwinClient
from device_configs.twin.gap import GapMeasurement, GapObserver, stood_still

SEATS = 2
"""How many seats are watched, each in another network."""
LOOK_S = 0.5
"""How long it is looked whether a seat is answered now."""


@dataclass(frozen=True, slots=True)
class WatchedWay:
    """What a seat saw while devices changed, and whether it is answered now; gap in ms."""

    seat: str
    address: IPv4Address
    sent: int
    lost: int
    longest_gap_ms: float
    answers: bool
    longest_pause_ms: float = 0.0
    """How long the machine kept what looks from looking."""

    @property
    def stood_still(self) -> bool:
        """See :func:`device_configs.twin.gap.stood_still`."""
        return stood_still(self.longest_pause_ms, self.longest_gap_ms)


@dataclass
class SeatWatch:
    """Sends datagrams from seats between ``begin`` and ``end``; used by one thread."""

    client: TwinClient
    seats: tuple[str, ...]
    address: IPv4Address
    _observing: ExitStack | None = None
    _observers: dict[str, GapObserver] = field(default_factory=dict)

    @classmethod
    def of(cls, site: Site, client: TwinClient) -> "SeatWatch | None":
        """None for a site whose seats use no service behind a circuit."""
        addresses = [
            check.address
            for service in site.services.values()
            if service.used_by_seats and any(site.devices[h].role.outside for h in service.hosts)
            for check in service.checks
            if check.kind == "http"
        ]
        by_network: dict[str, str] = {}
        for name in site.seats:
            by_network.setdefault(site.networks_of[name][0].name, name)
        seats = tuple(by_network.values())[:SEATS]
        return cls(client, seats, addresses[0]) if addresses and seats else None

    @property
    def is_under_way(self) -> bool:
        return self._observing is not None

    def begin(self) -> None:
        """Start sending; what was seen before is forgotten."""
        self.close()
        self._observing = ExitStack()
        for seat in self.seats:
            network = self.client.network_namespace(seat)
            self._observing.callback(os.close, network)
            observer = GapObserver(network, self.address)
            self._observers[seat] = self._observing.enter_context(observer)

    def close(self) -> None:
        """Stop sending."""
        if self._observing is not None:
            self._observing.close()
            self._observing = None

    def end(self) -> tuple[WatchedWay, ...]:
        """Stop sending; what each seat saw since ``begin``, and whether it is answered now."""
        self.close()
        seen, self._observers = self._observers, {}
        self.begin()
        time.sleep(LOOK_S)
        self.close()
        now, self._observers = self._observers, {}
        return tuple(
            self._way(seat, (seen[seat] if seat in seen else now[seat]).measurement,
                      now[seat].measurement)
            for seat in self.seats
        )  # fmt: skip

    def look_anew(self, seconds: float) -> tuple[WatchedWay, ...]:
        """What each seat sees in some seconds from now."""
        self.begin()
        time.sleep(seconds)
        return self.end()

    def _way(
        self, seat: str, seen: GapMeasurement | None, now: GapMeasurement | None
    ) -> WatchedWay:
        if seen is None or now is None:
            return WatchedWay(seat, self.address, 0, 0, float("inf"), answers=False)
        return WatchedWay(
            seat, self.address, seen.sent, seen.lost, seen.longest_gap_ms, now.lost < now.sent,
            seen.longest_pause_ms,
        )  # fmt: skip
