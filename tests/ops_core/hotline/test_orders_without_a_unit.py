"""不予受理, 直接答复, 并单, 转紧急: who may, when, with what, and what the citizen has of it."""

from datetime import timedelta

import pytest

from device_configs.site.model import Site
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.orders.citations import Citation
from ops_core.hotline.orders.listing import count_orders, list_orders
from ops_core.hotline.orders.order import Order
from ops_core.hotline.orders.particulars import DeclineReason, EmergencyService, Particulars
from ops_core.hotline.orders.read import read_order
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.steps import ENDED, TRANSITIONS, OrderState, Step
from ops_core.hotline.orders.store import load_order
from ops_core.hotline.orders.tabs import OrderFilter, OrderTab
from ops_core.hotline.orders.verifying import order_flaws
from ops_core.hotline.orders.workload import read_workload
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from ops_core.kernel.permissions import Actor, Role
from tests.ops_core.hotline.conftest import (
    AGENT,
    CALLER_BACK,
    DISPATCHER,
    HANDLER,
    PURCHASER,
    REVIEWER,
    SHANGHAI,
    TELEPHONY,
    Work,
)
from tests.ops_core.hotline.test_order_read import TO_COMPLETED, TO_SIGNED, Centre

CITED = Citation("K-20260301-0001", 2, "a" * 64)
REASON = Particulars(reason=DeclineReason.PETITION.value)
SERVICE = Particulars(service=EmergencyService.AMBULANCE.value)
READ_OUT = Particulars(cited=(CITED,))
PROGRAM = Actor.system("importer")
NOTHING = Particulars()


@pytest.fixture
def centre(work: Work, site: Site, vault: ContactVault) -> Centre:
    return Centre(work, site, vault)


@pytest.fixture
def accepted(centre: Centre) -> str:
    """A request from the web, accepted and not dispatched."""
    return centre.order()


def take(
    work: Work, site: Site, number: str, step: Step, actor: Actor,
    given: Particulars = NOTHING, remark: str = "说明",
) -> Order:  # fmt: skip
    with work(actor) as uow:
        return take_step(uow, site, number, step, remark=remark, particulars=given)


def stored_order(database: Database, number: str) -> Order:
    with database.reading() as session:
        stored = load_order(session, number)
        assert not list(order_flaws(session))
    assert stored is not None
    return stored.order


def test_what_is_not_accepted_is_proposed_by_one_and_confirmed_by_another(
    work: Work, site: Site, database: Database, clock: FixedClock, accepted: str
) -> None:
    proposed = take(work, site, accepted, Step.DECLINE, AGENT, REASON)
    assert (proposed.state, proposed.proposer) == (OrderState.DECLINING, AGENT.name)
    assert proposed.answered_at is None, "nobody has said anything to the citizen"
    with database.reading() as session:
        waiting = list_orders(session, site, OrderFilter(OrderTab.DECLINING), clock.now())
        assert [one.order.number for one in waiting.orders] == [accepted]
    clock.advance(timedelta(hours=1))
    take(work, site, accepted, Step.CONFIRM, REVIEWER, remark="")
    declined = stored_order(database, accepted)
    assert (declined.state, declined.answered_by) == (OrderState.DECLINED, REVIEWER.name)
    assert declined.answered_at == clock.now()
    assert declined.allowed == (Step.REOPEN,)
    with database.reading() as session:
        history = read_order(session, site, accepted, clock.now()).course
    assert [e.reason for e in history if e.step is Step.DECLINE] == ["petition"]


def test_nobody_decides_on_the_own_proposal(work: Work, site: Site, accepted: str) -> None:
    take(work, site, accepted, Step.DECLINE, DISPATCHER, REASON)
    for step in (Step.CONFIRM, Step.ADMIT):
        with pytest.raises(Forbidden, match="自己"):
            take(work, site, accepted, step, DISPATCHER)


def test_what_is_admitted_goes_its_way_and_may_be_proposed_again(
    work: Work, site: Site, database: Database, accepted: str
) -> None:
    take(work, site, accepted, Step.DECLINE, AGENT, REASON)
    take(work, site, accepted, Step.ADMIT, REVIEWER)
    admitted = stored_order(database, accepted)
    assert (admitted.state, admitted.proposer) == (OrderState.ACCEPTED, "")
    assert admitted.answered_at is None
    take(work, site, accepted, Step.DECLINE, REVIEWER, REASON)


def test_what_was_dispatched_once_is_accepted_for_good(
    work: Work, site: Site, centre: Centre
) -> None:
    again = centre.order(*TO_COMPLETED)
    take(work, site, again, Step.REOPEN, REVIEWER)
    with pytest.raises(Conflict) as refusal:
        take(work, site, again, Step.DECLINE, AGENT, REASON)
    assert refusal.value.status == 409
    assert "decline" not in str(refusal.value.members["allowed"])


def test_a_direct_answer_cites_the_version_it_was_read_out_of(
    work: Work, site: Site, database: Database, clock: FixedClock, accepted: str
) -> None:
    with pytest.raises(Invalid, match="引用知识"):
        take(work, site, accepted, Step.ANSWER_DIRECTLY, AGENT)
    with pytest.raises(Invalid):
        take(work, site, accepted, Step.ANSWER_DIRECTLY, AGENT, READ_OUT, remark=" ")
    take(work, site, accepted, Step.ANSWER_DIRECTLY, AGENT, READ_OUT)
    answered = stored_order(database, accepted)
    assert answered.state is OrderState.ANSWERED_DIRECTLY
    assert (answered.answered_by, answered.completed_at) == (AGENT.name, None)
    with database.reading() as session:
        record = read_order(session, site, accepted, clock.now())
    assert record.course[-1].cited == (CITED,)
    assert record.callbacks == (), "it was transferred to nobody (indicator 4)"


