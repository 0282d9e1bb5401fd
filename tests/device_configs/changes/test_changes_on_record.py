"""Commands about changes: two people, windows, cancelling, numbers; all of it in the record."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from device_configs.changes import service
from device_configs.changes.happenings import ChangeRehearsed, RehearsalOutcome
from device_configs.changes.history import NetworkChange
from device_configs.changes.model import (
    ChangeKind,
    ChangePlan,
    ChangeRequest,
    ChangeStage,
    ChangeWindow,
    DeviceDifference,
    StageKind,
)
from device_configs.changes.read import read_change, read_changes, read_device_changes
from device_configs.changes.states import ChangeState
from ops_core.kernel.audit import verify_chain
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database, create_database_engine, migrate
from ops_core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from ops_core.kernel.permissions import Actor, Role

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)  # half past midnight of the 25th in Shanghai
LI = Actor.user("li.ming", [Role.NETWORK_ENGINEER])
WANG = Actor.user("wang.fang", [Role.NETWORK_ENGINEER])
CHEN = Actor.user("chen.jie", [Role.SUPERVISOR])
ZHAO = Actor.user("zhao.lei", [Role.DUTY_TECHNICIAN])


def plan_of(*devices: str) -> ChangePlan:
    return ChangePlan(
        stages=tuple(ChangeStage(kind=StageKind.SINGLE, devices=(d,)) for d in devices),
        differences=tuple(
            DeviceDifference(device=d, diff=f"+{d}\n", running="old", intended="new")
            for d in devices
        ),
    )


def request_of(*devices: str, window: ChangeWindow | None = None) -> ChangeRequest:
    return ChangeRequest(plan=plan_of(*devices), reason="扩容", ticket="CRQ-7", window=window)


class Desk:
    """A database, a clock, and somebody who works with both."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, FixedClock(AT)

    def work(self, actor: Actor) -> AbstractContextManager[UnitOfWork]:
        return unit_of_work(self.database, None, self.clock, actor)

    def plan(self, request: ChangeRequest, actor: Actor = LI) -> str:
        with self.work(actor) as uow:
            return service.record_plan(uow, request, SHANGHAI)

    def read(self, number: str) -> NetworkChange:
        with self.database.reading() as session:
            assert verify_chain(session) == []
            return read_change(session, number)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    database = Database(create_database_engine(f"sqlite:///{tmp_path / 'zhishou.sqlite'}", 1))
    migrate(database.engine)
    yield Desk(database)
    database.close()


def test_a_plan_is_on_record_with_who_why_and_ticket(desk: Desk) -> None:
    first, second = desk.plan(request_of("rt-b")), desk.plan(request_of("rt-a"))
    assert (first, second) == ("N-20261125-001", "N-20261125-002")
    change = desk.read(first)
    assert (change.author, change.request.reason, change.request.ticket) == (
        "li.ming", "扩容", "CRQ-7",
    )  # fmt: skip
    assert change.request.plan == plan_of("rt-b")
    assert change.state is ChangeState.PLANNED
    with desk.database.reading() as session:
        assert [found.number for found in read_changes(session, 10)] == [second, first]


def test_the_author_never_approves_and_another_person_does(desk: Desk) -> None:
    number = desk.plan(request_of("rt-b"))
    for refused_one in (LI, ZHAO):
        with pytest.raises(Forbidden), desk.work(refused_one) as uow:
            service.approve(uow, number)
    with pytest.raises(Conflict), desk.work(LI) as uow:
        service.begin(uow, number)
    with desk.work(CHEN) as uow:
        service.approve(uow, number)
    change = desk.read(number)
    assert (change.state, change.approved_by) == (ChangeState.APPROVED, "chen.jie")
    with pytest.raises(Conflict), desk.work(WANG) as uow:
        service.approve(uow, number)
    with desk.work(LI) as uow:
        service.begin(uow, number)
    assert desk.read(number).state is ChangeState.RUNNING


