"""The declared site as emulated boxes: each device as its vendor's family would be configured."""

import re
from collections.abc import Iterator, Mapping

from device_configs.emulator.devices import BoxSpec
from device_configs.emulator.kinds import PairProtocol, VendorKind, kind_of
from device_configs.emulator.state import Neighbor
from device_configs.render.families import load_family, render_vendor
from device_configs.render.refusal import NotRenderable
from device_configs.render.secrets import Secrets
from device_configs.site.model import Site

_DESCRIBED = re.compile(
    r"^interface (?P<interface>\S+)\n(?: .*\n)*? description (?P<device>[^\s:]+):(?P<link>\S+)$",
    re.M,
)


def declared_boxes(site: Site, secrets: Secrets, family: str) -> Iterator[BoxSpec]:
    """A box for each device that is deployed to and that the family has a box for.

    Of two firewalls that are halves of one role, the first is the active one. Devices that the
    family cannot be rendered for are left out.
    """
    halves: dict[str, str] = {}
    boxes = list(_rendered(site, secrets, family))
    cables = _cables({name: text for name, _, text, _ in boxes})
    for name, role, text, kind in boxes:
        neighbors = tuple(cables.get(name, ()))
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


def _cables(texts: Mapping[str, str]) -> dict[str, list[Neighbor]]:
    """Who is at the other end of each interface: both ends describe it as ``device:link``."""
    ends = {
        (name, found["device"], found["link"]): found["interface"]
        for name, text in texts.items()
        for found in _DESCRIBED.finditer(text)
    }
    cables: dict[str, list[Neighbor]] = {}
    for (name, device, link), interface in ends.items():
        port = ends.get((device, name, link))
        if port is not None:
            cables.setdefault(name, []).append(Neighbor(interface, device, port))
    return cables


def _is_half(pair: PairProtocol | None, text: str) -> bool:
    if pair is None:
        return False
    mark = "hrp enable" if pair is PairProtocol.HRP else "remote-backup group"
    return mark in text.splitlines()
