"""Values as boxes write them: addresses, VLAN lists, ports, hours of a week."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from device_configs.proofs.filters.boxes import PORTS
from device_configs.proofs.filters.regions import Service, port_of
from device_configs.proofs.filters.spans import Interval, intervals, merged
from device_configs.site.model import Protocol, Weekday

_DAY_MIN = 24 * 60
_DAYS = [day.value for day in Weekday]


def interface_of(words: Sequence[str]) -> IPv4Interface:
    """``10.0.0.1 255.255.255.0``; a second address of an interface says more and is refused."""
    address, mask = words
    return IPv4Interface(f"{address}/{mask}")


def prefix_of(address: str, mask: str) -> IPv4Network:
    """``10.0.0.0`` with ``255.0.0.0`` or ``8``."""
    return IPv4Network(f"{address}/{mask}")


def route_of(words: Sequence[str]) -> tuple[IPv4Network, IPv4Address]:
    """A static route by its next hop, in the table that everybody's packets use."""
    address, mask, gateway = words
    return prefix_of(address, mask), IPv4Address(gateway)


def vlans_of(words: Sequence[str]) -> Iterator[int]:
    """``11 13 to 15``."""
    waiting = list(words)
    while waiting:
        first = int(waiting.pop(0))
        last = first
        if waiting[:1] == ["to"]:
            last = int(waiting[1])
            del waiting[:2]
        yield from range(first, last + 1)


def range_of(first: str, last: str) -> Interval:
    """Two addresses and what lies between them."""
    return int(IPv4Address(first)), int(IPv4Address(last))


def prefix_span(address: str, mask: str) -> Interval:
    return intervals([prefix_of(address, mask)])[0]


def services_of(protocol: str, spans: Sequence[Interval]) -> list[Service]:
    """A protocol by name or number with destination ports; none of them for all.

    What is neither TCP, UDP nor ICMP is control traffic of some number, which no rule of the
    declaration can name.
    """
    if protocol.isdigit():
        return []
    mask, _ = port_of(Protocol(protocol), None)
    return [(mask, span) for span in merged(spans)] if spans else [(mask, PORTS)]


def ports_of(words: Sequence[str]) -> list[Interval]:
    """``21 23 512 to 514``."""
    found: list[Interval] = []
    waiting = list(words)
    while waiting:
        first = last = int(waiting.pop(0))
        if waiting[:1] == ["to"]:
            last = int(waiting[1])
            del waiting[:2]
        found.append((first, last))
    return found


def period_of(start: str, end: str, days: Sequence[str]) -> int:
    """Minutes of the week; days are written ``Mon``, the last minute of a day ``23:59:59``."""
    first, last = _minute(start), _minute(end)
    if not days or not first < last:
        raise ValueError(f"period {start} to {end} {' '.join(days)}")
    mask = ((1 << (last - first)) - 1) << first
    week = 0
    for day in days:
        week |= mask << (_DAYS.index(day.lower()) * _DAY_MIN)
    return week


def _minute(clock: str) -> int:
    hour, minute, *seconds = (int(part) for part in clock.split(":"))
    return hour * 60 + minute + (seconds == [59])
