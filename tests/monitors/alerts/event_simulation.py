"""One run: collectors that watch a random site, a judge that is restarted and comes late.

Echo requests twice a second, polls at a phase of their own, traps that are lost and come late,
urgent polls where the judge or a trap asks for them. Messages may wait and then come in a burst
in any order; the judge may not tick for seconds; it may be killed, and goes on from what it stored.

The judge is the engine's cycle with the gate for our own lateness in front of it, as the platform
always runs it. In the platform messages can wait only while the collector's loop does not turn,
which its meter sees; so the meter stands still here as well while they wait. A judge that comes
late by itself makes no evidence doubtful: nothing is held back for it.
"""

import heapq
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count, pairwise

from monitors.alerts.cycle import WARM_UP, JudgeCycle, Judged
from monitors.alerts.faults import GROUP, FaultTransition, OpenFault
from monitors.alerts.graph import Graph
from monitors.alerts.model import State, Verdict
from monitors.collect.liveness import ANSWER_WITHIN_S, ROUND_S, TRIES_AT_S
from monitors.evidence import Element, ElementKind, EvidenceRegister, Observation, Source
from monitors.impairment.guard import EvidenceGuard
from monitors.impairment.service import ImpairmentMonitor
from ops_core.kernel.clock import FixedClock
from tests.monitors.alerts.random_sites import (
    COLLECTOR,
    WEB,
    Story,
    Truth,
    random_faults,
    random_site,
)
from tests.monitors.alerts.simulation import START, after

POLL_S = 5.0
LIFETIME = timedelta(seconds=3 * POLL_S)
TICK_S = 0.2
GOOD = frozenset({State.UP, State.UNKNOWN})
WARM_UP_S = WARM_UP.total_seconds()
TRAP_DELAY_S = 0.3
HEAL_S = 32.0
"""After the last repair: a poll, what a flapping root waits, and a silent spell of ours."""


@dataclass(frozen=True, slots=True)
class Spell:
    """From ``start`` to ``end`` (seconds) something of ours does not work."""

    start: float
    end: float

    def holds(self, second: float) -> bool:
        return self.start <= second < self.end


@dataclass(frozen=True, slots=True)
class Scenario:
    """A run by its numbers; each of them can be set to nothing to see whether it matters."""

    seed: int
    faults: int = 3
    only: tuple[int, ...] | None = None
    """Positions of the faults to keep; None keeps all."""
    trap_loss: float = 0.3
    restarts: int = 1
    late_messages: int = 1
    late_judge: int = 1

    def story(self) -> Story:
        dice = random.Random(self.seed)
        graph = random_site(dice)
        faults = random_faults(dice, graph, self.faults)
        kept = range(len(faults)) if self.only is None else self.only
        return Story(graph, tuple(faults[i] for i in kept if i < len(faults)))


@dataclass(frozen=True, slots=True)
class Moment:
    """What was held at a tick."""

    second: float
    verdict: Verdict
    register: EvidenceRegister
    faults: tuple[OpenFault, ...]
    is_warm: bool


@dataclass
class Course:
    """All that came of a run."""

    scenario: Scenario
    story: Story
    moments: list[Moment] = field(default_factory=list)
    transitions: list[tuple[float, FaultTransition]] = field(default_factory=list)
    heard: list[Observation] = field(default_factory=list)
    """What the judge took since its last start."""
    spells: tuple[Spell, ...] = ()
    restarted_at: tuple[float, ...] = ()

    def troubled(self, second: float, within: float) -> bool:
        """Whether something of ours did not work in the time before."""
        return any(s.start <= second and second - within < s.end for s in self.spells) or any(
            at <= second < at + within for at in self.restarted_at
        )


