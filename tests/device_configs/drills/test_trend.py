"""How faults go on from drill to drill, and what of it calls for somebody."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from device_configs.drills.faults import DrillFault, DrillKind
from device_configs.drills.history import DrillOutcome, DrillRecord
from device_configs.drills.judging import CONTROL_MS, DrillFigure, DrillVerdict, worsening_of
from device_configs.drills.trend import DrilledDevice, drilled_devices, trends_of
from device_configs.site import load_site
from monitors.alerts.conditions import RuleWatch
from monitors.alerts.rules import RuleBook, load_rules
from ops_core.app.device_checks import drill_samples

SITE = load_site(Path("inventory"))
AT = datetime(2026, 11, 29, 18, tzinfo=UTC)
CUT = DrillFault(DrillKind.CUT, "rt-a--fwi-a", "seat-001", 150)
KILL = DrillFault(DrillKind.KILL, "rt-a", "seat-001", 400)
GAPS = st.lists(st.floats(0, 5_000), min_size=1, max_size=12)


def drills(fault: DrillFault, gaps: list[float], control: float = 25) -> list[DrillRecord]:
    """A drill a week, each judged against those before it; the newest first, as they are read."""
    made: list[DrillRecord] = []
    for week, gap in enumerate(gaps):
        at = AT + timedelta(weeks=week)
        figure = DrillFigure(fault, (gap,), (25.0,), (gap,), control, None)
        former = [d.outcomes[0].figure.worst_ms for d in made]
        outcome = DrillOutcome(at, figure, worsening_of(figure, former))
        name = f"Y-{at:%Y%m%d}-001"
        made.append(DrillRecord(name, "li.ming", (fault.name,), at, at, at, (outcome,), ""))
    return made[::-1]


@given(GAPS)
def test_a_trend_has_every_drill_in_its_order(gaps: list[float]) -> None:
    (trend,) = trends_of(drills(KILL, gaps))
    assert [point.gap_ms for point in trend.points] == gaps
    assert trend.newest.gap_ms == gaps[-1]
    assert (trend.usual_ms is None) == (len(gaps) == 1)


@given(st.floats(60, 200), st.integers(3, 10), st.floats(1.0, 1.45))
def test_a_gap_within_half_of_the_usual_has_not_grown(
    usual: float, count: int, factor: float
) -> None:
    """Nor does one that is less than two datagrams longer."""
    found = drilled_devices(SITE, drills(KILL, [usual] * count + [usual * factor]))
    assert found["rt-a"].worsened == 0


@given(st.floats(0, 200), st.integers(3, 10), st.floats(1, 5_000))
def test_a_gap_far_above_the_usual_has_grown_whatever_the_usual_was(
    usual: float, count: int, more: float
) -> None:
    last = max(usual * 1.5, usual + 40) + more
    found = drilled_devices(SITE, drills(KILL, [usual] * count + [last]))
    assert found["rt-a"].worsened == 1
    assert found["rt-a"].exceeded == (last > KILL.bound_ms)


def test_what_calls_for_somebody_stands_first_and_a_cable_counts_at_its_device() -> None:
    grown = drills(CUT, [80, 82, 78, 140])
    steady = drills(KILL, [100, 101, 99, 98])
    assert [trend.fault for trend in trends_of([*steady, *grown])] == [CUT.name, KILL.name]
    assert drilled_devices(SITE, [*steady, *grown]) == {
        "rt-a": DrilledDevice(AT + timedelta(weeks=3), exceeded=0, worsened=1)
    }


def test_what_could_not_be_measured_says_neither_good_nor_bad() -> None:
    assert drilled_devices(SITE, drills(KILL, [900], control=CONTROL_MS + 1)) == {}
    busy = drills(KILL, [900, 950], control=CONTROL_MS + 1)
    known = drills(KILL, [401])
    assert busy[0].verdict is DrillVerdict.UNKNOWN
    assert drilled_devices(SITE, [*busy, *known])["rt-a"].exceeded == 1


def test_a_worsening_trend_is_a_condition_that_ends_when_it_is_over() -> None:
    watch = RuleWatch(RuleBook(load_rules()))
    found = watch.take(drill_samples(SITE, drills(CUT, [80, 82, 78, 140])))
    assert {(str(o.element), o.ok) for o in found} == {
        ("condition/drill_worsened:rt-a", False), ("condition/drill_exceeded:rt-a", True),
    }  # fmt: skip
    over = watch.take(drill_samples(SITE, drills(CUT, [80, 82, 78, 140, 81])))
    assert ("condition/drill_worsened:rt-a", True) in {(str(o.element), o.ok) for o in over}
