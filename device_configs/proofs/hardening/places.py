"""Where on a box the lines of a measure have to stand, as headings of views (pure).

Ports follow from the cabling list and the declaration, as everything about a box does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from device_configs.proofs.readers.box_hardening import APPLIED_DEFENCE
from device_configs.proofs.readers.lines_in_force import SYSTEM, LinesInForce
from device_configs.render.families.family import load_family
from device_configs.render.families.hardening import HardenedPlace
from device_configs.render.families.interfaces import Interface, derive_interfaces
from device_configs.render.families.ports import derive_sockets
from device_configs.site.model import Device, Site

_POLICY = "attack-defense policy"


@dataclass(frozen=True)
class HardenedBox:
    """A box with its interfaces and the lines of its text."""

    device: Device
    interfaces: Sequence[Interface]
    lines: LinesInForce
    outer_zone: str
    """What the family calls the zone towards the circuits."""

    def views(self, place: HardenedPlace) -> tuple[str, ...]:
        """The views in which each line of a measure has to stand."""
        match place:
            case HardenedPlace.SYSTEM:
                return (SYSTEM,)
            case HardenedPlace.DEFENCE:
                return tuple(sorted(set(self._applied(r"^security-zone "))))
            case _:
                chosen = (i for i in self.interfaces if _is_at(i, place))
                return tuple(f"interface {interface.name}" for interface in chosen)

    @property
    def is_defended(self) -> bool:
        """Whether a policy against floods is applied to the zone towards the circuits."""
        return bool([*self._applied(rf"^security-zone name {self.outer_zone}$")])

    def _applied(self, zones: str) -> Iterator[str]:
        for zone in self.lines.named(zones):
            for line in self.lines.in_force(zone, APPLIED_DEFENCE):
                yield f"{_POLICY} {line.removeprefix(APPLIED_DEFENCE).split()[0]}"


def _is_at(interface: Interface, place: HardenedPlace) -> bool:
    match place:
        case HardenedPlace.HOST_PORT:
            return interface.is_host_port
        case HardenedPlace.UPLINK:
            return interface.is_uplink
        case _:
            return place is HardenedPlace.PUBLIC_CIRCUIT and interface.sole_public


def hardened_box(site: Site, device: Device, lines: LinesInForce) -> HardenedBox:
    """A device of a vendor's family; KeyError for a role that the family has no box for."""
    family = load_family(device.platform)
    box = family.boxes[device.role.name]
    sockets = derive_sockets(site, device, box)
    interfaces = derive_interfaces(site, device, family, box, sockets).all
    return HardenedBox(device, interfaces, lines, family.zones.outer.name if family.zones else "")