class Judge:
    """The engine without its threads and its database: its cycle, and what a start goes on from."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._clock = FixedClock(START)
        self._stored = EvidenceRegister()
        self.faults: tuple[OpenFault, ...] = ()
        self.start(0.0)

    def start(self, second: float) -> None:
        """Go on from what was stored: open faults, and what was bad since when."""
        self._set_clock(second)
        self._monitor = ImpairmentMonitor(self._clock)
        self._guard = EvidenceGuard(self._graph, self._monitor)
        self._knows_bad = True
        stored_faults = [
            OpenFault(f.key, f.sequence, GROUP.validate_python(GROUP.dump_python(f.group)))
            for f in self.faults
        ]
        self._cycle = JudgeCycle(
            self._graph,
            self._guard,
            after(second),
            stored_faults,
            EvidenceRegister().merged(
                Observation(e.element, e.source, False, e.begins_at, e.detail) for e in self._stored
            ),
        )
        self._first_heard_at: float | None = None

    @property
    def heard(self) -> EvidenceRegister:
        return self._cycle.heard

    @property
    def is_waiting(self) -> bool:
        return self._cycle.is_waiting

    @property
    def knows_bad(self) -> bool:
        """Whether a fault is open, something is bad, or words may be held back."""
        return bool(self.faults) or self._knows_bad

    def loop_stands(self, second: float) -> None:
        """The collector's loop does not turn from now on."""
        self._set_clock(second)
        self._monitor.collector.begin()

    def loop_turns(self, second: float) -> None:
        """It turns again, and on time: no heartbeat of it need be played."""
        self._set_clock(second)
        self._monitor.collector.heartbeat()
        self._monitor.collector.end()

    def tick(self, second: float, fresh: list[Observation]) -> tuple[Judged, bool]:
        """What is judged and stored; and whether enough was heard to name anything."""
        self._set_clock(second)
        if self._first_heard_at is None and fresh:
            self._first_heard_at = second
        judged = self._cycle.judged(fresh, after(second))
        self._store(judged)
        self._cycle.keep(judged)
        self.faults = self._cycle.faults
        states = frozenset(judged.verdict.states.values())
        self._knows_bad = not states <= GOOD or self._guard.outlook.is_gated
        is_warm = self._first_heard_at is not None and second >= self._first_heard_at + WARM_UP_S
        return judged, is_warm

    def _set_clock(self, second: float) -> None:
        self._clock.advance(after(second) - self._clock.now())

    def _store(self, judged: Judged) -> None:
        """What is bad, each as it was first stored."""
        kept = self._stored.without(e.key for e in self._stored if e.key not in judged.bad)
        unknown = judged.bad - kept.entries.keys()
        found = (judged.register.get(*key) for key in unknown)
        self._stored = kept.merged(entry for entry in found if entry is not None)


@dataclass(frozen=True, slots=True)
class Pinged:
    """A target of echo requests: a device, or a seat's host (``device`` None)."""

    element: Element
    device: str | None

    def answers(self, truth: Truth) -> bool:
        if self.device is None:
            return truth.seat_answers(self.element.number)
        return self.device in truth.reached


