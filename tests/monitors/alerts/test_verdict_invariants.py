"""Invariants of the verdict on random management graphs (domain rules of suppression)."""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.alerts.graph import Graph
from monitors.alerts.model import State, Timing, Verdict
from monitors.alerts.verdict import judge
from monitors.evidence import Element, ElementKind, EvidenceRegister, Observation
from tests.monitors.alerts.simulation import START, after

COLLECTOR = "n0"
SETTLED_S = 4.5
"""Everything is decided by then, and no evidence from the beginning is too old to count."""


@dataclass(frozen=True)
class Net:
    """A random watched network with broken devices and links."""

    graph: Graph
    down: frozenset[str]
    dead: frozenset[str]

    def alive(self) -> set[str]:
        """Devices the collector truly reaches."""
        found, queue = {COLLECTOR}, [COLLECTOR]
        while queue:
            node = queue.pop()
            for link in self.graph.links_of.get(node, ()):
                peer = self.graph.peer(link, node)
                if link not in self.dead and peer not in self.down and peer not in found:
                    found.add(peer)
                    queue.append(peer)
        return found


@st.composite
def nets(draw: st.DrawFn) -> Net:
    """Cycles and parallel links included; some devices may be out of any path."""
    size = draw(st.integers(2, 9))
    names = [f"n{i}" for i in range(size)]
    pairs = st.tuples(st.sampled_from(names), st.sampled_from(names)).filter(lambda p: p[0] != p[1])
    tree = [(names[draw(st.integers(0, i - 1))], names[i]) for i in range(1, size)]
    edges = tree + draw(st.lists(pairs, max_size=6))
    links = {f"l{i}": edge for i, edge in enumerate(edges)}
    graph = Graph(
        collector=COLLECTOR,
        devices=frozenset(names[1:]),
        management=links,
        ports={name: (f"{a}:{name}", f"{b}:{name}") for name, (a, b) in links.items()},
    )
    down = draw(st.frozensets(st.sampled_from(names[1:]), max_size=2))
    dead = draw(st.frozensets(st.sampled_from(sorted(links)), max_size=2))
    return Net(graph, down, dead)


def observations(net: Net, at: datetime, before: Net | None = None) -> list[Observation]:
    """Pings of all devices, then the ports of those that can tell."""
    alive = net.alive()
    seen = [
        Observation(Element.device(device), "icmp", device in alive, at)
        for device in sorted(net.graph.devices)
    ]
    for link in net.graph.links:
        for device in net.graph.ends(link):
            port = net.graph.port_at(link, device)
            if device in alive and port:
                up = link not in net.dead and net.graph.peer(link, device) not in net.down
                seen.append(Observation(port, "snmp", up, at))
    return seen


def verdict_of(net: Net, seen: list[Observation], timing: Timing | None = None) -> Verdict:
    """What is held once everything was seen again, and all waiting is over."""
    register = EvidenceRegister().merged(seen)
    first = judge(net.graph, register, timing or Timing(), after(0.5))
    later = timedelta(seconds=SETTLED_S - 0.5)
    again = [replace(o, observed_at=o.observed_at + later) for o in seen]
    return judge(net.graph, register.merged(again), first.timing, after(SETTLED_S))


def device_roots(verdict: Verdict) -> set[str]:
    return {r.name for g in verdict.groups for r in g.roots if r.kind is ElementKind.DEVICE}


@given(nets(), st.randoms(use_true_random=False))
def test_order_and_repetition_of_evidence_change_nothing(net: Net, shuffle: random.Random) -> None:
    seen = observations(net, START)
    mixed = seen + seen
    shuffle.shuffle(mixed)
    one_by_one = EvidenceRegister()
    for observation in mixed:
        one_by_one = one_by_one.merged([observation])
    at_once = EvidenceRegister().merged(seen)
    for second in (0.5, SETTLED_S):
        expected = judge(net.graph, at_once, Timing(), after(second))
        assert judge(net.graph, one_by_one, Timing(), after(second)) == expected


