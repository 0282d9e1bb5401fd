"""From the judge's states to the conditions and standings that screens show; pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from device_configs.site.model import Device, FilterPlace, LinkKind, RoutingPlace, Site
from monitors.alerts.model import AGENT_SILENT, State, Verdict
from monitors.evidence import Element, ElementKind, EvidenceRegister, VrrpRole
from wallboard.wall.state import (
    CircuitView,
    Condition,
    ConfigurationView,
    LinkView,
    NodeView,
    RedundancyRole,
    SeatCondition,
    SeatPart,
    SeatView,
)

_CONDITIONS = {
    State.UP: Condition.OK,
    State.DOWN: Condition.DOWN,
    State.CUT: Condition.DOWN,
    State.UNREACHABLE: Condition.UNREACHABLE,
    State.AGENT_SILENT: Condition.AGENT_SILENT,
    State.SUSPECTED: Condition.SUSPECTED,
    State.RECHECKING: Condition.SUSPECTED,
    State.UNKNOWN: Condition.UNKNOWN,
}

Measured = Mapping[str, float]


def condition_of(state: State) -> Condition:
    """How a screen shows a state of the judge."""
    return _CONDITIONS[state]


CONFIGURATION_RULES = ("configuration_drift", "compliance_violation")
"""The rules of ``monitors/alerts/rules/devices.yml`` that the network tile speaks of."""


def configuration_view(site: Site, verdict: Verdict) -> ConfigurationView:
    """What the judge knows of the devices' configurations: an alert, all well, or nothing."""
    names = [device.name for device in site.deployed]
    states = {
        name: [verdict.state(Element.condition(rule, name)) for rule in CONFIGURATION_RULES]
        for name in names
    }
    drifted, violating = (
        sum(states[name][position] is State.DOWN for name in names)
        for position in range(len(CONFIGURATION_RULES))
    )
    unknown = sum(any(s not in (State.UP, State.DOWN) for s in found) for found in states.values())
    return ConfigurationView(drifted, violating, unknown, len(names))


def starts_of(verdict: Verdict) -> Mapping[Element, datetime]:
    """Since when each element is a root or stands behind one; those in order are not in it.

    One pass over the faults: asked for element by element, a storm of faults costs its square.
    """
    starts: dict[Element, datetime] = {}
    for group in verdict.groups:
        for element in (*group.elements, *group.suppressed):
            starts.setdefault(element, group.since)
    return starts


def device_state(site: Site, verdict: Verdict, name: str) -> State:
    """The judge's state of a device; the monitoring host, which judges, is up while it does."""
    if name == site.monitoring_host.name:
        return State.UP
    return verdict.state(Element.device(name))


def device_condition(site: Site, verdict: Verdict, device: Device) -> Condition:
    """How a screen shows a device; of one that nobody watches it says that, and nothing else."""
    if not device.polled:
        return Condition.UNWATCHED
    return condition_of(device_state(site, verdict, device.name))


def redundancy_roles(
    site: Site, verdict: Verdict, register: EvidenceRegister
) -> dict[str, RedundancyRole]:
    """Who of each redundant pair works and who waits, by device name.

    VRRP says so for gateways, gates, voice gateways and the firewall pair; a router works when
    its circuit is the first of its group that stands; a transparent device follows its firewall.
    """
    masters = _vrrp_masters(register)
    found: dict[str, RedundancyRole] = {}
    for device in site.devices.values():
        if device.partner is not None and {device.name, device.partner} & masters.keys():
            mine, other = masters.get(device.name, 0), masters.get(device.partner, 0)
            found[device.name] = RedundancyRole.ACTIVE if mine > other else RedundancyRole.STANDBY
    for name, roles in circuit_roles(site, verdict).items():
        for link in site.circuits[name].links:
            for end in site.links[link].ends:
                if site.devices[end.device].role.routing is RoutingPlace.EDGE:
                    found[end.device] = roles
    return found | _inline_roles(site, found)


def _inline_roles(site: Site, known: Mapping[str, RedundancyRole]) -> dict[str, RedundancyRole]:
    found: dict[str, RedundancyRole] = {}
    for device in site.devices_where(lambda role: role.filtering is FilterPlace.INLINE):
        peers = {link.peer_of(device.name).device for link in site.links_of[device.name]
                 if link.kind is LinkKind.INLINE}  # fmt: skip
        firewalls = [p for p in peers if site.devices[p].role.hot_standby and p in known]
        if firewalls:
            found[device.name] = known[firewalls[0]]
    return found


