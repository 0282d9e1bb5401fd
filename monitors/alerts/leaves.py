"""Seats and services: what fails at them alone, and what a fault above them explains."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitors.alerts.graph import Graph
from monitors.alerts.model import Confidence, FaultGroup, JudgeSettings, State
from monitors.alerts.paths import Damage, Paths
from monitors.alerts.reading import EvidenceFinding, EvidenceReading
from monitors.alerts.unseen_paths import may_hide
from monitors.evidence import Element, ElementKind, Observation

SIBLING_WAIT = timedelta(seconds=6)
"""How long a silent seat waits for a sibling's answer that clears their switch."""


@dataclass(frozen=True, slots=True)
class Outage:
    """What carries nothing: ``named``: by the faults; ``listed``: with cables that are dead beside
    them and no faults of their own; ``presumed``: with every cable that anybody reports dead.
    """

    named: Damage
    listed: Damage
    presumed: Damage


@dataclass(frozen=True)
class Leaves:
    groups: tuple[FaultGroup, ...]
    states: Mapping[Element, State]
    explained: tuple[Element, ...]
    """Seats and services that are silent because of a fault named elsewhere."""
    explained_at: Mapping[Element, datetime]
    """What is bad -> when it was last explained, as long as it is bad."""
    pending: bool


def judge_leaves(
    graph: Graph,
    paths: Paths,
    reading: EvidenceReading,
    outage: Outage,
    latest_fault: datetime | None,
    explained: Mapping[Element, datetime],
    now: datetime,
    settings: JudgeSettings,
    undecided: Collection[str] = (),
    reached: Collection[str] | None = None,
) -> Leaves:
    """Judge displays, hosts and services, given what is known to carry nothing.

    ``explained`` says what was explained at the verdicts before, and when last; ``undecided``
    are devices of which it is not known yet whether they, or what leads to them, have failed:
    none of them is named for the silence of its seats. ``reached`` are the devices whose
    management is reached (None: all of them).
    """
    judge = _Leaves(graph, paths, reading, outage, latest_fault, explained, now, settings)
    judge.undecided = frozenset(undecided)
    judge.reached = graph.devices if reached is None else reached
    judge.displays()
    judge.hosts()
    judge.services()
    return judge.result()


