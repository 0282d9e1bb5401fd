"""二次办理: after a dissatisfied callback, by the same unit, a grade more urgent."""

from datetime import timedelta

import pytest

from device_configs.site.model import Site
from ops_core.hotline.callbacks.model import Answers, Resolved
from ops_core.hotline.callbacks.service import finish_reached, finish_refused
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.deadline_policies.rules import Urgency
from ops_core.hotline.orders.order import Order
from ops_core.hotline.orders.read import read_order
from ops_core.hotline.orders.second_round import escalated, is_dissatisfied
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.steps import OrderState, Step
from ops_core.hotline.orders.verifying import order_flaws
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict, Forbidden, Invalid
from ops_core.kernel.permissions import Actor
from ops_core.kpi.day_sums import day_sum_differences
from ops_core.kpi.derived_callbacks import callback_differences
from tests.ops_core.hotline.conftest import (
    AGENT,
    CALLER_BACK,
    HANDLER,
    PURCHASER,
    REVIEWER,
    Work,
)
from tests.ops_core.hotline.test_order_read import TO_COMPLETED, Centre


@pytest.fixture
def centre(work: Work, site: Site, vault: ContactVault) -> Centre:
    return Centre(work, site, vault)


@pytest.fixture
def completed(centre: Centre) -> str:
    return centre.order(*TO_COMPLETED)


def redo(work: Work, site: Site, number: str, actor: Actor, remark: str = "未解决") -> Order:
    with work(actor) as uow:
        return take_step(uow, site, number, Step.REDO, remark=remark)


def answer(work: Work, site: Site, number: str, answers: Answers) -> None:
    with work(CALLER_BACK) as uow:
        finish_reached(uow, site, number, 1, answers, "rec-1")


def test_the_same_unit_handles_it_again_by_deadlines_of_a_second_round(
    work: Work, site: Site, database: Database, clock: FixedClock, completed: str
) -> None:
    answer(work, site, completed, Answers(Resolved.NO, 1, 4))
    clock.advance(timedelta(days=1))
    again = redo(work, site, completed, REVIEWER)
    assert (again.state, again.cycle, again.unit) == (OrderState.DISPATCHED, 2, "housing")
    assert (again.urgency, again.dispatched_at) == (Urgency.URGENT, clock.now())
    assert (again.signed_at, again.completed_at) == (None, None)
    with work(HANDLER) as uow:
        take_step(uow, site, completed, Step.SIGN)
    with database.reading() as session:
        read = read_order(session, site, completed, clock.now())
        assert not list(order_flaws(session))
        assert not list(callback_differences(session))
        assert not list(day_sum_differences(session))
    assert [entry.cycle for entry in read.course][-2:] == [2, 2]
    assert read.callbacks[0].resolved == Resolved.NO, "what was said stays"


@pytest.mark.parametrize(
    "answers", [None, Answers(Resolved.YES, 5, 1), Answers(Resolved.NOT_ANSWERED, None, 1)]
)
def test_nobody_is_handled_again_who_is_not_dissatisfied(
    work: Work, site: Site, completed: str, answers: Answers | None
) -> None:
    if answers is not None:
        answer(work, site, completed, answers)
    with pytest.raises(Conflict, match="未反映不满意"):
        redo(work, site, completed, REVIEWER)


def test_whoever_does_not_answer_says_nothing(work: Work, site: Site, completed: str) -> None:
    with work(CALLER_BACK) as uow:
        finish_refused(uow, completed, 1, "rec-2")
    with pytest.raises(Conflict):
        redo(work, site, completed, REVIEWER)


@pytest.mark.parametrize("actor", [HANDLER, PURCHASER, AGENT, CALLER_BACK], ids=str)
def test_it_is_a_reviewers_of_the_operator(
    work: Work, site: Site, completed: str, actor: Actor
) -> None:
    answer(work, site, completed, Answers(Resolved.PARTLY, 3, 4))
    with pytest.raises(Forbidden):
        redo(work, site, completed, actor)


def test_it_says_why_and_comes_after_completion(
    work: Work, site: Site, centre: Centre, completed: str
) -> None:
    answer(work, site, completed, Answers(Resolved.NO, 1, 1))
    with pytest.raises(Invalid):
        redo(work, site, completed, REVIEWER, " ")
    with pytest.raises(Conflict):
        redo(work, site, centre.order(*TO_COMPLETED[:4]), REVIEWER)


def test_urgency_goes_up_by_a_grade_and_stays_at_the_highest() -> None:
    found = [escalated(one) for one in ("", *Urgency)]
    assert found == [Urgency.URGENT, Urgency.URGENT, Urgency.CRITICAL, Urgency.CRITICAL]


def test_a_low_score_is_dissatisfied_whatever_else() -> None:
    assert is_dissatisfied("reached", "yes", 3, (4, 5))
    assert not is_dissatisfied("reached", "yes", None, (4, 5))
    assert not is_dissatisfied("refused", "no", 1, (4, 5))
