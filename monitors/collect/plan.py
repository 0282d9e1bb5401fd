"""What to collect from whom, derived from the declaration; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Literal

from device_configs.site.faults import nearest
from device_configs.site.model import Check, Device, Polling, Seat, Site
from monitors.collect.profiles import SEAT, Profile, profile_names, profile_of
from monitors.evidence import Element
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message

SNMP_PORT = 161
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class SnmpSecrets:
    """Read access to the site's agents: a community, and one user (AES-128, authPriv).

    ``trap_community`` is what senders of v2c traps must know.
    """

    community: str = field(repr=False)
    user: str
    authentication_key: str = field(repr=False)
    privacy_key: str = field(repr=False)
    trap_community: str = field(repr=False)


class TargetKind(StrEnum):
    DEVICE = "device"
    SEAT = "seat"


@dataclass(frozen=True, slots=True)
class AgentLimits:
    """How an agent is asked; the fields are those of its declaration (``polling``)."""

    timeout_s: float = 1.0
    tries: int = 2
    repetitions: int = 20
    objects: int = 60
    """A reply of about 1.3 kB: one frame."""
    window: int = 4
    most_rows: int = 2_000


def limits_of(*declared: Polling | None) -> AgentLimits:
    """The usual limits with what is declared instead; a later declaration goes before."""
    names = {limit.name for limit in fields(AgentLimits)}
    found: dict[str, Any] = {}
    for polling in filter(None, declared):
        found |= polling.model_dump(exclude_none=True, include=names)
    return replace(AgentLimits(), **found)


@dataclass(frozen=True, slots=True)
class SnmpTarget:
    """One agent to poll. ``name`` is the device's, or the seat's as in links (``seat-001``)."""

    name: str
    kind: TargetKind
    element: Element
    address: str
    port: int
    version: Literal["v2c", "v3"]
    profile: Profile
    interval_s: float
    authentication: Literal["sha", "sha-256"] = "sha"
    """How version 3 is signed."""
    ports: frozenset[str] = frozenset()
    """Declared ports: only these become evidence."""
    router_ids: Mapping[int, str] = field(default_factory=dict)
    """Network by VRRP router id, for the groups that the device is a declared member of."""
    polling: AgentLimits = AgentLimits()
    displays: int = 1
    """Displays of a seat's host."""


@dataclass(frozen=True, slots=True)
class PingTarget:
    element: Element
    address: str


@dataclass(frozen=True, slots=True)
class ServiceCheck:
    """The check at ``position`` of its service's declaration."""

    service: str
    position: int
    check: Check


@dataclass(frozen=True, slots=True)
class CollectionPlan:
    """Everything a collector needs to know; nothing in it changes while it runs."""

    targets: Mapping[str, SnmpTarget]
    liveness: tuple[PingTarget, ...]
    checks: tuple[ServiceCheck, ...]
    devices_by_address: Mapping[str, str]
    """Device by any of its own addresses: who sent a trap, who a routing neighbour is."""
    peers: Mapping[str, str]
    """Device at the other end, by port (``rt-a:egov`` -> ``egov``)."""
    router_ids: Mapping[str, Mapping[int, str]]
    secrets: SnmpSecrets


def plan_collection(
    site: Site,
    secrets: SnmpSecrets,
    *,
    interval_s: float = 5.0,
    simulated_ports: Mapping[str, int] | None = None,
) -> CollectionPlan:
    """The plan of a site.

    Devices answer at their management address and seats at their own. With ``simulated_ports``
    (target name -> UDP port on the loopback address) only those targets are polled, and nothing
    is pinged or probed, since no address of the site exists.
    """
    _check_profiles(site)
    targets = {target.name: target for target in _targets(site, interval_s)}
    plan = CollectionPlan(
        targets=targets,
        liveness=tuple(PingTarget(t.element, t.address) for t in _every_agent(site, interval_s)),
        checks=tuple(
            ServiceCheck(service.name, position, check)
            for service in site.services.values()
            for position, check in enumerate(service.checks)
        ),
        devices_by_address=_devices_by_address(site),
        peers=_peers(site),
        router_ids=_router_ids(site),
        secrets=secrets,
    )
    return plan if simulated_ports is None else _simulated_plan(plan, simulated_ports)


