"""The judge: a pure function of the graph, the evidence register and what was known before.

Liveness on the management graph gives components and their roots; cables and adjacencies
between living devices give dead segments; seats and services are judged last, against what is
already known to carry nothing. The order and the repetition of signals cannot matter, because
only the register is read.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from monitors.alerts.agents import judge_agents
from monitors.alerts.attribution import attribute, explain
from monitors.alerts.causes import join_common_causes
from monitors.alerts.conditions import judge_conditions
from monitors.alerts.element_states import element_states
from monitors.alerts.graph import Graph, build_graph
from monitors.alerts.leaves import Outage, judge_leaves
from monitors.alerts.liveness import DeadLink, judge_liveness
from monitors.alerts.model import (
    FaultGroup,
    JudgeSettings,
    State,
    Timing,
    Verdict,
)
from monitors.alerts.naming import Naming
from monitors.alerts.paths import Damage, Paths
from monitors.alerts.reading import EvidenceReading, read
from monitors.alerts.segments import judge_segments
from monitors.evidence import Element, EvidenceRegister

__all__ = ["Graph", "JudgeSettings", "Timing", "Verdict", "build_graph", "judge"]


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
    naming = Naming(graph, reading, live, segments, now, settings)
    found = naming.components() + [naming.condemned(item) for item in segments.condemned]
    groups = join_common_causes(graph, found, settings.common_cause)
    latest = max((_latest(reading, group) for group in groups), default=None)
    paths = _paths(graph)
    leaves = judge_leaves(
        graph,
        paths,
        reading,
        _outage(groups, live.dead, live.rechecking),
        latest,
        previous_timing.explained,
        now,
        settings,
        naming.waiting | live.rechecking,
        live.reached,
    )
    of_leaves = {element for group in leaves.groups for element in group.suppressed}
    hidden = [element for element in leaves.explained if element not in of_leaves]
    explaining = explain(graph, paths, groups, hidden)
    groups = attribute(graph, paths, [*explaining, *leaves.groups])
    agents = judge_agents(
        graph, register, reading, live, previous_timing, now, settings, lost_sources
    )
    states = {**element_states(graph, reading, live, segments, groups), **leaves.states}
    for device in agents.silent:
        states[Element.device(device)] = State.AGENT_SILENT
    conditions, found = judge_conditions(reading, states, graph.collector)
    groups += [*found, *agents.groups]
    groups.sort(key=lambda group: (group.since, group.roots))
    waiting = naming.waiting | segments.waiting
    roots = frozenset(root for group in groups for root in group.roots)
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
            roots,
            roots,
            naming.living,
            previous_timing.awake_since,
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


def _latest(reading: EvidenceReading, group: FaultGroup) -> datetime:
    """When the last of its damage began; words that only repeat it make nothing newer."""
    starts = [reading.of(obs.element).since or obs.begins_at for obs in group.evidence]
    return max(starts, default=group.since)


def _outage(
    groups: Iterable[FaultGroup], dead: Mapping[str, DeadLink], rechecking: frozenset[str]
) -> Outage:
    """A cable cut to a device that another fault cuts off carries nothing, though it has no name;
    nor does, as it may turn out, a cable whose judgement waits, or a device that is asked again."""
    named = _damage(groups)
    suppressed = {element for group in groups for element in group.suppressed}
    listed = frozenset(
        name
        for name, link in dead.items()
        if any(word.element in suppressed for word in link.evidence)
    )
    presumed = Damage(rechecking, frozenset(dead))
    return Outage(named, named | Damage(links=listed), named | presumed)


def _damage(groups: Iterable[FaultGroup]) -> Damage:
    total = Damage()
    for group in groups:
        total = total | Damage(group.dead_devices, group.dead_links)
    return total
