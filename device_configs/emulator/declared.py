"""The declared site as emulated boxes: each device as its vendor's family would be configured."""

from collections.abc import Iterator, Mapping

from device_configs.emulator.devices import BoxSpec
from device_configs.emulator.kinds import PairProtocol, VendorKind, kind_of
from device_configs.emulator.state import Neighbor
from device_configs.render.families import load_family, render_vendor
from device_configs.render.families.ports import Socket, derive_sockets
from device_configs.render.refusal import NotRenderable
from device_configs.render.secrets import Secrets
from device_configs.site.model import Site


def declared_boxes(site: Site, secrets: Secrets, family: str) -> Iterator[BoxSpec]:
    """A box for each device that is deployed to and that the family has a box for.

    Of two firewalls that are halves of one role, the first is the active one. Devices that the
    family cannot be rendered for are left out.
    """
    halves: dict[str, str] = {}
    boxes = list(_rendered(site, secrets, family))
    names = frozenset(name for name, *_ in boxes)
    for name, role, text, kind in boxes:
        neighbors = tuple(_neighbors(site, name, names, family))
        if not _is_half(kind.pair, text):
            yield BoxSpec(name, kind.name, text, neighbors=neighbors)
            continue
        first = halves.setdefault(role, name)
        yield BoxSpec(
            name, kind.name, text,
            peer=None if first == name else first, active=first == name, neighbors=neighbors,
        )  # fmt: skip


def _rendered(
    site: Site, secrets: Secrets, family: str
) -> Iterator[tuple[str, str, str, VendorKind]]:
    """Name, role, text and kind of each device that the family has a box for."""
    data = load_family(family)
    for name, device in sorted(site.devices.items()):
        box = data.boxes.get(device.role.name)
        if box is None or not device.deployed:
            continue
        try:
            text = render_vendor(site, secrets, name, family)
        except NotRenderable:
            continue
        yield name, device.role.name, text, kind_of(family, box.platform)


def _neighbors(site: Site, name: str, names: frozenset[str], family: str) -> Iterator[Neighbor]:
    """Which emulated box is at the other end of each cable, by the names of the sockets."""
    here = _sockets(site, name, family)
    ends = (pair for link in site.links_of[name] for pair in link.cables_at(name))
    for mine, other in ends:
        if mine.port not in here or other.device not in names:
            continue
        there = _sockets(site, other.device, family)
        if other.port in there:
            yield Neighbor(here[mine.port].name, other.device, there[other.port].name)


def _sockets(site: Site, name: str, family: str) -> Mapping[str, Socket]:
    device = site.devices[name]
    return derive_sockets(site, device, load_family(family).boxes[device.role.name])


def _is_half(pair: PairProtocol | None, text: str) -> bool:
    if pair is None:
        return False
    mark = "hrp enable" if pair is PairProtocol.HRP else "remote-backup group"
    return mark in text.splitlines()
