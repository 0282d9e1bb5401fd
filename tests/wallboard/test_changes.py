"""Pages of changes: what each may do, the second person, diffs, and what an incident names."""

from datetime import timedelta

import httpx
import pytest

from device_configs.changes import service
from device_configs.changes.background import BackgroundStep, StepUnderWay
from device_configs.changes.happenings import (
    CHANGE,
    DEVICE_PLACED,
    STAGE_REACHED,
    ChangeRehearsed,
    DevicePlaced,
    RehearsalDrill,
    RehearsalOutcome,
    StageReached,
)
from device_configs.changes.history import NetworkChange
from device_configs.changes.model import ChangeRequest, DeviceDifference
from device_configs.changes.planning import plan_change
from device_configs.changes.read import read_change
from device_configs.changes.rehearsal_progress import RehearsalPart, RehearsalProgress
from device_configs.changes.states import ChangeState, Place, StageState
from device_configs.drills.judging import DrillVerdict
from device_configs.site.model import FaultClassName
from monitors.alerts.model import Confidence, FaultGroup, State
from monitors.evidence import Element
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.permissions import Actor, Role
from tests.wallboard.incidents_story import Bad, open_incident
from tests.wallboard.sample import RecordedChanges
from tests.wallboard.serve import Served
from wallboard.changes.steps import offers_for

LI = Actor.user("li.ming", [Role.NETWORK_ENGINEER])
WANG = Actor.user("wang.fang", [Role.NETWORK_ENGINEER])
DIFF = "--- /etc/frr/frr.conf\n+++ /etc/frr/frr.conf\n@@ -1 +1 @@\n-old <b>\n+new\n"


def planned(served: Served, author: Actor = WANG, device: str = "rt-b") -> str:
    given = served.dependencies
    found = [DeviceDifference(device=device, diff=DIFF, running="a", intended="b")]
    request = ChangeRequest(plan=plan_change(given.site, found), reason="扩容", ticket="CRQ-7")
    with unit_of_work(given.database, given.bus, given.clock, author) as uow:
        return service.record_plan(uow, request, given.clock.now().astimezone().tzinfo)


def state_of(served: Served, number: str) -> NetworkChange:
    with served.dependencies.database.reading() as session:
        return read_change(session, number)


def run_to_trial(served: Served, number: str, device: str = "rt-b") -> None:
    given = served.dependencies
    with unit_of_work(given.database, given.bus, given.clock, WANG) as uow:
        service.begin(uow, number, hold=True)
        for happened, what in (
            (STAGE_REACHED, StageReached(stage=0, state=StageState.LOADING)),
            (DEVICE_PLACED, DevicePlaced(stage=0, device=device, place=Place.TRIAL)),
            (STAGE_REACHED, StageReached(stage=0, state=StageState.GATING)),
        ):
            uow.event(CHANGE, number, happened, what.payload())


async def test_a_plan_is_shown_with_its_diff_and_approved_by_another_person(
    served: Served, engineer: httpx.AsyncClient
) -> None:
    number = planned(served)
    listed = (await engineer.get("/network/changes")).text
    assert number in listed
    page = (await engineer.get(f"/network/changes/{number}")).text
    assert "扩容" in page
    assert '<span class="add">+new</span>' in page
    assert "-old &lt;b&gt;" in page
    assert 'id="approve"' in page
    answer = await engineer.post(f"/network/changes/{number}/approve")
    assert answer.status_code == 303
    assert state_of(served, number).approved_by == "li.ming"


async def test_nobody_approves_his_own_change(served: Served, engineer: httpx.AsyncClient) -> None:
    number = planned(served, LI)
    page = (await engineer.get(f"/network/changes/{number}")).text
    assert 'id="approve"' not in page
    assert "须由另一人审批" in page
    assert (await engineer.post(f"/network/changes/{number}/approve")).status_code == 403
    assert state_of(served, number).state is ChangeState.PLANNED


async def test_a_change_without_a_reason_is_refused_and_so_is_a_cancelling(
    served: Served, engineer: httpx.AsyncClient
) -> None:
    assert (await engineer.post("/network/changes", data={"reason": " "})).status_code == 422
    number = planned(served)
    refused = await engineer.post(f"/network/changes/{number}/cancel", data={"reason": ""})
    assert refused.status_code == 422
    done = await engineer.post(f"/network/changes/{number}/cancel", data={"reason": "改期"})
    assert done.status_code == 303
    page = (await engineer.get(f"/network/changes/{number}")).text
    assert "已取消" in page
    assert 'id="cancel"' not in page


async def test_a_window_that_is_none_is_refused_where_it_was_typed(
    engineer: httpx.AsyncClient,
) -> None:
    data = {"reason": "扩容", "window": "tonight"}
    answer = await engineer.post("/network/changes", data=data)
    assert answer.status_code == 422
    assert "22:00/02:00" in answer.text