@given(nets())
def test_no_unreachable_device_has_a_live_path(net: Net) -> None:
    verdict, alive = verdict_of(net, observations(net, START)), net.alive()
    for device in net.graph.devices:
        if verdict.state(Element.device(device)) is State.UNREACHABLE:
            assert device not in alive


@given(nets())
def test_there_are_no_more_faults_than_were_injected(net: Net) -> None:
    verdict = verdict_of(net, observations(net, START))
    assert len(verdict.groups) <= len(net.down) + len(net.dead)


@given(nets())
def test_each_faulty_device_beside_the_reached_part_is_a_root(net: Net) -> None:
    verdict, alive = verdict_of(net, observations(net, START)), net.alive()
    for device in net.down:
        peers = {net.graph.peer(link, device) for link in net.graph.links_of[device]}
        if not peers.isdisjoint(alive):
            assert device in device_roots(verdict)


@given(nets())
def test_a_device_that_just_answered_is_up(net: Net) -> None:
    verdict = verdict_of(net, observations(net, START))
    for device in net.alive() - {COLLECTOR}:
        assert verdict.state(Element.device(device)) is State.UP


@given(nets())
def test_every_part_that_is_cut_off_has_a_root(net: Net) -> None:
    verdict = verdict_of(net, observations(net, START))
    assert all(group.roots for group in verdict.groups)
    silent = net.graph.devices - net.alive()
    assert not silent or verdict.groups


@given(nets(), st.integers(0, 9))
def test_the_start_is_the_earliest_evidence_and_never_moves_later(net: Net, seconds: int) -> None:
    first = verdict_of(net, observations(net, START))
    later = observations(net, after(16 + seconds / 3))
    register = EvidenceRegister().merged([*observations(net, START), *later])
    second = judge(net.graph, register, first.timing, after(20))
    starts = {group.roots: group.since for group in second.groups}
    for group in first.groups:
        assert group.since == START
        assert starts.get(group.roots, START) == START


@given(nets())
def test_a_fault_of_a_reached_device_is_never_hidden(net: Net) -> None:
    """A service that fails of itself stands beside whatever else is broken."""
    graph = replace(net.graph, service_hosts={"web": (COLLECTOR,)})
    element = Element(ElementKind.SERVICE, "web")
    seen = [*observations(net, after(8)), Observation(element, "probe:0", False, after(11))]
    before = Timing(bad_since={element: after(2)})
    verdict = judge(graph, EvidenceRegister().merged(seen), before, after(12))
    assert any(element in group.roots for group in verdict.groups)


@settings(max_examples=50)
@given(nets())
def test_after_the_repair_everything_clears_in_one_round(net: Net) -> None:
    broken = verdict_of(net, observations(net, START))
    whole = Net(net.graph, frozenset(), frozenset())
    register = EvidenceRegister().merged(observations(net, START))
    register = register.merged(observations(whole, after(11)))
    healed = judge(net.graph, register, broken.timing, after(12))
    assert healed.groups == ()
    assert all(healed.state(Element.device(device)) is State.UP for device in net.graph.devices)


@given(nets())
def test_a_negative_from_before_the_path_came_back_is_rechecked_not_alarmed(net: Net) -> None:
    broken = verdict_of(net, observations(net, START))
    cut = {
        device
        for device in net.graph.devices - net.down
        if broken.state(Element.device(device)) in (State.UNREACHABLE, State.CUT)
    }
    whole = Net(net.graph, frozenset(), frozenset())
    answers = [
        seen
        for seen in observations(whole, after(11))
        if not (seen.element.kind is ElementKind.DEVICE and seen.element.name in cut)
    ]
    register = EvidenceRegister().merged([*observations(net, START), *answers])
    healed = judge(net.graph, register, broken.timing, after(11) + timedelta(seconds=1))
    assert device_roots(healed).isdisjoint(cut)
