"""Which faults may open while monitoring is impaired, and what is recorded then (pure).

A port that somebody reports down is down, however late we are. Everything else waits until it
was asked again: faults that are open stay as they are, neither corrected nor ended by what is
not known.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from monitors.alerts.faults import OpenFault
from monitors.alerts.graph import Graph
from monitors.alerts.model import FaultGroup, State, Verdict
from monitors.evidence import Element, ElementKind, EvidenceRegister
from monitors.impairment.model import Spell
from ops_core.kernel.i18n import Message

CABLES = frozenset({ElementKind.LINK, ElementKind.CIRCUIT})
BAD = frozenset({State.DOWN, State.CUT, State.UNREACHABLE, State.SUSPECTED, State.RECHECKING})


@dataclass(frozen=True, slots=True)
class ImpairmentView:
    """What people see: monitoring is impaired since then (aware UTC), and why."""

    since: datetime
    reasons: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """How far the evidence can be trusted at one instant.

    ``is_gated``: we are late, or were until so recently that not everybody was asked again.
    """

    spells: tuple[Spell, ...] = ()
    is_gated: bool = False
    view: ImpairmentView | None = None


def gated(
    verdict: Verdict, faults: Iterable[OpenFault], graph: Graph, register: EvidenceRegister
) -> Verdict:
    """The verdict with only the faults that may be named while monitoring is impaired."""
    held = list(faults)
    groups: list[FaultGroup] = []
    for group in verdict.groups:
        known = [one.group for one in held if not one.group.elements.isdisjoint(group.elements)]
        if not is_stated(group, graph, register) or not all(map(_is_of_cables, known)):
            groups += known
        elif known or not any(_explains(one.group, group, graph) for one in held):
            groups.append(group)
    return replace(verdict, groups=tuple(dict.fromkeys(groups)))


def _is_of_cables(group: FaultGroup) -> bool:
    return all(root.kind in CABLES for root in group.roots)


def is_stated(group: FaultGroup, graph: Graph, register: EvidenceRegister) -> bool:
    """Whether a fault rests on nothing but ports that their devices report down."""
    return all(
        root.kind is ElementKind.LINK and _is_reported(root.name, graph, register)
        for root in group.roots
    )


def _is_reported(link: str, graph: Graph, register: EvidenceRegister) -> bool:
    """Reported down by both watched ends, or by one while the other's device answers since."""
    if link not in graph.links:
        return False
    watched = [end for end in graph.ends(link) if end in graph.devices or end == graph.collector]
    down = {end: at for end in watched if (at := _down_since(link, end, graph, register))}
    if not down:
        return False
    return all(
        end in down or end == graph.collector or _answered(end, max(down.values()), register)
        for end in watched
    )


def _down_since(
    link: str, device: str, graph: Graph, register: EvidenceRegister
) -> datetime | None:
    """When the device's newest words about its port of the link began to be bad."""
    port = graph.port_at(link, device)
    entries = register.of(port) if port else ()
    if not entries or max(entries, key=lambda entry: entry.rank).ok is not False:
        return None
    return min(entry.observed_at for entry in entries if entry.ok is False)


def _answered(device: str, since: datetime, register: EvidenceRegister) -> bool:
    answers = register.of(Element.device(device))
    return any(entry.ok and entry.observed_at >= since for entry in answers)


def _explains(fault: FaultGroup, group: FaultGroup, graph: Graph) -> bool:
    """Whether an open fault about a device accounts for a cable at it, or lists it."""
    devices = {root.name for root in fault.roots if root.kind is ElementKind.DEVICE}
    if not group.elements.isdisjoint(fault.suppressed):
        return True
    return any(not devices.isdisjoint(graph.ends(root.name)) for root in group.roots)


def recorded_states(
    states: Mapping[Element, State],
    before: Mapping[Element, State],
    open_roots: Collection[Element],
) -> Mapping[Element, State]:
    """States for the record of a time in which monitoring is impaired: unknown rather than bad.

    What was bad before, an open fault's root and cables, which others report, keep their state.
    """
    return {
        element: State.UNKNOWN
        if state in BAD
        and element.kind not in CABLES
        and element not in open_roots
        and before.get(element) is not state
        else state
        for element, state in states.items()
    }
