"""What may fail, alone or with others, and which of those failures the declaration accepts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from device_configs.proofs.scenarios import Culprit, CulpritKind
from device_configs.site.model import Device, LinkKind, Site


@dataclass(frozen=True)
class RiskGroup:
    """Devices and links that fail together: a rack, a power feed, a duct, a provider."""

    kind: str
    name: str
    members: frozenset[str]

    @property
    def label(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Acceptance:
    """A failure the declaration accepts, as long as it takes no more than ``seats`` seats."""

    element: str
    seats: int
    reason: str


@dataclass(frozen=True)
class Risks:
    """Shared-risk groups and accepted failures of a site; ``accepted`` is by element name."""

    groups: tuple[RiskGroup, ...]
    accepted: Mapping[str, Acceptance]


def culprits(site: Site, groups: Iterable[RiskGroup]) -> tuple[Culprit, ...]:
    """Everything whose failure is looked at: our devices, their data links, the groups."""
    found = [
        Culprit(CulpritKind.DEVICE, device.name, frozenset({device.name}))
        for device in site.devices.values()
        if device.managed
    ]
    found += [
        Culprit(CulpritKind.LINK, link.name, frozenset({link.name}))
        for link in site.links.values()
        if link.kind not in (LinkKind.MANAGEMENT, LinkKind.SEAT)
    ]
    found += [
        Culprit(CulpritKind.GROUP, group.label, group.members) for group in groups if group.members
    ]
    return tuple(found)


def core_culprits(site: Site, groups: Iterable[RiskGroup]) -> tuple[Culprit, ...]:
    """The culprits of the core: its devices, the cables and circuits on them, their groups."""
    core = {device.name for device in site.devices_with_role(*site.contract.core_roles)}
    links = {
        link.name
        for link in site.links.values()
        if all(end.device in core or _outside(site, end.device) for end in link.ends)
    }
    return tuple(
        culprit
        for culprit in culprits(site, groups)
        if culprit.elements & core or culprit.elements & links
    )


def _outside(site: Site, name: str) -> bool:
    return name in site.devices and not site.devices[name].managed
