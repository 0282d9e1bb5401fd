"""Evidence has an age: what is older than its source's bound is unknown, never good, never bad."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.alerts.faults import advance
from monitors.alerts.graph import Graph
from monitors.alerts.model import AGENT_SILENT, EvidenceAges, State, Timing, Verdict
from monitors.alerts.verdict import judge
from monitors.evidence import Element, ElementKind, EvidenceRegister, Observation, Source
from tests.monitors.alerts.simulation import START, after

GRAPH = Graph(
    collector="mon",
    devices=frozenset({"sw", "rt"}),
    management={"m-sw": ("mon", "sw"), "m-rt": ("sw", "rt")},
    ports={"m-sw": ("mon:1", "sw:1"), "m-rt": ("sw:2", "rt:1")},
    service_hosts={"web": ("mon",)},
)
RT, SW = Element.device("rt"), Element.device("sw")
PORT = Element.port("rt", "1")
WEB = Element(ElementKind.SERVICE, "web")
SILENT = Element.condition(AGENT_SILENT, "rt")
AGES = EvidenceAges()


def seen(
    element: Element, source: str, ok: bool | None, second: float, lifetime: float | None = None
) -> Observation:
    kept = None if lifetime is None else timedelta(seconds=lifetime)
    return Observation(element, source, ok, after(second), lifetime=kept)


def judged(
    *observations: Observation, at: float, timing: Timing | None = None, lost: str = ""
) -> Verdict:
    register = EvidenceRegister().merged(observations)
    sources = frozenset({lost} if lost else ())
    return judge(GRAPH, register, timing or Timing(), after(at), lost_sources=sources)


def answers(second: float, *devices: str) -> list[Observation]:
    """The devices answer an echo request."""
    return [seen(Element.device(name), Source.ICMP, True, second) for name in devices]


@pytest.mark.parametrize(
    ("element", "source", "bound"),
    [
        pytest.param(RT, Source.ICMP, AGES.icmp, id="an echo reply"),
        pytest.param(RT, Source.SNMP, AGES.snmp, id="an answer to a poll"),
        pytest.param(Element.link("m-rt"), Source.SNMP, AGES.snmp, id="a polled port"),
        pytest.param(Element.link("m-rt"), Source.TRAP, AGES.pushed, id="a trap"),
        pytest.param(WEB, "probe:0", AGES.probe, id="a service check"),
    ],
)
def test_nothing_is_up_by_a_word_older_than_its_bound(
    element: Element, source: str, bound: timedelta
) -> None:
    about = PORT if element.kind is ElementKind.LINK else element
    word = Observation(about, source, True, START)
    register = EvidenceRegister().merged([word])
    for age, state in ((bound, State.UP), (bound + timedelta(milliseconds=1), State.UNKNOWN)):
        verdict = judge(GRAPH, register, Timing(), START + age)
        assert verdict.state(element) is state


@given(st.sampled_from([RT, SW, PORT, WEB]), st.booleans(), st.floats(0, 600))
def test_a_word_that_is_too_old_is_neither_good_nor_bad(
    element: Element, ok: bool, second: float
) -> None:
    word = Observation(element, Source.SNMP, ok, START)
    verdict = judge(GRAPH, EvidenceRegister().merged([word]), Timing(), after(second))
    expected = ok if second <= AGES.snmp.total_seconds() else None
    assert verdict.findings[element] is expected
    assert verdict.groups == () or expected is False


def test_an_observation_may_say_itself_how_long_it_counts() -> None:
    slow = seen(RT, Source.SNMP, True, 0, lifetime=180)
    assert judged(slow, at=179).state(RT) is State.UP
    assert judged(slow, at=181).state(RT) is State.UNKNOWN


def test_what_an_aged_word_had_overruled_does_not_come_back() -> None:
    polled = seen(RT, Source.SNMP, True, 0)
    lost = seen(RT, Source.ICMP, False, 1)
    assert judged(polled, lost, at=5).state(RT) is not State.UP
    assert judged(polled, lost, at=7).state(RT) is State.UNKNOWN


def test_a_silent_poll_is_no_silence_while_nothing_is_known_of_echo_requests() -> None:
    """A prober that is late is no reason to believe the slower source."""
    words = [*answers(0, "rt", "sw"), seen(RT, Source.SNMP, False, 6)]
    assert judged(*words, at=7).state(RT) is State.UNKNOWN
    unknown = [*words, seen(RT, Source.ICMP, None, 6.5)]
    assert judged(*unknown, at=7).state(RT) is State.UNKNOWN
    assert judged(*words, at=4.9, lost="icmp").groups == ()


def test_a_service_is_up_only_while_all_its_checks_are() -> None:
    first, second = seen(WEB, "probe:0", True, 0), seen(WEB, "probe:1", True, 4)
    assert judged(first, second, at=4).state(WEB) is State.UP
    assert judged(first, second, at=6).state(WEB) is State.UNKNOWN
    assert judged(second, seen(WEB, "probe:0", None, 4), at=5).state(WEB) is State.UNKNOWN


def test_a_trap_that_no_poll_confirmed_asks_for_one() -> None:
    trap = seen(PORT, Source.TRAP, True, 0)
    assert RT not in judged(trap, at=3).recheck
    assert RT in judged(trap, at=4.5).recheck
    assert RT not in judged(trap, seen(PORT, Source.SNMP, True, 4.2), at=4.5).recheck


def test_a_lost_neighbour_stays_lost_while_its_agent_answers_without_it() -> None:
    """The row is gone from the table, so no poll can say it again."""
    lost = seen(Element.neighbour("rt", "sw"), Source.SNMP, False, 0)
    answer = seen(RT, Source.SNMP, True, 100)
    assert judged(lost, answer, at=101).findings[lost.element] is False
    assert judged(lost, answer, at=120).findings[lost.element] is None


def silent_for(seconds: float) -> list[Verdict]:
    """Verdicts while rt answers echo requests and no poll, from second 0 on."""
    verdicts: list[Verdict] = []
    timing = Timing()
    register = EvidenceRegister().merged([seen(PORT, Source.SNMP, True, -1)])
    for second in range(int(seconds) + 1):
        register = register.merged(answers(second, "rt", "sw"))
        if second % 5 == 0:
            register = register.merged([seen(RT, Source.SNMP, False, second)])
        verdicts.append(judge(GRAPH, register, timing, after(second)))
        timing = verdicts[-1].timing
    return verdicts


def test_an_agent_that_is_silent_while_its_device_answers_is_a_state_and_a_fault_of_its_own() -> (
    None
):
    verdicts = silent_for(16)
    assert verdicts[14].state(RT) is State.UP
    assert verdicts[14].groups == ()
    for verdict in verdicts[15:]:
        assert verdict.state(RT) is State.AGENT_SILENT
        assert [(g.roots, g.since) for g in verdict.groups] == [((SILENT,), START)]


def test_after_a_quarter_of_an_hour_without_snmp_nothing_is_green_but_the_echo() -> None:
    last = silent_for(900)[-1]
    assert last.state(RT) is State.AGENT_SILENT
    assert last.state(Element.link("m-rt")) is State.UNKNOWN
    assert len(last.groups) == 1


def test_the_fault_of_a_silent_agent_ends_with_its_answer() -> None:
    verdicts = silent_for(20)
    register = EvidenceRegister().merged([*answers(20, "rt", "sw"), seen(RT, "snmp", False, 20)])
    open_faults = advance((), verdicts[-1], register, GRAPH).faults
    register = register.merged([*answers(23, "rt", "sw"), seen(RT, "snmp", True, 22)])
    timing = verdicts[-1].timing
    kinds: list[str] = []
    for second in (23.0, 24.5):
        verdict = judge(GRAPH, register, timing, after(second))
        step = advance(open_faults, verdict, register, GRAPH)
        open_faults, timing = step.faults, verdict.timing
        kinds += [transition.kind for transition in step.transitions]
    assert verdict.state(RT) is State.UP
    assert kinds == ["FaultResolved"]


def test_polls_that_were_not_made_are_no_silent_agent() -> None:
    """The collector is late: the last poll failed long ago, and nobody asked again."""
    timing = Timing(agent_silent_since={"rt": START})
    verdict = judged(*answers(100, "rt", "sw"), seen(RT, "snmp", False, 1), at=100, timing=timing)
    assert verdict.groups == ()
    assert verdict.timing.agent_silent_since == {}


def test_a_device_that_was_away_has_a_silent_agent_only_from_its_return() -> None:
    register = EvidenceRegister().merged(
        [*answers(0, "sw"), seen(RT, "icmp", False, 0), seen(RT, "snmp", False, 1)]
    )
    timing = judge(GRAPH, register, Timing(), after(2)).timing
    register = register.merged([*answers(60, "rt", "sw"), seen(RT, "snmp", False, 60)])
    back = judge(GRAPH, register, timing, after(60))
    assert back.timing.agent_silent_since == {"rt": after(60)}
    assert all(SILENT not in group.roots for group in back.groups)


def test_a_down_device_explains_its_silent_agent() -> None:
    words = [
        *answers(10, "sw"),
        seen(RT, "icmp", False, 10),
        seen(RT, "snmp", False, 10),
    ]
    timing = Timing(agent_silent_since={"rt": after(-60)}, bad_since={RT: after(-60)})
    verdict = judged(*words, at=12, timing=timing)
    assert [group.roots for group in verdict.groups] == [(RT,)]
