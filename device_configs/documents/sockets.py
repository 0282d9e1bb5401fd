"""Which socket of the real box a declared port is plugged into (pure).

The number is the one that every rendering uses (:mod:`device_configs.render.families.ports`): fixed
where hosts.yml fixes it, else the lowest free one of its speed in the order of the cables.
"""

from collections.abc import Mapping

from device_configs.render.addressing import MANAGEMENT_PORT
from device_configs.render.families.ports import is_fast, place
from device_configs.site.model import Link, Site

FAST, SLOW, MANAGEMENT = "10G", "1G", "MGMT"

Sockets = Mapping[tuple[str, str], str]
"""(device, port) -> ``10G-3``, ``1G-1`` or ``MGMT``."""


def sockets_of(site: Site) -> Sockets:
    """Sockets of every port of a device of ours; what is not ours to plug has none."""
    found: dict[tuple[str, str], str] = {}
    for device in site.devices.values():
        if not device.is_ours:
            continue
        cables = {
            own.port: link
            for link in site.links_of[device.name]
            for own, _ in link.cables_at(device.name)
        }
        if MANAGEMENT_PORT in cables:
            found[device.name, MANAGEMENT_PORT] = MANAGEMENT
            del cables[MANAGEMENT_PORT]
        for speed, ports in _by_speed(cables).items():
            for port, number in place(ports, device.ports).items():
                found[device.name, port] = f"{speed}-{number}"
    return found


def _by_speed(cables: Mapping[str, Link]) -> dict[str, list[str]]:
    fast = [port for port, link in cables.items() if is_fast(link)]
    return {FAST: fast, SLOW: [port for port in cables if port not in fast]}
