"""挂账: asked for by the unit, decided by the purchaser, and what the clock does meanwhile."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.site.model import Site
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.orders.deadlines import DeadlineVerdict, order_deadlines
from ops_core.hotline.orders.hold import MOST_DAYS, hold_days, review_day
from ops_core.hotline.orders.listing import list_orders
from ops_core.hotline.orders.order import Order
from ops_core.hotline.orders.particulars import Particulars
from ops_core.hotline.orders.read import read_order
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.steps import OrderState, Step
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
from tests.ops_core.hotline.test_deadline_invariants import CALENDAR, DEADLINES
from tests.ops_core.hotline.test_order_read import TO_SIGNED, Centre

REVIEW = Particulars(until="2026-03-16")
DUE = datetime(2026, 3, 5, 16, tzinfo=UTC)
"""24:00 on Thursday: a consultation dispatched on Monday, 2 March."""


@pytest.fixture
def centre(work: Work, site: Site, vault: ContactVault) -> Centre:
    return Centre(work, site, vault)


@pytest.fixture
def signed(centre: Centre) -> str:
    return centre.order(*TO_SIGNED)


def take(
    work: Work, site: Site, number: str, step: Step, actor: Actor,
    given_: Particulars = REVIEW, remark: str = "说明",
) -> Order:  # fmt: skip
    with work(actor) as uow:
        return take_step(uow, site, number, step, remark=remark, particulars=given_)


def handling(database: Database, site: Site, number: str, now: datetime):  # type: ignore[no-untyped-def]
    with database.reading() as session:
        return read_order(session, site, number, now).listed.deadlines[1]


def test_the_clock_stands_from_the_day_after_until_it_is_resumed(
    work: Work, site: Site, database: Database, clock: FixedClock, signed: str
) -> None:
    assert take(work, site, signed, Step.SUSPEND, HANDLER).state is OrderState.HOLD_ASKED
    held = take(work, site, signed, Step.HOLD, PURCHASER, remark="")
    assert (held.state, held.held_at, held.hold_until) == (
        OrderState.ON_HOLD, clock.now(), "2026-03-16",
    )  # fmt: skip
    shown = handling(database, site, signed, clock.now())
    # Ten working days from Tuesday to the 16th, and the three of its own.
    assert (shown.verdict, shown.within_days) == (DeadlineVerdict.ON_HOLD, 13)
    clock.advance(timedelta(days=7))
    with database.reading() as session:
        due = list_orders(session, site, OrderFilter(OrderTab.DUE), clock.now())
        on_hold = list_orders(session, site, OrderFilter(OrderTab.HOLD), clock.now())
        load = read_workload(session, site.calendar, SHANGHAI, clock.now(), timedelta(0))
    assert not due.orders
    assert [one.order.number for one in on_hold.orders] == [signed]
    assert (load.orders_open, load.orders_overdue) == (1, 0)
    resumed = take(work, site, signed, Step.RESUME, PURCHASER)
    assert (resumed.state, resumed.held_days, resumed.held_at) == (OrderState.SIGNED, 5, None)
    assert handling(database, site, signed, clock.now()).due_at == DUE + timedelta(days=7)
    with database.reading() as session:
        assert not list(order_flaws(session))


def test_a_review_that_is_forgotten_has_the_clock_running_again(
    work: Work, site: Site, database: Database, clock: FixedClock, signed: str
) -> None:
    take(work, site, signed, Step.SUSPEND, HANDLER)
    take(work, site, signed, Step.HOLD, PURCHASER)
    clock.advance(timedelta(days=15))
    shown = handling(database, site, signed, clock.now())
    assert (shown.verdict, shown.due_at) == (
        DeadlineVerdict.RUNNING, datetime(2026, 3, 19, 16, tzinfo=UTC),
    )  # fmt: skip
    with database.reading() as session:
        due = list_orders(session, site, OrderFilter(OrderTab.DUE), clock.now())
    assert [one.order.number for one in due.orders] == [signed]
    assert counted(database, site, clock.now()) == (0, 1)
    clock.advance(timedelta(days=4))
    assert handling(database, site, signed, clock.now()).verdict is DeadlineVerdict.MISSED
    assert counted(database, site, clock.now()) == (1, 0)
    replied = take(work, site, signed, Step.REPLY, HANDLER)
    assert (replied.held_days, replied.hold_until) == (10, "")
    late = handling(database, site, signed, clock.now())
    assert (late.verdict, late.due_at) == (DeadlineVerdict.MISSED, shown.due_at)


def counted(database: Database, site: Site, at: datetime) -> tuple[int, int]:
    """How many orders the wall counts as late, and as late within a week."""
    with database.reading() as session:
        load = read_workload(session, site.calendar, SHANGHAI, at, timedelta(days=7))
    return load.orders_overdue, load.orders_due_soon


def test_a_hold_is_asked_for_and_agreed_to_while_the_deadline_runs(
    work: Work, site: Site, clock: FixedClock, centre: Centre, signed: str
) -> None:
    asked = centre.order(*TO_SIGNED)
    take(work, site, asked, Step.SUSPEND, HANDLER)
    clock.advance(DUE - clock.now() + timedelta(seconds=1))
    for number, step, actor in ((signed, Step.SUSPEND, HANDLER), (asked, Step.HOLD, PURCHASER)):
        with pytest.raises(Conflict, match="期限已过"):
            take(work, site, number, step, actor)
    denied = take(work, site, asked, Step.DENY_HOLD, PURCHASER)
    assert (denied.state, denied.hold_until, denied.held_days) == (OrderState.SIGNED, "", 0)


def test_a_hold_is_not_agreed_to_behind_its_own_day_of_review(
    work: Work, site: Site, clock: FixedClock, signed: str
) -> None:
    """It would stop no clock, and take every other step away; the unit asks anew."""
    take(work, site, signed, Step.SUSPEND, HANDLER, Particulars(until="2026-03-03"))
    clock.advance(timedelta(days=2))
    with pytest.raises(Conflict, match="复核日期已过"):
        take(work, site, signed, Step.HOLD, PURCHASER)
    take(work, site, signed, Step.DENY_HOLD, PURCHASER)
    take(work, site, signed, Step.SUSPEND, HANDLER, Particulars(until="2026-03-05"))
    assert take(work, site, signed, Step.HOLD, PURCHASER).state is OrderState.ON_HOLD


def test_it_has_a_reason_and_a_day_of_review(work: Work, site: Site, signed: str) -> None:
    for wrong in ("", "soon", "2026-03-02", "2026-02-01", "2028-01-01"):
        with pytest.raises(Invalid, match="复核日期"):
            take(work, site, signed, Step.SUSPEND, HANDLER, Particulars(until=wrong))
    with pytest.raises(Invalid, match="写明"):
        take(work, site, signed, Step.SUSPEND, HANDLER, remark=" ")
    take(work, site, signed, Step.SUSPEND, HANDLER)
    with pytest.raises(Invalid, match="写明"):
        take(work, site, signed, Step.DENY_HOLD, PURCHASER, remark="")


@pytest.mark.parametrize("step", [Step.HOLD, Step.DENY_HOLD])
@pytest.mark.parametrize("actor", [DISPATCHER, REVIEWER, HANDLER, OTHER_HANDLER], ids=str)
def test_it_is_the_purchasers_to_say(
    work: Work, site: Site, signed: str, step: Step, actor: Actor
) -> None:
    take(work, site, signed, Step.SUSPEND, HANDLER)
    with pytest.raises(Forbidden):
        take(work, site, signed, step, actor)


def test_a_unit_does_not_pause_its_clock_itself(
    work: Work, site: Site, database: Database, clock: FixedClock, signed: str
) -> None:
    take(work, site, signed, Step.SUSPEND, HANDLER)
    asked = handling(database, site, signed, clock.now())
    assert (asked.verdict, asked.due_at) == (DeadlineVerdict.RUNNING, DUE)
    with pytest.raises(Conflict):
        take(work, site, signed, Step.RESUME, PURCHASER)


days = st.dates(date(2026, 1, 5), date(2026, 11, 1))


@given(days, st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_pause_and_running_time_are_all_the_working_time(
    held: date, until: int, ended: int, more: int
) -> None:
    """Invariant 4: a hold in two parts takes as long as one, and no more than its working days."""
    review = held + timedelta(days=until)
    order = replace(
        Order("W-1", OrderState.ON_HOLD, 1, 1, DUE, DUE, ""),
        held_at=datetime.combine(held, time(9), SHANGHAI), hold_until=review.isoformat(),
    )  # fmt: skip
    end = held + timedelta(days=ended)
    taken = hold_days(order, end, CALENDAR, SHANGHAI)
    assert taken == CALENDAR.between(held, min(end, review))
    later = hold_days(order, end + timedelta(days=more), CALENDAR, SHANGHAI)
    between = CALENDAR.between(min(end, review), min(end + timedelta(days=more), review))
    assert later == taken + between
    at = datetime.combine(held, time(8), SHANGHAI).astimezone(UTC)
    running = replace(order, dispatched_at=at, accepted_at=at)
    own = replace(running, held_at=None, hold_until="", held_days=later)
    readings = [
        order_deadlines(one, DEADLINES, CALENDAR, SHANGHAI, at)[1] for one in (running, own)
    ]
    assert more + ended < until or readings[0].due_at == readings[1].due_at


@given(st.integers(-5, 800))
def test_a_review_is_within_a_year(ahead: int) -> None:
    today = date(2026, 3, 2)
    day = today + timedelta(days=ahead)
    if 1 <= ahead <= MOST_DAYS:
        assert review_day(day.isoformat(), today) == day
        return
    with pytest.raises(Invalid):
        review_day(day.isoformat(), today)
