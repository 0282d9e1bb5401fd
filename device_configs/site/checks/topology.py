"""Devices, networks, cables, circuits, services, seats and the contract."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from device_configs.site.checks.held_addresses import misplaced_segments
from device_configs.site.checks.naming import device_named, doubled, refer
from device_configs.site.documents import DeviceDocument, Documents, LinkDocument, link_name
from device_configs.site.faults import Faults
from device_configs.site.model import DeviceRole
from device_configs.site.role_files import FOLDER as ROLES


def check(documents: Documents, faults: Faults) -> None:
    """Report what does not fit together in the network itself."""
    for look_at in (
        _roles,
        _partners,
        _networks,
        _links,
        _ports,
        _circuits,
        _services,
        _seats,
        _contract,
    ):
        look_at(documents, faults)


def _roles(documents: Documents, faults: Faults) -> None:
    for role, _ in documents.devices.values():
        if role not in documents.roles:
            faults.unknown_name("hosts.yml", f"all.children.{role}", role, documents.roles, "role",
                                f"{ROLES}/{role}.yml")  # fmt: skip
    for name, device in {**documents.deployed, **documents.polled}.items():
        if device.ansible_host is None:
            faults.add("hosts.yml", f"{name}.ansible_host", "is missing",
                       "give its management address, or say `deployed: false` and "
                       "`polled: false`")  # fmt: skip
    for name, (known, device) in documents.known_devices.items():
        _only_out(name, known, device, faults)
    hosts = documents.devices_of("collects_measurements")
    if len(hosts) != 1 and faults.is_whole("hosts.yml"):
        faults.add("hosts.yml", "all.children.monitoring_host", f"has {len(hosts)} devices",
                   "declare exactly one")  # fmt: skip


def _only_out(name: str, role: DeviceRole, device: DeviceDocument, faults: Faults) -> None:
    """What its role never does, a device cannot take on: there is nothing to do it with."""
    for field, of_device, of_role in (
        ("deployed", device.deployed, role.deployed),
        ("polled", device.polled, role.polled),
    ):
        if of_device and not of_role:
            faults.add("hosts.yml", f"{name}.{field}", f"a {role} is not {field}",
                       f"remove it, or say `{field}: true` in {ROLES}/{role}.yml")  # fmt: skip


def _partners(documents: Documents, faults: Faults) -> None:
    for name, (_, device) in documents.devices.items():
        if device.partner is None:
            continue
        path = f"{name}.partner"
        if device.partner not in documents.devices:
            faults.unknown_name("hosts.yml", path, device.partner, documents.devices, "device",
                                "hosts.yml")  # fmt: skip
            continue
        named = documents.devices[device.partner][1].partner
        if named not in (name, *_unknown(named, documents)) and device.partner != name:
            faults.add("hosts.yml", path, f"{device.partner!r} does not name {name!r} in return",
                       f"set {device.partner}.partner to {name}")  # fmt: skip


def _unknown(name: str | None, documents: Documents) -> tuple[str, ...]:
    """The name, where no device has it: that is its own fault, and the cause of what follows."""
    return () if name is None or name in documents.devices else (name,)


def _networks(documents: Documents, faults: Faults) -> None:
    file, zones = "networks.yml", [zone.name for zone in documents.zones]
    misplaced = misplaced_segments(documents)
    for network in documents.networks:
        path = f"networks[{network.name}]"
        if network.zone not in zones:
            faults.unknown_name(file, f"{path}.zone", network.zone, zones, "zone", "zones.yml")
        for name in (*network.bridges, *network.members):
            device_named(file, path, name, documents, faults)
        is_misplaced = network.name in misplaced
        if is_misplaced:
            faults.add(file, f"{path}.prefix", f"{network.prefix} holds none of the addresses that "
                       "are declared in it", "correct the prefix")  # fmt: skip
        for name, address in network.members.items():
            if address not in network.prefix and not is_misplaced:
                faults.add(file, f"{path}.members.{name}", f"{address} is outside {network.prefix}",
                           "use an address of the prefix")  # fmt: skip
        ids = Counter(v.router_id for v in network.virtual_addresses)
        for virtual in network.virtual_addresses:
            at = f"{path}.virtual_addresses[{virtual.name}]"
            if ids[virtual.router_id] > 1:
                faults.add(file, at, f"router_id {virtual.router_id} is used twice here",
                           "use a different one")  # fmt: skip
            if virtual.address not in network.prefix and not is_misplaced:
                faults.add(file, at, f"{virtual.address} is outside {network.prefix}",
                           "use an address of the prefix")  # fmt: skip
            for name in virtual.members:
                if name not in network.members:
                    faults.unknown_name(file, f"{at}.members", name, network.members,
                                        "member of this network", "its members")  # fmt: skip


def _links(documents: Documents, faults: Faults) -> None:
    networks = {network.name for network in documents.networks}
    zones = [zone.name for zone in documents.zones]
    doubled("links.yml", "links", (link_name(link) for link in documents.links), faults)
    for link in documents.links:
        path = f"links[{link_name(link)}]"
        for name in (link.a, link.b, *([link.through] if link.through else [])):
            device_named("links.yml", path, name, documents, faults)
        if (link.network is None) == (link.prefix is None):
            faults.add("links.yml", path, "needs exactly one of `network` and `prefix`",
                       "give the segment it belongs to, or its own /31")  # fmt: skip
        if link.network is not None and link.network not in networks:
            faults.unknown_name("links.yml", f"{path}.network", link.network, networks, "network",
                                "networks.yml")  # fmt: skip
        if link.prefix is not None:
            _own_prefix(link, path, zones, faults)
        _line(link, path, documents, faults)
        refer("links.yml", f"{path}.ducts", link.ducts, "ducts", documents, faults)
        if (link.kind == "inline") != (link.through is not None):
            faults.add("links.yml", f"{path}.through", "goes with kind inline, and only with it",
                       "name the transparent device, or change the kind")  # fmt: skip


def _line(link: LinkDocument, path: str, documents: Documents, faults: Faults) -> None:
    if link.bandwidth_class is None:
        return
    at = f"{path}.bandwidth_class"
    if link.kind == "circuit":
        faults.add("links.yml", at, "is a circuit's to say", "give it in circuits.yml")
    refer("links.yml", at, [link.bandwidth_class], "bandwidth_classes", documents, faults)
    ordered = {found.name: found.mbps for found in documents.bandwidth_classes}
    mbps = ordered.get(link.bandwidth_class)
    if mbps is not None and link.bandwidth_mbps not in (None, mbps):
        faults.add("links.yml", f"{path}.bandwidth_mbps",
                   f"{link.bandwidth_mbps} is not the {mbps} Mbit/s of its class",
                   "use the class that fits, or correct the bandwidth")  # fmt: skip


def _own_prefix(link: LinkDocument, path: str, zones: list[str], faults: Faults) -> None:
    if link.prefix is not None and link.prefix.prefixlen != 31:
        faults.add("links.yml", f"{path}.prefix", f"{link.prefix} is no /31",
                   "declare wider segments in networks.yml")  # fmt: skip
    if link.zone not in zones:
        faults.unknown_name("links.yml", f"{path}.zone", str(link.zone), zones, "zone",
                            "zones.yml")  # fmt: skip


def _ports(documents: Documents, faults: Faults) -> None:
    ports: Counter[tuple[str, str]] = Counter()
    for link in documents.links:
        if link.through is None:
            ports[(link.a, link.port_a or link.b)] += 1
            ports[(link.b, link.port_b or link.a)] += 1
    loops = {link.a for link in documents.links if link.a == link.b}
    for (device, port), count in ports.items():
        if count > 1 and device not in loops:
            faults.add("links.yml", f"{device}:{port}", f"is used by {count} cables",
                       "give the cables different `port_a`/`port_b`")  # fmt: skip


def _circuits(documents: Documents, faults: Faults) -> None:
    circuits = {link_name(link) for link in documents.links if link.kind == "circuit"}
    zones = [zone.name for zone in documents.zones]
    classes = {found.name: found for found in documents.bandwidth_classes}
    for circuit in documents.circuits:
        path = f"circuits[{circuit.name}]"
        refer(
            "circuits.yml", f"{path}.provider", [circuit.provider], "providers", documents, faults
        )
        refer("circuits.yml", f"{path}.bandwidth_class", [circuit.bandwidth_class],
              "bandwidth_classes", documents, faults)  # fmt: skip
        ordered = classes.get(circuit.bandwidth_class)
        if ordered is not None and ordered.mbps != circuit.bandwidth_mbps:
            faults.add("circuits.yml", f"{path}.bandwidth_mbps",
                       f"{circuit.bandwidth_mbps} is not the {ordered.mbps} Mbit/s of its class",
                       "order the class that fits, or correct the bandwidth")  # fmt: skip
        if circuit.zone not in zones:
            faults.unknown_name("circuits.yml", f"{path}.zone", circuit.zone, zones, "zone",
                                "zones.yml")  # fmt: skip
        for name in circuit.links:
            if name not in circuits:
                faults.unknown_name("circuits.yml", f"{path}.links", name, sorted(circuits),
                                    "circuit link", "links.yml")  # fmt: skip
    claimed = {name for circuit in documents.circuits for name in circuit.links}
    is_known = faults.is_whole("circuits.yml") and not faults.has_unknown(
        "circuit link", "circuits.yml"
    )
    for name in sorted(circuits - claimed if is_known else ()):
        faults.add("links.yml", f"links[{name}]", "belongs to no circuit",
                   "name it in `links` of a circuit in circuits.yml")  # fmt: skip


def _services(documents: Documents, faults: Faults) -> None:
    zones = [zone.name for zone in documents.zones]
    for service in documents.services:
        path = f"services[{service.name}]"
        if service.zone not in zones:
            faults.unknown_name("services.yml", f"{path}.zone", service.zone, zones, "zone",
                                "zones.yml")  # fmt: skip
        for name in service.hosts:
            device_named("services.yml", f"{path}.hosts", name, documents, faults)
        for index, check in enumerate(service.checks):
            if check.kind != "icmp" and check.port is None:
                faults.add("services.yml", f"{path}.checks[{index}].port", "is missing",
                           f"a check of kind {check.kind} needs a port")  # fmt: skip


def _seats(documents: Documents, faults: Faults) -> None:
    networks = {network.name: network for network in documents.networks}
    doubled(documents.seat_file, "number", (str(seat.number) for seat in documents.seats), faults)
    beyond: set[tuple[str, str]] = set()
    misplaced = misplaced_segments(documents)
    for seat in documents.seats:
        device_named(*documents.seat_place(seat.number, "switch"), seat.switch, documents, faults)
        network = networks.get(seat.network)
        if network is None:
            faults.unknown_name(*documents.seat_place(seat.number, "network"), seat.network,
                                networks, "network", "networks.yml")  # fmt: skip
        elif seat.address not in network.prefix:
            if seat.network in misplaced:
                continue
            place = documents.seat_place(seat.number, "address")
            if place not in beyond:  # the others of a group only count on from there
                faults.add(*place, f"{seat.address} is outside {network.prefix}",
                           "use an address of its network")  # fmt: skip
            beyond.add(place)
        elif seat.switch in documents.devices and seat.switch not in network.bridges:
            faults.add(*documents.seat_place(seat.number, "switch"),
                       f"{seat.switch!r} does not bridge {network.name}",
                       f"use one of {', '.join(network.bridges)}")  # fmt: skip


def _contract(documents: Documents, faults: Faults) -> None:
    if documents.contract is None:
        return
    _timezone(documents.contract.timezone, faults)
    for role in documents.contract.core_roles:
        if role not in documents.roles:
            faults.unknown_name("contract.yml", "core_roles", role, documents.roles, "role",
                                f"{ROLES}/{role}.yml")  # fmt: skip
    classes = documents.contract.fault_classes
    if not classes or not classes[-1].criteria.otherwise:
        faults.add("contract.yml", "fault_classes", "no class takes what the others leave",
                   "give the last class `criteria: {otherwise: true}`")  # fmt: skip
    doubled("contract.yml", "fault_classes", (c.name.value for c in classes), faults)
    doubled("contract.yml", "indicators",
             (str(i.number) for i in documents.contract.indicators), faults)  # fmt: skip


def _timezone(name: str, faults: Faults) -> None:
    """Time ranges are rendered as hours of UTC, so the zone must keep one offset."""
    path = "timezone"
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        faults.unknown_name("contract.yml", path, name, sorted(available_timezones()),
                            "time zone", "the IANA time zone database")  # fmt: skip
        return
    offsets = {datetime(2026, month, 1, tzinfo=zone).utcoffset() for month in range(1, 13)}
    if len(offsets) > 1:
        faults.add("contract.yml", path, f"{name} changes its clocks within the year",
                   "time ranges need a zone with one offset, as Asia/Shanghai")  # fmt: skip
