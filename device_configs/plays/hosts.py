"""The declaration as an inventory of hosts and groups, for Ansible and for Nornir alike; pure.

Devices that the declaration is brought to are in ``deployed``, with a group for their role, half,
platform, rack and each tag; seats' terminals are in ``seats``, with a group for their switch.
No host bears a secret: how devices are reached stands in ``playbooks/group_vars``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from device_configs.site.model import Device, Seat, Site

DEPLOYED, SEATS = "deployed", "seats"
_NO_WORD = re.compile(r"\W", re.ASCII)

Variables = Mapping[str, str | int | list[str] | dict[str, str]]


@dataclass(frozen=True)
class InventoryHost:
    """A device or a terminal. ``groups`` are names that Ansible takes; ``address`` is IPv4 text."""

    name: str
    address: str
    platform: str
    groups: tuple[str, ...]
    variables: Variables


def hosts_of(site: Site) -> tuple[InventoryHost, ...]:
    """Every deployed device in declared order, then every seat's terminal."""
    devices = (_device_host(device) for device in site.deployed)
    return (*devices, *(_seat_host(seat) for seat in site.seats.values()))


def group_name(text: str) -> str:
    """A name that Ansible takes for a group: what is no letter, digit or underscore is one."""
    return _NO_WORD.sub("_", text)


def _device_host(device: Device) -> InventoryHost:
    about = {
        "half": str(device.half),
        "platform": device.platform,
        "rack": device.rack,
        **device.tags,
    }
    named = (f"{kind}_{value}" for kind, value in about.items())
    variables: dict[str, str | int | list[str] | dict[str, str]] = {
        "role": device.role.name,
        "half": str(device.half),
        "rack": device.rack,
        "platform": device.platform,
        "title": device.title.zh,
        "tags": dict(device.tags),
    }
    if device.partner is not None:
        variables["partner"] = device.partner
    return InventoryHost(
        name=device.name,
        address=str(device.management_address),
        platform=device.platform,
        groups=tuple(dict.fromkeys(map(group_name, (DEPLOYED, device.role.name, *named)))),
        variables=variables,
    )


def _seat_host(seat: Seat) -> InventoryHost:
    return InventoryHost(
        name=seat.name,
        address=str(seat.address),
        platform="terminal",
        groups=(SEATS, group_name(f"seats_{seat.switch}")),
        variables={
            "number": seat.number,
            "switch": seat.switch,
            "phone": seat.phone,
            "host_asset": seat.host_asset,
            "display_asset": seat.display_asset,
        },
    )
