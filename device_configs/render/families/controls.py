"""Rules that come before the site's own: what a firewall itself sends and answers, and the routing
sessions that pass it. They are no policy of the site, and without them no policy would be reached.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from device_configs.render.addressing import MANAGEMENT
from device_configs.render.families.family import Zones
from device_configs.render.families.objects import (
    AddressObject,
    Objects,
    ServiceMatch,
    ServiceObject,
)
from device_configs.render.families.spans import Spans
from device_configs.render.refusal import NotRenderable
from device_configs.site.model import Device, FilterPlace, Site

BGP = ServiceObject("routing-bgp", (ServiceMatch("tcp", ((179, 179),)),))
BFD = ServiceObject("routing-bfd", (ServiceMatch("udp", ((3784, 3784), (4784, 4784))),))
"""Single-hop and multihop control packets (RFC 5881, RFC 5883)."""
OSPF = ServiceObject("routing-ospf", (ServiceMatch("89", ()),))
MANAGING = ServiceObject(
    "managing",
    (
        ServiceMatch("tcp", ((22, 22),)),
        ServiceMatch("udp", ((161, 161),)),
        ServiceMatch("icmp", ()),
    ),
)


@dataclass(frozen=True)
class PolicyRule:
    """One rule of a box; None and empty match everything."""

    name: str
    description: str
    from_zones: tuple[str, ...]
    to_zones: tuple[str, ...]
    source: AddressObject | None = None
    destination: AddressObject | None = None
    services: tuple[str, ...] = ()
    time: str | None = None
    allows: bool = True
    log: bool = False
    inspects: bool = False
    """Whether intrusion prevention looks into what it lets pass."""


def derive_controls(
    site: Site, device: Device, zones: Zones, objects: Objects
) -> tuple[PolicyRule, ...]:
    """The rules of a filtering device that come before its own policy."""
    routing = _routing(site, device, zones, objects) if device.role.hot_standby else ()
    return (*_edge(site, device, zones, objects), *routing, *_own(site, zones, objects))


def _edge(site: Site, device: Device, zones: Zones, objects: Objects) -> Iterator[PolicyRule]:
    """What comes from a public circuit and says that it comes from where nobody is."""
    if device.role.filtering is not FilterPlace.BOUNDARY:
        return  # It stands behind others, and its outer zone leads to other circuits as well.
    ended = _zones_of_circuits(site, device)
    for zone in sorted({network.zone for network in site.networks_of[device.name]}):
        if zone in site.public_zones:
            if len(ended) > 1:
                raise NotRenderable(
                    f"circuits.yml: {device.name} ends circuits of {' and '.join(sorted(ended))}, "
                    "and a box drops by one zone what nobody beyond the public one has; end the "
                    "public circuit at a firewall of its own"
                )
            unknown = objects.named(f"not-{zone}", Spans.of(site.prefixes_outside[zone]))
            yield PolicyRule(
                f"control-{unknown.name}", "Addresses that nobody out there has",
                (zones.outer.name,), (), source=unknown, allows=False, log=True,
            )  # fmt: skip


def _zones_of_circuits(site: Site, device: Device) -> set[str]:
    ending = {link.name for link in site.links_of[device.name]}
    return {c.zone for c in site.circuits.values() if ending.intersection(c.links)}


def has_pair_zone(site: Site, device: Device) -> bool:
    """Whether a firewall has a cable to its partner."""
    return device.role.hot_standby and any(
        link.peer_of(device.name).device == device.partner for link in site.links_of[device.name]
    )


def _routing(site: Site, device: Device, zones: Zones, objects: Objects) -> Iterator[PolicyRule]:
    paired = has_pair_zone(site, device)
    sides = (zones.inner.name, zones.outer.name, *((zones.pair.name,) if paired else ()))
    loopbacks = objects.named(
        "routers",
        Spans.of(
            IPv4Network(found.loopback)
            for found in site.devices_where(lambda role: role.routing)
            if found.loopback is not None
        ),
    )
    yield PolicyRule(
        "control-routing-transit", "Sessions between routers", sides, sides,
        loopbacks, loopbacks, _services(objects, BGP, BFD),
    )  # fmt: skip
    yield PolicyRule(
        "control-routing-own", "Routing of the firewall itself", sides, (zones.own,),
        services=_services(objects, OSPF, BFD, BGP),
    )  # fmt: skip
    if paired:
        yield PolicyRule(
            "control-hot-standby", "The other half", (zones.pair.name,), (zones.own,),
            services=_services(objects, _hot_standby(zones)),
        )  # fmt: skip


def _own(site: Site, zones: Zones, objects: Objects) -> Iterator[PolicyRule]:
    managers = objects.named("managers", Spans.of([site.networks[MANAGEMENT].prefix]))
    yield PolicyRule(
        "control-management", "Management", (zones.management.name,), (zones.own,),
        source=managers, services=_services(objects, MANAGING),
    )  # fmt: skip
    yield PolicyRule("control-own-traffic", "What the box sends itself", (zones.own,), ())


def _services(objects: Objects, *services: ServiceObject) -> tuple[str, ...]:
    return tuple(objects.service(service) for service in services)


def _hot_standby(zones: Zones) -> ServiceObject:
    ports = tuple((port, port) for port in zones.pair_traffic.ports)
    return ServiceObject("hot-standby", (ServiceMatch(zones.pair_traffic.protocol, ports),))
