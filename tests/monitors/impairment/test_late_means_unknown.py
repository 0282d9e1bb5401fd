"""While monitoring is late nothing false opens; afterwards what failed is open, with its start.

The judge, the guard and the faults run as in the engine, over random small networks, on evidence
that is wrong in every way that lateness can make it wrong.
"""

import random
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.alerts.faults import FaultTransition, OpenFault, TransitionKind, advance
from monitors.alerts.graph import Graph
from monitors.alerts.model import (
    AGENT_SILENT,
    Confidence,
    FaultGroup,
    State,
    Timing,
    Verdict,
)
from monitors.alerts.verdict import judge
from monitors.evidence import Element, ElementKind, EvidenceRegister, Observation
from monitors.impairment.gate import LateAnswers, Outlook, gated, recorded_states, waiting_since
from monitors.impairment.guard import EvidenceGuard
from monitors.impairment.model import Sign, SignKind, Spell
from monitors.impairment.service import ImpairmentMonitor
from ops_core.kernel.clock import FixedClock
from tests.monitors.alerts.simulation import START, after
from tests.monitors.alerts.test_verdict_invariants import Net, nets
from tests.profile import is_nightly

EXAMPLES = 300 if is_nightly() else 8
TICK_S = 0.5
ROUND_S = 0.5
POLL_S = 5.0
QUIET_S = 3.0
SEEN_AFTER_S = 0.3
"""How late a spell may become known: the judge waits longer before it names anything."""


class ScriptedMonitor(ImpairmentMonitor):
    """Was late at these times (seconds)."""

    def __init__(self, late: list[tuple[float, float]]) -> None:
        super().__init__(FixedClock(START))
        self.late, self.at_s = late, 0.0

    def outlook(self) -> Outlook:
        spells = tuple(
            Spell(
                after(start),
                after(min(end, self.at_s)),
                after(min(end, self.at_s) + QUIET_S),
                frozenset({SignKind.COLLECTOR}),
            )
            for start, end in self.late
            if start + SEEN_AFTER_S <= self.at_s
        )
        grace = self.windows.grace
        gated = any(s.start <= after(self.at_s) < s.end + grace for s in spells)
        return Outlook(spells, gated)


@dataclass
class Story:
    """A network watched for a while; ``died`` tells when devices died for good."""

    net: Net
    late: list[tuple[float, float]]
    died: dict[str, float]
    chance: random.Random
    transitions: list[FaultTransition] = field(default_factory=list)
    first_missed: dict[str, datetime] = field(default_factory=dict)
    faults: tuple[OpenFault, ...] = ()

    def watch(self, until_s: float) -> None:
        monitor = ScriptedMonitor(self.late)
        guard = EvidenceGuard(self.net.graph, monitor)
        register, timing = EvidenceRegister(), Timing()
        for number in range(round(until_s / TICK_S)):
            monitor.at_s = at_s = number * TICK_S
            fresh = self._evidence(at_s)
            self.chance.shuffle(fresh)
            register = register.merged(fresh)
            read = guard.admit(fresh, register, after(at_s))
            verdict = judge(self.net.graph, read, guard.starts(timing), after(at_s))
            named = guard.faults(verdict, self.faults, read)
            step = advance(self.faults, named, read, self.net.graph)
            timing, self.faults = verdict.timing, step.faults
            self.transitions += step.transitions

    def _evidence(self, at_s: float) -> list[Observation]:
        dead = frozenset(name for name, since in self.died.items() if since <= at_s)
        world = replace(self.net, down=dead, dead=frozenset())
        alive, found = world.alive(), []
        is_late = any(start <= at_s < end for start, end in self.late)
        if at_s % ROUND_S == 0:
            for device in sorted(self.net.graph.devices):
                answers = device in alive
                if is_late and self.chance.random() < 0.7:
                    answers = False
                if is_late and self.chance.random() < 0.3:
                    continue
                found.append(Observation(Element.device(device), "icmp", answers, after(at_s)))
                if not answers and device in self.died and self.died[device] <= at_s:
                    self.first_missed.setdefault(device, after(at_s))
        if at_s % POLL_S == 0:
            found += self._ports(world, alive, at_s, is_late)
        return found

    def _ports(self, world: Net, alive: set[str], at_s: float, is_late: bool) -> list[Observation]:
        """An agent that answers says the truth; a late collector does not hear all of them."""
        found = []
        for link in world.graph.links:
            for device in world.graph.ends(link):
                port = world.graph.port_at(link, device)
                heard = not is_late or self.chance.random() < 0.5
                if device in alive and port and heard:
                    up = world.graph.peer(link, device) not in world.down
                    found.append(Observation(port, "snmp", up, after(at_s)))
        return found

    def opened(self) -> list[FaultTransition]:
        return [t for t in self.transitions if t.kind is TransitionKind.OPENED]


