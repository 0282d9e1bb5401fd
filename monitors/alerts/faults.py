"""Faults over time: verdicts come and go, a fault opens once and keeps its start (pure)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import TypeAdapter

from monitors.alerts.graph import Graph
from monitors.alerts.model import FaultGroup, Verdict
from monitors.alerts.reading import PUSHED
from monitors.evidence import Element, ElementKind, EvidenceRegister

ONE_FAULT_WITHIN = timedelta(seconds=30)
"""A root that changes to its neighbour within this is an update, not another fault."""
AT_ONCE = timedelta(seconds=1)
"""Two rounds of echo requests: what one cause silences is found silent within it."""
LEAVES = frozenset({ElementKind.SEAT_HOST, ElementKind.SEAT_DISPLAY, ElementKind.SERVICE})
HOLD = timedelta(seconds=1)
"""How long everything must be good before a fault counts as resolved."""
FLAP_WINDOW = timedelta(minutes=10)
FLAP_CHANGES = 4
FLAP_HOLD = timedelta(seconds=15)
"""Three polling intervals: how long a flapping root must stay good."""


class TransitionKind(StrEnum):
    """What happened to a fault; the values are the event types in the outbox."""

    OPENED = "FaultOpened"
    UPDATED = "FaultUpdated"
    RESOLVED = "FaultResolved"
    MERGED = "FaultMerged"


@dataclass(frozen=True, slots=True)
class FaultTransition:
    """One step of a fault; (``key``, ``sequence``) identifies it however often it is emitted."""

    key: str
    sequence: int
    kind: TransitionKind
    at: datetime
    """When it became so by the evidence, not when it was recorded."""
    group: FaultGroup
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class OpenFault:
    """A fault that is not resolved; ``sequence`` is that of its last transition."""

    key: str
    sequence: int
    group: FaultGroup
    good_since: datetime | None = None
    changes: tuple[datetime, ...] = ()
    """When it turned good or bad again, within the flap window."""


@dataclass(frozen=True, slots=True)
class FaultStep:
    faults: tuple[OpenFault, ...]
    transitions: tuple[FaultTransition, ...]


TRANSITION = TypeAdapter(FaultTransition)
GROUP = TypeAdapter(FaultGroup)


def advance(
    faults: Sequence[OpenFault], verdict: Verdict, register: EvidenceRegister, graph: Graph
) -> FaultStep:
    """Carry the open faults over to the verdict's instant.

    A group that shares a root with open faults continues the earliest of them and takes in the
    others; one beside a fault of the last half minute corrects its root. The start never moves
    later. A fault ends only by good evidence about all that spoke against it.
    """
    transitions: list[FaultTransition] = []
    left = sorted(faults, key=lambda fault: (fault.group.since, fault.key))
    carried: list[OpenFault] = []
    # Whose root is named still is no part of another group, though it may stand behind its root.
    rooted = {f.key for f in left for group in verdict.groups if _same_root(f.group, group)}
    for group in verdict.groups:
        matched = [
            fault
            for fault in left
            if _same_root(fault.group, group)
            or (fault.key not in rooted and _continues(graph, fault.group, group))
        ]
        matched += [fault for fault in carried if _same_root(fault.group, group)][:1]
        fault, emitted = _carry(matched, group, verdict.at)
        transitions += emitted
        left = [other for other in left if other not in matched]
        carried = [other for other in carried if other not in matched] + [fault]
    for fault in left:
        kept, emitted = _without_group(fault, verdict, register, graph)
        transitions += emitted
        carried += kept
    return FaultStep(tuple(carried), tuple(transitions))


def _same_root(a: FaultGroup, b: FaultGroup) -> bool:
    return not a.elements.isdisjoint(b.elements)


def _continues(graph: Graph, old: FaultGroup, new: FaultGroup) -> bool:
    if _same_root(old, new):
        return True
    if abs(old.since - new.since) > ONE_FAULT_WITHIN:
        return False
    if not old.elements.isdisjoint(new.suppressed):
        return not _was_there_before(old, new)
    if not new.elements.isdisjoint(old.suppressed):
        return True
    return _touches(graph, old.roots, new.roots) or _touches(graph, new.roots, old.roots)


def _was_there_before(leaf: FaultGroup, cause: FaultGroup) -> bool:
    """A seat or service that failed clearly before what hides it now has a fault of its own: it
    stays open, unseen, and goes on when it can be seen again."""
    is_leaf = all(root.kind in LEAVES for root in leaf.roots)
    return is_leaf and leaf.since < cause.since - AT_ONCE


def _touches(graph: Graph, links: Iterable[Element], devices: Iterable[Element]) -> bool:
    names = {element.name for element in devices if element.kind is ElementKind.DEVICE}
    return any(
        not names.isdisjoint(graph.ends(element.name))
        for element in links
        if element.kind is ElementKind.LINK
    )


def _carry(
    matched: Sequence[OpenFault], group: FaultGroup, at: datetime
) -> tuple[OpenFault, list[FaultTransition]]:
    if not matched:
        # Not its start: the same start may have been a fault's that was over for a while.
        key = f"{group.roots[0]}@{at.isoformat()}"
        fault = OpenFault(key, 1, group)
        return fault, [FaultTransition(key, 1, TransitionKind.OPENED, group.since, group)]
    first, *others = matched
    since = min(group.since, *(fault.group.since for fault in matched))
    continued = replace(group, since=since)
    emitted = [
        FaultTransition(
            fault.key, fault.sequence + 1, TransitionKind.MERGED, at, fault.group, first.key
        )
        for fault in others
    ]
    fault = replace(first, group=continued, good_since=None, changes=_bad_again(first, at))
    if _differs(first.group, continued):
        fault = replace(fault, sequence=first.sequence + 1)
        emitted.append(
            FaultTransition(first.key, fault.sequence, TransitionKind.UPDATED, at, continued)
        )
    return fault, emitted


def _bad_again(fault: OpenFault, at: datetime) -> tuple[datetime, ...]:
    if fault.good_since is None:
        return fault.changes
    changes = (*fault.changes, fault.good_since, at)
    return tuple(change for change in changes if change > at - FLAP_WINDOW)


def _differs(old: FaultGroup, new: FaultGroup) -> bool:
    """Renewed evidence of the same elements is no news."""
    return _content(old) != _content(new)


def _content(group: FaultGroup) -> tuple[object, ...]:
    # A trap that repeats every few seconds what polls say is no news.
    heard = frozenset((line.element, line.witness, line.ok) for line in group.evidence)
    return (
        frozenset(group.roots),
        group.state,
        group.confidence,
        group.since,
        heard,
        frozenset(group.suppressed),
        group.seats,
        group.services,
        group.redundancy_lost,
        group.class_inputs,
    )


def declared_part(group: FaultGroup, graph: Graph) -> FaultGroup:
    """What of a fault the site still has: an element that is declared no more ends no fault and
    holds none open."""
    return replace(
        group,
        roots=tuple(root for root in group.roots if graph.declares(root)),
        evidence=tuple(line for line in group.evidence if graph.declares(line.element)),
    )


def _without_group(
    fault: OpenFault, verdict: Verdict, register: EvidenceRegister, graph: Graph
) -> tuple[list[OpenFault], list[FaultTransition]]:
    """A fault nobody names any more: over, or only not provable at the moment."""
    if not _all_good(declared_part(fault.group, graph), verdict, register):
        return [replace(fault, good_since=None, changes=_bad_again(fault, verdict.at))], []
    good_since = fault.good_since or verdict.at
    hold = FLAP_HOLD if len(fault.changes) >= FLAP_CHANGES else HOLD
    if verdict.at < good_since + hold:
        return [replace(fault, good_since=good_since)], []
    resolved = FaultTransition(
        fault.key, fault.sequence + 1, TransitionKind.RESOLVED, good_since, fault.group
    )
    return [], [resolved]


def _all_good(group: FaultGroup, verdict: Verdict, register: EvidenceRegister) -> bool:
    """Every root works, and of all that spoke against it nothing is bad or unknown now."""
    judged = [root for root in group.roots if root.kind is not ElementKind.CIRCUIT]
    if not all(verdict.state(root).works for root in judged):
        return False
    return all(_is_good(line.element, verdict, register) for line in group.evidence)


def _is_good(element: Element, verdict: Verdict, register: EvidenceRegister) -> bool:
    """Good by a word that counts; what only traps speak of keeps the last one's word."""
    finding = verdict.findings.get(element)
    entries = register.of(element)
    if finding is None and entries and all(entry.source in PUSHED for entry in entries):
        return bool(max(entries, key=lambda entry: entry.rank).ok)
    return finding is True


def named_by(faults: Iterable[OpenFault]) -> frozenset[Element]:
    """What open faults name: it needs no fresh word to stay named."""
    return frozenset(root for fault in faults for root in fault.group.roots)


def awaits_time(faults: Iterable[OpenFault]) -> bool:
    """True when some fault will be resolved by time alone."""
    return any(fault.good_since is not None for fault in faults)
