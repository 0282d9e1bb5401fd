"""Components and condemned segments become groups of faults with roots. Pure."""

from collections.abc import Iterable
from datetime import datetime

from monitors.alerts.data_side import DataSide
from monitors.alerts.graph import Graph
from monitors.alerts.liveness import Component, Liveness
from monitors.alerts.model import Confidence, FaultGroup, JudgeSettings, State
from monitors.alerts.reading import EvidenceReading, is_pushed
from monitors.alerts.segment_findings import Condemned, Segments
from monitors.alerts.settling import Settling
from monitors.evidence import Element, ElementKind, Observation


class Naming:
    """Turns components and condemned segments into groups with roots.

    ``waiting`` holds the devices whose answer the naming waits for.
    """

    def __init__(
        self,
        graph: Graph,
        reading: EvidenceReading,
        live: Liveness,
        segments: Segments,
        now: datetime,
        settings: JudgeSettings,
    ) -> None:
        self._graph, self._reading, self._live = graph, reading, live
        self._segments, self._now, self._settings = segments, now, settings
        self._settling = Settling(graph, reading, live, now, settings)
        self._data_side = DataSide(graph, reading, live, segments, settings)
        self.waiting: set[str] = set()

    @property
    def living(self) -> frozenset[str]:
        """Silent devices that live on their data side."""
        return frozenset(self._data_side.living)

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
                suppressed=elements_of(item.evidence),
                dead_devices=frozenset({item.device}),
            )
        links = frozenset(item.links) if item.carries_nothing else frozenset()
        return FaultGroup(
            roots=tuple(Element.link(link) for link in item.links),
            state=State.DOWN,
            confidence=item.confidence,
            since=item.since,
            evidence=item.evidence,
            suppressed=elements_of(item.evidence),
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
        may, unasked = self._settling.may_be_named(device, component)
        self.waiting |= unasked
        return may

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
            self._now < cable.since + self._settings.undecided and not is_pushed(cable.evidence)
            for cable in cables
        )
        roots = tuple(Element.link(cable.name) for cable in cables)
        words = [word for cable in cables for word in cable.evidence]
        if waits or not self._reading.may_name(roots, words):
            ends = {end for cable in cables for end in self._graph.ends(cable.name)}
            self.waiting |= presumed | (ends & self._graph.asked)
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
            if self._data_side.lives(device):
                return self._group(component, cables, state, frozenset())
            if state is State.CUT and self._data_side.only_management_reported(
                device, cables[0].name
            ):
                return self._group(component, cables, state, frozenset())
        roots: tuple[Element, ...] = (Element.device(device),)
        if state is State.CUT:
            roots += self._only_cable(component, {device: state})
        return self._group(component, roots, state, frozenset({device}))

    def _only_cable(self, component: Component, named: Iterable[str]) -> tuple[Element, ...]:
        """The one dead cable of a device that nobody else watches: as likely as the device."""
        dead = [link for link in sorted(component.border) if link in self._live.dead]
        device = next(iter(named))
        if len(dead) != 1 or self._data_side.dead_links(device):
            return ()
        return (Element.link(dead[0]),)

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
            suppressed=tuple(sorted((hidden | set(elements_of(joined))) - set(roots))),
            dead_devices=dead_devices,
            dead_links=dead_links,
        )

    def _since(self, observation: Observation) -> datetime:
        return self._reading.of(observation.element).since or observation.observed_at


def elements_of(evidence: Iterable[Observation]) -> tuple[Element, ...]:
    return tuple(dict.fromkeys(observation.element for observation in evidence))
