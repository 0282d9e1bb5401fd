"""The judge: a pure function of the graph, the evidence register and what was known before.

Liveness on the management graph gives components and their roots; cables and adjacencies
between living devices give dead segments; seats and services are judged last, against what is
already known to carry nothing. The order and the repetition of signals cannot matter, because
only the register is read.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from monitors.alerts.agents import judge_agents
from monitors.alerts.attribution import attribute, explain
from monitors.alerts.causes import join_common_causes
from monitors.alerts.conditions import judge_conditions
from monitors.alerts.graph import Graph, build_graph
from monitors.alerts.leaves import judge_leaves
from monitors.alerts.liveness import CONFIRM, Component, Liveness, judge_liveness
from monitors.alerts.model import (
    Confidence,
    FaultGroup,
    JudgeSettings,
    State,
    Timing,
    Verdict,
)
from monitors.alerts.paths import Damage, Paths
from monitors.alerts.reading import PUSHED, Reading, read
from monitors.alerts.segments import Condemned, Segments, judge_segments
from monitors.evidence import Element, ElementKind, EvidenceRegister, Observation

__all__ = ["Graph", "JudgeSettings", "Timing", "Verdict", "build_graph", "judge"]

PROOF_MARGIN = timedelta(seconds=1)
"""How much later than a silence a neighbour's good word must be to prove life."""


def judge(
    graph: Graph,
    register: EvidenceRegister,
    previous_timing: Timing,
    now: datetime,
    settings: JudgeSettings | None = None,
    lost_sources: frozenset[str] = frozenset(),
) -> Verdict:
    """States of all elements and the faults behind them at ``now`` (aware UTC).

    ``previous_timing`` is the timing of the verdict before (``Timing()`` at first).
    ``lost_sources`` are evidence sources whose collector went quiet: what only they knew is
    unknown. Durations come from ``settings``.
    """
    settings = settings or JudgeSettings()
    reading = read(register, graph, previous_timing, now, settings, lost_sources)
    live = judge_liveness(graph, reading, previous_timing, now, settings)
    segments = judge_segments(graph, reading, live, previous_timing, now, settings)
    naming = _Naming(graph, reading, live, segments, now, settings)
    found = naming.components() + [naming.condemned(item) for item in segments.condemned]
    groups = join_common_causes(graph, found, settings.common_cause)
    damage = _damage(groups)
    latest = max((_latest(reading, group) for group in groups), default=None)
    paths = _paths(graph)
    leaves = judge_leaves(
        graph,
        paths,
        reading,
        damage,
        latest,
        previous_timing.explained,
        now,
        settings,
        naming.waiting | live.rechecking,
    )
    explaining = explain(graph, paths, groups, leaves.explained)
    groups = attribute(graph, paths, [*explaining, *leaves.groups])
    agents = judge_agents(
        graph, register, reading, live, previous_timing, now, settings, lost_sources
    )
    states = {**_states(graph, reading, live, segments, groups), **leaves.states}
    for device in agents.silent:
        states[Element.device(device)] = State.AGENT_SILENT
    conditions, found = judge_conditions(reading, states)
    groups += [*found, *agents.groups]
    groups.sort(key=lambda group: (group.since, group.roots))
    waiting = naming.waiting | segments.waiting
    return Verdict(
        at=now,
        states={**states, **conditions, **agents.states},
        groups=tuple(groups),
        timing=Timing(
            {**reading.bad_since(), **segments.splits},
            live.path_since,
            live.out_of_reach,
            live.unheard,
            live.returned,
            live.dead_alone,
            leaves.explained_at,
            agents.silent_since,
            frozenset(root for group in groups for root in group.roots),
        ),
        recheck=frozenset(
            Element.device(name) for name in waiting | live.rechecking | reading.unconfirmed
        ),
        pending=bool(waiting or segments.suspected or live.rechecking or leaves.pending),
        findings={element: finding.ok for element, finding in reading.findings.items()},
    )


_HELD: dict[int, tuple[Graph, Paths]] = {}


def _paths(graph: Graph) -> Paths:
    """Path answers are a function of the graph alone: kept for the graph last judged."""
    held = _HELD.get(id(graph))
    if held is None or held[0] is not graph:
        _HELD.clear()
        held = (graph, Paths(graph))
        _HELD[id(graph)] = held
    return held[1]


