"""Which faults may open while monitoring is impaired, and what is recorded then (pure).

A port that somebody reports down is down, however late we are; only the report must be fresh, for
that of its repair may be waiting with us. Everything else waits until it was asked again: faults
that are open stay as they are, neither corrected nor ended by what is not known.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from monitors.alerts.faults import OpenFault
from monitors.alerts.graph import Graph
from monitors.alerts.model import FaultGroup, JudgeSettings, State, Verdict
from monitors.evidence import Element, ElementKind, EvidenceRegister
from monitors.impairment.model import Sign, Spell
from ops_core.kernel.i18n import Message

FRESH, POLL_LAG = JudgeSettings().fresh, JudgeSettings().poll_lag
READ_WITHIN = timedelta(seconds=1)
"""How long after we were last late all that waited for us has been read."""
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
    ``signs``: when we were late of late, by each sign of it.
    """

    spells: tuple[Spell, ...] = ()
    is_gated: bool = False
    view: ImpairmentView | None = None
    signs: tuple[Sign, ...] = ()


def _nobody() -> Mapping[str, datetime]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LateAnswers:
    """What is known of who answered while we were late.

    ``returned``: device -> when it last answered after a silence, which may have been held back.
    ``waiting_since``: of what was seen from then on something may still wait to be read, a silence
    among it; so one end's word and the other's answer prove nothing yet. None: all is read.
    """

    returned: Mapping[str, datetime] = field(default_factory=_nobody)
    waiting_since: datetime | None = None

    def may_wait(self, since: datetime) -> bool:
        """Whether something seen at or after ``since`` may not have been read yet."""
        return self.waiting_since is not None and since >= self.waiting_since


ON_TIME = LateAnswers()


def waiting_since(signs: Iterable[Sign], now: datetime) -> datetime | None:
    """Since when what was seen may wait for us at ``now``: while we were late, and just after."""
    late = [sign.start for sign in signs if sign.start <= now < sign.end + READ_WITHIN]
    return min(late, default=None)


def gated(
    verdict: Verdict,
    faults: Iterable[OpenFault],
    graph: Graph,
    register: EvidenceRegister,
    answers: LateAnswers = ON_TIME,
) -> Verdict:
    """The verdict with only the faults that may be named while monitoring is impaired."""
    held = list(faults)
    groups: list[FaultGroup] = []
    for group in verdict.groups:
        known = [one.group for one in held if not one.group.elements.isdisjoint(group.elements)]
        if not is_stated(group, graph, register, answers) or not all(map(_is_of_cables, known)):
            groups += known
        elif known or _is_news(group, verdict.at, held, graph):
            groups.append(group)
    return replace(verdict, groups=tuple(dict.fromkeys(groups)))


def _is_news(group: FaultGroup, now: datetime, faults: Iterable[OpenFault], graph: Graph) -> bool:
    """Said just now, and accounted for by no open fault."""
    if all(now - word.observed_at > FRESH for word in group.evidence):
        return False
    return not any(_explains(one.group, group, graph) for one in faults)


def _is_of_cables(group: FaultGroup) -> bool:
    return all(root.kind in CABLES for root in group.roots)


def is_stated(
    group: FaultGroup,
    graph: Graph,
    register: EvidenceRegister,
    answers: LateAnswers = ON_TIME,
) -> bool:
    """Whether a fault rests on nothing but ports that their devices report down."""
    return all(
        root.kind is ElementKind.LINK and _is_reported(root.name, graph, register, answers)
        for root in group.roots
    )


def _is_reported(link: str, graph: Graph, register: EvidenceRegister, answers: LateAnswers) -> bool:
    """Reported down by both watched ends, or by one while the other's device answers since.

    One end's word of before the other's device came back is of its absence.
    """
    if link not in graph.links:
        return False
    watched = [end for end in graph.ends(link) if end in graph.devices or end == graph.collector]
    down = {end: words for end in watched if (words := _down_words(link, end, graph, register))}
    if not down:
        return False
    since = max(began for began, _ in down.values())
    newest = max(last for _, last in down.values())
    return all(
        end in down
        or end == graph.collector
        or (
            not answers.may_wait(since)
            and _answered(end, since, register)
            and (end not in answers.returned or newest >= answers.returned[end] + POLL_LAG)
        )
        for end in watched
    )


def _down_words(
    link: str, device: str, graph: Graph, register: EvidenceRegister
) -> tuple[datetime, datetime] | None:
    """When the device's newest words about its port of the link began to be bad, and the last."""
    port = graph.port_at(link, device)
    entries = register.of(port) if port else ()
    newest = max(entries, key=lambda entry: entry.rank, default=None)
    if newest is None or newest.ok is not False:
        return None
    began = min(entry.observed_at for entry in entries if entry.ok is False)
    return began, newest.observed_at


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
