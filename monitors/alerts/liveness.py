"""Who is reached: silent devices, the components they cut off, and the roots of those."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitors.alerts.graph import Edge, Graph
from monitors.alerts.model import JudgeSettings, State, Timing
from monitors.alerts.reading import EvidenceReading
from monitors.evidence import Element, Observation

CONFIRM = timedelta(milliseconds=1200)
"""How long a root waits for its reached neighbour's answer before it is named without it."""


WENT_WITH_DEVICE = timedelta(seconds=1.5)
"""How much later than its ports a device that goes is known to be silent."""


@dataclass(frozen=True)
class DeadLink:
    """A link one of whose ports is reported down."""

    name: str
    since: datetime
    evidence: tuple[Observation, ...]


@dataclass(frozen=True)
class Component:
    """A connected part that is not reached: one fault."""

    roots: Mapping[str, State]
    """Silent devices with a declared link to the reached part: down or cut."""
    devices: frozenset[str]
    border: frozenset[str]
    """Links between the component and the reached part."""
    inner: frozenset[str]
    silent: frozenset[str]


@dataclass(frozen=True)
class Liveness:
    silent: Mapping[str, datetime]
    """Monitored devices that do not answer -> since when that is known."""
    reached: frozenset[str]
    components: tuple[Component, ...]
    rechecking: frozenset[str]
    dead: Mapping[str, DeadLink]
    path_since: Mapping[str, datetime]
    out_of_reach: frozenset[str]
    isolated: Mapping[str, datetime] = field(default_factory=dict)
    """Silent only by inference: every watched neighbour lost the port towards it."""
    unheard: Mapping[str, datetime] = field(default_factory=dict)
    """Every device that is silent now, or was and was not heard since -> since when."""
    returned: Mapping[str, datetime] = field(default_factory=dict)
    """Device -> when it was last heard again after a silence."""
    dead_alone: frozenset[str] = frozenset()
    """Dead links whose devices went on answering: they did not go with a device."""

    def component_of(self, device: str) -> Component | None:
        return next((c for c in self.components if device in c.devices), None)


def judge_liveness(
    graph: Graph, reading: EvidenceReading, timing: Timing, now: datetime, settings: JudgeSettings
) -> Liveness:
    """Close over what answers, from the collector; what remains are the components."""
    heard = _silent(graph, reading)
    dead = dead_links(graph, reading, heard)
    isolated = _isolated(graph, reading, dead, heard)
    silent = {**isolated, **heard}
    reached = _reached(graph, reading, dead, silent)
    beside = frozenset(d for d in graph.devices - reached if _touches(graph, dead, reached, d))
    held = reading.named | timing.roots
    unproven = beside & timing.out_of_reach & _named_cut(graph, reading, reached, beside, held)
    regained = beside & timing.out_of_reach - unproven
    path_since = {**timing.path_since, **dict.fromkeys(regained, now)}
    void = frozenset(d for d in heard if _is_void(reading, d, path_since.get(d), settings))
    valid = {d: since for d, since in silent.items() if d not in void}
    components = tuple(_components(graph, dead, valid, reached))
    away = timing.unheard.keys() - silent.keys()
    still_unheard = {d: timing.unheard[d] for d in away if reading.device(d).ok is None}
    returned = {**timing.returned, **dict.fromkeys(away - still_unheard.keys(), now)}
    return Liveness(
        silent=valid,
        reached=reached,
        components=components,
        rechecking=void,
        dead=dead,
        path_since=path_since,
        out_of_reach=(graph.devices - reached - beside) | unproven,
        isolated={d: since for d, since in isolated.items() if d in valid},
        unheard={**still_unheard, **silent},
        returned=returned,
        dead_alone=frozenset(
            name
            for name, link in dead.items()
            if name in timing.dead_alone or _died_alone(graph, reading, returned, silent, link)
        ),
    )


def dead_links(
    graph: Graph, reading: EvidenceReading, silent: Mapping[str, datetime]
) -> dict[str, DeadLink]:
    """Links with a port reported down, by an end that can still speak if either can."""
    found: dict[str, DeadLink] = {}
    for link in graph.links:
        reports = [
            (finding.since, finding.observation)
            for device, port in graph.ports_of[link]
            if (finding := reading.of(port)).ok is False
            and finding.since
            and finding.observation
            and not _outdated(graph, reading, silent, link, device)
        ]
        if reports and not _leaf_answered(graph, reading, link, max(s for s, _ in reports)):
            since = min(since for since, _ in reports)
            found[link] = DeadLink(link, since, tuple(obs for _, obs in reports))
    return found


def _died_alone(
    graph: Graph,
    reading: EvidenceReading,
    returned: Mapping[str, datetime],
    silent: Mapping[str, datetime],
    link: DeadLink,
) -> bool:
    """Every watched end answered clearly after the link was dead, and was not away since."""
    return all(
        end not in silent
        and reading.answered_since(end, link.since + WENT_WITH_DEVICE)
        and returned.get(end, link.since) <= link.since
        for end in graph.ends(link.name)
        if end in graph.devices
    )


def _outdated(
    graph: Graph, reading: EvidenceReading, silent: Mapping[str, datetime], link: str, device: str
) -> bool:
    """A silent device's last words about its port yield to newer ones of the peer."""
    own, peers = graph.port_at(link, device), graph.port_at(link, graph.peer(link, device))
    if device not in silent or own is None or peers is None:
        return False
    peer = reading.of(peers)
    return bool(peer.ok) and peer.at > reading.of(own).at


