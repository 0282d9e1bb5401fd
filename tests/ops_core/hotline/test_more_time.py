"""延期, 催办, 督办: who may, when, how often, and what it does to the deadlines."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.site.hotline import CaseKind, ExtensionPolicy
from device_configs.site.model import Site
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.orders.deadlines import DeadlineVerdict, order_deadlines
from ops_core.hotline.orders.extension import check_extension
from ops_core.hotline.orders.listing import list_orders
from ops_core.hotline.orders.order import Order
from ops_core.hotline.orders.particulars import Particulars
from ops_core.hotline.orders.read import read_order
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.steps import OrderState, Step
from ops_core.hotline.orders.store import load_order
from ops_core.hotline.orders.tabs import OrderFilter, OrderTab
from ops_core.hotline.orders.verifying import order_flaws
from ops_core.hotline.orders.workload import read_workload
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict, Forbidden, Invalid
from ops_core.kernel.permissions import Actor
from tests.ops_core.hotline.conftest import (
    DISPATCHER,
    HANDLER,
    OTHER_HANDLER,
    PURCHASER,
    REVIEWER,
    SHANGHAI,
    Work,
)
from tests.ops_core.hotline.test_deadline_invariants import ACCEPTED, CALENDAR, DEADLINES, starts
from tests.ops_core.hotline.test_order_read import TO_SIGNED, Centre

DUE = datetime(2026, 3, 5, 16, tzinfo=UTC)
POLICY = ExtensionPolicy(times=1, most_working_days=5)
Taken = tuple[Step, Actor, int]


@pytest.fixture
def signed(work: Work, site: Site, vault: ContactVault) -> str:
    """A consultation, signed for: to be handled within three working days."""
    return Centre(work, site, vault).order(*TO_SIGNED)


def take(work: Work, site: Site, number: str, *steps: Taken) -> None:
    for step, actor, days in steps:
        with work(actor) as uow:
            take_step(uow, site, number, step, remark="说明", particulars=Particulars(days))


def stored_order(database: Database, number: str) -> Order:
    with database.reading() as session:
        stored = load_order(session, number)
    assert stored is not None
    return stored.order


@pytest.mark.parametrize(
    ("asked_before", "days", "due_at", "now", "refusal"),
    [
        (0, 1, DUE, DUE, None),
        (0, 5, DUE, DUE - timedelta(days=1), None),
        (0, 5, None, DUE + timedelta(days=9), None),
        (0, 0, DUE, DUE, Invalid),
        (0, -3, DUE, DUE, Invalid),
        (0, 6, DUE, DUE, Invalid),
        (0, 1, DUE, DUE + timedelta(microseconds=1), Conflict),
        (1, 1, DUE, DUE - timedelta(days=1), Conflict),
    ],
)
def test_more_time_is_asked_for_in_time_once_and_within_bounds(
    asked_before: int,
    days: int,
    due_at: datetime | None,
    now: datetime,
    refusal: type[Exception] | None,
) -> None:
    order = Order("W-1", OrderState.SIGNED, 1, 3, DUE, DUE, "", extensions=asked_before)
    if refusal is None:
        check_extension(order, days, POLICY, due_at, now)
        return
    with pytest.raises(refusal):
        check_extension(order, days, POLICY, due_at, now)


@given(starts, st.integers(0, 10))
def test_time_that_was_given_moves_the_deadline_of_handling_alone(
    start: datetime, extended_by: int
) -> None:
    order = Order("W-1", OrderState.SIGNED, 1, 3, start, start, "", dispatched_at=start)
    longer = Order(
        "W-1", OrderState.SIGNED, 1, 3, start, start, "", dispatched_at=start,
        extended_by=extended_by,
    )  # fmt: skip
    signing, handling = order_deadlines(order, DEADLINES, CALENDAR, SHANGHAI, start)
    after = order_deadlines(longer, DEADLINES, CALENDAR, SHANGHAI, start)
    assert after[0] == signing
    assert handling.due_at is not None
    assert after[1].due_at is not None
    assert after[1].due_at >= handling.due_at
    assert (after[1].due_at == handling.due_at) is (extended_by == 0)
    assert after[1].within_days == DEADLINES.handle_within + extended_by
    assert ACCEPTED.extended_by == 0


def test_more_time_that_is_given_moves_the_order_out_of_what_is_due(
    work: Work, site: Site, database: Database, clock: FixedClock, signed: str
) -> None:
    take(work, site, signed, (Step.EXTEND, HANDLER, 4))
    asked = stored_order(database, signed)
    assert (asked.state, asked.extension_asked, asked.extended_by) == (OrderState.EXTENSION, 4, 0)
    with database.reading() as session:
        waiting = list_orders(session, site, OrderFilter(OrderTab.EXTENSION), clock.now())
        assert [one.order.number for one in waiting.orders] == [signed]
    clock.advance(timedelta(days=4))  # its own three working days have passed

    def late() -> tuple[int, list[str]]:
        with database.reading() as session:
            due = list_orders(session, site, OrderFilter(OrderTab.DUE), clock.now())
            load = read_workload(session, site.calendar, SHANGHAI, clock.now(), timedelta(0))
            return load.orders_overdue, [one.order.number for one in due.orders]

    assert late() == (1, [signed]), "asking gives no time"
    take(work, site, signed, (Step.GRANT, PURCHASER, 0))
    given = stored_order(database, signed)
    assert (given.state, given.extension_asked, given.extended_by) == (OrderState.SIGNED, 0, 4)
    assert late() == (0, [])
    with database.reading() as session:
        record = read_order(session, site, signed, clock.now())
        assert [e.days for e in record.course if e.step is Step.EXTEND] == [4]
        handling = record.listed.deadlines[1]
        assert (handling.within_days, handling.verdict) == (7, DeadlineVerdict.RUNNING)
        assert not list(order_flaws(session))


@pytest.mark.parametrize(
    ("step", "actor"),
    [
        (Step.GRANT, DISPATCHER),
        (Step.GRANT, REVIEWER),
        (Step.REFUSE, HANDLER),
        (Step.SUPERVISE, REVIEWER),
        (Step.SUPERVISE, HANDLER),
        (Step.NUDGE, PURCHASER),
        (Step.NUDGE, HANDLER),
        (Step.REPLY, PURCHASER),
    ],
)
def test_each_step_is_its_sides_alone(
    work: Work, site: Site, database: Database, signed: str, step: Step, actor: Actor
) -> None:
    take(work, site, signed, (Step.EXTEND, HANDLER, 1))
    before = stored_order(database, signed)
    with pytest.raises(Forbidden):
        take(work, site, signed, (step, actor, 0))
    assert stored_order(database, signed) == before


@pytest.mark.parametrize(
    ("steps", "refusal"),
    [
        ([(Step.EXTEND, OTHER_HANDLER, 1)], Forbidden),
        ([(Step.EXTEND, HANDLER, 99)], Invalid),
        ([(Step.GRANT, PURCHASER, 0)], Conflict),
        ([(Step.EXTEND, HANDLER, 1), (Step.EXTEND, HANDLER, 1)], Conflict),
        (
            [(Step.EXTEND, HANDLER, 1), (Step.REFUSE, PURCHASER, 0), (Step.EXTEND, HANDLER, 1)],
            Conflict,
        ),
    ],
)
def test_what_the_state_or_the_policy_does_not_allow_is_refused(
    work: Work, site: Site, signed: str, steps: Sequence[Taken], refusal: type[Exception]
) -> None:
    take(work, site, signed, *steps[:-1])
    with pytest.raises(refusal):
        take(work, site, signed, steps[-1])


def test_what_was_asked_lapses_with_the_reply_and_a_new_cycle_begins_without_it(
    work: Work, site: Site, database: Database, signed: str
) -> None:
    take(
        work, site, signed,
        (Step.NUDGE, DISPATCHER, 0), (Step.SUPERVISE, PURCHASER, 0), (Step.EXTEND, HANDLER, 2),
        (Step.NUDGE, REVIEWER, 0), (Step.REPLY, HANDLER, 0),
    )  # fmt: skip
    replied = stored_order(database, signed)
    assert (replied.state, replied.extension_asked, replied.extended_by, replied.nudges) == (
        OrderState.REPLIED, 0, 0, 2,
    )  # fmt: skip
    assert replied.supervised_at is not None
    take(
        work, site, signed,
        (Step.APPROVE, REVIEWER, 0), (Step.COMPLETE, HANDLER, 0), (Step.REOPEN, REVIEWER, 0),
    )  # fmt: skip
    again = stored_order(database, signed)
    assert (again.nudges, again.supervised_at, again.extensions) == (0, None, 0)
    with pytest.raises(Conflict):
        take(work, site, signed, (Step.NUDGE, DISPATCHER, 0))


def test_a_complaint_has_its_own_days_and_the_same_rule(
    work: Work, site: Site, vault: ContactVault, database: Database, clock: FixedClock
) -> None:
    number = Centre(work, site, vault).order(*TO_SIGNED, kind=CaseKind.COMPLAINT)
    clock.advance(timedelta(days=30))
    with pytest.raises(Conflict, match="期限已过"):
        take(work, site, number, (Step.EXTEND, HANDLER, 1))
    assert stored_order(database, number).state is OrderState.SIGNED
