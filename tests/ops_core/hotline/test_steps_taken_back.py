"""A step taken by mistake is taken back within a minute: the order is what it was before it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from device_configs.site.model import Site
from ops_core.hotline.callbacks.model import AttemptResult, CallbackState
from ops_core.hotline.callbacks.service import record_attempt
from ops_core.hotline.callbacks.undoing import undo as undo_callback
from ops_core.hotline.cases.model import Channel
from ops_core.hotline.cases.service import Recorded, record_case
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.orders.final_steps import UNDOABLE
from ops_core.hotline.orders.order import Order, names_of
from ops_core.hotline.orders.particulars import NO_PARTICULARS, Particulars
from ops_core.hotline.orders.read import OrderRecord, read_order
from ops_core.hotline.orders.service import FORMER_UNITS, ORDER, take_step
from ops_core.hotline.orders.steps import OrderState, Step
from ops_core.hotline.orders.store import find_row, order_of
from ops_core.hotline.orders.undoing import read_undo, undo
from ops_core.hotline.orders.verifying import order_flaws
from ops_core.kernel.audit import read_audit
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict, Forbidden, NotFound
from ops_core.kernel.events import events_of
from ops_core.kernel.evidence_files import StoredFile
from ops_core.kernel.evidence_links import link_evidence
from ops_core.kernel.permissions import Actor, Role
from ops_core.kpi.derived_callbacks import callback_differences
from tests.ops_core.hotline.conftest import (
    AGENT,
    CALLER_BACK,
    CANARY,
    DISPATCHER,
    HANDLER,
    OTHER_HANDLER,
    PURCHASER,
    REVIEWER,
    SHANGHAI,
    Work,
)
from tests.ops_core.hotline.test_course_of_an_order import draft, recorded
from tests.ops_core.hotline.test_undoing import check_sums

__all__ = ["recorded"]
BY_WEB = draft(channel=Channel.WEB, source_org="web", call=None, number=CANARY)
OTHER = Actor.user("dispatch.wu", (Role.DISPATCHER,))
Taken = tuple[Actor, Step, str, Particulars]


def taken(actor: Actor, step: Step, unit: str = "", given: Particulars = NO_PARTICULARS) -> Taken:
    return actor, step, unit, given


DISPATCHED = (taken(DISPATCHER, Step.DISPATCH, "housing"),)
SIGNED = (*DISPATCHED, taken(HANDLER, Step.SIGN))
ENLISTED = (*SIGNED, taken(DISPATCHER, Step.ENLIST, given=Particulars(co_unit="water")))
REPLIED = (*SIGNED, taken(HANDLER, Step.REPLY))
APPROVED = (*REPLIED, taken(REVIEWER, Step.APPROVE))
COMPLETED = (*APPROVED, taken(HANDLER, Step.COMPLETE))
LONGER = (*SIGNED, taken(HANDLER, Step.EXTEND, given=Particulars(days=3)))
ASKED = (*SIGNED, taken(HANDLER, Step.SUSPEND, given=Particulars(until="2026-03-20")))
HELD = (*ASKED, taken(PURCHASER, Step.HOLD))
DISPUTED = (*DISPATCHED, taken(HANDLER, Step.DISPUTE))
DECLINING = (taken(DISPATCHER, Step.DECLINE, given=Particulars(reason="petition")),)
COURSES = {
    "dispatch": DISPATCHED,
    "second dispatch": (
        taken(DISPATCHER, Step.DISPATCH, "water"),
        taken(OTHER_HANDLER, Step.RETURN),
        *DISPATCHED,
    ),
    "sign": SIGNED,
    "dispute": DISPUTED,
    "reject": (*DISPUTED, taken(REVIEWER, Step.REJECT)),
    "reply": REPLIED,
    "reply on hold": (*HELD, taken(HANDLER, Step.REPLY)),
    "approve": APPROVED,
    "complete": COMPLETED,
    "rework": (*REPLIED, taken(REVIEWER, Step.REWORK)),
    "extend": LONGER,
    "grant": (*LONGER, taken(PURCHASER, Step.GRANT)),
    "refuse": (*LONGER, taken(PURCHASER, Step.REFUSE)),
    "suspend": ASKED,
    "hold": HELD,
    "deny_hold": (*ASKED, taken(PURCHASER, Step.DENY_HOLD)),
    "resume": (*HELD, taken(PURCHASER, Step.RESUME)),
    "nudge": (*SIGNED, taken(DISPATCHER, Step.NUDGE)),
    "supervise": (*SIGNED, taken(PURCHASER, Step.SUPERVISE)),
    "note": (*SIGNED, taken(HANDLER, Step.NOTE)),
    "enlist": ENLISTED,
    "co_reply": (*ENLISTED, taken(OTHER_HANDLER, Step.CO_REPLY)),
    "co_missing": (
        *ENLISTED,
        taken(REVIEWER, Step.CO_MISSING, given=Particulars(co_unit="water")),
    ),
    "answer": (*DISPATCHED, taken(AGENT, Step.ANSWER)),
    "decline": DECLINING,
    "confirm": (*DECLINING, taken(REVIEWER, Step.CONFIRM)),
    "admit": (*DECLINING, taken(REVIEWER, Step.ADMIT)),
    "transfer": (taken(AGENT, Step.TRANSFER, given=Particulars(service="110")),),
}


@pytest.fixture
def order(recorded: Recorded) -> str:
    assert recorded.order is not None
    return recorded.order


@pytest.fixture
def go(work: Work, site: Site, clock: FixedClock) -> Callable[[str, Taken], None]:
    def go(number: str, one: Taken) -> None:
        actor, step, unit, given = one
        clock.advance(timedelta(minutes=7))
        with work(actor) as uow:
            take_step(uow, site, number, step, unit, "说明", None, given)

    return go


def stored(database: Database, number: str) -> Order:
    with database.reading() as session:
        return order_of(find_row(session, number))


def units_of(order: Order) -> set[str]:
    return {order.unit, *names_of(order.co_units)}


def record(database: Database, site: Site, number: str, clock: FixedClock) -> OrderRecord:
    with database.reading() as session:
        return read_order(session, site, number, clock.now())


def test_every_undoable_step_is_tried() -> None:
    assert {course[-1][1] for course in COURSES.values()} == UNDOABLE - {Step.ANSWER_DIRECTLY}


@pytest.mark.parametrize("name", COURSES)
def test_a_step_taken_back_leaves_what_was_before_it(
    name: str,
    work: Work,
    site: Site,
    order: str,
    database: Database,
    clock: FixedClock,
    go: Callable[[str, Taken], None],
) -> None:
    *before, last = COURSES[name]
    for one in before:
        go(order, one)
    was, sums = stored(database, order), check_sums(database)
    go(order, last)
    taken_at = clock.now()
    assert stored(database, order).version == was.version + 1
    clock.advance(timedelta(seconds=59))
    recorded = record(database, site, order, clock)
    with work(last[0]) as uow:
        undo(uow, site, order)
    now = stored(database, order)
    assert now == replace(was, version=now.version, last_at=now.last_at, last_hash=now.last_hash)
    assert (now.version, now.last_at) == (was.version + 2, clock.now())
    assert check_sums(database) == sums
    with database.reading() as session:
        assert list(order_flaws(session)) == []
        assert list(callback_differences(session)) == []
        event = events_of(session, "order", order)[-1]
        entry = read_audit(session, 1)[0]
    assert (event.payload["step"], event.actor) == ("undo", last[0].name)
    assert event.payload["unit"] == recorded.listed.order.unit
    former = event.payload.get(FORMER_UNITS, [])
    assert isinstance(former, list)
    emitted = {event.payload["unit"], *former, *units_of(now)}
    assert emitted >= units_of(recorded.listed.order)
    assert (entry.action, entry.actor) == ("order.undo", last[0].name)
    course = record(database, site, order, clock).course
    assert [one.is_withdrawn for one in course[-2:]] == [True, False]
    assert course[-2].at == taken_at
    go(order, last)  # and it may be taken again
    again = stored(database, order)
    assert again.state is recorded.listed.order.state
    assert check_sums(database).keys() >= sums.keys()


def test_deadlines_of_co_units_go_with_the_step(
    work: Work,
    site: Site,
    order: str,
    database: Database,
    clock: FixedClock,
    go: Callable[[str, Taken], None],
) -> None:
    for one in SIGNED:
        go(order, one)
    before = record(database, site, order, clock).listed.deadlines
    go(order, ENLISTED[-1])
    assert len(record(database, site, order, clock).listed.deadlines) == len(before) + 1
    with work(DISPATCHER) as uow:
        undo(uow, site, order)
    kinds = [(one.kind, one.due_at, one.unit) for one in before]
    after = record(database, site, order, clock).listed.deadlines
    assert [(one.kind, one.due_at, one.unit) for one in after] == kinds


def test_only_the_own_last_step_is_taken_back_and_only_for_a_minute(
    work: Work,
    site: Site,
    order: str,
    database: Database,
    clock: FixedClock,
    go: Callable[[str, Taken], None],
) -> None:
    go(order, DISPATCHED[0])
    with pytest.raises(Forbidden), work(OTHER) as uow:
        undo(uow, site, order)
    with pytest.raises(Forbidden), work(OTHER_HANDLER) as uow:
        undo(uow, site, order)
    with pytest.raises(Conflict), work(DISPATCHER) as uow:
        undo(uow, site, order, version=1)
    with pytest.raises(Conflict), work(DISPATCHER) as uow:
        take_step(uow, site, order, Step.UNDO)
    with work(HANDLER) as uow:
        take_step(uow, site, order, Step.SIGN)
    with pytest.raises(Forbidden), work(DISPATCHER) as uow:
        undo(uow, site, order)
    clock.advance(timedelta(seconds=61))
    with pytest.raises(Conflict), work(HANDLER) as uow:
        undo(uow, site, order)
    with database.reading() as session:
        assert read_undo(session, site, order, clock.now()) is None
    assert stored(database, order).state is OrderState.SIGNED


@pytest.mark.parametrize("by", [timedelta(hours=1), timedelta(days=1)])
def test_a_clock_that_was_set_back_makes_no_minute_longer(
    by: timedelta,
    work: Work,
    site: Site,
    order: str,
    database: Database,
    clock: FixedClock,
    go: Callable[[str, Taken], None],
) -> None:
    """And a step by that clock has its own minute, whatever instant it counts from."""
    go(order, DISPATCHED[0])
    clock.adjust(-by)
    with database.reading() as session:
        assert read_undo(session, site, order, clock.now()) is None
    with pytest.raises(Conflict, match="时钟"), work(DISPATCHER) as uow:
        undo(uow, site, order)
    with work(HANDLER) as uow:
        take_step(uow, site, order, Step.SIGN)
    clock.advance(timedelta(seconds=59))
    with work(HANDLER) as uow:
        assert undo(uow, site, order).state is OrderState.DISPATCHED
    with work(HANDLER) as uow:
        take_step(uow, site, order, Step.SIGN)
    clock.adjust(by)
    with pytest.raises(Conflict, match="已过"), work(HANDLER) as uow:
        undo(uow, site, order)
    with database.reading() as session:
        assert list(order_flaws(session)) == []


def test_an_undo_is_not_undone_and_reaches_no_further_back(
    work: Work, site: Site, order: str, database: Database, go: Callable[[str, Taken], None]
) -> None:
    go(order, DISPATCHED[0])
    with work(DISPATCHER) as uow:
        take_step(uow, site, order, Step.NUDGE)
        undo(uow, site, order)
    with pytest.raises(Conflict), work(DISPATCHER) as uow:
        undo(uow, site, order)
    assert stored(database, order).state is OrderState.DISPATCHED


@pytest.mark.parametrize(
    "course",
    [
        (*DISPATCHED, taken(HANDLER, Step.RETURN)),
        (*DISPUTED, taken(REVIEWER, Step.UPHOLD)),
        (*COMPLETED, taken(REVIEWER, Step.REOPEN)),
        (),
    ],
)  # fmt: skip
def test_what_others_may_have_gone_by_stays(
    course: tuple[Taken, ...],
    work: Work,
    site: Site,
    order: str,
    database: Database,
    go: Callable[[str, Taken], None],
) -> None:
    for one in course:
        go(order, one)
    was, sums = stored(database, order), check_sums(database)
    with pytest.raises(Conflict), work(course[-1][0] if course else AGENT) as uow:
        undo(uow, site, order)
    assert (stored(database, order), check_sums(database)) == (was, sums)


def test_an_answer_that_another_system_may_have_passed_on_stays(
    work: Work, site: Site, vault: ContactVault, go: Callable[[str, Taken], None]
) -> None:
    sent = replace(BY_WEB, source_ref="r-9")
    with work(AGENT) as uow:
        number = record_case(uow, site, vault, sent).order or ""
    for one in APPROVED:
        go(number, one)
    with pytest.raises(Conflict, match="来件系统"), work(REVIEWER) as uow:
        undo(uow, site, number)
    go(number, COMPLETED[-1])
    with pytest.raises(Conflict, match="来件系统"), work(HANDLER) as uow:
        undo(uow, site, number)


def test_a_completion_stays_once_somebody_called_back(
    work: Work,
    site: Site,
    order: str,
    database: Database,
    clock: FixedClock,
    go: Callable[[str, Taken], None],
) -> None:
    for one in COMPLETED:
        go(order, one)
    with work(CALLER_BACK) as uow:
        record_attempt(uow, order, 1, AttemptResult.BUSY)
    with pytest.raises(Conflict, match="已开始回访"), work(HANDLER) as uow:
        undo(uow, site, order)
    with work(CALLER_BACK) as uow:
        undo_callback(uow, order, 1)  # a try that was taken back was a try
    with pytest.raises(Conflict, match="已开始回访"), work(HANDLER) as uow:
        undo(uow, site, order)
    with database.reading() as session:
        reading = read_undo(session, site, order, clock.now())
        assert list(callback_differences(session)) == []
    assert reading is not None
    assert (reading.step, reading.offer, reading.obstacle) == (Step.COMPLETE, None, "已开始回访")


def test_a_completion_that_was_taken_back_leaves_no_callback(
    work: Work,
    site: Site,
    order: str,
    database: Database,
    clock: FixedClock,
    go: Callable[[str, Taken], None],
) -> None:
    for one in COMPLETED:
        go(order, one)
    with work(HANDLER) as uow:
        undo(uow, site, order)
    assert record(database, site, order, clock).callbacks == ()
    with pytest.raises(NotFound), work(CALLER_BACK) as uow:
        record_attempt(uow, order, 1, AttemptResult.BUSY)
    go(order, COMPLETED[-1])
    completed_at = clock.now()
    (callback,) = record(database, site, order, clock).callbacks
    assert (callback.state, callback.opened_at) == (CallbackState.OPEN, completed_at)


def test_a_step_of_an_order_that_another_is_merged_into_stays(
    work: Work, site: Site, order: str, vault: ContactVault, go: Callable[[str, Taken], None]
) -> None:
    with work(AGENT) as uow:
        twin = record_case(uow, site, vault, replace(BY_WEB, source_ref="r-8")).order
    go(order, DISPATCHED[0])
    with work(DISPATCHER) as uow:
        take_step(uow, site, twin or "", Step.MERGE, particulars=Particulars(lead=order))
    with pytest.raises(Conflict), work(DISPATCHER) as uow:
        undo(uow, site, order)
    with pytest.raises(Conflict), work(DISPATCHER) as uow:
        undo(uow, site, twin or "")


def test_what_was_handed_to_a_city_hotline_stays(
    work: Work, site: Site, order: str, go: Callable[[str, Taken], None]
) -> None:
    unit = next(iter(site.hotline.city_hotline_of_unit))
    go(order, taken(DISPATCHER, Step.DISPATCH, unit))
    with pytest.raises(Conflict), work(DISPATCHER) as uow:
        undo(uow, site, order)


def test_a_step_after_which_a_file_was_attached_stays(
    work: Work, site: Site, order: str, go: Callable[[str, Taken], None]
) -> None:
    go(order, DISPATCHED[0])
    with work(HANDLER) as uow:
        file = StoredFile("0" * 64, "现场.txt", 1, "text/plain")
        link_evidence(uow, ORDER, order, file, SHANGHAI)
    with pytest.raises(Conflict), work(DISPATCHER) as uow:
        undo(uow, site, order)