def _leaf_answered(graph: Graph, reading: EvidenceReading, link: str, since: datetime) -> bool:
    """A device watched through this link alone has answered since: the link works."""
    if link not in graph.management:
        return False
    return any(
        len(graph.watched_by[device]) == 1 and reading.answered_since(device, since)
        for device in graph.ends(link)
        if device in graph.devices
    )


def _silent(graph: Graph, reading: EvidenceReading) -> dict[str, datetime]:
    return {
        device: finding.since
        for device in sorted(graph.devices)
        if (finding := reading.device(device)).bad and finding.since is not None
    }


def _isolated(
    graph: Graph,
    reading: EvidenceReading,
    dead: Mapping[str, DeadLink],
    silent: Mapping[str, datetime],
) -> dict[str, datetime]:
    """Devices whose every watched, answering neighbour lost the port towards them."""
    found: dict[str, datetime] = {}
    for device in sorted(graph.devices - silent.keys()):
        reported = [
            dead[link].since
            if link in dead and _peer_says_down(graph, reading, link, device)
            else None
            for link in graph.links_of.get(device, ())
            if (peer := graph.peer(link, device)) in graph.devices and peer not in silent
        ]
        times = [since for since in reported if since is not None]
        if (
            reported
            and len(times) == len(reported)
            and not reading.answered_since(device, max(times))
        ):
            found[device] = max(times)
    return found


def _peer_says_down(graph: Graph, reading: EvidenceReading, link: str, device: str) -> bool:
    port = graph.port_at(link, graph.peer(link, device))
    return port is not None and reading.of(port).bad


def _reached(
    graph: Graph,
    reading: EvidenceReading,
    dead: Mapping[str, DeadLink],
    silent: Mapping[str, datetime],
) -> frozenset[str]:
    """Collector, closed over what is not silent by links not dead; then what answered anyway."""
    reached = _closure(graph, dead, silent, {graph.collector})
    while True:
        answered = {
            device
            for component in _components(graph, dead, silent, reached)
            for device in component.devices - silent.keys()
            if _answered_after_all(reading, dead, silent, component, device)
        }
        if not answered:
            return reached
        reached = _closure(graph, dead, silent, reached | answered)


def _answered_after_all(
    reading: EvidenceReading,
    dead: Mapping[str, DeadLink],
    silent: Mapping[str, datetime],
    component: Component,
    device: str,
) -> bool:
    times = [silent[d] for d in component.silent]
    times += [dead[ln].since for ln in component.border | component.inner if ln in dead]
    return bool(times) and reading.answered_since(device, max(times))


def _closure(
    graph: Graph,
    dead: Mapping[str, DeadLink],
    silent: Mapping[str, datetime],
    start: Iterable[str],
) -> frozenset[str]:
    reached = set(start)
    queue = list(reached)
    while queue:
        for link, peer in graph.watched_by.get(queue.pop(), ()):
            if link not in dead and peer not in silent and peer not in reached:
                reached.add(peer)
                queue.append(peer)
    return frozenset(reached)


def _touches(
    graph: Graph, dead: Mapping[str, DeadLink], reached: frozenset[str], device: str
) -> bool:
    """True when a live link joins the device to the reached part."""
    return any(
        link not in dead and peer in reached for link, peer in graph.watched_by.get(device, ())
    )


def _named_cut(
    graph: Graph,
    reading: EvidenceReading,
    reached: frozenset[str],
    devices: Iterable[str],
    held: frozenset[Element],
) -> frozenset[str]:
    """Of the devices those that are named or held for it, and to which no link is reported up.

    That its neighbour's word about a dead cable grew old gives such a device no path back.
    """
    return frozenset(
        device
        for device in devices
        if Element.device(device) in held
        and not any(
            peer in reached and _says_up(graph, reading, link, peer)
            for link, peer in graph.watched_by.get(device, ())
        )
    )


def _says_up(graph: Graph, reading: EvidenceReading, link: str, peer: str) -> bool:
    """By the end that is reached: what the other said of its port is of before its silence."""
    port = graph.port_at(link, peer)
    return port is not None and bool(reading.of(port).ok)


def _is_void(
    reading: EvidenceReading, device: str, path_since: datetime | None, settings: JudgeSettings
) -> bool:
    """A negative from before the path came back (and time to start) proves nothing."""
    return path_since is not None and reading.device(device).at < path_since + settings.boot_grace


def _components(
    graph: Graph,
    dead: Mapping[str, DeadLink],
    silent: Mapping[str, datetime],
    reached: frozenset[str],
) -> Iterable[Component]:
    """Connected parts of what is not reached and holds a silent device or borders a dead link."""
    rest = set(graph.watched_by) - reached
    while rest:
        members = _connected(graph.management, rest, min(rest))
        rest -= members
        touching = {ln: e for ln, e in graph.management.items() if not members.isdisjoint(e)}
        border = frozenset(ln for ln, e in touching.items() if not reached.isdisjoint(e))
        quiet = frozenset(members & silent.keys())
        if not quiet and border.isdisjoint(dead):
            continue
        roots = {
            device: State.CUT if links <= dead.keys() else State.DOWN
            for device in sorted(quiet)
            if (links := {ln for ln in border if device in graph.ends(ln)})
        }
        yield Component(roots, members, border, frozenset(touching) - border, quiet)


def _connected(edges: Mapping[str, Edge], nodes: set[str], start: str) -> frozenset[str]:
    found, queue = {start}, [start]
    while queue:
        node = queue.pop()
        for edge in edges.values():
            if node in edge:
                fresh = (set(edge) & nodes) - found
                found |= fresh
                queue.extend(fresh)
    return frozenset(found)
