"""What there is to drill, and what each fault may cost; pure."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from device_configs.site.model import Link, LinkKind, Site

_ON_THE_WAY = ("router", "firewall", "intrusion_prevention", "core_switch")
CUT_MS, CUT_BEHIND_BRIDGE_MS, SILENT_MS, DEVICE_MS = 150, 250, 250, 400
RETURN_MS = 100
"""What comes back must not cost a gap of its own: five datagrams."""


class DrillKind(StrEnum):
    """How something fails."""

    CUT = "cut"
    """A cable loses its carrier at both ends."""
    SILENT = "silent"
    """A cable passes nothing and keeps its carrier."""
    KILL = "kill"
    """A device loses its power."""
    HANG = "hang"
    """A device falls silent while its links stay up."""


@dataclass(frozen=True)
class DrillFault:
    """One thing that may fail, seen from one seat."""

    kind: DrillKind
    target: str
    seat: str
    bound_ms: int
    """Longest gap that the seat may see (docs/performance.md)."""

    @property
    def name(self) -> str:
        """``cut rt-a--egov``: what it is called in commands and on record."""
        return f"{self.kind} {self.target}"


def drill_faults(site: Site) -> Iterator[DrillFault]:
    """Every fault of the redundant set: each redundant cable, each device of a pair on the way."""
    for link in site.links.values():
        if not link.redundant or link.kind in (LinkKind.SEAT, LinkKind.MANAGEMENT):
            continue
        behind_bridge = link.kind is LinkKind.INLINE
        seat = _seat_behind(site, link)
        cut_ms = CUT_BEHIND_BRIDGE_MS if behind_bridge else CUT_MS
        yield DrillFault(DrillKind.CUT, link.name, seat, cut_ms)
        yield DrillFault(DrillKind.SILENT, link.name, seat, SILENT_MS)
    for device in site.devices_with_role(*_ON_THE_WAY):
        if device.partner is not None:
            for kind in (DrillKind.KILL, DrillKind.HANG):
                yield DrillFault(kind, device.name, next(iter(site.seats)), DEVICE_MS)


def select_faults(site: Site, only: str) -> tuple[DrillFault, ...]:
    """The faults whose name matches the regular expression anywhere; empty selects all.

    Raises :class:`re.error` for what is no expression.
    """
    pattern = re.compile(only)
    return tuple(fault for fault in drill_faults(site) if pattern.search(fault.name))


def devices_of(site: Site, fault: DrillFault) -> frozenset[str]:
    """The devices that a fault hangs on: itself, or both ends of the cable; pure."""
    link = site.links.get(fault.target)
    return frozenset({fault.target} if link is None else {link.a.device, link.b.device})


def faults_concerning(site: Site, devices: Collection[str]) -> tuple[DrillFault, ...]:
    """The fewest faults that show whether these devices still stand in for their partners: the loss
    of power of each that is on the way of the traffic, and a cut of its first redundant cable."""
    faults = tuple(drill_faults(site))
    kills = [f for f in faults if f.kind is DrillKind.KILL and f.target in devices]
    cuts: dict[str, DrillFault] = {}
    for fault in (fault for fault in faults if fault.kind is DrillKind.CUT):
        link = site.links[fault.target]
        for end in (link.a.device, link.b.device):
            if any(kill.target == end for kill in kills):
                cuts.setdefault(end, fault)
    return (*dict.fromkeys(cuts.values()), *kills)


def _seat_behind(site: Site, link: Link) -> str:
    """A seat in the link's network, or any."""
    return next(
        (seat.name for seat in site.seats.values() if seat.network == link.network),
        next(iter(site.seats)),
    )