@st.composite
def spells(draw: st.DrawFn) -> list[tuple[float, float]]:
    found, at_s = [], 6.0
    for _ in range(draw(st.integers(0, 3))):
        at_s += draw(st.integers(1, 40)) / 4
        lasts = draw(st.integers(4, 60)) / 4
        found.append((at_s, at_s + lasts))
        at_s += lasts
    return found


WHOLE = nets().map(lambda net: replace(net, down=frozenset(), dead=frozenset()))
UNTIL_S = 75.0


@settings(max_examples=EXAMPLES)
@given(WHOLE, spells(), st.randoms(use_true_random=False))
def test_no_lateness_makes_a_false_fault(
    net: Net, late: list[tuple[float, float]], chance: random.Random
) -> None:
    story = Story(net, late, {}, chance)
    story.watch(UNTIL_S)
    assert story.transitions == []


@settings(max_examples=EXAMPLES)
@given(WHOLE, spells(), st.integers(10, 45), st.randoms(use_true_random=False))
def test_what_died_meanwhile_is_open_afterwards_with_its_true_start(
    net: Net, late: list[tuple[float, float]], died_s: int, chance: random.Random
) -> None:
    device = chance.choice(sorted(net.graph.devices))
    story = Story(net, late, {device: float(died_s)}, chance)
    story.watch(UNTIL_S)
    assert len(story.faults) == 1
    assert [t.kind for t in story.transitions if t.kind is not TransitionKind.UPDATED] == [
        TransitionKind.OPENED
    ]
    assert all(_names(t, device, net) for t in story.transitions)
    start, missed = story.faults[0].group.since, story.first_missed[device]
    assert start <= missed
    # Bad words of our own lateness just before it died belong to it as far as anybody can know.
    earliest = min([died_s, *(s for s, e in late if s <= died_s < e + QUIET_S)])
    assert start >= after(earliest)


def _names(transition: FaultTransition, device: str, net: Net) -> bool:
    """The device, and perhaps its only cable: nobody could tell these apart."""
    cables = {Element(ElementKind.LINK, link) for link in net.graph.links_of[device]}
    roots = set(transition.group.roots)
    return Element.device(device) in roots and roots <= {Element.device(device), *cables}


def test_a_device_that_died_before_stays_down_through_a_spell_and_ends_when_it_answers() -> None:
    graph_net = replace(_line(), down=frozenset(), dead=frozenset())
    story = Story(graph_net, [(20.0, 40.0)], {"n2": 10.0}, random.Random(7))
    story.watch(UNTIL_S)
    assert [t.kind for t in story.transitions if t.kind is not TransitionKind.UPDATED] == [
        TransitionKind.OPENED
    ]
    assert story.opened()[0].at < after(12)


def _line() -> Net:
    links = {"l1": ("n0", "n1"), "l2": ("n1", "n2")}
    graph = Graph(
        collector="n0",
        devices=frozenset({"n1", "n2"}),
        management=links,
        ports={name: (f"{a}:{name}", f"{b}:{name}") for name, (a, b) in links.items()},
    )
    return Net(graph, frozenset(), frozenset())


