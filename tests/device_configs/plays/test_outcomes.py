"""What plays for all hosts say of each: a finding fails it, what is undecided leaves it unknown."""

from datetime import UTC, datetime

from device_configs.accounts.model import (
    AccountDoubt,
    AccountFinding,
    AccountJudgement,
    AccountReason,
    DoubtReason,
)
from device_configs.changes.history import DeviceTrail, NetworkChange
from device_configs.changes.model import ChangeRequest, DeviceDifference
from device_configs.changes.planning import plan_change
from device_configs.changes.states import Place
from device_configs.drills.faults import DrillFault, DrillKind, devices_of
from device_configs.drills.history import DrillOutcome
from device_configs.drills.judging import CONTROL_MS, DrillFigure, Worsening
from device_configs.plays import auditing, backing_up, bringing, drilling
from device_configs.plays.controller import actor_of, run_variables
from device_configs.plays.model import HostState
from device_configs.plays.outcomes import HostOutcome
from device_configs.plays.steps import step_of
from device_configs.site import load_site
from device_configs.site.model import AccountProtocol
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.settings import PROJECT_DIRECTORY, Settings

SITE = load_site(PROJECT_DIRECTORY / "inventory")
AT = datetime(2026, 11, 29, tzinfo=UTC)
CUT = DrillFault(DrillKind.CUT, "core-a--sw-1", "seat-001", 150)
KILL = DrillFault(DrillKind.KILL, "core-b", "seat-001", 400)


def state(outcome: HostOutcome) -> HostState:
    """What the run makes of it."""
    kind = "runner_on_failed" if outcome.problem else "runner_on_ok"
    step = step_of({"event": kind, "event_data": {"host": "rt-a", "res": outcome.result()}}, str)
    assert step is not None
    return step.state


def test_a_finding_fails_a_host_and_a_doubt_leaves_it_unknown() -> None:
    finding = AccountFinding("rt-a", "guest", AccountProtocol.SSH, AccountReason.UNDECLARED)
    doubts = tuple(
        AccountDoubt(d, "", DoubtReason.DEVICE_NOT_READ, "away") for d in ("rt-a", "rt-b")
    )
    judged = AccountJudgement((finding,), doubts, ())
    states = {host: state(auditing.outcome_of(judged, host)) for host in ("rt-a", "rt-b", "sw-1")}
    assert states == {
        "rt-a": HostState.FAILED, "rt-b": HostState.UNKNOWN, "sw-1": HostState.OK,
    }  # fmt: skip


def test_a_copy_that_is_another_one_is_a_change_and_one_that_is_not_read_a_failure() -> None:
    kept, read = {"rt-a": {"a": "1\n"}, "rt-b": {"a": "1\n"}}, {"rt-a": {"a": "2\n"}}
    same = backing_up.outcome_of(kept, kept, {}, "rt-b")
    other = backing_up.outcome_of(kept, read, {}, "rt-a")
    away = backing_up.outcome_of(kept, read, {"rt-b": "no answer"}, "rt-b")
    states = [state(one) for one in (same, other, away)]
    assert states == [HostState.OK, HostState.CHANGED, HostState.FAILED]
    assert "-1\n+2\n" in other.diff


def outcome(
    fault: DrillFault, gap: float, *, grown: bool = False, control: float = 24.0
) -> DrillOutcome:
    figure = DrillFigure(fault, (gap,), (20.0,), (gap,), control, None)
    return DrillOutcome(AT, figure, Worsening(fault.name, 30.0, gap) if grown else None)


def test_a_fault_counts_at_each_device_it_hangs_on() -> None:
    named = {fault.name for fault in drilling.faults_at(SITE, ["sw-1"])}
    assert named == {
        "cut core-a--sw-1", "silent core-a--sw-1", "cut core-b--sw-1", "silent core-b--sw-1",
    }  # fmt: skip
    assert "kill rt-a" in {fault.name for fault in drilling.faults_at(SITE, ["rt-a"])}
    assert devices_of(SITE, CUT) == {"core-a", "sw-1"}
    assert devices_of(SITE, KILL) == {"core-b"}


def test_what_exceeds_or_grew_fails_and_what_was_not_measured_is_unknown() -> None:
    held, long = outcome(CUT, 100), outcome(KILL, 900)
    grown, busy = outcome(CUT, 120, grown=True), outcome(KILL, 900, control=CONTROL_MS + 1)
    assert state(drilling.outcome_of(SITE, [held, long], "sw-1")) is HostState.OK
    assert state(drilling.outcome_of(SITE, [held, long], "core-b")) is HostState.FAILED
    assert state(drilling.outcome_of(SITE, [grown], "core-a")) is HostState.FAILED
    assert state(drilling.outcome_of(SITE, [held, busy], "core-b")) is HostState.UNKNOWN


def test_a_deployment_says_of_each_host_what_it_has() -> None:
    diff = "-a\n+b\n"
    found = DeviceDifference(device="rt-b", diff=diff, running="a", intended="b")
    plan = plan_change(SITE, [found])
    request = ChangeRequest(plan=plan, reason="r")

    def became(place: Place) -> HostState:
        trail = {"rt-b": DeviceTrail("rt-b", 0, place, message="gate")}
        change = NetworkChange("N-1", "li", request, AT, AT, devices=trail)
        return state(bringing.outcome_of(plan, change, "rt-b"))

    places = (Place.NEW, Place.OLD, Place.MIXED, Place.UNKNOWN)
    assert [became(place) for place in places] == [
        HostState.CHANGED, HostState.FAILED, HostState.FAILED, HostState.UNKNOWN,
    ]  # fmt: skip
    assert state(bringing.outcome_of(plan, None, "rt-b")) is HostState.OK
    assert state(bringing.outcome_of(plan, None, "rt-a")) is HostState.OK
    assert state(bringing.asked_outcome(found)) is HostState.CHANGED
    away = DeviceDifference(device="rt-b", problem="no answer")
    assert state(bringing.asked_outcome(away)) is HostState.UNKNOWN


def test_a_run_works_in_the_name_of_whoever_started_it() -> None:
    actor = Actor.user("li.ming", [Role.NETWORK_ENGINEER])
    assert actor_of(run_variables(Settings(), actor)) == actor
    assert str(actor_of({})).startswith("system:cli/")
