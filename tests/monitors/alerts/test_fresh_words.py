"""What simulation found, each in the smallest form: when a fault may be named, and what hides."""

from dataclasses import replace

from monitors.alerts.faults import OpenFault, advance
from monitors.alerts.graph import Graph
from monitors.alerts.memory import resumed_timing
from monitors.alerts.model import State, Timing, Verdict
from monitors.alerts.verdict import judge
from monitors.evidence import Element, ElementKind, EvidenceRegister, Observation, Source
from tests.monitors.alerts.simulation import START, after

EDGES = {"m-a": ("mon", "a"), "m-b": ("mon", "b"), "m-c": ("a", "c")}
DATA = {"leg": ("mon", "a"), "d": ("a", "b")}
GRAPH = Graph(
    collector="mon",
    devices=frozenset({"a", "b", "c"}),
    management=EDGES,
    data=DATA,
    ports={link: (f"{a}:{link}", f"{b}:{link}") for link, (a, b) in {**EDGES, **DATA}.items()},
    transit=frozenset({"a", "b"}),
    side_of=dict.fromkeys(DATA, "egov"),
)
CABLE = Element.link("d")


def seen(element: Element, ok: bool | None, second: float, source: str = "snmp") -> Observation:
    return Observation(element, source, ok, after(second))


def pings(second: float, *silent: str) -> list[Observation]:
    """One round: who is silent, and who answers."""
    return [
        seen(Element.device(name), name not in silent, second, Source.ICMP)
        for name in sorted(GRAPH.devices)
    ]


def judged(
    observations: list[Observation], at: float, timing: Timing | None = None, graph: Graph = GRAPH
) -> Verdict:
    return judge(graph, EvidenceRegister().merged(observations), timing or Timing(), after(at))


def roots(verdict: Verdict) -> list[Element]:
    return [root for group in verdict.groups for root in group.roots]


def test_a_cable_is_not_named_by_a_word_that_its_repair_may_have_overtaken() -> None:
    """It was waited for; by now the port's word is four seconds old. Both ends are read again."""
    dead = seen(Element.port("a", "d"), False, 0)
    verdict = judged([*pings(4), dead], at=4.2)
    assert roots(verdict) == []
    assert verdict.state(CABLE) is State.SUSPECTED
    assert verdict.pending
    assert {Element.device("a"), Element.device("b")} <= verdict.recheck
    still = judged([*pings(4.3), seen(dead.element, False, 4.3)], at=4.8, timing=verdict.timing)
    assert roots(still) == [CABLE]
    assert still.groups[0].since == START


def test_a_word_that_the_other_end_has_taken_back_names_no_cable() -> None:
    """It was repeated and is not too old for a slow agent; but its other end was read up since."""
    timing = Timing()
    for second in range(3, 14):
        up = [] if second < 13 else [seen(Element.port("b", "d"), True, 12)]
        word = seen(Element.port("a", "d"), False, 0 if second < 12 else 10)
        verdict = judged([*pings(second), word, *up], at=second + 0.5, timing=timing)
        assert roots(verdict) == ([CABLE] if second == 12 else [])
        timing = replace(verdict.timing, named=frozenset())


def test_a_cable_that_was_named_stays_named_between_two_polls() -> None:
    dead = seen(Element.port("a", "d"), False, 0)
    first = judged([*pings(0.5), dead], at=0.6)
    assert roots(first) == [CABLE]
    assert roots(judged([*pings(4), dead], at=4.2, timing=first.timing)) == [CABLE]


def test_after_a_restart_what_is_named_stays_named_by_the_words_that_were_stored() -> None:
    dead = seen(Element.port("a", "d"), False, 0)
    group = judged([*pings(0.5), dead], at=0.6).groups[0]
    timing = resumed_timing([OpenFault("k", 1, group)], EvidenceRegister())
    assert roots(judged([*pings(4), dead], at=4.2, timing=timing)) == [CABLE]


def test_an_agent_so_slow_that_its_words_come_late_is_believed_when_it_repeats_itself() -> None:
    port = Element.port("a", "d")
    first = judged([*pings(3), seen(port, False, 0)], at=3.5)
    again = judged([*pings(13), seen(port, False, 10)], at=13.5, timing=first.timing)
    assert roots(again) == [CABLE]


