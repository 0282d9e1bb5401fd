"""One run: collectors that watch a random site, a judge that is restarted and comes late.

Echo requests twice a second, polls at a phase of their own, traps that are lost and come late,
urgent polls where the judge or a trap asks for them. Messages may wait and then come in a burst
in any order; the judge may not tick for seconds; it may be killed, and goes on from what it stored.
"""

import heapq
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count, pairwise

from monitors.alerts.faults import (
    GROUP,
    FaultStep,
    FaultTransition,
    OpenFault,
    advance,
    awaits_time,
    named_by,
)
from monitors.alerts.graph import Graph
from monitors.alerts.memory import bad_keys, relearned, resumed_timing
from monitors.alerts.model import Timing, Verdict
from monitors.alerts.verdict import judge
from monitors.evidence import Element, ElementKind, EvidenceRegister, Observation, Source
from tests.monitors.alerts.random_sites import (
    COLLECTOR,
    WEB,
    Story,
    Truth,
    random_faults,
    random_site,
)
from tests.monitors.alerts.simulation import after

ROUND_S = 0.5
ANSWER_S = 0.45
POLL_S = 5.0
LIFETIME = timedelta(seconds=3 * POLL_S)
TICK_S = 0.2
RELEARN_S = 8.0
WARM_UP_S = 4.0
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
    """The engine's cycle without its threads and its database."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.faults: tuple[OpenFault, ...] = ()
        self._evidence = EvidenceRegister()
        self.start(0.0)

    def start(self, second: float) -> None:
        """Go on from what was stored: open faults, and what was bad since when."""
        self.faults = tuple(
            OpenFault(f.key, f.sequence, GROUP.validate_python(GROUP.dump_python(f.group)))
            for f in self.faults
        )
        self._remembered = EvidenceRegister().merged(
            Observation(e.element, e.source, False, e.begins_at, e.detail) for e in self._evidence
        )
        self.timing = resumed_timing(self.faults, self._remembered)
        self.register = EvidenceRegister()
        self._relearned_at = second + RELEARN_S
        self._first_heard_at: float | None = None
        self.is_waiting = True

    def tick(self, second: float, fresh: Iterable[Observation]) -> tuple[Verdict, FaultStep, bool]:
        self.register = self.register.merged(fresh)
        if len(self._remembered):
            is_over = second >= self._relearned_at
            self.register, self._remembered = relearned(self.register, self._remembered, is_over)
        if self._first_heard_at is None and len(self.register):
            self._first_heard_at = second
        verdict = judge(self._graph, self.register, self._timing_now(), after(second))
        is_warm = self._first_heard_at is not None and second >= self._first_heard_at + WARM_UP_S
        step = FaultStep(self.faults, ())
        if is_warm:
            step = advance(self.faults, verdict, self.register, self._graph)
        self.timing, self.faults = replace(verdict.timing, named=named_by(step.faults)), step.faults
        self._store()
        self.is_waiting = verdict.pending or awaits_time(self.faults)
        return verdict, step, is_warm

    def _timing_now(self) -> Timing:
        if not len(self._remembered):
            return self.timing
        starts = {entry.element: entry.observed_at for entry in self._remembered}
        return replace(self.timing, bad_since={**starts, **self.timing.bad_since})

    def _store(self) -> None:
        """What is bad, each as it was first stored."""
        now = bad_keys(self.register) | bad_keys(self._remembered)
        kept = self._evidence.without(e.key for e in self._evidence if e.key not in now)
        known = {entry.key for entry in kept}
        self._evidence = kept.merged(
            e for e in self.register if e.ok is False and e.key not in known
        )


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
        self._judge = Judge(self._graph)
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
                    self._at(wait, lambda _, o=observation: self._mailbox.append(o))
                return
        self._mailbox += observations

    def _ping(self, second: float) -> None:
        truth = self.story.at(second)
        answers = [(Element.device(d), d in truth.reached) for d in sorted(self._graph.devices)]
        answers += [
            (Element.seat_host(number), truth.seat_answers(number))
            for number in sorted(self._graph.seat_switch)
        ]
        for element, ok in answers:
            known = second + (0.01 if ok else ANSWER_S)
            seen = [Observation(element, Source.ICMP, ok, after(known))]
            self._at(known, lambda at, found=seen: self._deliver(at, found))

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
        self.course.heard.clear()
        self._judge.start(second)

    def _tick(self, second: float) -> None:
        if any(spell.holds(second) for spell in self._late_judge):
            return
        idle = second < self._last_tick + 1.0
        if idle and not self._mailbox and not self._judge.is_waiting:
            return
        self._last_tick = second
        fresh, self._mailbox = self._mailbox, []
        self.course.heard += fresh
        verdict, step, is_warm = self._judge.tick(second, fresh)
        moment = Moment(second, verdict, self._judge.register, self._judge.faults, is_warm)
        self.course.moments.append(moment)
        self.course.transitions += [(second, transition) for transition in step.transitions]
        self._poll_now(second, [element.name for element in verdict.recheck])


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
