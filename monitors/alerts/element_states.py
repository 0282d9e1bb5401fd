"""The state of every device, link and circuit once the faults are named. Pure."""

from collections.abc import Mapping, Sequence

from monitors.alerts.graph import Graph
from monitors.alerts.liveness import Liveness
from monitors.alerts.model import FaultGroup, State
from monitors.alerts.reading import EvidenceReading
from monitors.alerts.segment_findings import Segments
from monitors.evidence import Element, ElementKind


def element_states(
    graph: Graph,
    reading: EvidenceReading,
    live: Liveness,
    segments: Segments,
    groups: Sequence[FaultGroup],
) -> Mapping[Element, State]:
    """By the evidence, and for roots and what only their cable cuts off by the faults."""
    states: dict[Element, State] = {}
    for device in graph.devices:
        states[Element.device(device)] = _device_state(reading, live, device)
    for link in graph.links:
        states[Element.link(link)] = _link_state(graph, reading, live, segments, link)
    for group in groups:
        for root in group.roots:
            if root.kind is ElementKind.LINK:
                states[root] = State.DOWN
    for circuit, links in graph.circuit_links.items():
        found = [states[Element.link(link)] for link in links]
        states[Element(ElementKind.CIRCUIT, circuit)] = _circuit_state(found)
    return _only_cable_cut(states, groups)


def _only_cable_cut(
    states: dict[Element, State], groups: Sequence[FaultGroup]
) -> Mapping[Element, State]:
    """A device silent only because its management cable is cut is unreachable, not down."""
    for group in groups:
        if all(root.kind is ElementKind.LINK for root in group.roots):
            for element in group.suppressed:
                if states.get(element) in (State.DOWN, State.CUT):
                    links = element.kind is ElementKind.LINK
                    states[element] = State.DOWN if links else State.UNREACHABLE
    return states


def _device_state(reading: EvidenceReading, live: Liveness, device: str) -> State:
    component = live.component_of(device)
    if device in live.rechecking:
        return State.RECHECKING
    if device in live.silent and component is not None:
        return component.roots.get(device, State.UNREACHABLE)
    if component is not None:
        return State.SUSPECTED
    return State.UP if reading.device(device).ok else State.UNKNOWN


def _link_state(
    graph: Graph, reading: EvidenceReading, live: Liveness, segments: Segments, link: str
) -> State:
    if link in segments.suspected:
        return State.SUSPECTED
    if link in live.dead:
        return State.DOWN
    for end, port in graph.ports_of[link]:
        if end not in live.silent and reading.of(port).ok:
            return State.UP
    return State.UNKNOWN


def _circuit_state(links: Sequence[State]) -> State:
    """A circuit with several links carries traffic while one of them does."""
    for state in (State.UP, State.UNKNOWN, State.SUSPECTED):
        if state in links:
            return state
    return State.DOWN
