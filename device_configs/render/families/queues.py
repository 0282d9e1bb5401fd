"""How the bandwidth of a line is shared (A12), in the terms of boxes: per-hop behaviours."""

from dataclasses import dataclass

from device_configs.render.families.interfaces import Interfaces, Kind
from device_configs.site.model import BandwidthClass, Share, Site

_BEHAVIOURS = ("be", "af1", "af2", "af3", "af4", "ef", "cs6", "cs7")
"""By the first three bits of the code point: class selectors and their drop precedences
(RFC 2474 section 4.2.2, RFC 2597, RFC 3246)."""

_EXPEDITED = 5


@dataclass(frozen=True)
class FamilyQueue:
    """A share of a line. ``number`` is its queue of eight, 7 the most urgent."""

    name: str
    dscp: int
    number: int
    guaranteed_percent: int
    maximum_percent: int
    guaranteed_kbps: int
    maximum_kbps: int
    strict: bool
    """Served before all others up to its maximum, which telephony needs."""

    @property
    def behaviour(self) -> str:
        return _BEHAVIOURS[self.number]

    @property
    def capped(self) -> bool:
        return self.maximum_percent < 100


@dataclass(frozen=True)
class QueueLine:
    """The sharing of one bandwidth class."""

    name: str
    kbps: int
    queues: tuple[FamilyQueue, ...]


def derive_lines(site: Site, interfaces: Interfaces) -> tuple[QueueLine, ...]:
    """The bandwidth classes on a device's interfaces, each once."""
    names = dict.fromkeys(
        interface.bandwidth_class
        for interface in interfaces.all
        if interface.bandwidth_class is not None and interface.kind in (Kind.SOCKET, Kind.AGGREGATE)
    )
    return tuple(_line(site, site.bandwidth_classes[name]) for name in names if name)


def _line(site: Site, ordered: BandwidthClass) -> QueueLine:
    return QueueLine(
        ordered.name,
        ordered.mbps * 1000,
        tuple(_queue(site, ordered, share) for share in ordered.shares),
    )


def _queue(site: Site, ordered: BandwidthClass, share: Share) -> FamilyQueue:
    dscp = site.traffic_classes[share.traffic_class].dscp
    return FamilyQueue(
        name=share.traffic_class,
        dscp=dscp,
        number=dscp >> 3,
        guaranteed_percent=share.guaranteed_percent,
        maximum_percent=share.maximum_percent,
        guaranteed_kbps=ordered.mbps * share.guaranteed_percent * 10,
        maximum_kbps=ordered.mbps * share.maximum_percent * 10,
        strict=dscp >> 3 >= _EXPEDITED,
    )