class _Naming:
    """Turns components and condemned segments into groups with roots."""

    def __init__(
        self,
        graph: Graph,
        reading: Reading,
        live: Liveness,
        segments: Segments,
        now: datetime,
        settings: JudgeSettings,
    ) -> None:
        self._graph, self._reading, self._live = graph, reading, live
        self._segments, self._now, self._settings = segments, now, settings
        self.waiting: set[str] = set()

    def components(self) -> list[FaultGroup]:
        groups = [self._component(component) for component in self._live.components]
        return [group for group in groups if group is not None]

    def condemned(self, item: Condemned) -> FaultGroup:
        if item.device is not None:
            return FaultGroup(
                roots=(Element.device(item.device),),
                state=State.DOWN,
                confidence=item.confidence,
                since=item.since,
                evidence=item.evidence,
                suppressed=_elements(item.evidence),
                dead_devices=frozenset({item.device}),
            )
        links = frozenset(item.links) if item.carries_nothing else frozenset()
        return FaultGroup(
            roots=tuple(Element.link(link) for link in item.links),
            state=State.DOWN,
            confidence=item.confidence,
            since=item.since,
            evidence=item.evidence,
            suppressed=_elements(item.evidence),
            dead_links=links,
        )

    def _component(self, component: Component) -> FaultGroup | None:
        named = {d: s for d, s in component.roots.items() if self._may_be_named(d, component)}
        self.waiting |= component.roots.keys() - named.keys()
        if component.roots and not named:
            return None
        if not component.roots:
            return self._border_group(component)
        if len(named) == 1 == len(component.roots):
            return self._single(component, *next(iter(named.items())))
        state = State.DOWN if State.DOWN in named.values() else State.CUT
        roots = tuple(Element.device(device) for device in named)
        if state is State.CUT:
            roots += self._only_cable(component, named)
        return self._group(component, roots, state, frozenset(named))

    def _may_be_named(self, device: str, component: Component) -> bool:
        """Settled after its own silence, asked again, and what leads to it was asked as well:
        it has answered, and its port towards the device was read."""
        if Element.device(device) in self._reading.named:
            return True
        since = self._live.silent[device]
        if self._now < since + self._settings.settle or not self._is_asked_again(device, since):
            return False
        leading = {
            link: peer
            for link in sorted(component.border)
            if device in self._graph.ends(link)
            and link not in self._live.dead
            and self._is_watched(peer := self._graph.peer(link, device))
        }
        unread = {
            peer
            for link, peer in leading.items()
            if (port := self._graph.port_at(link, peer)) in self._reading.findings
            and port is not None
            and not self._reading.heard_since(port, since)
        }
        if unread and self._now < since + self._settings.undecided:
            self.waiting |= unread
            return False
        confirmed = (
            self._graph.collector in leading.values()
            or not leading
            or any(
                self._reading.answered_since(peer, since)
                for peer in leading.values()
                if peer != self._graph.collector
            )
        )
        return confirmed or self._now >= since + CONFIRM

    def _is_watched(self, node: str) -> bool:
        return node in self._graph.devices or node == self._graph.collector

    def _is_asked_again(self, device: str, since: datetime) -> bool:
        """Silent to a second probe as well, and just now: one lost observation names nobody."""
        finding = self._reading.device(device)
        if device in self._live.isolated or finding.observation is None:
            return True
        if not self._reading.may_name((), (finding.observation,)):
            return False
        return finding.at > since or self._now >= since + CONFIRM

    def _border_group(self, component: Component) -> FaultGroup | None:
        """Nothing in it is known to be silent: the dead cables around it are the fault."""
        cables = [self._live.dead[ln] for ln in sorted(component.border & self._live.dead.keys())]
        ready = all(self._now >= cable.since + self._settings.settle for cable in cables)
        presumed = component.devices & self._graph.devices
        voided = not presumed.isdisjoint(self._live.rechecking)
        if not ready or voided:
            self.waiting |= presumed
            return None
        waits = any(
            self._now < cable.since + self._settings.undecided
            and not self._told_by_trap(cable.evidence)
            for cable in cables
        )
        roots = tuple(Element.link(cable.name) for cable in cables)
        words = [word for cable in cables for word in cable.evidence]
        if waits or not self._reading.may_name(roots, words):
            ends = {end for cable in cables for end in self._graph.ends(cable.name)}
            self.waiting |= presumed | (ends & self._graph.devices)
            return None
        return self._group(component, roots, State.DOWN, frozenset())

    def _single(self, component: Component, device: str, state: State) -> FaultGroup:
        """One root, whatever is behind it: the device itself, or only its management cable, if
        its data side lives."""
        cables = tuple(
            Element.link(link)
            for link in sorted(component.border)
            if device in self._graph.ends(link)
        )
        if device not in self._live.isolated and len(cables) == 1:
            if self._lives_by_data(device):
                return self._group(component, cables, state, frozenset())
            if state is State.CUT and self._only_management_reported(device, cables[0].name):
                return self._group(component, cables, state, frozenset())
        roots: tuple[Element, ...] = (Element.device(device),)
        if state is State.CUT:
            roots += self._only_cable(component, {device: state})
        return self._group(component, roots, state, frozenset({device}))

    def _only_cable(self, component: Component, named: Iterable[str]) -> tuple[Element, ...]:
        """The one dead cable of a device that nobody else watches: as likely as the device."""
        dead = [link for link in sorted(component.border) if link in self._live.dead]
        device = next(iter(named))
        if len(dead) != 1 or self._dead_data_links(device):
            return ()
        return (Element.link(dead[0]),)

    def _dead_data_links(self, device: str) -> list[str]:
        return [link for link in self._data_links(device) if link in self._live.dead]

    def _data_links(self, device: str) -> list[str]:
        """Data links whose other end is a watched device that is not silent."""
        return [
            link
            for link in self._graph.links_of.get(device, ())
            if link in self._graph.data
            and link not in self._graph.management
            and (peer := self._graph.peer(link, device)) in self._graph.devices
            and peer not in self._live.silent
        ]

    def _lives_by_data(self, device: str) -> bool:
        """A neighbour, or a seat behind it, spoke well of it clearly after its silence, and it
        was silent to a later probe: else it may just have come back."""
        asked_at = self._reading.device(device).at
        after = self._live.silent[device] + PROOF_MARGIN
        peers = {self._graph.peer(link, device) for link in self._graph.links_of.get(device, ())}
        findings = [self._reading.of(Element.neighbour(peer, device)) for peer in sorted(peers)]
        findings += [
            self._reading.of(Element.seat_host(number))
            for number, switch in self._graph.seat_switch.items()
            if switch == device
        ]
        return any(finding.ok and after <= finding.at < asked_at for finding in findings)

    def _only_management_reported(self, device: str, cable: str) -> bool:
        """Its data ports would have been reported by now, had they gone too.

        A device that was silent before its cable was dead, or whose neighbours lost it, is not
        cleared by ports that keep their carrier.
        """
        links = self._data_links(device)
        dead = self._live.dead[cable]
        if not links or self._dead_data_links(device):
            return False
        if self._live.silent[device] < dead.since - self._settings.fresh:
            return False
        lost = self._segments.joined.get(device, ())
        if any(word.element.kind is ElementKind.NEIGHBOUR for word in lost):
            return False
        if self._told_by_trap(dead.evidence):
            return True
        ports = [self._graph.port_at(link, self._graph.peer(link, device)) for link in links]
        findings = [self._reading.of(port) for port in ports if port]
        lag = self._settings.poll_lag
        return any(finding.ok and finding.at >= dead.since + lag for finding in findings)

    @staticmethod
    def _told_by_trap(evidence: Iterable[Observation]) -> bool:
        return any(observation.source in PUSHED for observation in evidence)

    def _group(
        self,
        component: Component,
        roots: tuple[Element, ...],
        state: State,
        dead_devices: frozenset[str],
    ) -> FaultGroup:
        evidence = [
            finding.observation
            for device in sorted(component.silent)
            if (finding := self._reading.device(device)).bad and finding.observation
        ]
        cables = sorted((component.border | component.inner) & self._live.dead.keys())
        for link in cables:
            evidence += self._live.dead[link].evidence
        joined = [
            obs
            for device in sorted(component.devices)
            for obs in self._segments.joined.get(device, ())
        ]
        since = [self._live.dead[link].since for link in cables]
        since += [self._reading.device(d).since or self._live.silent[d] for d in component.silent]
        since += [self._since(obs) for obs in joined]
        hidden = {Element.device(device) for device in component.devices & self._graph.devices}
        hidden |= {Element.link(link) for link in cables}
        dead_links = frozenset(root.name for root in roots if root.kind is ElementKind.LINK)
        return FaultGroup(
            roots=roots,
            state=state,
            confidence=Confidence.MEDIUM if len(roots) > 1 else Confidence.HIGH,
            since=min(since),
            evidence=tuple(dict.fromkeys([*evidence, *joined])),
            suppressed=tuple(sorted((hidden | set(_elements(joined))) - set(roots))),
            dead_devices=dead_devices,
            dead_links=dead_links,
        )

    def _since(self, observation: Observation) -> datetime:
        return self._reading.of(observation.element).since or observation.observed_at