class Run:
    """Events in the order of their time; see the module."""

    def __init__(self, scenario: Scenario) -> None:
        self._dice = random.Random(f"run {scenario.seed}")
        self.story = scenario.story()
        self._graph = self.story.graph
        self._end = self.story.mended_at + HEAL_S
        self._queue: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = count()
        self._mailbox: list[Observation] = []
        self._asked_at: dict[str, float] = {}
        self._trap_at: dict[str, float] = {}
        self._agents = self._graph.devices | {COLLECTOR}
        self._pinged = [Pinged(Element.device(name), name) for name in sorted(self._graph.devices)]
        self._pinged += [
            Pinged(Element.seat_host(number), None) for number in sorted(self._graph.seat_switch)
        ]
        self._judge = Judge(self._graph)
        self._starts = 0
        self._last_tick = -1.0
        self._scenario = scenario
        self._late_messages = self._spells(scenario.late_messages)
        self._late_judge = self._spells(scenario.late_judge)
        restarts = [self._dice.uniform(8, self._end - HEAL_S) for _ in range(scenario.restarts)]
        self.course = Course(
            scenario,
            self.story,
            spells=(*self._late_messages, *self._late_judge),
            restarted_at=tuple(sorted(restarts)),
        )

    def run(self) -> Course:
        """All of it."""
        for turn in range(int(self._end / ROUND_S)):
            self._at(turn * ROUND_S, self._ping)
        for device in sorted(self._agents):
            self._every(POLL_S, lambda second, name=device: self._poll(second, name))
        for number in sorted(self._graph.seat_switch):
            self._every(POLL_S, lambda second, seat=number: self._poll_seat(second, seat))
        self._every(1.0, self._probe)
        for second in self.story.changes:
            self._at(second, self._trap)
        for second in self.course.restarted_at:
            self._at(second, self._restart)
        for spell in self._late_messages:
            self._at(spell.start, self._judge.loop_stands)
            self._at(spell.end, self._judge.loop_turns)
        for turn in range(int(self._end / TICK_S)):
            self._at(turn * TICK_S, self._tick)
        while self._queue:
            second, _, act = heapq.heappop(self._queue)
            act(second)
        return self.course

    def _spells(self, number: int) -> tuple[Spell, ...]:
        """Between one and nine seconds each."""
        starts = [self._dice.uniform(10, self._end - HEAL_S) for _ in range(number)]
        return tuple(Spell(start, start + self._dice.uniform(1, 9)) for start in starts)

    def _at(self, second: float, act: Callable[[float], None]) -> None:
        heapq.heappush(self._queue, (second, next(self._order), act))

    def _every(self, interval: float, act: Callable[[float], None]) -> None:
        second = self._dice.uniform(0, interval)
        while second < self._end:
            self._at(second, act)
            second += interval

    def _deliver(self, second: float, observations: list[Observation]) -> None:
        """To the judge's mailbox; what waits comes in a burst, in any order."""
        for spell in self._late_messages:
            if spell.holds(second):
                self._dice.shuffle(observations)
                for observation in observations:
                    wait = spell.end + self._dice.uniform(0, 0.3)
                    self._at(wait, lambda _, o=observation, s=self._starts: self._take(o, s))
                return
        self._mailbox += observations

    def _ping(self, second: float) -> None:
        """A round of the prober: one answer to any of the tries is enough."""
        waiting = list(self._pinged)
        for wait in TRIES_AT_S:
            truth = self.story.at(second + wait)
            answered = [target for target in waiting if target.answers(truth)]
            if answered:
                self._know(second + wait + 0.01, answered, True)
                waiting = [target for target in waiting if target not in answered]
        if waiting:
            self._know(second + ANSWER_WITHIN_S, waiting, False)

    def _know(self, second: float, targets: list[Pinged], ok: bool) -> None:
        seen = [Observation(target.element, Source.ICMP, ok, after(second)) for target in targets]
        self._at(second, lambda at: self._deliver(at, seen))

    def _poll(self, second: float, device: str) -> None:
        truth = self.story.at(second)
        answers = truth.agent_answers(device)
        known = second + (self._dice.uniform(0.02, 0.2) if answers else 1.0)
        seen = list(self._answer(truth, device, second) if answers else ())
        if not answers:
            seen.append(_polled(Element.device(device), False, known))
        self._at(known, lambda at: self._deliver(at, seen))

    def _answer(self, truth: Truth, device: str, second: float) -> Iterator[Observation]:
        yield _polled(Element.device(device), True, second)
        for link in self._graph.links_of[device]:
            port = self._graph.port_at(link, device)
            if port is not None:
                yield _polled(port, truth.carrier(link), second)
        for pair in self._graph.adjacency_paths:
            if device in pair:
                peer = pair[1] if pair[0] == device else pair[0]
                yield _polled(Element.neighbour(device, peer), truth.adjacent(pair), second)

    def _poll_now(self, second: float, devices: Iterable[str]) -> None:
        """An urgent poll; whoever asks while one is under way shares it."""
        for device in sorted(devices):
            if device in self._agents and second >= self._asked_at.get(device, -1.0) + 0.5:
                self._asked_at[device] = second
                self._at(second + 0.05, lambda at, name=device: self._poll(at, name))

    def _poll_seat(self, second: float, number: int) -> None:
        ok = self.story.at(second).seat_answers(number)
        known = second + (0.02 if ok else 1.0)
        seen = [
            _polled(Element.seat_host(number), ok, known),
            _polled(Element.seat_display(number), True if ok else None, known),
        ]
        self._at(known, lambda at: self._deliver(at, seen))

    def _probe(self, second: float) -> None:
        ok = self.story.at(second).service_answers()
        known = second + (0.02 if ok else 0.8)
        word = Observation(Element(ElementKind.SERVICE, WEB), "probe:0", ok, after(known))
        self._at(known, lambda at: self._deliver(at, [word]))

    def _trap(self, second: float) -> None:
        """Every port that changed is announced, by whoever still can; some get lost."""
        before, now = self.story.at(second - 1e-6), self.story.at(second)
        for link in self._graph.links:
            if before.carrier(link) is now.carrier(link):
                continue
            for device in self._graph.ends(link):
                port = self._graph.port_at(link, device)
                speaks = device in self._agents and device in now.reached
                if port is None or not speaks or self._dice.random() < self._scenario.trap_loss:
                    continue
                at = second + 0.02 + self._dice.expovariate(1 / TRAP_DELAY_S)
                at = self._trap_at[device] = max(at, self._trap_at.get(device, 0.0) + 0.001)
                word = Observation(port, Source.TRAP, now.carrier(link), after(at))
                ends = self._graph.ends(link)
                self._at(at, lambda t, o=word: self._deliver(t, [o]))
                self._at(at, lambda t, both=ends: self._poll_now(t, both))

    def _restart(self, second: float) -> None:
        """Killed: whatever was on its way or not stored is gone."""
        self._mailbox.clear()
        self._starts += 1
        self._judge.start(second)
        self.course.heard = list(self._judge.heard)
        if any(spell.holds(second) for spell in self._late_messages):
            self._judge.loop_stands(second)

    def _take(self, observation: Observation, start: int) -> None:
        """What waited arrives, unless the collector was killed with it."""
        if start == self._starts:
            self._mailbox.append(observation)

    def _tick(self, second: float) -> None:
        if any(spell.holds(second) for spell in self._late_judge):
            return
        if second < self._last_tick + 1.0 and not self._judge.is_waiting and self._is_no_news():
            return
        self._last_tick = second
        fresh, self._mailbox = self._mailbox, []
        self.course.heard += fresh
        judged, is_warm = self._judge.tick(second, fresh)
        moment = Moment(second, judged.verdict, self._judge.heard, self._judge.faults, is_warm)
        self.course.moments.append(moment)
        self.course.transitions += [(second, told) for told in judged.step.transitions]
        self._poll_now(second, [element.name for element in judged.verdict.recheck])

    def _is_no_news(self) -> bool:
        """Nothing came, or nothing but good words to a judge that knows nothing bad.

        The engine judges these at once, too: the same as before. Most of a run is like that.
        """
        if self._judge.knows_bad:
            return not self._mailbox
        return all(word.ok is not False for word in self._mailbox)


def _polled(element: Element, ok: bool | None, second: float) -> Observation:
    return Observation(element, Source.SNMP, ok, after(second), lifetime=LIFETIME)


def run(scenario: Scenario) -> Course:
    """The course of one scenario."""
    return Run(scenario).run()


def simpler(scenario: Scenario) -> Iterator[Scenario]:
    """The same with less in it, for a failure to be read."""
    for name in ("restarts", "late_messages", "late_judge", "trap_loss"):
        if getattr(scenario, name):
            yield replace(scenario, **{name: 0})
    kept = scenario.only or tuple(range(len(scenario.story().faults)))
    for position in kept:
        yield replace(scenario, only=tuple(other for other in kept if other != position))


def gaps(moments: Iterable[Moment]) -> float:
    """The longest time between two ticks."""
    seconds = [moment.second for moment in moments]
    return max((b - a for a, b in pairwise(seconds)), default=0.0)