def test_a_device_behind_one_cut_cable_is_not_down_before_its_neighbour_s_port_was_read() -> None:
    """The trap was lost; the cable is known to be dead only by the neighbour's port."""
    port = Element.port("a", "m-c")
    before = [seen(port, True, -3), *pings(-0.5)]
    silent = judged([*before, *pings(0, "c")], at=0.1)
    waiting = judged([*before, *pings(0, "c"), *pings(0.5, "c")], at=0.6, timing=silent.timing)
    assert roots(waiting) == []
    assert {Element.device("a"), Element.device("c")} <= waiting.recheck
    read = judged(
        [*before, *pings(0.5, "c"), seen(port, False, 0.7)], at=1.2, timing=waiting.timing
    )
    assert Element.link("m-c") in roots(read)
    assert all(group.state is not State.DOWN for group in read.groups)


def test_a_device_whose_neighbour_has_a_live_port_towards_it_is_down() -> None:
    port = Element.port("a", "m-c")
    silent = judged([*pings(0, "c")], at=0.1)
    words = [*pings(0.5, "c"), seen(port, True, 0.7)]
    read = judged(words, at=0.9, timing=silent.timing)
    assert roots(read) == [], "the cable may have been dead then, and be mended now"
    asked = judged([*words, *pings(1.2, "c")], at=1.3, timing=read.timing)
    assert roots(asked) == [Element.device("c")]
    assert asked.groups[0].state is State.DOWN


def test_a_port_down_by_a_poll_that_a_trap_still_overrules_names_no_device_meanwhile() -> None:
    """The trap of its repair came late; the poll after it is of the next cut, or old."""
    port = Element.port("a", "m-c")
    before = [seen(port, True, 0, "trap"), *pings(0)]
    timing = judged([*before, *pings(0.5, "c")], at=0.6).timing
    words = [*before, *pings(1.5, "c"), seen(port, False, 1.2)]
    doubted = judged(words, at=1.6, timing=timing)
    assert roots(doubted) == []
    assert {Element.device("a"), Element.device("c")} <= doubted.recheck
    later = [*words, *pings(4.5, "c"), seen(port, False, 4.4)]
    decided = judged(later, at=4.6, timing=doubted.timing)
    assert Element.link("m-c") in roots(decided)


def test_who_answers_while_an_echo_request_still_waits_is_alive() -> None:
    """The request was sent before the repair, and its failure is known after it."""
    agent = seen(Element.device("b"), True, 0.1)
    assert judged([*pings(0.45, "b"), agent], at=0.5).state(Element.device("b")) is State.UP
    gone = judged([*pings(0.95, "b"), agent], at=1)
    assert gone.state(Element.device("b")) is not State.UP


def test_a_named_device_that_answered_in_between_is_asked_again_before_it_is_named_anew() -> None:
    port = Element.port("a", "m-c")
    timing = judged([*pings(0, "c"), seen(port, True, 0)], at=0.1).timing
    words = [*pings(0.5, "c"), *pings(1, "c"), seen(port, True, 0.3)]
    named = judged(words, at=1.1, timing=timing)
    assert roots(named) == [Element.device("c")]
    fault = Timing(named=frozenset(roots(named)), unheard=named.timing.unheard)
    back = judged([*pings(1.5), seen(port, True, 1.5)], at=1.6, timing=fault)
    still = replace(back.timing, named=fault.named)
    words = [*pings(3, "c"), *pings(3.4, "c"), seen(port, True, 1.5)]
    begun = judged(pings(3, "c"), at=3.1, timing=still)
    silent = judged(words, at=3.5, timing=replace(begun.timing, named=fault.named))
    assert roots(silent) == [], "by now it may be its cable"
    assert Element.device("a") in silent.recheck


def test_a_neighbour_that_cannot_be_read_delays_the_name_by_a_few_seconds_only() -> None:
    port = Element.port("a", "m-c")
    timing = judged([seen(port, True, -3), *pings(0, "c")], at=0.1).timing
    late = judged([seen(port, True, -3), *pings(3.2, "c")], at=3.3, timing=timing)
    assert roots(late) == [Element.device("c")]


