"""What is written beside the topology picture: management cables, segments, zones (pure)."""

from collections.abc import Iterator
from dataclasses import dataclass

from device_configs.documents.address_plan import PlannedNetwork, address_plan
from device_configs.documents.sockets import sockets_of
from device_configs.documents.speech import Speech
from device_configs.documents.topology_plan import drawn_links
from device_configs.site.model import LinkKind, Site, Zone

ZONE_COLOURS = (
    "#1f4e79", "#0b7a75", "#6a4c93", "#3c4650", "#8a5a00", "#b3261e", "#c2410c", "#2e7d32",
    "#7a858f",
)  # fmt: skip
"""Dark enough for white paper; in the order in which zones are declared, then again."""


@dataclass(frozen=True, slots=True)
class Note:
    """A titled list of lines; a line's cells are set in columns."""

    title: str
    lines: tuple[tuple[str, ...], ...]


def zone_colour(site: Site, zone: str) -> str:
    """The colour that cables of a zone are drawn in."""
    return ZONE_COLOURS[list(site.zones).index(zone) % len(ZONE_COLOURS)]


def management_notes(site: Site, speech: Speech) -> Iterator[Note]:
    """A note a switch of the management network: its sockets, who is plugged in, his address."""
    sockets = sockets_of(site)
    hubs: dict[str, list[tuple[str, ...]]] = {}
    for link in site.links.values():
        if link.kind is not LinkKind.MANAGEMENT:
            continue
        socket = sockets.get((link.a.device, link.a.port), link.a.port)
        address = str(site.devices[link.b.device].management_address or "")
        hubs.setdefault(link.a.device, []).append((socket, link.b.device, link.b.port, address))
    for hub, lines in hubs.items():
        device = site.devices[hub]
        title = f"{hub} {speech.title(device.title)} {device.management_address or ''}".strip()
        yield Note(title, tuple(lines))


def segment_note(site: Site, speech: Speech) -> Note:
    """Segments with more than two places: VLAN, prefix, and the addresses held in turn."""
    planned = (p for p in address_plan(site).networks if not p.network.is_point_to_point)
    lines = tuple(line for one in planned for line in _segment_lines(one))
    return Note(speech.gettext("网段与虚拟地址"), lines)


def _segment_lines(planned: PlannedNetwork) -> Iterator[tuple[str, ...]]:
    network = planned.network
    vlan = "" if network.vlan is None else f"VLAN {network.vlan}"
    yield (network.name, vlan, str(network.prefix))
    for virtual in network.virtual_addresses:
        yield ("", f"VRID {virtual.router_id}", f"{virtual.address} {virtual.name}")


def drawn_zones(site: Site) -> tuple[Zone, ...]:
    """Zones that a drawn cable is in, in the order of the declaration."""
    used = {site.networks[link.network].zone for link in drawn_links(site)}
    return tuple(zone for zone in site.zones.values() if zone.name in used)
