"""协办: who is asked, who replies, and what the lead unit waits for."""

import pytest

from device_configs.site.model import Site
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.orders.contact import unmask_requester
from ops_core.hotline.orders.listing import count_orders, list_orders
from ops_core.hotline.orders.order import Order
from ops_core.hotline.orders.particulars import Particulars
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.steps import OrderState, Step
from ops_core.hotline.orders.tabs import OrderFilter, OrderTab
from ops_core.hotline.orders.verifying import order_flaws
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict, Forbidden, Invalid
from ops_core.kernel.permissions import Actor, Role
from tests.ops_core.hotline.conftest import (
    AGENT,
    DISPATCHER,
    HANDLER,
    OTHER_HANDLER,
    PURCHASER,
    REVIEWER,
    Work,
)
from tests.ops_core.hotline.test_order_read import TO_COMPLETED, TO_SIGNED, Centre

WATER = Particulars(co_unit="water")
POLICE_HANDLER = Actor.user("police.xue", (Role.UNIT_HANDLER,), "police")


@pytest.fixture
def centre(work: Work, site: Site, vault: ContactVault) -> Centre:
    return Centre(work, site, vault)


def take(
    work: Work, site: Site, number: str, step: Step, actor: Actor,
    given: Particulars = WATER, unit: str = "", remark: str = "说明",
) -> Order:  # fmt: skip
    with work(actor) as uow:
        return take_step(uow, site, number, step, unit, remark, particulars=given)


def test_an_order_is_completed_when_its_co_units_have_replied(
    work: Work, site: Site, database: Database, clock: FixedClock, centre: Centre
) -> None:
    number = centre.order(*TO_SIGNED)
    asked = take(work, site, number, Step.ENLIST, DISPATCHER)
    assert (asked.state, asked.co_units, asked.co_waiting) == (
        OrderState.SIGNED, ",water,", ",water,",
    )  # fmt: skip
    with database.reading() as session:
        for unit, count in (("water", 1), ("", 1), ("housing", 0)):
            filters = OrderFilter(OrderTab.CONTRIBUTE, unit=unit)
            found = list_orders(session, site, filters, clock.now()).orders
            counts = count_orders(session, site, unit, clock.now())
            assert (len(found), counts[OrderTab.CONTRIBUTE]) == (count, count)
    for step, actor in TO_COMPLETED[2:4]:
        centre.take(number, step, actor)
    with pytest.raises(Conflict, match="协办单位尚未反馈") as waits:
        take(work, site, number, Step.COMPLETE, HANDLER)
    assert waits.value.members["co_waiting"] == ["water"]
    assert "complete" not in str(waits.value.members["allowed"])
    replied = take(work, site, number, Step.CO_REPLY, OTHER_HANDLER)
    assert (replied.state, replied.co_waiting) == (OrderState.APPROVED, "")
    assert take(work, site, number, Step.COMPLETE, HANDLER).state is OrderState.COMPLETED
    with database.reading() as session:
        assert not list(order_flaws(session))


def test_a_co_unit_may_call_whom_the_order_is_about(
    work: Work, site: Site, vault: ContactVault, centre: Centre
) -> None:
    """It sees the order as the lead unit does; another unit does not."""
    number = centre.order(*TO_SIGNED)
    with work(HANDLER) as uow:
        shown = unmask_requester(uow, vault, number)
    with work(OTHER_HANDLER) as uow, pytest.raises(Forbidden):
        unmask_requester(uow, vault, number)
    take(work, site, number, Step.ENLIST, DISPATCHER)
    with work(OTHER_HANDLER) as uow:
        assert unmask_requester(uow, vault, number) == shown
    with work(POLICE_HANDLER) as uow, pytest.raises(Forbidden):
        unmask_requester(uow, vault, number)


def test_a_reply_that_will_not_come_is_put_on_record_with_its_reason(
    work: Work, site: Site, centre: Centre
) -> None:
    number = centre.order(*TO_SIGNED)
    take(work, site, number, Step.ENLIST, DISPATCHER)
    with pytest.raises(Invalid, match="写明"):
        take(work, site, number, Step.CO_MISSING, REVIEWER, remark=" ")
    with pytest.raises(Invalid, match="协办单位"):
        take(work, site, number, Step.CO_MISSING, REVIEWER, Particulars())
    with pytest.raises(Conflict, match="不待"):
        take(work, site, number, Step.CO_MISSING, REVIEWER, Particulars(co_unit="police"))
    missing = take(work, site, number, Step.CO_MISSING, REVIEWER)
    assert missing.co_waiting == ""
    for step, actor in TO_COMPLETED[2:]:
        centre.take(number, step, actor)


@pytest.mark.parametrize("actor", [HANDLER, POLICE_HANDLER, PURCHASER, REVIEWER, AGENT], ids=str)
def test_only_a_co_unit_replies_for_itself(
    work: Work, site: Site, centre: Centre, actor: Actor
) -> None:
    number = centre.order(*TO_SIGNED)
    take(work, site, number, Step.ENLIST, DISPATCHER)
    with pytest.raises(Forbidden):
        take(work, site, number, Step.CO_REPLY, actor)


@pytest.mark.parametrize("step", [Step.REPLY, Step.EXTEND, Step.SUSPEND])
def test_a_co_unit_takes_no_step_of_the_lead_unit(
    work: Work, site: Site, centre: Centre, step: Step
) -> None:
    number = centre.order(*TO_SIGNED)
    take(work, site, number, Step.ENLIST, DISPATCHER)
    with pytest.raises(Forbidden, match="不在您的单位"):
        take(work, site, number, step, OTHER_HANDLER, Particulars(1, until="2026-04-01"))


@pytest.mark.parametrize("actor", [HANDLER, OTHER_HANDLER, PURCHASER, AGENT], ids=str)
def test_the_operators_dispatchers_enlist(
    work: Work, site: Site, centre: Centre, actor: Actor
) -> None:
    number = centre.order(*TO_SIGNED)
    with pytest.raises(Forbidden):
        take(work, site, number, Step.ENLIST, actor)


def test_a_unit_is_enlisted_once_and_never_the_lead(work: Work, site: Site, centre: Centre) -> None:
    number = centre.order(*TO_SIGNED)
    for wrong, refusal in (("housing", Conflict), ("nobody", Invalid), ("", Invalid)):
        with pytest.raises(refusal):
            take(work, site, number, Step.ENLIST, DISPATCHER, Particulars(co_unit=wrong))
    take(work, site, number, Step.ENLIST, DISPATCHER)
    take(work, site, number, Step.CO_REPLY, OTHER_HANDLER)
    for step, actor in ((Step.ENLIST, DISPATCHER), (Step.CO_REPLY, OTHER_HANDLER)):
        with pytest.raises(Conflict):
            take(work, site, number, step, actor)
    with pytest.raises(Conflict):
        take(work, site, centre.order(), Step.ENLIST, DISPATCHER)


def test_a_co_unit_that_becomes_the_lead_owes_no_part(
    work: Work, site: Site, database: Database, centre: Centre
) -> None:
    number = centre.order(*TO_SIGNED[:1])
    take(work, site, number, Step.ENLIST, DISPATCHER)
    take(work, site, number, Step.RETURN, HANDLER)
    again = take(work, site, number, Step.DISPATCH, DISPATCHER, Particulars(), "water")
    assert (again.unit, again.co_units, again.co_waiting) == ("water", "", "")
    with database.reading() as session:
        assert not list(order_flaws(session))