class _Leaves:
    def __init__(
        self,
        graph: Graph,
        paths: Paths,
        reading: EvidenceReading,
        outage: Outage,
        latest_fault: datetime | None,
        explained: Mapping[Element, datetime],
        now: datetime,
        settings: JudgeSettings,
    ) -> None:
        self._graph, self._reading, self._damage = graph, reading, outage.named
        self._latest_fault, self._now, self._settings = latest_fault, now, settings
        self._explained_at = explained
        self._paths, self._listed = paths, outage.listed
        self._visible = paths.from_collector(outage.listed)
        self._surely_visible = paths.from_collector(outage.presumed)
        self._groups: list[FaultGroup] = []
        self._states: dict[Element, State] = {}
        self._explained: list[Element] = []
        self._pending = False
        self._blind = False
        self.undecided: frozenset[str] = frozenset()
        self.reached: Collection[str] = graph.devices
        self._dead: set[str] = set()
        """Switches named for the silence of all their seats."""
        self._doubtful: set[str] = set()
        """Those that may be named soon."""

    def result(self) -> Leaves:
        kept = {e: at for e, at in self._explained_at.items() if self._reading.of(e).bad}
        kept |= dict.fromkeys(self._explained, self._now)
        return Leaves(
            tuple(self._groups), self._states, tuple(self._explained), kept, self._pending
        )

    def displays(self) -> None:
        for number in self._graph.seat_switch:
            element = Element.seat_display(number)
            finding = self._reading.of(element)
            host = self._reading.of(Element.seat_host(number))
            if host.bad or finding.ok is None:
                self._states[element] = State.UNKNOWN
            elif finding.ok:
                self._states[element] = State.UP
            elif self._name(element, finding, (number,)):
                self._states[element] = State.DOWN

    def hosts(self) -> None:
        """Silent hosts: behind a fault, a whole switch of them, or each for itself."""
        silent: dict[str, list[int]] = {}
        moving: dict[str, list[int]] = {}
        for number, switch in self._graph.seat_switch.items():
            element = Element.seat_host(number)
            finding = self._reading.of(element)
            if finding.ok is None:
                self._states[element] = State.UNKNOWN
            elif finding.ok:
                self._states[element] = State.UP
            elif switch not in self._visible or switch in self._damage.devices:
                self._explain(element)
            elif switch not in self._surely_visible:
                self._suspect(element)
            elif self._may_be_failover(finding):
                moving.setdefault(switch, []).append(number)
            else:
                silent.setdefault(switch, []).append(number)
        self._sort_moving(moving, silent)
        whole = [switch for switch, numbers in silent.items() if self._is_whole(switch, numbers)]
        every = set(self._graph.seat_switch.values())
        if len(whole) > 1 and set(whole) == every and self._all_answer(whole):
            self._name_collector_leg(silent)
            return
        for switch, numbers in silent.items():
            if switch in whole:
                self._name_switch(switch, numbers)
            else:
                self._name_hosts(switch, numbers)

    def _sort_moving(self, moving: Mapping[str, list[int]], silent: dict[str, list[int]]) -> None:
        """Silence that what is named for it explains is no fail-over: it keeps its name."""
        for switch, numbers in moving.items():
            every = sorted([*silent.get(switch, ()), *numbers])
            is_back = bool(self._reading.device(switch).ok)
            if self._is_named(switch) and not is_back and self._is_whole(switch, every):
                silent[switch] = every
            else:
                for number in numbers:
                    self._suspect(Element.seat_host(number))

    def _all_answer(self, switches: Iterable[str]) -> bool:
        """Whether no switch is silent itself: only then can it be we who are blind."""
        watched = [switch for switch in switches if switch in self._graph.devices]
        return all(self._reading.device(switch).ok for switch in watched)

    def _is_named(self, switch: str) -> bool:
        """Whether the switch, or our own way to all seats, is named for their silence."""
        roots = {Element.device(switch), *map(Element.link, self._legs())}
        return not self._reading.named.isdisjoint(roots)

    def _legs(self) -> list[str]:
        """Our own cables into the data network."""
        links = self._graph.links_of.get(self._graph.collector, ())
        return [link for link in links if link in self._graph.data]

    def services(self) -> None:
        failing: dict[tuple[str, ...], list[str]] = {}
        for service, hosts in self._graph.service_hosts.items():
            element = Element(ElementKind.SERVICE, service)
            finding = self._reading.of(element)
            if finding.ok is None:
                self._states[element] = State.UNKNOWN
            elif finding.ok:
                self._states[element] = State.UP
            elif self._blind or self._visible.isdisjoint(
                working := set(hosts) - self._damage.devices - self._dead
            ):
                self._explain(element)
            elif (
                self._surely_visible.isdisjoint(working)
                or not self._doubtful.isdisjoint(hosts)
                or self._may_be_failover(finding)
                or not self._is_lasting(finding)
                or not self._reading.may_name((element,), _lines([finding]))
            ):
                self._suspect(element)
            else:
                failing.setdefault(hosts, []).append(service)
        for services in failing.values():
            self._name_services(services)

    def _name(
        self, element: Element, finding: EvidenceFinding, seats: tuple[int, ...] = ()
    ) -> bool:
        timely = self._reading.may_name((element,), _lines([finding]))
        if not timely or not self._settled(finding, self._settings.settle):
            self._suspect(element)
            return False
        self._groups.append(
            FaultGroup(
                roots=(element,),
                state=State.DOWN,
                confidence=Confidence.HIGH,
                since=_since(finding),
                evidence=_lines([finding]),
                seats=seats,
            )
        )
        return True

    def _name_hosts(self, switch: str, numbers: Iterable[int]) -> None:
        """Each silent host by itself, once a sibling's answer has cleared their switch."""
        for number in numbers:
            element = Element.seat_host(number)
            finding = self._reading.of(element)
            cleared = self._sibling_answered(switch, _since(finding), finding.at)
            if not cleared and self._now < _since(finding) + SIBLING_WAIT:
                self._suspect(element)
            elif self._name(element, finding, (number,)):
                self._states[element] = State.DOWN
                self._add_cable(number)

    def _add_cable(self, number: int) -> None:
        """A host with its switch port down may as well have lost its cable."""
        link = self._graph.seat_link.get(number)
        port = self._graph.port_at(link, self._graph.seat_switch[number]) if link else None
        if link is None or port is None:
            return
        finding = self._reading.of(port)
        if finding.bad:
            group = self._groups[-1]
            self._groups[-1] = FaultGroup(
                roots=(*group.roots, Element.link(link)),
                state=State.CUT,
                confidence=Confidence.MEDIUM,
                since=min(group.since, _since(finding)),
                evidence=(*group.evidence, *_lines([finding])),
                seats=group.seats,
            )

    def _name_switch(self, switch: str, numbers: list[int]) -> None:
        findings = [self._reading.of(Element.seat_host(number)) for number in numbers]
        roots = self._may_hide(switch)
        if switch in self.undecided or not self._may_name_all(roots, findings):
            self._doubtful.add(switch)
            for number in numbers:
                self._suspect(Element.seat_host(number))
            return
        self._dead.add(switch)
        for number in numbers:
            self._explain(Element.seat_host(number))
        self._groups.append(
            FaultGroup(
                roots=roots,
                state=State.DOWN,
                confidence=Confidence.MEDIUM if len(roots) == 1 else Confidence.LOW,
                since=min(_since(finding) for finding in findings),
                evidence=_lines(findings),
                suppressed=tuple(Element.seat_host(number) for number in numbers),
                seats=tuple(numbers),
                dead_devices=frozenset({switch} if len(roots) == 1 else ()),
            )
        )

    def _may_hide(self, switch: str) -> tuple[Element, ...]:
        """The switch, or whatever leads to it that nobody sees work."""
        return may_hide(self._graph, self._paths, self._reading, self.reached, self._listed, switch)

    def _name_collector_leg(self, silent: Mapping[str, list[int]]) -> None:
        """Not one seat answers though every device does: we are blind, they are not down."""
        self._blind = True
        numbers = [number for found in silent.values() for number in found]
        findings = [self._reading.of(Element.seat_host(number)) for number in numbers]
        leg = self._legs()
        if not self._may_name_all([Element.link(link) for link in leg], findings):
            for number in numbers:
                self._suspect(Element.seat_host(number))
            return
        for number in numbers:
            self._explain(Element.seat_host(number))
        self._groups.append(
            FaultGroup(
                roots=tuple(Element.link(link) for link in leg),
                state=State.DOWN,
                confidence=Confidence.LOW,
                since=min(_since(finding) for finding in findings),
                evidence=_lines(findings),
                suppressed=tuple(Element.seat_host(number) for number in numbers),
            )
        )

    def _name_services(self, services: list[str]) -> None:
        elements = [Element(ElementKind.SERVICE, service) for service in services]
        findings = [self._reading.of(element) for element in elements]
        for element in elements:
            self._states[element] = State.DOWN
        self._groups.append(
            FaultGroup(
                roots=tuple(elements),
                state=State.DOWN,
                confidence=Confidence.HIGH,
                since=min(_since(finding) for finding in findings),
                evidence=_lines(findings),
                services=tuple(services),
            )
        )

    def _may_name_all(self, roots: Iterable[Element], findings: Sequence[EvidenceFinding]) -> bool:
        """All that speaks for it has settled, and is fresh."""
        settled = max(_since(finding) for finding in findings) + self._settings.undecided
        return self._now >= settled and self._reading.may_name(roots, _lines(findings))

    def _is_whole(self, switch: str, numbers: list[int]) -> bool:
        """Every watched seat of the switch is silent, and they went together."""
        watched = [
            number
            for number, other in self._graph.seat_switch.items()
            if other == switch and self._reading.of(Element.seat_host(number)).ok is not None
        ]
        times = [_since(self._reading.of(Element.seat_host(number))) for number in numbers]
        at_once = max(times) - min(times) <= self._settings.common_cause
        return len(numbers) > 1 and len(numbers) == len(watched) and at_once

    def _sibling_answered(self, switch: str, since: datetime, until: datetime) -> bool:
        """Another host of the switch answered in between: later words may be of its return."""
        return any(
            finding.ok and since <= finding.at <= until
            for number, other in self._graph.seat_switch.items()
            if other == switch and (finding := self._reading.of(Element.seat_host(number)))
        )

    def _may_be_failover(self, finding: EvidenceFinding) -> bool:
        """Traffic may still have been moving over when this was observed, or what explained it
        may just have been mended."""
        element = finding.observation.element if finding.observation else None
        explained_at = self._explained_at.get(element) if element else None
        if explained_at is not None and finding.at < explained_at + self._settings.convergence:
            return True
        return (
            self._latest_fault is not None
            and finding.at < self._latest_fault + self._settings.convergence
        )

    def _is_lasting(self, finding: EvidenceFinding) -> bool:
        """Failed twice, or once with no word since: one failure may be a fail-over, whose own
        cause is known later than its effect."""
        twice = finding.at > _since(finding) and self._settled(finding, self._settings.convergence)
        return twice or self._settled(finding, SIBLING_WAIT)

    def _settled(self, finding: EvidenceFinding, wait: timedelta) -> bool:
        return self._now >= _since(finding) + wait

    def _explain(self, element: Element) -> None:
        self._states[element] = State.UNREACHABLE
        self._explained.append(element)

    def _suspect(self, element: Element) -> None:
        self._states[element] = State.SUSPECTED
        self._pending = True


def _since(finding: EvidenceFinding) -> datetime:
    return finding.since or finding.at


def _lines(findings: Iterable[EvidenceFinding]) -> tuple[Observation, ...]:
    return tuple(finding.observation for finding in findings if finding.observation)
