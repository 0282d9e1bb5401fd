"""What a drill says of a fault, and of its trend."""

from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.drills.faults import RETURN_MS, DrillFault, DrillKind
from device_configs.drills.judging import (
    CONTROL_MS,
    TREND_OF,
    DrillFigure,
    DrillVerdict,
    overall,
    verdict_of,
    worsening_of,
)

CUT = DrillFault(DrillKind.CUT, "rt-a--egov", "seat-001", 150)
GAPS = st.lists(st.floats(0, 10_000), min_size=1, max_size=5)


def figure(
    *gaps: float,
    back: float = 25,
    control: float = 25,
    survived: bool | None = None,
    trouble: str = "",
) -> DrillFigure:
    returns = tuple(back for _ in gaps)
    return DrillFigure(CUT, gaps, returns, (), control, survived, trouble)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        pytest.param(figure(100, 150), DrillVerdict.HOLDS, id="on the bound holds"),
        pytest.param(figure(100, 151), DrillVerdict.EXCEEDED, id="the worst repeat counts"),
        pytest.param(figure(100, back=RETURN_MS + 1), DrillVerdict.EXCEEDED, id="a second gap"),
        pytest.param(figure(200, control=61), DrillVerdict.UNKNOWN, id="too busy to measure"),
        pytest.param(figure(100, control=61), DrillVerdict.HOLDS, id="holds though busy"),
        pytest.param(figure(), DrillVerdict.UNKNOWN, id="nothing measured"),
        pytest.param(figure(10, trouble="away"), DrillVerdict.UNKNOWN, id="broken off"),
        pytest.param(figure(10, survived=False), DrillVerdict.EXCEEDED, id="session lost"),
        pytest.param(figure(10, survived=True), DrillVerdict.HOLDS, id="session goes on"),
    ],
)
def test_the_verdict(found: DrillFigure, verdict: DrillVerdict) -> None:
    assert verdict_of(found) is verdict


@given(GAPS, st.floats(0, CONTROL_MS), st.floats(0, 500))
def test_more_repeats_never_make_a_verdict_better(
    gaps: list[float], control: float, further: float
) -> None:
    order = [DrillVerdict.HOLDS, DrillVerdict.UNKNOWN, DrillVerdict.EXCEEDED]
    fewer = verdict_of(figure(*gaps, control=control))
    more = verdict_of(figure(*gaps, further, control=control))
    assert order.index(more) >= order.index(fewer)


@given(st.lists(st.sampled_from(DrillVerdict)))
def test_unknown_never_counts_as_held(verdicts: list[DrillVerdict]) -> None:
    held = overall(verdicts) is DrillVerdict.HOLDS
    assert held == (bool(verdicts) and set(verdicts) == {DrillVerdict.HOLDS})
    assert overall(verdicts) is overall(verdicts[::-1])


@pytest.mark.parametrize(
    ("now", "former", "grew"),
    [
        pytest.param(151, [100, 101, 99], True, id="half as much again"),
        pytest.param(139, [100, 101, 99], False, id="two datagrams more are chance"),
        pytest.param(148, [100, 99], False, id="two former drills show no trend"),
        pytest.param(148, [100, 140, 145], False, id="it was like that before"),
        pytest.param(100, [20, 21, 400], True, id="one bad day does not hide it"),
    ],
)
def test_a_worsening_trend(now: float, former: list[float], grew: bool) -> None:
    assert (worsening_of(figure(now), former) is not None) == grew


@given(GAPS, st.lists(st.floats(0, 10_000), max_size=9))
def test_a_trend_needs_former_drills_and_no_order(gaps: list[float], former: list[float]) -> None:
    found = worsening_of(figure(*gaps), former)
    assert found == worsening_of(figure(*gaps), sorted(former))
    if len(former) < TREND_OF or max(gaps) <= median(former):
        assert found is None
    assert worsening_of(figure(*gaps, control=CONTROL_MS + 1), former) is None
