"""From the files of a declaration to the validated :class:`Site`."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from pathlib import Path
from typing import Protocol, TypeVar

from device_configs.site import resolve
from device_configs.site.calendar import calendar_of, check_calendar
from device_configs.site.checks import check_references
from device_configs.site.documents import DeviceDocument, Documents, LinkDocument, link_name
from device_configs.site.faults import Faults
from device_configs.site.hotline import check_hotline
from device_configs.site.model import (
    CablePath,
    Device,
    DeviceRole,
    End,
    Link,
    LinkKind,
    Network,
    Seat,
    Site,
)
from device_configs.site.reader import read_documents
from device_configs.site.reporting import check_reporting

MANAGEMENT = "management"


def load_site(folder: Path) -> Site:
    """Load and validate the declaration in ``folder``.

    Raises :class:`~device_configs.site.faults.SiteInvalid` with every fault found, those of form
    and those of reference and meaning together.
    """
    faults = Faults()
    documents = read_documents(folder, faults)
    check_references(documents, faults)
    check_calendar(documents.years, faults)
    check_hotline(documents.hotline, faults)
    check_reporting(documents.report_duties, documents.report_chapters, documents.hotline, faults)
    faults.raise_if_any()
    return build_site(documents)


def build_site(documents: Documents) -> Site:
    """Resolve checked documents into a site; pure."""
    site, contract, hotline = documents.site, documents.contract, documents.hotline
    assert site is not None  # noqa: S101 - no fault was found
    assert contract is not None  # noqa: S101
    assert hotline is not None  # noqa: S101
    assert documents.protocols is not None  # noqa: S101
    assert documents.access is not None  # noqa: S101
    devices = _devices(documents)
    seats = by_name(_seats(documents))
    links = by_name(_links(documents, devices, seats))
    users = resolve.users(documents)
    return Site(
        name=site.name,
        title=site.title,
        demonstration=site.demonstration,
        roles=documents.roles,
        devices=devices,
        zones=by_name(documents.zones),
        networks=by_name(_networks(documents, devices, seats)),
        links=links,
        circuits=by_name(documents.circuits),
        services=by_name(documents.services),
        seats=seats,
        contract=contract,
        calendar=calendar_of(documents.years),
        hotline=hotline,
        protocols=documents.protocols,
        access=documents.access,
        report_duties=by_name(documents.report_duties),
        report_chapters=by_name(documents.report_chapters),
        tag_kinds=by_name(site.tag_kinds),
        providers=by_name(documents.providers),
        traffic_classes=by_name(documents.traffic_classes),
        bandwidth_classes=by_name(documents.bandwidth_classes),
        feeds=by_name(documents.feeds),
        racks=by_name(documents.racks),
        ducts=by_name(documents.ducts),
        accepted_risks=resolve.accepted_risks(documents, links.values()),
        address_sets=resolve.address_sets(documents),
        regions=by_name(documents.regions),
        applications=by_name(documents.applications),
        time_ranges=by_name(documents.time_ranges),
        users=users,
        user_groups=resolve.user_groups(documents, users),
        rule_sets=by_name(documents.rule_sets),
        ips_profiles=by_name(documents.ips_profiles),
        http_flood_limits=resolve.http_flood_limits(documents),
        compliance_exceptions=by_name(documents.compliance_exceptions),
        syn_proxies=by_name(documents.syn_proxies),
        login_guards=by_name(documents.login_guards),
        gates=resolve.gates(documents),
        accounts=resolve.accounts(documents),
    )


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Item = TypeVar("Item", bound=_Named)


def by_name(items: Iterable[Item]) -> dict[str, Item]:
    """Items under their names, in their order."""
    return {item.name: item for item in items}


def _devices(documents: Documents) -> dict[str, Device]:
    racks = by_name(documents.racks)

    def feeds(role: DeviceRole, found: DeviceDocument) -> tuple[str, ...]:
        if role.outside:
            return ()
        return found.feeds if found.feeds is not None else racks[found.rack].feeds

    return {
        name: Device(
            name=name,
            role=role,
            title=found.title,
            half=found.half,
            rack=found.rack,
            platform=found.platform,
            management_address=found.ansible_host,
            loopback=found.loopback,
            as_number=found.as_number,
            partner=found.partner,
            tags=found.asset_tags,
            asset=found.asset,
            feeds=feeds(role, found),
            ports=found.ports,
            wall=found.wall,
            snmp=found.snmp,
            snmp_authentication=found.snmp_authentication,
            polling=found.polling,
            deployed=found.is_deployed(role),
            polled=found.is_polled(role),
            site_lines=found.site_lines,
        )
        for name, (role, found) in documents.known_devices.items()
    }


def _seats(documents: Documents) -> list[Seat]:
    return [
        Seat(name=f"seat-{seat.number:03d}", **seat.model_dump())
        for seat in sorted(documents.seats, key=lambda seat: seat.number)
    ]


def _networks(
    documents: Documents, devices: dict[str, Device], seats: dict[str, Seat]
) -> list[Network]:
    placed: dict[str, list[Seat]] = {}
    for seat in seats.values():
        placed.setdefault(seat.network, []).append(seat)
    found = []
    for network in documents.networks:
        members = dict(network.members)
        if network.name == MANAGEMENT:
            members |= {d.name: d.management_address for d in devices.values()
                        if d.management_address is not None}  # fmt: skip
        members |= {seat.name: seat.address for seat in placed.get(network.name, ())}
        found.append(Network(**network.model_dump() | {"members": members}))
    found += [_point_to_point(link, link.prefix) for link in documents.links if link.prefix]
    return found


def _point_to_point(link: LinkDocument, prefix: IPv4Network) -> Network:
    return Network(
        name=link_name(link),
        zone=link.zone or "",
        prefix=prefix,
        ipv6_prefix=link.ipv6_prefix,
        members={link.a: prefix[0], link.b: prefix[1]},
        bridges=(link.through,) if link.through else (),
    )


def _links(documents: Documents, devices: dict[str, Device], seats: dict[str, Seat]) -> list[Link]:
    circuits = {name: circuit for circuit in documents.circuits for name in circuit.links}
    found: list[Link] = []
    for link in documents.links:
        if link.through:
            found += _inline(link, link.through)
            continue
        circuit = circuits.get(link_name(link))
        found.append(
            Link(
                name=link_name(link),
                a=End(device=link.a, port=link.ports[0][0]),
                b=End(device=link.b, port=link.ports[0][1]),
                kind=LinkKind(link.kind),
                network=link.network or link_name(link),
                circuit=circuit.name if circuit else None,
                redundant=link.redundant,
                bandwidth_mbps=link.bandwidth_mbps,
                bandwidth_class=circuit.bandwidth_class if circuit else link.bandwidth_class,
                ducts=_common_ducts(link),
                members=tuple(_members(link)),
            )
        )
    return found + _management_links(documents, devices) + _seat_links(seats)


def _common_ducts(link: LinkDocument) -> tuple[str, ...]:
    """Where all cables of a link are laid: what takes the whole line."""
    if not link.members:
        return link.ducts
    first, *others = (member.ducts for member in link.members)
    return tuple(duct for duct in first if all(duct in ducts for ducts in others))


def _members(link: LinkDocument) -> Iterator[CablePath]:
    for number, (member, (a, b)) in enumerate(zip(link.members, link.ports, strict=False), start=1):
        yield CablePath(
            name=f"{link_name(link)}.{number}",
            a=End(device=link.a, port=a),
            b=End(device=link.b, port=b),
            ducts=member.ducts,
        )


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
            bandwidth_class=link.bandwidth_class,
            ducts=link.ducts,
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