async def test_a_stage_that_waits_offers_its_confirmation(
    served: Served, engineer: httpx.AsyncClient
) -> None:
    number = planned(served)
    await engineer.post(f"/network/changes/{number}/approve")
    assert 'id="apply"' in (await engineer.get(f"/network/changes/{number}")).text
    run_to_trial(served, number)
    page = (await engineer.get(f"/network/changes/{number}")).text
    assert 'id="confirm"' in page
    assert 'id="resume"' not in page
    assert "新配置，待确认" in page
    assert "every 1s" in page


async def test_what_is_not_there_is_said(engineer: httpx.AsyncClient) -> None:
    assert (await engineer.get("/network/changes/N-1")).status_code == 404
    assert "还没有变更记录" in (await engineer.get("/network/changes")).text


async def test_an_incident_names_the_changes_of_the_day_before(
    served: Served, engineer: httpx.AsyncClient
) -> None:
    number = planned(served)
    await engineer.post(f"/network/changes/{number}/approve")
    run_to_trial(served, number)
    at = served.dependencies.clock.now()
    group = FaultGroup(
        roots=(Element.device("rt-b"),),
        state=State.DOWN,
        confidence=Confidence.HIGH,
        since=at + timedelta(minutes=5),
        evidence=(),
        suppressed=(),
    )
    open_incident(served, Bad("F-20261123-001", FaultClassName.GENERAL, group))
    page = (await engineer.get("/incidents/F-20261123-001")).text
    assert f'<a href="/network/changes/{number}">' in page
    assert "扩容 CRQ-7" in page
    assert '<span class="add">+new</span>' in page


@pytest.mark.parametrize(
    ("busy", "can_start", "offered"),
    [(False, True, True), (True, True, False), (False, False, False)],
    ids=["free", "a step is under way", "no devices are reached from here"],
)
def test_steps_are_offered_while_nothing_else_goes_on(
    served: Served, busy: bool, can_start: bool, offered: bool
) -> None:
    change = state_of(served, planned(served))
    at = served.dependencies.clock.now()
    step = StepUnderWay(BackgroundStep.PLAN, "li.ming", at, ended_at=None if busy else at)
    offers = offers_for(
        change, "li.ming", may_approve=True, may_change=True, can_start=can_start, step=step
    )
    assert offers.rehearse is offered
    assert offers.approve
    assert not offers.apply
    assert not offers.cancel_rehearsal


async def test_a_rehearsal_under_way_can_be_cancelled_once(
    served: Served, engineer: httpx.AsyncClient
) -> None:
    number = planned(served)
    page = f"/network/changes/{number}"
    assert (await engineer.post(f"{page}/rehearsal/cancel")).status_code == 409
    assert (await engineer.post(f"{page}/rehearse")).status_code == 303
    shown = (await engineer.get(page)).text
    assert 'id="cancel-rehearsal"' in shown
    assert 'id="rehearse"' not in shown
    starter = served.dependencies.changes
    assert isinstance(starter, RecordedChanges)
    for line in (
        RehearsalProgress(RehearsalPart.START),
        RehearsalProgress(RehearsalPart.CHANGE, passed=True),
        RehearsalProgress(RehearsalPart.CHANGE, stage=0, state=StageState.LOADING),
        RehearsalProgress(RehearsalPart.DRILL, subject="kill rt-b", verdict=DrillVerdict.HOLDS),
    ):
        starter._went_on(number, line)
    assert (await engineer.post(f"{page}/rehearsal/cancel")).status_code == 303
    shown = (await engineer.get(page)).text
    for words in ("启动演练用的孪生网络", "变更前检查 通过", "第1阶段 下发中", "kill rt-b 达标"):
        assert words in shown
    assert "正在取消" in shown
    assert 'id="cancel-rehearsal"' not in shown


async def test_a_rehearsal_shows_its_reasons_and_drills(
    served: Served, engineer: httpx.AsyncClient
) -> None:
    number = planned(served)
    drill = RehearsalDrill(
        fault="kill rt-b", verdict=DrillVerdict.EXCEEDED, bound_ms=400, gap_ms=612.0,
        return_gap_ms=20.0, session_survived=None,
    )  # fmt: skip
    result = ChangeRehearsed(
        outcome=RehearsalOutcome.FAILED, seconds=81.0, state=ChangeState.CONFIRMED,
        messages=("kill rt-b: gap 612 of 400 ms",), drills=(drill,), twin_mb=1_234,
    )  # fmt: skip
    given = served.dependencies
    with unit_of_work(given.database, given.bus, given.clock, WANG) as uow:
        service.record_rehearsal(uow, number, result)
    page = (await engineer.get(f"/network/changes/{number}")).text
    for shown in ("kill rt-b: gap 612 of 400 ms", "超标", "612毫秒", "1234 MB", "用时81秒"):
        assert shown in page
    assert state_of(served, number).state is ChangeState.PLANNED