@settings(max_examples=EXAMPLES)
@given(WHOLE, st.integers(10, 45), st.randoms(use_true_random=False))
def test_without_lateness_the_guard_changes_nothing(
    net: Net, died_s: int, chance: random.Random
) -> None:
    device = chance.choice(sorted(net.graph.devices))
    guarded = Story(net, [], {device: float(died_s)}, chance)
    guarded.watch(UNTIL_S)
    register, timing, faults = EvidenceRegister(), Timing(), ()
    found: list[FaultTransition] = []
    plain = Story(net, [], {device: float(died_s)}, chance)
    for number in range(round(UNTIL_S / TICK_S)):
        at_s = number * TICK_S
        register = register.merged(plain._evidence(at_s))
        verdict = judge(net.graph, register, timing, after(at_s))
        step = advance(faults, verdict, register, net.graph)
        timing, faults = verdict.timing, step.faults
        found += step.transitions
    assert guarded.transitions == found


CIRCUIT = Graph(
    collector="n0",
    devices=frozenset({"n1", "n2"}),
    management={"m1": ("n0", "n1"), "m2": ("n0", "n2")},
    data={"cable": ("n1", "n2"), "uplink": ("n1", "provider")},
    ports={"cable": ("n1:n2", "n2:n1"), "uplink": ("n1:provider", "provider:n1")},
)
CABLE, UPLINK = Element(ElementKind.LINK, "cable"), Element(ElementKind.LINK, "uplink")


def told_while_late(seen: list[Observation], answering: set[str]) -> list[FaultTransition]:
    """What is said within 30 s of lateness, in which these devices answer, of what was seen."""
    monitor = ScriptedMonitor([(0.0, 60.0)])
    guard = EvidenceGuard(CIRCUIT, monitor)
    register, timing, faults = EvidenceRegister(), Timing(), ()
    transitions: list[FaultTransition] = []
    for number in range(60):
        monitor.at_s = at_s = number * TICK_S
        fresh = [
            Observation(Element.device(d), "icmp", d in answering or at_s < 10, after(at_s))
            for d in ("n1", "n2")
        ]
        fresh += [observation for observation in seen if observation.observed_at == after(at_s)]
        register = register.merged(fresh)
        read = guard.admit(fresh, register, after(at_s))
        verdict = judge(CIRCUIT, read, guard.starts(timing), after(at_s))
        step = advance(faults, guard.faults(verdict, faults, read), read, CIRCUIT)
        timing, faults = verdict.timing, step.faults
        transitions += step.transitions
    return transitions


def port_down(device: str, port: str, source: str = "trap") -> Observation:
    return Observation(Element.port(device, port), source, False, after(10))


BOTH = {"n1", "n2"}


@pytest.mark.parametrize(
    ("seen", "answering", "named"),
    [
        pytest.param([port_down("n1", "provider")], BOTH, {UPLINK}, id="a circuit by our end"),
        pytest.param([port_down("n1", "n2"), port_down("n2", "n1")], BOTH, {CABLE}, id="both"),
        pytest.param([port_down("n1", "n2", "snmp")], BOTH, {CABLE}, id="one, the other answers"),
        pytest.param([port_down("n1", "n2")], {"n1"}, set(), id="the other may as well be dead"),
        pytest.param([], {"n1"}, set(), id="nobody reports a port"),
    ],
)
def test_in_the_midst_of_it_a_cut_is_named_when_it_is_reported(
    seen: list[Observation], answering: set[str], named: set[Element]
) -> None:
    told = told_while_late(seen, answering)
    assert {root for transition in told for root in transition.group.roots} == named
    assert [transition.kind for transition in told] == [TransitionKind.OPENED] * len(named)
    assert all(transition.at == after(10) for transition in told)


def test_a_cable_is_not_named_by_a_word_that_waited_with_us() -> None:
    """That of its repair may be waiting behind it."""
    dead = port_down("n1", "provider")
    group = FaultGroup((UPLINK,), State.DOWN, Confidence.HIGH, after(10), (dead,))
    verdict = Verdict(after(13), {}, (group,), Timing())
    register = EvidenceRegister().merged([dead])
    assert gated(verdict, (), CIRCUIT, register).groups == ()
    assert gated(replace(verdict, at=after(11)), (), CIRCUIT, register).groups == (group,)
    known = OpenFault("k", 1, group)
    assert gated(verdict, (known,), CIRCUIT, register).groups == (group,)


