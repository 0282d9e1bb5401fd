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
