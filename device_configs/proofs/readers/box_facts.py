"""What the text of a box means: facts and a packet filter in declared ports.

Frames pass between the ports of one VLAN, packets between the interfaces of one routing instance.
A port that carries several VLANs is taken to join them: the proofs see cables, not what is within.
"""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Interface

from device_configs.proofs.facts import Facts, HotStandby, Surroundings, VrrpInstance
from device_configs.proofs.filters.boxes import ADDRESSES
from device_configs.proofs.filters.packet_filter import (
    ALWAYS,
    FilterLine,
    Matched,
    PacketFilter,
    Ports,
)
from device_configs.proofs.filters.regions import EVERY_SERVICE
from device_configs.proofs.readers.box import BoxText, InterfaceText, PolicyText, RuleText
from device_configs.render.addressing import MANAGEMENT_PORT


def facts_of(device: str, box: BoxText, around: Surroundings) -> Facts:
    """The facts of a box; raises ValueError where a cable is plugged in nowhere."""
    names = _Names(box, around)
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


class _Names:
    """Interfaces by the declared ports whose cables are plugged in there."""

    def __init__(self, box: BoxText, around: Surroundings) -> None:
        self._box, self._sockets = box, around.sockets

    def is_socket(self, interface: str) -> bool:
        return interface in self._sockets

    def port(self, interface: str) -> str:
        """The declared port of a socket, or the interface's own name."""
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


def _management_shut(box: BoxText, names: _Names) -> bool:
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


def _vrrp(box: BoxText, names: _Names) -> Iterator[VrrpInstance]:
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


def _standby(box: BoxText, names: _Names) -> HotStandby | None:
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


def filter_of(box: BoxText, around: Surroundings) -> PacketFilter:
    """What the security policy decides; raises ValueError for a box without one."""
    if box.policy is None:
        raise ValueError("it has no security policy")
    return _Policy(box, box.policy, _Names(box, around)).packet_filter()


class _Policy:
    def __init__(self, box: BoxText, policy: PolicyText, names: _Names) -> None:
        self._policy = policy
        below = names.below()
        self._zones = {
            zone: frozenset[str]().union(*(names.ports_of(name, below) for name in members))
            for zone, members in policy.zones.items()
        }
        everything = (names.ports_of(name, below) for name in box.interfaces)
        self._unzoned = frozenset[str]().union(*everything).difference(*self._zones.values())

    def packet_filter(self) -> PacketFilter:
        lines = [*self._without_zone()]
        for rule in self._policy.rules:
            lines += self._rule(rule)
        lines += self._within()
        return PacketFilter(tuple(lines), self._policy.permits_by_default)

    def _without_zone(self) -> Iterator[FilterLine]:
        if self._unzoned:
            yield FilterLine("no zone", False, _all_packets(self._unzoned, None))
            yield FilterLine("no zone", False, _all_packets(None, self._unzoned))

    def _rule(self, rule: RuleText) -> Iterator[FilterLine]:
        entering, leaving = self._ports(rule.from_zones), self._ports(rule.to_zones)
        if not (entering and leaving):
            return  # It is about packets of the box itself.
        for when in (ALWAYS,) if rule.times is None else rule.times:
            matched = Matched(
                entering,
                leaving,
                (ADDRESSES,) if rule.sources is None else rule.sources,
                (ADDRESSES,) if rule.destinations is None else rule.destinations,
                EVERY_SERVICE if rule.services is None else rule.services,
                when,
            )
            yield FilterLine(rule.name, rule.permits, matched)

    def _ports(self, zones: tuple[str, ...]) -> Ports:
        known = self._zones.values() if not zones else (
            self._zones[zone] for zone in zones if zone != self._policy.own_zone
        )  # fmt: skip
        return frozenset[str]().union(*known)

    def _within(self) -> Iterator[FilterLine]:
        if self._policy.within_zones is self._policy.permits_by_default:
            return
        for zone, ports in self._zones.items():
            yield FilterLine(f"zone {zone}", self._policy.within_zones, _all_packets(ports, ports))


def _all_packets(entering: Ports | None, leaving: Ports | None) -> Matched:
    return Matched(entering, leaving, (ADDRESSES,), (ADDRESSES,), EVERY_SERVICE)