def _elements(evidence: Iterable[Observation]) -> tuple[Element, ...]:
    return tuple(dict.fromkeys(observation.element for observation in evidence))


def _latest(reading: Reading, group: FaultGroup) -> datetime:
    """When the last of its damage began; words that only repeat it make nothing newer."""
    starts = [reading.of(obs.element).since or obs.begins_at for obs in group.evidence]
    return max(starts, default=group.since)


def _damage(groups: Iterable[FaultGroup]) -> Damage:
    total = Damage()
    for group in groups:
        total = total | Damage(group.dead_devices, group.dead_links)
    return total


def _states(
    graph: Graph,
    reading: Reading,
    live: Liveness,
    segments: Segments,
    groups: Sequence[FaultGroup],
) -> Mapping[Element, State]:
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


def _device_state(reading: Reading, live: Liveness, device: str) -> State:
    component = live.component_of(device)
    if device in live.rechecking:
        return State.RECHECKING
    if device in live.silent and component is not None:
        return component.roots.get(device, State.UNREACHABLE)
    if component is not None:
        return State.SUSPECTED
    return State.UP if reading.device(device).ok else State.UNKNOWN


def _link_state(
    graph: Graph, reading: Reading, live: Liveness, segments: Segments, link: str
) -> State:
    if link in segments.suspected:
        return State.SUSPECTED
    if link in live.dead:
        return State.DOWN
    for end in graph.ends(link):
        port = graph.port_at(link, end)
        if port and reading.of(port).ok and end not in live.silent:
            return State.UP
    return State.UNKNOWN


def _circuit_state(links: Sequence[State]) -> State:
    """A circuit with several links carries traffic while one of them does."""
    for state in (State.UP, State.UNKNOWN, State.SUSPECTED):
        if state in links:
            return state
    return State.DOWN
