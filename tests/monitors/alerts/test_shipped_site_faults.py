"""Every single fault of the shipped site, and its pairs, seen as the collectors would see it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from device_configs.site import Site
from monitors.alerts.graph import Graph
from monitors.alerts.model import FaultGroup, State, Timing, Verdict
from monitors.alerts.verdict import judge
from monitors.evidence import Element, ElementKind, EvidenceRegister
from tests.monitors.alerts.simulation import START, World, after, story, ticks


@dataclass(frozen=True)
class Run:
    final: Verdict
    first_named: float | None
    ever_named: frozenset[Element]
    most_groups: int


def run(world: World, traps: bool = True) -> Run:
    """Tick the judge through the story; note all roots it ever named."""
    graph = world.graph
    pending = story(World(world.site), world, traps)
    register, timing = EvidenceRegister(), Timing()
    first, named, most = None, set(), 0
    verdict = None
    for second in ticks():
        ready = [seen for when, seen in pending if when <= second]
        pending = [item for item in pending if item[0] > second]
        register = register.merged(ready)
        verdict = judge(graph, register, timing, after(second))
        timing = verdict.timing
        if verdict.groups and first is None:
            first = second
        named.update(root for group in verdict.groups for root in group.roots)
        most = max(most, len(verdict.groups))
    assert verdict is not None
    return Run(verdict, first, frozenset(named), most)


def device(name: str) -> Element:
    return Element.device(name)


def link(name: str) -> Element:
    return Element(ElementKind.LINK, name)


def only(verdict: Verdict) -> FaultGroup:
    assert len(verdict.groups) == 1, [group.roots for group in verdict.groups]
    return verdict.groups[0]


def data_links(site: Site) -> list[str]:
    return [n for n, ln in site.links.items() if ln.kind.value not in ("seat", "management")]


def watched(site: Site) -> list[str]:
    return [d.name for d in site.watched if d is not site.monitoring_host]


def every(site: Site, names: list[str], break_it: Callable[[Site, str], World]) -> list[str]:
    """Names whose fault is not told as exactly one group that names it."""
    wrong = []
    for name in names:
        result = run(break_it(site, name))
        groups = result.final.groups
        ok = len(groups) == 1 and any(root.name == name for root in groups[0].roots)
        if not ok or result.most_groups > 1:
            wrong.append(f"{name}: {[[str(r) for r in g.roots] for g in groups]}")
    return wrong


def test_every_cut_data_link_is_one_fault_that_names_it_within_two_seconds(site: Site) -> None:
    for name in data_links(site):
        result = run(World(site, cut=frozenset({name})))
        assert only(result.final).roots == (link(name),)
        assert result.ever_named == {link(name)}
        assert result.first_named is not None
        assert result.first_named <= 2.0


def test_every_cut_management_cable_is_named_and_its_device_is_not_down(site: Site) -> None:
    names = [n for n, ln in site.links.items() if ln.kind.value == "management"]
    wrong = every(site, names, lambda s, n: World(s, cut=frozenset({n})))
    assert wrong == []


def test_every_silent_cut_of_a_watched_segment_names_it(site: Site) -> None:
    adjacent = {
        name
        for pair in World(site).routed_pairs()
        for name in World(site).graph.adjacency_paths[pair]
    }
    wrong = every(site, sorted(adjacent), lambda s, n: World(s, silent=frozenset({n})))
    assert wrong == []


def test_a_silent_cut_of_an_access_cable_is_told_by_the_split_pair(site: Site) -> None:
    world = World(site, silent=frozenset({"core-a--sw-1"}), neighbours_watched=False)
    result = run(world)
    assert link("core-a--sw-1") in only(result.final).roots


@pytest.mark.parametrize("name", ["core-a--sw-1", "core-b--sw-1"])
def test_a_silent_cut_of_an_access_cable_is_told_by_the_gateway_above_it(
    site: Site, name: str
) -> None:
    result = run(World(site, silent=frozenset({name})))
    assert only(result.final).roots == (link(name),)
    assert result.ever_named == {link(name)}
    assert result.first_named is not None
    assert result.first_named <= 3.0  # the first poll is 1.5 s after the cut


def test_a_gateway_in_fault_on_all_its_groups_blames_no_cable(site: Site) -> None:
    world = World(site)
    found = EvidenceRegister().merged(world.everything(START))
    mine = [
        e for e in found if e.element.kind is ElementKind.VRRP and e.element.device_name == "core-a"
    ]
    assert len(mine) > 1
    at = after(10)
    bad = [replace(e, ok=False, observed_at=at, detail="fault", value="fault") for e in mine]
    found = found.merged([*world.everything(at), *bad])
    verdict = judge(world.graph, found, Timing(), after(20))
    assert not [g for g in verdict.groups for r in g.roots if r.kind is ElementKind.LINK]


def test_every_killed_device_is_one_fault_that_names_it_alone(site: Site) -> None:
    for name in watched(site):
        result = run(World(site, killed=frozenset({name})))
        group = only(result.final)
        assert group.roots[0] == device(name)
        assert {r for r in result.ever_named if r.kind is ElementKind.DEVICE} == {device(name)}
        assert result.most_groups == 1
        assert result.first_named is not None
        assert result.first_named <= 2.0, name


def test_every_hung_device_is_one_fault_that_names_it_alone(site: Site) -> None:
    for name in watched(site):
        result = run(World(site, hung=frozenset({name})))
        assert only(result.final).roots == (device(name),), name
        assert result.ever_named == {device(name)}
        assert result.first_named is not None
        assert result.first_named <= 2.0, name


def test_without_traps_devices_and_cables_are_still_named(site: Site) -> None:
    for name in watched(site):
        result = run(World(site, killed=frozenset({name})), traps=False)
        assert result.final.groups[0].roots[0] == device(name), name
        assert len(result.final.groups) == 1, name
    for name in data_links(site):
        result = run(World(site, cut=frozenset({name})), traps=False)
        assert len(result.final.groups) == 1, (name, result.final.groups)
        assert link(name) in result.final.groups[0].roots, name


def test_the_pair_of_uplinks_is_one_fault_of_all_seats(site: Site) -> None:
    result = run(World(site, cut=frozenset({"rt-a--egov", "rt-b--egov"})))
    group = only(result.final)
    assert set(group.roots) == {link("rt-a--egov"), link("rt-b--egov")}
    assert len(group.seats) == 72
    assert set(group.services) == {"platform", "knowledge"}
    assert group.class_inputs.seats_out == 72
    assert Element(ElementKind.CIRCUIT, "egov") in group.common_cause


def test_one_cut_uplink_costs_no_seat_but_the_redundancy(site: Site) -> None:
    group = only(run(World(site, cut=frozenset({"rt-a--egov"}))).final)
    assert group.seats == ()
    assert group.services == ()
    assert group.class_inputs.core_redundancy_lost


@pytest.mark.parametrize("name", ["ips-a", "ips-b"])
def test_a_dead_transparent_device_is_named_itself(site: Site, name: str) -> None:
    for world in (World(site, killed=frozenset({name})), World(site, hung=frozenset({name}))):
        group = only(run(world).final)
        assert group.roots == (device(name),)
        assert group.class_inputs.core_redundancy_lost


def test_a_dead_access_switch_hides_its_seats_and_puts_them_out(site: Site) -> None:
    result = run(World(site, killed=frozenset({"sw-2"})))
    group = only(result.final)
    assert group.seats == tuple(range(13, 25))
    assert result.final.state(Element.seat_host(13)) is State.UNREACHABLE


def test_a_display_that_is_off_is_a_fault_of_its_own(site: Site) -> None:
    group = only(run(World(site, displays_off=frozenset({17}))).final)
    assert group.roots == (Element.seat_display(17),)
    assert group.class_inputs.seat_equipment
    assert group.seats == (17,)


def test_a_seat_that_does_not_answer_has_an_unknown_display(site: Site) -> None:
    result = run(World(site, cut=frozenset({"sw-1--seat-005"})))
    group = only(result.final)
    assert group.roots == (Element.seat_host(5), link("sw-1--seat-005"))
    assert result.final.state(Element.seat_display(5)) is State.UNKNOWN


def test_every_double_fault_of_a_redundant_pair_names_both_and_nobody_else(site: Site) -> None:
    pairs = {tuple(sorted((d.name, d.partner))) for d in site.devices.values() if d.partner}
    for a, b in sorted(pairs):
        for world in (
            World(site, killed=frozenset({a, b})),
            World(site, hung=frozenset({a, b})),
            World(site, killed=frozenset({a}), hung=frozenset({b})),
        ):
            result = run(world)
            named = {r.name for g in result.final.groups for r in g.roots if r.kind == "device"}
            assert named == {a, b}
            assert len(result.final.groups) <= 2


def test_a_lost_telemetry_source_makes_states_unknown_not_good(site: Site, graph: Graph) -> None:
    register = EvidenceRegister().merged(World(site).everything(START))
    sources = frozenset({"icmp", "snmp", "trap"})
    verdict = judge(graph, register, Timing(), after(1), lost_sources=sources)
    assert verdict.state(device("rt-a")) is State.UNKNOWN
    assert verdict.state(Element.seat_host(1)) is State.UNKNOWN
    assert verdict.groups == ()


def test_a_healthy_site_has_no_fault(site: Site) -> None:
    result = run(World(site))
    assert result.ever_named == frozenset()
    assert result.final.state(device("rt-a")) is State.UP