def test_one_lost_round_of_echo_requests_names_nobody() -> None:
    lost = judged([*pings(0, "b")], at=0.45)
    assert roots(lost) == []
    assert Element.device("b") in lost.recheck
    assert roots(judged(pings(0.5), at=0.6, timing=lost.timing)) == []


def test_a_judge_that_comes_late_names_nothing_by_what_it_finds_in_its_mailbox() -> None:
    """Twenty seconds late, all that was bad then may be mended: nothing is named before news."""
    bad = [*pings(0, "b"), *pings(0.5, "b"), seen(Element.port("a", "d"), False, 0)]
    late = judged(bad, at=20)
    assert roots(late) == []
    assert late.state(Element.device("b")) is State.UNKNOWN


SEATS = replace(
    GRAPH,
    data={**DATA, **{f"s{n}": (sw, f"seat-{n}") for n, sw in ((1, "a"), (2, "b"), (3, "b"))}},
    side_of=dict.fromkeys((*DATA, "s1", "s2", "s3"), "egov"),
    seat_switch={1: "a", 2: "b", 3: "b"},
    seat_link={1: "s1", 2: "s2", 3: "s3"},
    service_hosts={"web": ("b",)},
    service_sides={"web": frozenset({"egov"})},
)


def hosts(second: float, *silent: int) -> list[Observation]:
    return [seen(Element.seat_host(n), n not in silent, second, "icmp") for n in (1, 2, 3)]


def settled(observations: list[Observation], timing: Timing, at: float) -> Verdict:
    return judged(observations, at=at, timing=timing, graph=SEATS)


def test_only_what_stands_behind_a_fault_is_listed_with_it() -> None:
    """c is down, and so is b with its seats: they are no matter of c's."""
    words = [*pings(0, "b", "c"), *hosts(0, 2, 3)]
    first = settled(words, Timing(), 0.1)
    later = [*pings(4, "b", "c"), *hosts(4, 2, 3)]
    groups = {group.roots: group for group in settled(later, first.timing, 4.3).groups}
    behind = {Element.seat_host(2), Element.seat_host(3)}
    assert behind <= set(groups[(Element.device("b"),)].suppressed)
    assert behind.isdisjoint(groups[(Element.device("c"),)].suppressed)


def test_a_service_that_stood_behind_a_fault_needs_a_word_of_after_its_repair() -> None:
    web = Element(ElementKind.SERVICE, "web")
    words = [*pings(0, "b"), seen(web, False, 0, "probe:0")]
    timing = settled(words, Timing(), 0.1).timing
    words = [*pings(8, "b"), seen(web, False, 8, "probe:0")]
    behind = settled(words, timing, 8.3)
    assert behind.state(web) is State.UNREACHABLE
    back = settled([*words, *pings(8.5)], behind.timing, 8.6)
    assert roots(back) == []
    failing = [*pings(11), seen(web, False, 10.9, "probe:0")]
    assert web in roots(settled(failing, back.timing, 11.1))


def test_a_service_behind_a_cable_that_another_fault_lists_is_explained_by_it() -> None:
    """c is dead, and b behind it; b's data cable is cut as well and has no name of its own."""
    graph = replace(SEATS, management={"m-a": ("mon", "a"), "m-c": ("a", "c"), "m-b": ("c", "b")})
    graph = replace(graph, ports={link: (f"{x}:{link}", f"{y}:{link}") for link, (x, y) in
                                  {**graph.management, **graph.data}.items()})  # fmt: skip
    web, cut = Element(ElementKind.SERVICE, "web"), Element.port("a", "d")
    timing = Timing()
    for second in (0, 2, 4, 6, 8):
        words = [*pings(second, "b", "c"), seen(cut, False, second)]
        words.append(seen(web, False, second, "probe:0"))
        verdict = judged(words, at=second + 0.1, timing=timing, graph=graph)
        timing = verdict.timing
    (group,) = verdict.groups
    assert group.roots == (Element.device("c"),)
    assert web in group.suppressed
    assert verdict.state(web) is State.UNREACHABLE