def _vrrp_masters(register: EvidenceRegister) -> dict[str, int]:
    """How many VRRP groups each device is master of, newest word first; 0 for a mere member."""
    found: dict[str, int] = {}
    for element, entries in register.by_element().items():
        if element.kind is ElementKind.VRRP:
            newest = max(entries, key=lambda entry: entry.rank)
            is_master = bool(newest.ok) and newest.value == VrrpRole.MASTER
            found[element.device_name] = found.get(element.device_name, 0) + is_master
    return found


def circuit_roles(site: Site, verdict: Verdict) -> dict[str, RedundancyRole]:
    """Circuits that back each other up: the first declared one that stands is in use."""
    found: dict[str, RedundancyRole] = {}
    taken: set[str] = set()
    for circuit in site.circuits.values():
        if circuit.group is None:
            continue
        stands = verdict.state(Element(ElementKind.CIRCUIT, circuit.name)) is State.UP
        active = stands and circuit.group not in taken
        taken |= {circuit.group} if active else set()
        found[circuit.name] = RedundancyRole.ACTIVE if active else RedundancyRole.STANDBY
    return found


def circuit_views(
    site: Site, verdict: Verdict, throughput_bps: Measured, latency_ms: Measured
) -> tuple[CircuitView, ...]:
    """Every circuit; measured values are absent where nothing was measured."""
    roles, starts_at = circuit_roles(site, verdict), starts_of(verdict)
    views = []
    for circuit in site.circuits.values():
        element = Element(ElementKind.CIRCUIT, circuit.name)
        condition = condition_of(verdict.state(element))
        links = [Element(ElementKind.LINK, name) for name in circuit.links]
        starts = [starts_at[e] for e in (element, *links) if e in starts_at]
        views.append(
            CircuitView(
                name=circuit.name,
                condition=condition,
                redundancy=roles.get(circuit.name, RedundancyRole.NONE),
                since=None if condition is Condition.OK else min(starts, default=None),
                throughput_bps=throughput_bps.get(circuit.name),
                latency_ms=latency_ms.get(circuit.name),
            )
        )
    return tuple(views)


def node_views(
    site: Site, verdict: Verdict, roles: Mapping[str, RedundancyRole]
) -> tuple[NodeView, ...]:
    """Every device of ours."""
    starts = starts_of(verdict)
    views = []
    for device in site.devices.values():
        if not device.is_ours:
            continue
        state = device_state(site, verdict, device.name)
        condition = device_condition(site, verdict, device)
        element = Element.device(device.name)
        if state is State.AGENT_SILENT:
            element = Element.condition(AGENT_SILENT, device.name)
        views.append(
            NodeView(
                name=device.name,
                condition=condition,
                redundancy=roles.get(device.name, RedundancyRole.NONE),
                since=None if condition is Condition.OK else starts.get(element),
            )
        )
    return tuple(views)


def link_views(
    site: Site, verdict: Verdict, roles: Mapping[str, RedundancyRole]
) -> tuple[LinkView, ...]:
    """Every cable between devices; active when neither end waits and it is in order."""
    circuits, starts = circuit_roles(site, verdict), starts_of(verdict)
    views = []
    for link in site.links.values():
        if link.kind is LinkKind.SEAT:
            continue
        element = Element(ElementKind.LINK, link.name)
        condition = condition_of(verdict.state(element))
        waits = any(roles.get(end.device) is RedundancyRole.STANDBY for end in link.ends)
        if link.circuit is not None:
            waits |= circuits.get(link.circuit) is RedundancyRole.STANDBY
        views.append(
            LinkView(
                name=link.name,
                condition=condition,
                active=condition is Condition.OK
                and not waits
                and link.kind is not LinkKind.MANAGEMENT,
                since=None if condition is Condition.OK else starts.get(element),
            )
        )
    return tuple(views)


def seat_views(verdict: Verdict, numbers: Iterable[int]) -> tuple[SeatView, ...]:
    """Every terminal; a host that does not answer leaves its terminal unknown, never good."""
    starts = starts_of(verdict)
    return tuple(_seat_view(verdict, starts, number) for number in numbers)


def _seat_view(verdict: Verdict, starts: Mapping[Element, datetime], number: int) -> SeatView:
    host, display = Element.seat_host(number), Element.seat_display(number)
    host_state, display_state = verdict.state(host), verdict.state(display)
    if host_state is State.UNREACHABLE:
        return SeatView(number, SeatCondition.UNREACHABLE, since=starts.get(host))
    if host_state is not State.UP:
        return SeatView(number, SeatCondition.UNKNOWN, SeatPart.HOST, since=starts.get(host))
    if display_state is State.DOWN:
        return SeatView(number, SeatCondition.FAULT, SeatPart.DISPLAY, since=starts.get(display))
    if display_state is State.UP:
        return SeatView(number, SeatCondition.OK)
    return SeatView(number, SeatCondition.UNKNOWN, SeatPart.DISPLAY)
