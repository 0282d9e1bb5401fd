"""What the text of a box means: facts and a packet filter in declared ports.

Frames pass between the ports of one VLAN, packets between the interfaces of one routing instance.
A port that carries several VLANs is taken to join them: the proofs see cables, not what is within.
"""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Interface

from device_configs.proofs.facts import Facts, HotStandby, Surroundings, VrrpInstance
from device_configs.proofs.filters.packet_filter import (
    Ports,
)
from device_configs.proofs.readers.box import BoxText, InterfaceText, PolicyText
from device_configs.proofs.readers.protection_text import RuleText
from device_configs.render.addressing import MANAGEMENT_PORT


def facts_of(device: str, box: BoxText, around: Surroundings) -> Facts:
    """The facts of a box; raises ValueError where a cable is plugged in nowhere."""
    names = PortNames(box, around)
    below = names.below()
    addressed = [i for i in box.interfaces.values() if i.address is not None]
    return Facts(
        device=device,
        forwards=None if around.relays else _forwards(box, addressed),
        management_shut=_management_shut(box, names),
        ports=tuple(dict.fromkeys(names.port(i) for i in box.interfaces if names.is_socket(i))),
        bridges=below,
        switched={},
        addresses=tuple((names.port(i.name), i.address) for i in addressed if i.address),
        routes=tuple(box.routes),
        announced=tuple(box.announced),
        vrrp=tuple(_vrrp(box, names)),
        standby=_standby(box, names),
        instances={names.port(i.name): i.instance for i in addressed if i.instance},
    )


class PortNames:
    """Interfaces by the declared ports whose cables are plugged in there."""

    def __init__(self, box: BoxText, around: Surroundings) -> None:
        self._box, self._sockets = box, around.sockets

    def is_socket(self, interface: str) -> bool:
        return interface in self._sockets

    def port(self, interface: str) -> str:
        """The declared port of a socket, or of a line of them that has an address; else the
        interface's own name."""
        found = self._box.interfaces.get(interface)
        if found is not None and found.address is not None:
            members = (i.name for i in self._box.interfaces.values() if i.aggregate == interface)
            interface = next((name for name in members if name in self._sockets), interface)
        return self._sockets.get(interface, interface)

    def below(self) -> dict[str, tuple[str, ...]]:
        """The ports below each VLAN and each aggregate."""
        found: dict[str, list[str]] = {}
        for interface in self._box.interfaces.values():
            if interface.aggregate is not None:
                found.setdefault(interface.aggregate, []).append(self.port(interface.name))
            for vlan in sorted(interface.vlans or ()):
                found.setdefault(self._above(vlan), []).append(self.port(interface.name))
        return {name: tuple(ports) for name, ports in found.items()}

    def _above(self, vlan: int) -> str:
        name = f"{self._box.vlan_interface}{vlan}"
        return name if name in self._box.interfaces else f"vlan {vlan}"

    def ports_of(self, interface: str, below: Mapping[str, tuple[str, ...]]) -> Ports:
        """The declared ports that an interface ends at."""
        if self.is_socket(interface):
            return frozenset((self.port(interface),))
        members = (self.ports_of(name, below) for name in below.get(interface, ()))
        own = (port for port in below.get(interface, ()) if port in self._sockets.values())
        return frozenset(own).union(*members)


def _data(interface: InterfaceText, box: BoxText) -> bool:
    return interface.address is not None and not interface.name.startswith(box.loopback)


def _forwards(box: BoxText, addressed: list[InterfaceText]) -> bool:
    """Whether it routes between two of its interfaces."""
    instances = [i.instance for i in addressed if _data(i, box)]
    return len(instances) > len(set(instances))


def _management_shut(box: BoxText, names: PortNames) -> bool:
    below = names.below()
    management = [
        i for i in box.interfaces.values()
        if i.address is not None and MANAGEMENT_PORT in names.ports_of(i.name, below)
    ]  # fmt: skip
    return all(_shut(box, interface) for interface in management)


def _shut(box: BoxText, interface: InterfaceText) -> bool:
    """Nothing else is in its routing instance, or the policy lets nothing pass from or to it."""
    others = (
        other for other in box.interfaces.values()
        if other is not interface and _data(other, box) and other.instance == interface.instance
    )  # fmt: skip
    if not any(others):
        return True
    return box.policy is not None and _policy_shuts(box.policy, interface.name)


def _policy_shuts(policy: PolicyText, interface: str) -> bool:
    zone = next((name for name, members in policy.zones.items() if interface in members), None)
    if zone is None:
        return True  # Between an interface without a zone and any other nothing passes.
    apart = len(policy.zones[zone]) == 1 and not policy.permits_by_default
    return apart and not any(_opens(rule, zone, policy.own_zone) for rule in policy.rules)


def _opens(rule: RuleText, zone: str, own: str) -> bool:
    """Whether a rule permits packets between the zone and another that is not the box itself."""
    outward = _names_zone(rule.from_zones, zone) and set(rule.to_zones) != {own}
    inward = _names_zone(rule.to_zones, zone) and set(rule.from_zones) != {own}
    return rule.permits and (outward or inward)


def _names_zone(zones: tuple[str, ...], zone: str) -> bool:
    return not zones or zone in zones


def _vrrp(box: BoxText, names: PortNames) -> Iterator[VrrpInstance]:
    for interface in box.interfaces.values():
        for group in interface.vrrp.values():
            if interface.address is None:
                raise ValueError(f"{interface.name} has a VRRP group and no address")
            length = interface.address.network.prefixlen
            yield VrrpInstance(
                name=f"{interface.name} vrid {group.router_id}",
                interface=names.port(interface.name),
                router_id=group.router_id,
                priority=group.priority,
                interval=group.interval,
                addresses=tuple(IPv4Interface(f"{found}/{length}") for found in group.addresses),
                tracked=tuple(names.port(found) for found in group.tracked),
            )


def _standby(box: BoxText, names: PortNames) -> HotStandby | None:
    text = box.standby
    if text is None:
        return None
    heartbeat = box.interfaces[text.interface]
    own = heartbeat.address.ip if heartbeat.address is not None else None
    return HotStandby(
        name=box.kind,
        port=names.port(text.interface),
        local=text.local or own,
        remote=text.remote,
        leads=text.leads,
        tracked=tuple(names.port(found) for found in text.tracked),
    )
