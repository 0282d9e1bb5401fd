"""One condition on many elements within a minute is one fault with one cause."""

from datetime import timedelta

from monitors.alerts.faults import FaultTransition, OpenFault, TransitionKind, advance
from monitors.alerts.gathering import GATHER, Seen, gathered
from monitors.alerts.graph import Graph
from monitors.alerts.model import State, Timing, Verdict
from monitors.alerts.verdict import judge
from monitors.evidence import Element, EvidenceRegister, Observation
from tests.monitors.alerts.simulation import after

DEVICES = [f"n{number}" for number in range(1, 26)]
LINKS = {f"l{number}": ("n0", device) for number, device in enumerate(DEVICES, 1)}
GRAPH = Graph(collector="n0", devices=frozenset(DEVICES), management=LINKS)
STEP_S = 0.5


def busy(device: str, at_s: float, *, ok: bool = False) -> Observation:
    return Observation(Element.condition("cpu_busy", device), "rule", ok, after(at_s), "cpu_busy")


def faults_over(story: list[tuple[float, Observation]], until_s: float) -> list[FaultTransition]:
    """What is opened, updated and resolved while these observations become known."""
    told: list[FaultTransition] = []
    faults: tuple[OpenFault, ...] = ()
    register, timing = EvidenceRegister(), Timing()
    known: Seen = {}
    for number in range(round(until_s / STEP_S)):
        at_s = number * STEP_S
        register = register.merged(
            Observation(Element.device(device), "icmp", True, after(at_s)) for device in DEVICES
        )
        register = register.merged(o for known_s, o in story if known_s <= at_s)
        verdict = judge(GRAPH, register, timing, after(at_s))
        named, known = gathered(verdict, faults, known)
        step = advance(faults, named, register, GRAPH)
        timing, faults = verdict.timing, step.faults
        told += step.transitions
    return told


def kinds(told: list[FaultTransition]) -> list[TransitionKind]:
    return [transition.kind for transition in told]


def test_busy_processors_of_25_devices_in_one_minute_are_one_fault() -> None:
    story = [(n * 0.6, busy(device, n * 0.6)) for n, device in enumerate(DEVICES)]
    told = faults_over(story, 90)
    assert kinds(told) == [TransitionKind.OPENED]
    assert len(told[0].group.roots) == 25
    assert told[0].group.since == after(0)


def test_two_devices_are_two_faults_and_wait_no_longer_than_it_takes_to_know() -> None:
    told = faults_over([(1, busy("n1", 1)), (1, busy("n2", 1))], 60)
    assert kinds(told) == [TransitionKind.OPENED] * 2
    assert all(transition.at == after(1) for transition in told)
    assert not faults_over([(1, busy("n1", 1))], GATHER.total_seconds())


def test_a_fault_of_many_grows_by_updates() -> None:
    story = [(1.0, busy(f"n{n}", 1)) for n in (1, 2, 3)] + [(40.0, busy("n4", 40))]
    told = faults_over(story, 60)
    assert kinds(told) == [TransitionKind.OPENED, TransitionKind.UPDATED]
    assert len(told[-1].group.roots) == 4


def test_members_that_recover_leave_it_and_the_last_one_ends_it() -> None:
    story = [(1.0, busy(f"n{n}", 1)) for n in (1, 2, 3)]
    story += [(40.0 + n, busy(f"n{n}", 40 + n, ok=True)) for n in (1, 2)]
    told = faults_over(story, 60)
    assert kinds(told) == [TransitionKind.OPENED] + [TransitionKind.UPDATED] * 2
    assert [root.name for root in told[-1].group.roots] == ["cpu_busy:n3"]
    story.append((70.0, busy("n3", 70, ok=True)))
    assert kinds(faults_over(story, 90))[-1] is TransitionKind.RESOLVED


def test_what_waited_for_company_is_named_by_a_fresh_sample_only() -> None:
    """By the time it may be named the last sample is old, and the next one may be good."""
    story = [(second, busy("n1", second)) for second in (1.0, 5.5, 10.0, 14.5)]
    assert not faults_over([*story, (19.0, busy("n1", 19, ok=True))], 40)
    (opened,) = faults_over([*story, (19.0, busy("n1", 19))], 20)
    assert opened.at == after(1)


def test_what_begins_hours_later_has_a_cause_of_its_own() -> None:
    story = [(1.0, busy(f"n{n}", 1)) for n in (1, 2, 3)] + [(100.0, busy("n4", 100))]
    told = faults_over(story, 140)
    assert kinds(told) == [TransitionKind.OPENED] * 2
    assert len(told[0].group.roots) == 3


def test_faults_of_other_kinds_do_not_wait() -> None:
    element = Element.device("n1")
    register = EvidenceRegister().merged(
        [Observation(element, "icmp", False, after(0)), busy("n2", 0)]
    )
    verdict: Verdict = judge(GRAPH, register, Timing(), after(10))
    assert verdict.state(element) is not State.UP
    named, _ = gathered(verdict, (), {})
    assert named.groups == tuple(g for g in verdict.groups if element in g.roots)
    assert verdict.at - after(10) == timedelta(0)