def test_a_device_that_was_away_while_we_were_late_leaves_no_dead_cables_behind() -> None:
    """Its silence is held back, and its neighbour's word of its dead port is not."""
    monitor = ScriptedMonitor([(0.0, 60.0)])
    guard, monitor.at_s = EvidenceGuard(CIRCUIT, monitor), 12.0
    silent, back = (
        Observation(Element.device("n2"), "icmp", ok, after(second))
        for ok, second in ((False, 11), (True, 12))
    )
    dead = port_down("n1", "n2")
    group = FaultGroup((CABLE,), State.DOWN, Confidence.HIGH, after(10), (dead,))
    verdict = Verdict(after(12), {}, (group,), Timing())
    register = EvidenceRegister().merged([silent, back, dead])
    guard.admit([back, silent, dead], register, after(12))
    assert guard.faults(verdict, (), register).groups == ()
    still = replace(dead, source="snmp", observed_at=after(17))
    later = replace(verdict, at=after(17), groups=(replace(group, evidence=(still,)),))
    register = register.merged([still])
    assert guard.faults(later, (), register).groups == later.groups


@pytest.mark.parametrize(
    ("since_s", "now_s", "ends", "is_named"),
    [
        (10.0, 11.3, ("n1",), False),
        (10.5, 12.1, ("n1",), True),
        (4.5, 6.0, ("n1",), True),
        (10.0, 11.3, ("n1", "n2"), True),
    ],
    ids=["seen while we stood", "a second later", "seen before it", "both ends say it"],
)
def test_one_end_s_word_waits_until_all_that_waited_for_us_is_read(
    since_s: float, now_s: float, ends: tuple[str, ...], is_named: bool
) -> None:
    """The other end answers, but that it was silent a moment ago may not have been read yet."""
    stood = Sign(after(11), after(5), SignKind.COLLECTOR)
    answer = Observation(Element.device("n2"), "icmp", True, after(now_s))
    ports = [port_down(end, other) for end, other in zip(("n1", "n2"), ("n2", "n1"), strict=True)]
    words = [replace(port, observed_at=after(since_s)) for port in ports[: len(ends)]]
    group = FaultGroup((CABLE,), State.DOWN, Confidence.HIGH, after(since_s), tuple(words))
    register = EvidenceRegister().merged([answer, *words])
    answers = LateAnswers(waiting_since=waiting_since([stood], after(now_s)))
    verdict = Verdict(after(now_s), {}, (group,), Timing())
    assert bool(gated(verdict, (), CIRCUIT, register, answers).groups) is is_named


def test_an_agent_that_fell_silent_meanwhile_is_named_later_with_its_true_start() -> None:
    device, silent = Element.device("n1"), Element.condition(AGENT_SILENT, "n1")
    monitor = ScriptedMonitor([(10.0, 20.0)])
    guard = EvidenceGuard(CIRCUIT, monitor)
    register, timing = EvidenceRegister(), Timing()
    named: dict[float, datetime] = {}
    for second in range(60):
        monitor.at_s = second
        fresh = [Observation(device, "icmp", True, after(second))]
        if second % 5 == 0:
            fresh.append(Observation(device, "snmp", second < 12, after(second)))
        register = register.merged(fresh)
        read = guard.admit(fresh, register, after(second))
        verdict = judge(CIRCUIT, read, guard.starts(timing), after(second))
        timing = verdict.timing
        for group in verdict.groups:
            if silent in group.roots:
                named[second] = group.since
    assert min(named) == 45, "by polls that were not answered while we were on time"
    assert set(named.values()) == {after(15)}


def test_a_bad_state_of_a_late_time_is_recorded_as_unknown() -> None:
    quiet, known, cable = Element.device("a"), Element.device("b"), Element(ElementKind.LINK, "l")
    states = {quiet: State.DOWN, known: State.DOWN, cable: State.DOWN}
    before = {quiet: State.UP, known: State.DOWN, cable: State.UP}
    assert recorded_states(states, before, ()) == {
        quiet: State.UNKNOWN,
        known: State.DOWN,
        cable: State.DOWN,
    }
