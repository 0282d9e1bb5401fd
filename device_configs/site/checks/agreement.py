"""Facts that are declared in two places: they must say the same."""

from collections.abc import Iterator
from ipaddress import IPv4Address

from device_configs.site.documents import ChannelDocument, Documents, GateDocument, link_name
from device_configs.site.faults import Faults
from device_configs.site.model import Circuit, DeclaredRule, Direction, RuleSet

CIRCUITS, GATES, HOSTS = "circuits.yml", "gates.yml", "hosts.yml"
POLICIES = "policies.yml"
ROOM = "room"
"""The kind of tag that repeats the room of a device's rack, where a site has it."""


def check(documents: Documents, faults: Faults) -> None:
    """Report what two parts of the declaration say differently."""
    for circuit in documents.circuits:
        _circuit(circuit, documents, faults)
    for gate in documents.gates:
        for channel in gate.channels:
            _channel(gate, channel, documents, faults)
    for rule_set in documents.rule_sets:
        _rule_set(rule_set, documents, faults)
    _rooms(documents, faults)


def _circuit(circuit: Circuit, documents: Documents, faults: Faults) -> None:
    classes = {found.name: found.mbps for found in documents.bandwidth_classes}
    for link in documents.links:
        if link_name(link) not in circuit.links:
            continue
        if link.zone is not None and link.zone != circuit.zone:
            faults.add(
                CIRCUITS,
                f"circuits[{circuit.name}].zone",
                f"{circuit.zone} is not the zone {link.zone} of its link {link_name(link)}",
                "use the same zone in circuits.yml and links.yml",
            )
        if link.bandwidth_mbps not in (None, circuit.bandwidth_mbps) and (
            classes.get(circuit.bandwidth_class) in (None, circuit.bandwidth_mbps)
        ):
            faults.add(
                CIRCUITS,
                f"circuits[{circuit.name}].bandwidth_mbps",
                f"{circuit.bandwidth_mbps} is not the {link.bandwidth_mbps} of its link "
                f"{link_name(link)}",
                "give both the bandwidth that was ordered",
            )


def _channel(
    gate: GateDocument, channel: ChannelDocument, documents: Documents, faults: Faults
) -> None:
    path = f"gates[{gate.name}].channels[{channel.name}]"
    side = side_of(channel.server, documents)
    outward = channel.direction is Direction.OUTWARD
    if side is not None and (side == "internet") != outward:
        where = "on the Internet side" if side == "internet" else f"on the {side} side"
        faults.add(
            GATES,
            f"{path}.server",
            f"{channel.server} is {where}, where the clients of an {channel.direction} channel are",
            "name a server behind the gate, or turn the direction",
        )
    holders = _holders(channel.at, documents)
    if holders and not holders & set(gate.devices):
        faults.add(
            GATES,
            f"{path}.at",
            f"{channel.at} is an address of {', '.join(sorted(holders))}",
            f"listen at an address of {' or '.join(gate.devices)}",
        )


def _holders(place: str, documents: Documents) -> set[str]:
    """The devices that hold the address of a place; nothing for an unknown one."""
    name, _, holder = place.partition("/")
    network = next((found for found in documents.networks if found.name == name), None)
    if network is None:
        return set()
    virtual = next((v for v in network.virtual_addresses if v.name == holder), None)
    if virtual is not None:
        return set(virtual.members)
    return {holder} & network.members.keys()


def side_of(address: IPv4Address, documents: Documents) -> str | None:
    """The side of the zone that an address stands in; None where nothing declares it."""
    zone = zone_of(address, documents)
    return next((found.side for found in documents.zones if found.name == zone), None)


def zone_of(address: IPv4Address, documents: Documents) -> str | None:
    """The zone of the segment or cable that holds an address, or of the service found there."""
    for network in documents.networks:
        if address in network.prefix:
            return network.zone
    for link in documents.links:
        if link.prefix is not None and address in link.prefix:
            return link.zone
    services = documents.services
    return next((s.zone for s in services if any(c.address == address for c in s.checks)), None)


def _rule_set(rule_set: RuleSet, documents: Documents, faults: Faults) -> None:
    if not faults.is_whole("networks.yml", "links.yml", "zones.yml", HOSTS):
        return
    side_by_zone = {zone.name: zone.side for zone in documents.zones}
    sides = {
        side_by_zone[zone]
        for device in rule_set.devices
        for zone in _zones_at(device, documents)
        if zone in side_by_zone and side_by_zone[zone] != "management"
    }
    for rule in rule_set.rules:
        path = f"rule_sets[{rule_set.name}].rules[{rule.name}]"
        for field, zones in (("from_zones", rule.from_zones), ("to_zones", rule.to_zones)):
            for zone in zones:
                if sides and side_by_zone.get(zone, next(iter(sides))) not in sides:
                    faults.add(
                        POLICIES,
                        f"{path}.{field}",
                        f"zone {zone} is on the {side_by_zone[zone]} side, and "
                        f"{', '.join(rule_set.devices)} on the {' and '.join(sorted(sides))} "
                        "side",
                        "only the gate joins two sides; name a zone of this side",
                    )
        _within_the_circuit(path, rule, documents, faults)


def _zones_at(device: str, documents: Documents) -> Iterator[str]:
    for network in documents.networks:
        if device in network.members or device in network.bridges:
            yield network.zone
    for link in documents.links:
        if device in (link.a, link.b, link.through) and link.zone is not None:
            yield link.zone


def _within_the_circuit(
    path: str, rule: DeclaredRule, documents: Documents, faults: Faults
) -> None:
    """A maximum above what was ordered of the carriers limits nothing."""
    if rule.bandwidth is None:
        return
    for field, rate in (
        ("maximum_mbps", rule.bandwidth.maximum_mbps),
        ("guaranteed_mbps", rule.bandwidth.guaranteed_mbps),
    ):
        for zone in (*rule.from_zones, *rule.to_zones):
            ordered = [c.bandwidth_mbps for c in documents.circuits if c.zone == zone]
            if rate is not None and ordered and max(rate.up, rate.down) > max(ordered):
                faults.add(
                    POLICIES,
                    f"{path}.bandwidth.{field}",
                    f"{max(rate.up, rate.down)} is more than the {max(ordered)} Mbit/s of "
                    f"any circuit of zone {zone}",
                    "give at most what the circuit has",
                )
                break


def _rooms(documents: Documents, faults: Faults) -> None:
    rooms = {rack.name: rack.room for rack in documents.racks}
    for name, device in documents.ours.items():
        room, tag = rooms.get(device.rack), device.asset_tags.get(ROOM)
        if None not in (room, tag) and room != tag:
            faults.add(
                HOSTS,
                f"{name}.asset_tags.{ROOM}",
                f"{tag!r} is not the room {room!r} of rack {device.rack}",
                "use the rack's room, or move the device",
            )
