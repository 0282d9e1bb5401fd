"""What the text of a box says, before it is asked what that means: the same for both families."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from device_configs.proofs.readers.protection_text import BoxProtection, RuleText


@dataclass
class VrrpText:
    """One group of an interface; ``interval`` is in seconds. 100 is what RFC 5798 begins with."""

    router_id: int
    priority: int = 100
    interval: str = "1"
    addresses: list[IPv4Address] = field(default_factory=list)
    tracked: list[str] = field(default_factory=list)


@dataclass
class InterfaceText:
    """An interface by its name. ``vlans`` are those whose frames it carries, None on layer 3;
    ``aggregate`` names the interface that it is a member of."""

    name: str
    address: IPv4Interface | None = None
    instance: str = ""
    vlans: frozenset[int] | None = None
    aggregate: str | None = None
    vrrp: dict[int, VrrpText] = field(default_factory=dict)


@dataclass(frozen=True)
class StandbyText:
    interface: str
    local: IPv4Address | None
    remote: IPv4Address
    leads: bool
    tracked: tuple[str, ...]


@dataclass(frozen=True)
class PolicyText:
    """Zones of interfaces and the rules between them. ``within_zones`` is what becomes of packets
    that stay in a zone and that no rule names."""

    zones: dict[str, tuple[str, ...]]
    rules: tuple[RuleText, ...]
    permits_by_default: bool
    within_zones: bool
    own_zone: str


@dataclass
class BoxText:
    """All of a box that the proofs look at; ``policy`` is None for a box without zones."""

    kind: str
    interfaces: dict[str, InterfaceText] = field(default_factory=dict)
    routes: list[tuple[IPv4Network, IPv4Address]] = field(default_factory=list)
    announced: list[IPv4Network] = field(default_factory=list)
    standby: StandbyText | None = None
    policy: PolicyText | None = None
    protection: BoxProtection = field(default_factory=BoxProtection)
    vlan_interface: str = ""
    """Beginning of the name of an interface on layer 3 above a VLAN."""
    loopback: str = "LoopBack"
