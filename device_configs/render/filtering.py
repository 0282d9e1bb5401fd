"""What the firewalls let through, and whom the gate joins, derived from the services."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from device_configs.render.addressing import MANAGEMENT, layer3_interface
from device_configs.render.routing import ROUTING_ROLES, user_networks
from device_configs.site.model import Device, LinkKind, Network, Role, Service, Site

ECHO_PORTS = (7, 7007)
"""UDP and TCP echo at the services' addresses, by which failover drills measure gaps."""

INTAKE_PORT = 8080
OUTWARD_PORT = 8081
INTERNET_TEST_PORT = 8080


@dataclass(frozen=True)
class InnerPolicy:
    """The inner firewall: from the user networks, entering on inside ports, to the services."""

    inside_ports: tuple[str, ...]
    routers: tuple[IPv4Address, ...]
    """Loopbacks between which routing sessions pass the firewall, whatever its state table says."""
    sources: tuple[IPv4Network, ...]
    service_addresses: tuple[IPv4Address, ...]
    tcp_ports: tuple[int, ...]
    udp_ports: tuple[int, ...]


@dataclass(frozen=True)
class OuterPolicy:
    """The Internet firewall: citizens reach the gate's intake, the gate reaches the Internet."""

    outside_port: str
    inside_port: str
    public_address: IPv4Address
    inside: IPv4Network
    gate: IPv4Address


@dataclass(frozen=True)
class GateProxy:
    """One direction through the gate: a listener on one leg, the server behind the other."""

    name: str
    address: IPv4Address
    port: int
    server: IPv4Address
    server_port: int
    source: IPv4Address
    health: str


def derive_inner_policy(site: Site, device: Device) -> InnerPolicy | None:
    """Policy of an inner firewall; None for other devices."""
    if device.role is not Role.FIREWALL:
        return None
    services = [s for s in site.services.values() if site.zones[s.zone].name == "egov"]
    checks = [check for service in services for check in service.checks]
    ports = sorted({check.port for check in checks if check.port is not None})
    return InnerPolicy(
        inside_ports=tuple(_inside_ports(site, device)),
        routers=tuple(
            found.loopback
            for found in site.devices_with_role(*ROUTING_ROLES)
            if found.loopback is not None
        ),
        sources=user_networks(site),
        service_addresses=tuple(dict.fromkeys(check.address for check in checks)),
        tcp_ports=tuple(sorted({*ports, *ECHO_PORTS})),
        udp_ports=ECHO_PORTS,
    )


def _inside_ports(site: Site, device: Device) -> list[str]:
    """Ports towards the cores and towards the partner, which may stand in for them."""
    inside = {other.name for other in site.devices_with_role(Role.CORE_SWITCH, Role.FIREWALL)}
    return [
        layer3_interface(site, device, network)
        for network in site.networks_of[device.name]
        if network.name != MANAGEMENT and (set(network.members) - {device.name}) <= inside
    ]


def derive_outer_policy(site: Site, device: Device) -> OuterPolicy | None:
    """Policy of the Internet firewall; None for other devices."""
    if device.role is not Role.INTERNET_FIREWALL:
        return None
    circuit = next(link for link in site.links_of[device.name] if link.kind is LinkKind.CIRCUIT)
    inside = _network_with_virtual(site, device, "gate")
    return OuterPolicy(
        outside_port=circuit.end_at(device.name).port,
        inside_port=layer3_interface(site, device, inside),
        public_address=site.networks[circuit.network].members[device.name],
        inside=inside.prefix,
        gate=_virtual(inside, "gate"),
    )


def derive_gate_proxies(site: Site, device: Device) -> tuple[GateProxy, ...]:
    """Both directions through a gate; empty for other devices."""
    if device.role is not Role.GATE:
        return ()
    legs = {
        site.zones[n.zone].side: n for n in site.networks_of[device.name] if n.zone != MANAGEMENT
    }
    inner, outer = legs["egov"], legs["internet"]
    platform = _http_check_target(site, hosted_in="egov")
    internet = _internet_address(site)
    return (
        GateProxy("intake", _virtual(outer, "gate"), INTAKE_PORT, platform[0], platform[1],
                  inner.members[device.name], platform[2]),
        GateProxy("outward", _virtual(inner, "gate"), OUTWARD_PORT, internet, INTERNET_TEST_PORT,
                  outer.members[device.name], "/health"),
    )  # fmt: skip


def _http_check_target(site: Site, hosted_in: str) -> tuple[IPv4Address, int, str]:
    """Address, port and health path of the first HTTP service of a zone."""

    def checks(service: Service) -> list[tuple[IPv4Address, int, str]]:
        return [(c.address, c.port or 80, c.path) for c in service.checks if c.kind == "http"]

    return next(
        target
        for service in site.services.values()
        if service.zone == hosted_in
        for target in checks(service)
    )


def _internet_address(site: Site) -> IPv4Address:
    """The provider's end of the first circuit of the Internet zone."""
    circuit = next(c for c in site.circuits.values() if site.zones[c.zone].side == "internet")
    members = site.networks[site.links[circuit.links[0]].network].members
    return next(a for name, a in members.items() if not site.devices[name].managed)


def _network_with_virtual(site: Site, device: Device, name: str) -> Network:
    return next(
        network
        for network in site.networks_of[device.name]
        if any(virtual.name == name for virtual in network.virtual_addresses)
    )


def _virtual(network: Network, name: str) -> IPv4Address:
    return next(v.address for v in network.virtual_addresses if v.name == name)