def test_a_device_that_lives_on_its_data_side_is_not_named_and_let_go_by_turns() -> None:
    """The newest answer of a seat behind it is newer than its newest silence half of the time."""
    timing, named = Timing(), []
    for turn in range(24):
        second = turn / 2
        words = [*pings(second, "b"), *hosts(second + (0.1 if turn % 2 else -0.1))]
        verdict = settled(words, timing, second + 0.2)
        timing = verdict.timing
        named += [roots(verdict)] if turn > 6 else []
    assert named == [[Element.link("m-b")]] * len(named)


def test_a_seat_is_not_named_by_a_silence_from_before_its_sibling_came_back() -> None:
    timing = settled([*pings(0), *hosts(0, 1, 2, 3)], Timing(), 0.1).timing
    words = [*pings(1), *hosts(1, 1, 2), seen(Element.seat_host(3), True, 1.2, "icmp")]
    assert Element.seat_host(2) not in roots(settled(words, timing, 1.3))
    again = [*words, seen(Element.seat_host(2), False, 1.5, "icmp")]
    assert Element.seat_host(2) in roots(settled(again, timing, 1.6))


def test_a_device_that_just_came_back_is_not_taken_for_one_whose_cable_is_cut() -> None:
    """A seat behind it answers a moment before it does itself."""
    named = settled([*pings(0, "b"), *hosts(0, 2, 3)], Timing(), 0.1)
    timing = settled([*pings(4, "b"), *hosts(4, 2, 3)], named.timing, 4.1).timing
    back = settled([*pings(8, "b"), *hosts(8.2)], timing, 8.3)
    assert roots(back) == [Element.device("b")]
    alive = settled([*hosts(8.2), *pings(8.5, "b")], timing, 8.6)
    assert roots(alive) == [Element.link("m-b")]


def test_a_cable_dead_before_its_device_went_needs_no_grace_when_that_is_back() -> None:
    port = Element.port("a", "d")
    first = judged([*pings(0), seen(port, False, 0)], at=0.5)
    alone = judged([*pings(5), seen(port, False, 5)], at=5.1, timing=first.timing)
    away = judged([*pings(10, "b"), seen(port, False, 10)], at=10.1, timing=alone.timing)
    away = judged([*pings(14, "b"), seen(port, False, 14)], at=14.1, timing=away.timing)
    back = judged([*pings(15), seen(port, False, 14)], at=15.1, timing=away.timing)
    assert CABLE in roots(judged([*pings(16), seen(port, False, 15.5)], 16.1, back.timing))


def test_two_faults_of_one_cable_from_one_start_have_two_keys() -> None:
    """It was taken for over while nobody could know; the same evidence names it again."""
    dead = seen(Element.port("a", "d"), False, 0)
    keys = set()
    for second in (0.6, 1.4):
        verdict = judged([*pings(second - 0.1), dead], at=second)
        (fault,) = advance((), verdict, EvidenceRegister().merged([dead]), GRAPH).faults
        keys.add(fault.key)
    assert len(keys) == 2


def test_a_fault_of_what_is_declared_no_more_ends() -> None:
    dead = seen(Element.port("a", "d"), False, 0)
    register = EvidenceRegister().merged([*pings(0.5), dead])
    opened = advance((), judged([*pings(0.5), dead], at=0.6), register, GRAPH).faults
    without = replace(GRAPH, data={"leg": DATA["leg"]})
    kinds: list[str] = []
    register = EvidenceRegister().merged(pings(9))
    for second in (9.5, 11.0):
        verdict = judged(pings(second), at=second, graph=without)
        step = advance(opened, verdict, register, without)
        opened = step.faults
        kinds += [transition.kind for transition in step.transitions]
    assert kinds == ["FaultResolved"]


def test_a_device_fault_that_goes_on_hides_no_service_that_fails_of_itself() -> None:
    """Each round says again that c is silent: that is no newer fault to fail over from."""
    web = Element(ElementKind.SERVICE, "web")
    timing = settled(pings(0, "c"), Timing(), 0.1).timing
    timing = settled([*pings(20, "c"), seen(web, False, 20, "probe:0")], timing, 20.1).timing
    later = [*pings(26.4, "c"), seen(web, False, 26.5, "probe:0")]
    assert web in roots(settled(later, timing, 26.6))