def test_an_emergency_is_handed_on_at_once(
    work: Work, site: Site, database: Database, accepted: str
) -> None:
    for wrong in ("", "114"):
        with pytest.raises(Invalid, match="请选择"):
            take(work, site, accepted, Step.TRANSFER, AGENT, Particulars(service=wrong))
    take(work, site, accepted, Step.TRANSFER, AGENT, SERVICE)
    handed_on = stored_order(database, accepted)
    assert (handed_on.state, handed_on.answered_by) == (OrderState.TRANSFERRED, AGENT.name)


def test_what_a_program_does_answers_nobody(
    work: Work, site: Site, database: Database, centre: Centre
) -> None:
    first, second = centre.order(), centre.order()
    with pytest.raises(Forbidden, match="自动"):
        take(work, site, first, Step.ANSWER_DIRECTLY, PROGRAM, READ_OUT)
    take(work, site, first, Step.TRANSFER, PROGRAM, SERVICE)
    take(work, site, second, Step.DECLINE, AGENT, REASON)
    take(work, site, second, Step.CONFIRM, PROGRAM)
    for number in (first, second):
        assert stored_order(database, number).answered_at is None


def test_a_merged_order_is_shown_on_both_and_worked_on_no_more(
    work: Work, site: Site, database: Database, clock: FixedClock, centre: Centre
) -> None:
    lead, twin = centre.order(*TO_SIGNED), centre.order()
    take(work, site, twin, Step.MERGE, DISPATCHER, Particulars(lead=f" {lead} "), remark="")
    merged = stored_order(database, twin)
    assert (merged.state, merged.merged_into) == (OrderState.MERGED, lead)
    with database.reading() as session:
        of_lead = read_order(session, site, lead, clock.now())
        of_twin = read_order(session, site, twin, clock.now())
        counts = count_orders(session, site, "", clock.now())
        load = read_workload(session, site.calendar, SHANGHAI, clock.now(), timedelta(0))
    assert [one.number for one in of_lead.merged] == [twin]
    assert of_twin.lead is not None
    assert (of_twin.lead.number, of_twin.course[-1].lead) == (lead, lead)
    assert (counts[OrderTab.DISPATCH], counts[OrderTab.ANSWER]) == (0, 1)
    assert load.orders_open == 1
    for step in sorted(set(Step) - {Step.ACCEPT, Step.REOPEN}):
        for actor in (AGENT, DISPATCHER, HANDLER, PURCHASER):
            with pytest.raises(DomainError):
                take(work, site, twin, step, actor, Particulars(1, "petition", "110", lead))
    take(work, site, twin, Step.REOPEN, REVIEWER)
    again = stored_order(database, twin)
    assert (again.state, again.cycle, again.merged_into) == (OrderState.ACCEPTED, 2, "")


def test_an_order_is_merged_into_one_that_is_worked_on(
    work: Work, site: Site, centre: Centre
) -> None:
    lead, twin, other = centre.order(), centre.order(), centre.order()
    done = centre.order(*TO_COMPLETED)
    take(work, site, twin, Step.MERGE, DISPATCHER, Particulars(lead=lead))
    refusals = [
        (other, "", Invalid), (other, other, Invalid), (other, "W-0", NotFound),
        (other, done, Conflict), (other, twin, Conflict), (lead, other, Conflict),
    ]  # fmt: skip
    for order, into, refusal in refusals:
        with pytest.raises(refusal):
            take(work, site, order, Step.MERGE, DISPATCHER, Particulars(lead=into))


@pytest.mark.parametrize("actor", [HANDLER, PURCHASER, CALLER_BACK, TELEPHONY], ids=str)
@pytest.mark.parametrize(
    ("step", "given"),
    [
        (Step.DECLINE, REASON),
        (Step.ANSWER_DIRECTLY, READ_OUT),
        (Step.MERGE, Particulars(lead="W-1")),
        (Step.TRANSFER, SERVICE),
    ],
)
def test_these_are_steps_of_the_operators_agents_alone(
    work: Work, site: Site, database: Database, accepted: str, step: Step, given: Particulars,
    actor: Actor,
) -> None:  # fmt: skip
    before = stored_order(database, accepted)
    with pytest.raises(Forbidden):
        take(work, site, accepted, step, actor, given)
    assert stored_order(database, accepted) == before


def test_an_agent_neither_merges_nor_reviews(work: Work, site: Site, accepted: str) -> None:
    with pytest.raises(Forbidden):
        take(work, site, accepted, Step.MERGE, AGENT, Particulars(lead="W-1"))
    take(work, site, accepted, Step.DECLINE, DISPATCHER, REASON)
    other = Actor.user("agent.zhou", (Role.AGENT,))
    with pytest.raises(Forbidden):
        take(work, site, accepted, Step.CONFIRM, other)


def test_whatever_has_ended_can_be_taken_up_again_and_nothing_else() -> None:
    assert all(set(TRANSITIONS[state]) - {Step.REDO} == {Step.REOPEN} for state in ENDED)
