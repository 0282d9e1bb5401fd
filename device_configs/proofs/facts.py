"""What a rendered configuration makes a device do, read back from its text.

The proofs that look at renderings ask for these facts and never for the text, so that a platform
is added by one reader (readers/). They are read from the finished files rather than from what the
templates were given: a template that says something else is what the proofs are there to find.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network


class Unreadable(Exception):
    """A rendering that no reader understands; the text says why."""


@dataclass(frozen=True)
class VrrpInstance:
    """One VRRP group as a device is told to take part in it."""

    name: str
    interface: str
    router_id: int
    priority: int
    interval: str
    addresses: tuple[IPv4Interface, ...]
    tracked: tuple[str, ...]


@dataclass(frozen=True)
class HotStandby:
    """How a device is told to stand by for its other half, or to lead it, beside VRRP."""

    name: str
    """What the platform calls it."""
    port: str
    """Declared port of the cable to the other half."""
    local: IPv4Address | None
    """Address it speaks from, None where the text leaves that to the port."""
    remote: IPv4Address
    leads: bool
    tracked: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """What the proofs want to know about one device's rendering.

    ``forwards`` is None where the text does not say what the device does with packets.
    ``management_shut``: no packet is forwarded from or to the management port. ``bridges`` and
    ``switched`` map an interface to the ports below it; ``ports`` and what is below are declared
    ports, other interfaces are called what the platform calls them.
    """

    device: str
    forwards: bool | None
    management_shut: bool
    ports: tuple[str, ...]
    bridges: Mapping[str, tuple[str, ...]]
    switched: Mapping[str, str]
    addresses: tuple[tuple[str, IPv4Interface], ...]
    routes: tuple[tuple[IPv4Network, IPv4Address], ...]
    announced: tuple[IPv4Network, ...]
    vrrp: tuple[VrrpInstance, ...]
    standby: HotStandby | None = None
    instances: Mapping[str, str] = field(default_factory=dict)
    """Interfaces that forward among themselves only, with the name of their routing instance."""


@dataclass(frozen=True)
class Surroundings:
    """What a reader has to know beside the text.

    ``sockets`` map the interface of a box to the declared port whose cable is plugged in there,
    ``offset_min`` is the site's clock less UTC. ``relays``: what the device is there for (a gate, a
    voice gateway) is no matter of its network configuration.
    """

    sockets: Mapping[str, str] = field(default_factory=dict)
    offset_min: int = 0
    relays: bool = False
