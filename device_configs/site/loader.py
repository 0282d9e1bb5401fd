"""From the files of a declaration to the validated :class:`Site`."""

from ipaddress import IPv4Network
from pathlib import Path

from device_configs.site.calendar import calendar_of, check_calendar
from device_configs.site.checks import check_references
from device_configs.site.documents import Documents, LinkDocument, link_name, read_documents
from device_configs.site.faults import Faults
from device_configs.site.hotline import check_hotline
from device_configs.site.model import (
    Device,
    End,
    Link,
    LinkKind,
    Network,
    Role,
    Seat,
    Site,
)

MANAGEMENT = "management"


def load_site(folder: Path) -> Site:
    """Load and validate the declaration in ``folder``.

    Raises :class:`~device_configs.site.faults.SiteInvalid` with every fault found: first those
    of form, and when the form is right all those of reference and meaning.
    """
    documents = read_documents(folder)
    faults = Faults()
    check_references(documents, faults)
    check_calendar(documents.years, faults)
    check_hotline(documents.hotline, faults)
    faults.raise_if_any()
    return build_site(documents)


def build_site(documents: Documents) -> Site:
    """Resolve checked documents into a site; pure."""
    devices = _devices(documents)
    seats = {seat.name: seat for seat in _seats(documents)}
    networks = {network.name: network for network in _networks(documents, devices, seats)}
    links = {link.name: link for link in _links(documents, devices, seats)}
    return Site(
        name=documents.site.name,
        title=documents.site.title,
        demonstration=documents.site.demonstration,
        devices=devices,
        zones={zone.name: zone for zone in documents.zones},
        networks=networks,
        links=links,
        circuits={circuit.name: circuit for circuit in documents.circuits},
        services={service.name: service for service in documents.services},
        seats=seats,
        contract=documents.contract,
        calendar=calendar_of(documents.years),
        hotline=documents.hotline,
    )


def _devices(documents: Documents) -> dict[str, Device]:
    return {
        name: Device(
            name=name,
            role=Role(role),
            title=found.title,
            half=found.half,
            rack=found.rack,
            platform=found.platform,
            management_address=found.ansible_host,
            loopback=found.loopback,
            partner=found.partner,
            tags=found.asset_tags,
            wall=found.wall,
            snmp=found.snmp,
            managed=found.managed,
        )
        for name, (role, found) in documents.devices.items()
    }


def _seats(documents: Documents) -> list[Seat]:
    return [
        Seat(name=f"seat-{seat.number:03d}", **seat.model_dump())
        for seat in sorted(documents.seats, key=lambda seat: seat.number)
    ]


def _networks(
    documents: Documents, devices: dict[str, Device], seats: dict[str, Seat]
) -> list[Network]:
    found = []
    for network in documents.networks:
        members = dict(network.members)
        if network.name == MANAGEMENT:
            members |= {d.name: d.management_address for d in devices.values()
                        if d.management_address is not None}  # fmt: skip
        members |= {s.name: s.address for s in seats.values() if s.network == network.name}
        found.append(Network(**network.model_dump() | {"members": members}))
    found += [_point_to_point(link, link.prefix) for link in documents.links if link.prefix]
    return found


def _point_to_point(link: LinkDocument, prefix: IPv4Network) -> Network:
    return Network(
        name=link_name(link),
        zone=link.zone or "",
        prefix=prefix,
        members={link.a: prefix[0], link.b: prefix[1]},
        bridges=(link.through,) if link.through else (),
    )


def _links(documents: Documents, devices: dict[str, Device], seats: dict[str, Seat]) -> list[Link]:
    circuits = {name: circuit.name for circuit in documents.circuits for name in circuit.links}
    found: list[Link] = []
    for link in documents.links:
        if link.through:
            found += _inline(link, link.through)
            continue
        found.append(
            Link(
                name=link_name(link),
                a=End(device=link.a, port=link.port_a or link.b),
                b=End(device=link.b, port=link.port_b or link.a),
                kind=LinkKind(link.kind),
                network=link.network or link_name(link),
                circuit=circuits.get(link_name(link)),
                redundant=link.redundant,
                bandwidth_mbps=link.bandwidth_mbps,
            )
        )
    return found + _management_links(documents, devices) + _seat_links(seats)


def _inline(link: LinkDocument, through: str) -> list[Link]:
    """Two cables with a transparent bridge between them; its ports are named by path."""
    near, far = f"{link.a}-{link.b}", f"{link.b}-{link.a}"
    network = link_name(link)
    return [
        Link(
            name=f"{end}--{through}-{other}",
            a=End(device=end, port=f"{other}-{through}"[:15]),
            b=End(device=through, port=port[:15]),
            kind=LinkKind.INLINE,
            network=network,
            redundant=link.redundant,
            bandwidth_mbps=link.bandwidth_mbps,
        )
        for end, other, port in ((link.a, link.b, near), (link.b, link.a, far))
    ]


def _management_links(documents: Documents, devices: dict[str, Device]) -> list[Link]:
    switch = next((n.bridges[0] for n in documents.networks if n.name == MANAGEMENT), None)
    if switch is None:
        return []
    return [
        Link(
            name=f"{switch}--{device.name}",
            a=End(device=switch, port=device.name),
            b=End(device=device.name, port="mgmt"),
            kind=LinkKind.MANAGEMENT,
            network=MANAGEMENT,
            redundant=False,
        )
        for device in devices.values()
        if device.management_address is not None and device.name != switch
    ]


def _seat_links(seats: dict[str, Seat]) -> list[Link]:
    return [
        Link(
            name=f"{seat.switch}--{seat.name}",
            a=End(device=seat.switch, port=seat.name),
            b=End(device=seat.name, port="eth0"),
            kind=LinkKind.SEAT,
            network=seat.network,
            redundant=False,
            bandwidth_mbps=1000,
        )
        for seat in seats.values()
    ]
