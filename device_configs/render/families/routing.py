"""OSPF, BGP, BFD and static routes, on the interfaces of the box."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from device_configs.render.addressing import StaticRoute, derive_addressing, layer3_interface
from device_configs.render.families.interfaces import Interfaces
from device_configs.render.routing import ExternalNeighbour, derive_routing
from device_configs.site.model import Device, RoutingPlace, Site

BFD_INTERVAL_MS = 100
"""A dead neighbour is found in 0.3 s: hardware of the class declared here holds that on all
ports, and a busy control plane does not miss three packets in a row."""


@dataclass(frozen=True)
class OspfSetting:
    """``fast`` interfaces have a neighbour, watched by BFD; the others are silent."""

    interface: str
    cost: int
    fast: bool


@dataclass(frozen=True)
class Bgp:
    own_as: int
    internal: tuple[IPv4Address, ...]
    external: tuple[ExternalNeighbour, ...]
    announced: tuple[IPv4Network, ...]
    local_preference: int
    med: int
    speaks_for_all: bool
    """Whether it tells its inner neighbours what it learnt outside; the others only listen."""


@dataclass(frozen=True)
class FamilyRouting:
    """Routing of a device. ``router_id`` is None for those that route statically."""

    router_id: IPv4Address | None
    ospf: tuple[OspfSetting, ...]
    transit_is_last_resort: bool
    """OSPF of a firewall offers no way through: whoever has another takes it."""
    bgp: Bgp | None
    static: tuple[StaticRoute, ...]

    def ospf_on(self, interface: str) -> OspfSetting | None:
        """The OSPF setting of an interface; None when OSPF does not run there."""
        return next((found for found in self.ospf if found.interface == interface), None)


def derive_vendor_routing(site: Site, device: Device, interfaces: Interfaces) -> FamilyRouting:
    """Routing as :func:`device_configs.render.routing.derive_routing` decides it; pure."""
    static = derive_addressing(site, device).routes
    routing = derive_routing(site, device)
    if routing is None:
        return FamilyRouting(None, (), False, None, static)
    names = {
        layer3_interface(site, device, network): interfaces.by_network[network.name]
        for network in site.networks_of[device.name]
        if network.name in interfaces.by_network
    }
    ospf = [OspfSetting(names[o.name], o.cost, o.fast) for o in routing.ospf_interfaces]
    if ospf:
        ospf.append(OspfSetting(interfaces.loopback, 1, fast=False))
    return FamilyRouting(
        router_id=routing.router_id,
        ospf=tuple(ospf),
        transit_is_last_resort=device.role.hot_standby,
        bgp=Bgp(
            own_as=routing.own_as,
            internal=routing.internal_neighbours,
            external=routing.external_neighbours,
            announced=routing.announced,
            local_preference=routing.local_preference,
            med=routing.med,
            speaks_for_all=device.role.routing is RoutingPlace.EDGE,
        ),
        static=static,
    )
