"""One packet out of a box, as a person can send it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address

from device_configs.proofs.filters.boxes import MatchBox
from device_configs.site.model import Protocol, Site, Weekday

_DAY_MIN = 24 * 60
_PROTOCOLS = tuple(Protocol)


@dataclass(frozen=True)
class ExamplePacket:
    """``protocol`` None is one that no application names. ``minute`` of the site's week; from
    ``starts_at`` up to ``ends_at`` in local time, None for no bound."""

    source: IPv4Address
    destination: IPv4Address
    protocol: Protocol | None
    port: int | None
    minute: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    always: bool = True
    """Whether any minute of the week does as well."""

    def __str__(self) -> str:
        port = "" if self.port is None else f"/{self.port}"
        text = f"{self.source} > {self.destination} {self.protocol or 'other'}{port}"
        if not self.always:
            day, minute = divmod(self.minute, _DAY_MIN)
            text += f" on {list(Weekday)[day]} at {minute // 60:02}:{minute % 60:02}"
        text += f" from {self.starts_at:%Y-%m-%d %H:%M}" if self.starts_at else ""
        return text + (f" until {self.ends_at:%Y-%m-%d %H:%M}" if self.ends_at else "")


def holders_of(site: Site) -> list[int]:
    """Every address that something declared has, sorted."""
    networks = site.networks.values()
    held = {int(address) for network in networks for address in network.members.values()}
    shared = {int(v.address) for network in networks for v in network.virtual_addresses}
    checks = (check for service in site.services.values() for check in service.checks)
    return sorted(held | shared | {int(check.address) for check in checks})


def example_of(
    box: MatchBox, holders: Sequence[int], bounds: Sequence[datetime], everything: MatchBox
) -> ExamplePacket:
    """A packet of the box, between addresses that something has where the box holds such."""
    protocol = _protocol(box.protocols)
    starts_at, ends_at = _era(box.eras, bounds)
    port = max(box.port_low, 1) if box.port_high else 0
    return ExamplePacket(
        source=_address(box.source_low, box.source_high, holders),
        destination=_address(box.destination_low, box.destination_high, holders),
        protocol=protocol,
        port=port if protocol in (Protocol.TCP, Protocol.UDP) else None,
        minute=(box.times & -box.times).bit_length() - 1,
        starts_at=None if box.eras == everything.eras else starts_at,
        ends_at=None if box.eras == everything.eras else ends_at,
        always=box.times == everything.times,
    )


def point_of(box: MatchBox, packet: ExamplePacket) -> MatchBox:
    """The box with nothing but this packet of it in it."""
    source, destination = int(packet.source), int(packet.destination)
    port = box.port_low if packet.port is None else packet.port
    return box._replace(
        protocols=box.protocols & -box.protocols,
        times=box.times & -box.times,
        eras=box.eras & -box.eras,
        source_low=source,
        source_high=source,
        destination_low=destination,
        destination_high=destination,
        port_low=port,
        port_high=port,
    )


def _protocol(mask: int) -> Protocol | None:
    bit = (mask & -mask).bit_length() - 1
    return _PROTOCOLS[bit] if bit < len(_PROTOCOLS) else None


def _address(low: int, high: int, holders: Sequence[int]) -> IPv4Address:
    held = next((address for address in holders if low <= address <= high), None)
    inner = low + 1 if low < high and low & 0xFF == 0 else low
    return IPv4Address(inner if held is None else held)


def _era(mask: int, bounds: Sequence[datetime]) -> tuple[datetime | None, datetime | None]:
    """From which of the dates to which the first era of the mask lasts."""
    first = (mask & -mask).bit_length() - 1
    return (
        bounds[first - 1] if first else None,
        bounds[first] if first < len(bounds) else None,
    )