SESSIONS = {
    "another session of the web": (LI, Actor.user("li.ming", [Role.SUPERVISOR])),
    "the command line, then the web": (
        Actor.system("cli/li.ming"), Actor.user("li.ming", [Role.SUPERVISOR]),
    ),
    "the command line, then a token": (
        Actor.system("cli/Li.Ming"),
        replace(Actor.user("li.ming", [Role.SUPERVISOR]), by_token=True),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("author", "approver"), SESSIONS.values(), ids=SESSIONS)
def test_another_session_of_the_author_is_no_second_person(
    desk: Desk, author: Actor, approver: Actor
) -> None:
    number = desk.plan(request_of("rt-b"), author)
    with pytest.raises(Forbidden), desk.work(approver) as uow:
        service.approve(uow, number)
    assert desk.read(number).state is ChangeState.PLANNED
    with desk.work(CHEN) as uow:
        service.approve(uow, number)
    assert desk.read(number).approved_by == "chen.jie"


def test_a_deployment_is_begun_by_its_author_alone_and_its_record_says_so(desk: Desk) -> None:
    wanted = request_of("rt-b").model_copy(update={"kind": ChangeKind.DEPLOYMENT})
    with pytest.raises(Forbidden):
        desk.plan(wanted, ZHAO)
    number = desk.plan(wanted)
    change = desk.read(number)
    assert (change.state, change.approved_by) == (ChangeState.APPROVED, "li.ming")
    assert change.request.kind is ChangeKind.DEPLOYMENT
    with desk.work(LI) as uow:
        service.begin(uow, number)
    assert desk.read(number).state is ChangeState.RUNNING


def test_a_first_configuration_cannot_be_taken_back(desk: Desk) -> None:
    stage = ChangeStage(kind=StageKind.BOOTSTRAP, devices=("rt-b",))
    plan = plan_of("rt-b").model_copy(update={"stages": (stage,)})
    number = desk.plan(ChangeRequest(plan=plan, reason="首次"))
    confirmed = replace(desk.read(number), state=ChangeState.CONFIRMED)
    with pytest.raises(Conflict, match="首次配置"):
        service.require_rollback(confirmed)


def test_the_last_rehearsal_with_a_verdict_says_whether_a_change_is_rehearsed(desk: Desk) -> None:
    number = desk.plan(request_of("rt-b"))
    planned, rehearsed = ChangeState.PLANNED, ChangeState.REHEARSED
    for outcome, state in (
        (RehearsalOutcome.UNKNOWN, planned),
        (RehearsalOutcome.PASSED, rehearsed),
        (RehearsalOutcome.CANCELLED, rehearsed),
        (RehearsalOutcome.FAILED, planned),
        (RehearsalOutcome.PASSED, rehearsed),
    ):
        with desk.work(LI) as uow:
            service.record_rehearsal(uow, number, ChangeRehearsed(outcome=outcome, seconds=1))
        assert desk.read(number).state is state
    assert len(desk.read(number).rehearsals) == 5


def test_a_change_begins_in_its_window_alone(desk: Desk) -> None:
    opens = AT + timedelta(hours=1)
    window = ChangeWindow(opens=opens, closes=opens + timedelta(hours=2))
    number = desk.plan(request_of("rt-b", window=window))
    with desk.work(CHEN) as uow:
        service.approve(uow, number)
    with pytest.raises(Conflict), desk.work(LI) as uow:
        service.begin(uow, number)
    desk.clock.advance(timedelta(hours=3))
    with pytest.raises(Conflict), desk.work(LI) as uow:
        service.begin(uow, number)
    desk.clock.adjust(-timedelta(hours=1))
    with desk.work(LI) as uow:
        service.begin(uow, number)


def test_a_change_that_has_not_begun_is_cancelled_at_once(desk: Desk) -> None:
    number = desk.plan(request_of("rt-b"))
    with pytest.raises(Invalid), desk.work(WANG) as uow:
        service.cancel(uow, number, " ")
    with desk.work(WANG) as uow:
        service.cancel(uow, number, "推迟")
    change = desk.read(number)
    assert (change.state, change.cancel_requested_by) == (ChangeState.CANCELLED, "wang.fang")
    with pytest.raises(Conflict), desk.work(CHEN) as uow:
        service.approve(uow, number)


def test_a_running_change_is_asked_to_stop(desk: Desk) -> None:
    number = desk.plan(request_of("rt-b"))
    with desk.work(CHEN) as uow:
        service.approve(uow, number)
    with desk.work(LI) as uow:
        service.begin(uow, number)
    with desk.work(CHEN) as uow:
        service.cancel(uow, number, "有告警")
    change = desk.read(number)
    assert (change.state, change.cancel_reason) == (ChangeState.RUNNING, "有告警")


def test_a_rollback_needs_no_second_approval(desk: Desk) -> None:
    request = request_of("rt-b").model_copy(
        update={"kind": ChangeKind.ROLLBACK, "of": "N-20261124-001"}
    )
    assert desk.read(desk.plan(request)).state is ChangeState.APPROVED


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (request_of(), Invalid),
        (request_of("rt-b").model_copy(update={"reason": "  "}), Invalid),
        (request_of("rt-b", window=ChangeWindow(opens=AT, closes=AT)), Invalid),
    ],
    ids=["nothing changes", "no reason", "window without length"],
)
def test_a_plan_that_says_nothing_is_refused(
    desk: Desk, request_: ChangeRequest, error: type[Exception]
) -> None:
    with pytest.raises(error):
        desk.plan(request_)
    with desk.database.reading() as session:
        assert read_changes(session, 10) == []


def test_who_may_not_deploy_may_not_plan(desk: Desk) -> None:
    with pytest.raises(Forbidden):
        desk.plan(request_of("rt-b"), CHEN)


def test_an_unknown_number_is_said(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.read("N-20261124-009")


def test_a_plan_that_wrote_nothing_is_no_change_of_its_device(desk: Desk) -> None:
    desk.plan(request_of("rt-b"))
    with desk.database.reading() as session:
        assert read_device_changes(session, ["rt-b"], AT - timedelta(days=1), AT) == []