def _check_profiles(site: Site) -> None:
    """Raises Invalid, with every role of a watched device that names a profile nobody wrote."""
    known = profile_names()
    roles = {device.role.name: device.role for device in site.watched}
    faults = [
        f"roles/{role}.yml: profiles: no profile is named {name!r}; "
        f"{nearest(name, known) or 'write monitors/collect/profiles/' + name + '.yml'}"
        for role, properties in roles.items()
        for name in properties.profiles
        if name not in known
    ]
    if faults:
        raise Invalid(
            message("角色引用了不存在的采集配置"),
            detail="\n".join(faults),
            remedy=message("改正名称，或编写该文件：docs/how-to/add-a-profile.md"),
        )


def _simulated_plan(plan: CollectionPlan, ports: Mapping[str, int]) -> CollectionPlan:
    targets = {
        name: replace(target, address=LOOPBACK, port=ports[name], version="v2c")
        for name, target in plan.targets.items()
        if name in ports
    }
    return replace(plan, targets=targets, liveness=(), checks=())


def _targets(site: Site, interval_s: float) -> Iterator[SnmpTarget]:
    unpolled = {device.name for device in site.devices.values() if device.snmp == "none"}
    return (target for target in _every_agent(site, interval_s) if target.name not in unpolled)


def _every_agent(site: Site, interval_s: float) -> Iterator[SnmpTarget]:
    router_ids = _router_ids(site)
    for device in site.devices.values():
        if device.polled and device.management_address is not None:
            yield _device_target(site, device, interval_s, router_ids.get(device.name, {}))
    for seat in site.seats.values():
        yield _seat_target(seat, interval_s)


def _device_target(
    site: Site, device: Device, interval_s: float, router_ids: Mapping[int, str]
) -> SnmpTarget:
    profile = profile_of(device.role.profiles)
    return SnmpTarget(
        name=device.name,
        kind=TargetKind.DEVICE,
        element=Element.device(device.name),
        address=str(device.management_address),
        port=SNMP_PORT,
        version="v2c" if device.snmp == "v2c" else "v3",
        authentication=device.snmp_authentication,
        profile=profile,
        interval_s=_interval(interval_s, *profile.polling, device.polling),
        polling=limits_of(*profile.polling, device.polling),
        ports=frozenset(link.end_at(device.name).port for link in site.links_of[device.name]),
        router_ids=router_ids,
    )


def _seat_target(seat: Seat, interval_s: float) -> SnmpTarget:
    profile = profile_of((SEAT,))
    return SnmpTarget(
        name=seat.name,
        kind=TargetKind.SEAT,
        element=Element.seat_host(seat.number),
        address=str(seat.address),
        port=SNMP_PORT,
        version="v3",
        profile=profile,
        interval_s=_interval(interval_s, *profile.polling),
        polling=limits_of(*profile.polling),
        displays=len(seat.displays),
    )


def _interval(usual_s: float, *declared: Polling | None) -> float:
    """The declared interval of the most particular declaration, else the usual one."""
    found = [p.interval_s for p in declared if p is not None and p.interval_s is not None]
    return found[-1] if found else usual_s


def _devices_by_address(site: Site) -> dict[str, str]:
    found: dict[str, str] = {}
    for network in site.networks.values():
        for name, address in network.members.items():
            if name in site.devices:
                found[str(address)] = name
    for device in site.devices.values():
        for own in (device.loopback, device.management_address):
            if own is not None:
                found[str(own)] = device.name
    return found


def _peers(site: Site) -> dict[str, str]:
    return {
        str(end): link.peer_of(end.device).device
        for link in site.links.values()
        for end in link.ends
    }


def _router_ids(site: Site) -> dict[str, dict[int, str]]:
    found: dict[str, dict[int, str]] = {}
    for network in site.networks.values():
        for virtual in network.virtual_addresses:
            for member in virtual.members:
                found.setdefault(member, {})[virtual.router_id] = network.name
    return found
