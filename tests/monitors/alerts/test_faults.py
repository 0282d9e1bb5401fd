"""An open fault over time: what is news of it, and what is the same once more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitors.alerts.faults import OpenFault, TransitionKind, advance
from monitors.alerts.graph import Graph
from monitors.alerts.model import Confidence, FaultGroup, State, Timing, Verdict
from monitors.evidence import Element, ElementKind, EvidenceRegister, Observation

AT = datetime(2026, 11, 29, 2, 0, tzinfo=UTC)
LATER = AT + timedelta(seconds=3)
NEIGHBOUR = Element.neighbour("rt-a", "egov")
POLLED = Observation(NEIGHBOUR, "snmp", False, AT, "idle")
GROUP = FaultGroup(
    (Element(ElementKind.LINK, "rt-a--egov"),), State.DOWN, Confidence.HIGH, AT, (POLLED,)
)


@pytest.mark.parametrize(
    ("evidence", "is_news"),
    [
        ((replace(POLLED, observed_at=LATER, detail="active"),), False),
        ((replace(POLLED, observed_at=LATER, source="trap"),), False),
        ((replace(POLLED, observed_at=LATER, source="icmp"),), True),
        ((POLLED, Observation(Element.port("rt-a", "egov"), "trap", False, LATER)), True),
        ((), True),
    ],
    ids=["heard again", "its trap says the same", "another witness", "another element", "gone"],
)
def test_an_update_is_emitted_for_news_alone(
    graph: Graph, evidence: tuple[Observation, ...], is_news: bool
) -> None:
    group = replace(GROUP, evidence=evidence)
    verdict = Verdict(LATER, {}, (group,), Timing())
    step = advance([OpenFault("key", 1, GROUP)], verdict, EvidenceRegister(), graph)
    kinds = [transition.kind for transition in step.transitions]
    assert kinds == ([TransitionKind.UPDATED] if is_news else [])


SWITCH, SEAT = Element.device("acc-1"), Element.seat_host(1)


@pytest.mark.parametrize(("earlier_s", "keys"), [(0.5, {"seat"}), (2.0, {"seat", "own"})])
def test_a_seat_that_failed_clearly_before_its_switch_keeps_a_fault_of_its_own(
    graph: Graph, earlier_s: float, keys: set[str]
) -> None:
    """What went with the switch is one fault with it; what was there before goes on after it."""
    word = Observation(SEAT, "icmp", False, AT)
    seat = FaultGroup((SEAT,), State.DOWN, Confidence.HIGH, AT, (word,))
    at = AT + timedelta(seconds=earlier_s)
    silence = Observation(SWITCH, "icmp", False, at)
    switch = FaultGroup((SWITCH,), State.DOWN, Confidence.HIGH, at, (silence,), suppressed=(SEAT,))
    down = Verdict(LATER, {SEAT: State.UNREACHABLE}, (switch,), Timing())
    step = advance([OpenFault("seat", 1, seat)], down, EvidenceRegister(), graph)
    found = {"own" if fault.key.startswith(str(SWITCH)) else fault.key for fault in step.faults}
    assert found == keys
    if "own" not in keys:
        return
    back = {SWITCH: State.UP, SEAT: State.DOWN}
    good = {SWITCH: True, SEAT: False}
    for second in (10, 12):
        verdict = Verdict(AT + timedelta(seconds=second), back, (seat,), Timing(), findings=good)
        step = advance(step.faults, verdict, EvidenceRegister(), graph)
    assert [fault.key for fault in step.faults] == ["seat"]
    assert TransitionKind.OPENED not in [transition.kind for transition in step.transitions]
