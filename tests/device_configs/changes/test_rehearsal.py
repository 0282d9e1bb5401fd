"""What a rehearsal comes to, whether its twin fits, and what a killed one leaves."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.changes.happenings import RehearsalDrill, RehearsalOutcome
from device_configs.changes.rehearsal_judging import (
    SATURATED_SHARE,
    busy_share,
    outcome_of,
    reasons_of,
)
from device_configs.changes.rehearsal_twin import (
    FOLDER,
    SPARE_MB,
    needed_mb,
    rehearsal_folder,
    remove_left_over,
    require_room,
)
from device_configs.changes.states import ChangeState
from device_configs.deploy.exclusion import Holder
from device_configs.drills.faults import DrillKind, faults_concerning
from device_configs.drills.judging import DrillVerdict
from device_configs.site import load_site
from ops_core.kernel.errors import Conflict

SITE = load_site(Path("inventory"))
LI = Holder("li.ming", datetime(2026, 11, 29, tzinfo=UTC), "N-20261129-001")
DRILLS = st.builds(
    RehearsalDrill,
    fault=st.just("kill rt-b"),
    verdict=st.sampled_from(DrillVerdict),
    bound_ms=st.just(400),
    gap_ms=st.none() | st.floats(0, 1_000),
    session_survived=st.none() | st.booleans(),
    trouble=st.sampled_from(["", "seat-001 does not reach 10.100.0.10"]),
)
ENDS = st.sampled_from([state for state in ChangeState if state.is_over])


@given(ENDS, st.lists(DRILLS), st.floats(0, 1))
def test_a_rehearsal_passes_only_where_all_is_new_and_every_drill_holds(
    state: ChangeState, drills: list[RehearsalDrill], busy: float
) -> None:
    verdicts = [drill.verdict for drill in drills]
    is_good = state is ChangeState.CONFIRMED and set(verdicts) <= {DrillVerdict.HOLDS}
    outcome = outcome_of(state, drills, busy)
    assert (outcome is RehearsalOutcome.PASSED) == is_good
    has_exceeded = state is ChangeState.CONFIRMED and DrillVerdict.EXCEEDED in verdicts
    if has_exceeded or state in (ChangeState.ROLLED_BACK, ChangeState.FAILED):
        is_saturated = busy >= SATURATED_SHARE
        assert outcome is (RehearsalOutcome.UNKNOWN if is_saturated else RehearsalOutcome.FAILED)
    if state is ChangeState.CANCELLED:
        assert outcome is RehearsalOutcome.UNKNOWN, "the twin was not well before"
    reasons = reasons_of("why", drills)
    assert len(reasons) == 1 + sum(verdict is not DrillVerdict.HOLDS for verdict in verdicts)


def test_the_share_of_the_processors_that_was_used() -> None:
    early = "cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 2 3\n"
    late = "cpu  150 0 130 715 105 0 0 0 90 0\ncpu0 1 2 3\n"
    assert busy_share(early, late) == 0.8
    assert busy_share(early, early) == 0.0


def test_what_changed_is_drilled_and_nothing_else() -> None:
    names = {fault.name for fault in faults_concerning(SITE, ["rt-a", "rt-b", "acc-1"])}
    assert {name for name in names if name.startswith("kill")} == {"kill rt-a", "kill rt-b"}
    cuts = [f for f in faults_concerning(SITE, ["rt-a", "rt-b"]) if f.kind is DrillKind.CUT]
    ends = [{SITE.links[f.target].a.device, SITE.links[f.target].b.device} for f in cuts]
    assert len(cuts) == 2
    assert all(any(router in end for end in ends) for router in ("rt-a", "rt-b"))
    assert faults_concerning(SITE, [SITE.monitoring_host.name]) == ()


def test_a_twin_that_does_not_fit_is_refused_with_the_numbers() -> None:
    needed = needed_mb(SITE) + SPARE_MB
    enough = f"MemTotal: 1 kB\nMemAvailable:  {needed * 1024} kB\n"
    assert require_room(SITE, enough) == needed
    with pytest.raises(Conflict, match=f"{needed - 1} MB.*{needed} MB"):
        require_room(SITE, f"MemAvailable: {(needed - 1) * 1024} kB\n")
    assert require_room(SITE, "MemTotal: 1 kB\n") is None


def test_one_rehearsal_at_a_time_and_what_a_killed_one_left_is_removed(tmp_path: Path) -> None:
    with rehearsal_folder(tmp_path, LI) as folder:
        (folder / "secrets.json").write_text("{}")
        with pytest.raises(Conflict, match=r"li\.ming"), rehearsal_folder(tmp_path, LI):
            pass
        assert not remove_left_over(tmp_path, LI)
        assert (folder / "secrets.json").exists()
    assert not (tmp_path / FOLDER).exists()
    (tmp_path / FOLDER / "twin").mkdir(parents=True)
    assert remove_left_over(tmp_path, LI)
    assert not (tmp_path / FOLDER).exists()
    assert not remove_left_over(tmp_path, LI)
