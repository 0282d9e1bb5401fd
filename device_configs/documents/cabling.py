"""The cabling list: each cable once, with both ends and the labels that go on them (pure)."""

from collections import defaultdict
from dataclasses import dataclass

from device_configs.documents.places import place_of
from device_configs.documents.sockets import Sockets, sockets_of
from device_configs.site.model import End, Link, Network, Site


@dataclass(frozen=True, slots=True)
class CableEnd:
    """Where an end is plugged in; ``place`` is ``R1-U28``, a seat, or empty outside our racks."""

    device: str
    port: str
    socket: str
    place: str

    @property
    def text(self) -> str:
        """``core-a 10G-11 R1-U28``; the port stands in for a socket that is not known."""
        return " ".join(filter(None, (self.device, self.socket or self.port, self.place)))


@dataclass(frozen=True, slots=True)
class CableRow:
    """One cable; ``groups`` are the shared-risk groups that take it down."""

    name: str
    link: Link
    a: CableEnd
    b: CableEnd
    network: Network
    groups: tuple[str, ...]
    accepted_risks: tuple[str, ...]

    @property
    def ends(self) -> tuple[CableEnd, CableEnd]:
        return (self.a, self.b)


def cabling(site: Site) -> tuple[CableRow, ...]:
    """Every declared cable exactly once, in the order of the declaration."""
    sockets, groups = sockets_of(site), _groups(site)
    return tuple(
        CableRow(
            name=cable.name,
            link=link,
            a=_end(site, sockets, cable.a),
            b=_end(site, sockets, cable.b),
            network=site.networks[link.network],
            groups=tuple(groups[cable.name]),
            accepted_risks=tuple(risk.name for risk in site.accepted_risks_of(link.name)),
        )
        for link in site.links.values()
        for cable in link.cables
    )


def _groups(site: Site) -> dict[str, list[str]]:
    """The shared-risk groups of each cable."""
    found: dict[str, list[str]] = defaultdict(list)
    for group in site.shared_risk_groups.values():
        for name in (*group.links, *group.cables):
            found[name].append(group.name)
    return found


def _end(site: Site, sockets: Sockets, end: End) -> CableEnd:
    socket = sockets.get((end.device, end.port), "")
    return CableEnd(end.device, end.port, socket, place_of(site, end.device))
