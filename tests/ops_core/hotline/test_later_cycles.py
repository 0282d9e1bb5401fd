"""What a cycle owed counts in the month of its completion, whatever later cycles do."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from device_configs.site.model import Site
from ops_core.hotline.callbacks.model import Answers, Resolved
from ops_core.hotline.callbacks.service import finish_reached, finish_refused
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict, DomainError
from ops_core.kpi.day_sums import day_sum_differences
from ops_core.kpi.derived_callbacks import callback_differences
from ops_core.kpi.periods import month_of
from ops_core.kpi.read import read_figure
from tests.ops_core.hotline.conftest import CALLER_BACK, HANDLER, REVIEWER, Work
from tests.ops_core.hotline.test_course_of_an_order import complete
from tests.ops_core.hotline.test_order_read import TO_COMPLETED, Centre

DAY = timedelta(days=1)


class Cycles:
    """Orders completed in March, some of them called back, and what becomes of them."""

    def __init__(self, work: Work, site: Site, vault: ContactVault, clock: FixedClock) -> None:
        self.work, self.site, self.clock = work, site, clock
        centre = Centre(work, site, vault)
        self.numbers = [centre.order(*TO_COMPLETED) for _ in range(3)]

    def reopen(self) -> None:
        for number in self.numbers:
            with self.work(REVIEWER) as uow:
                take_step(uow, self.site, number, Step.REOPEN, remark="说明")

    def complete(self) -> None:
        for number in self.numbers:
            complete(self.work, self.site, number)

    def call_back(self, cycle: int, answers: Answers | None = None) -> None:
        for number in self.numbers:
            with self.work(CALLER_BACK) as uow:
                if answers is None:
                    finish_refused(uow, number, cycle, "rec-1")
                else:
                    finish_reached(uow, self.site, number, cycle, answers, "rec-1")


def reopened(cycles: Cycles) -> None:
    cycles.reopen()


def reopened_in_the_next_month(cycles: Cycles) -> None:
    cycles.clock.advance(35 * DAY)
    cycles.reopen()


def reopened_twice(cycles: Cycles) -> None:
    for _ in range(2):
        cycles.reopen()
        cycles.clock.advance(DAY)
        cycles.complete()
        cycles.clock.advance(30 * DAY)


def completed_again_and_called_back(cycles: Cycles) -> None:
    cycles.clock.advance(35 * DAY)
    cycles.reopen()
    cycles.complete()
    cycles.call_back(2, Answers(Resolved.YES, 5, 5))


@pytest.mark.parametrize(
    "later", [reopened, reopened_in_the_next_month, reopened_twice, completed_again_and_called_back]
)
@pytest.mark.parametrize("in_time", [False, True], ids=["not called back", "called back in time"])
def test_the_month_of_a_completion_stays_as_it_was(
    later: Callable[[Cycles], None], in_time: bool, work: Work, site: Site, vault: ContactVault,
    clock: FixedClock, database: Database,
) -> None:  # fmt: skip
    march = month_of(clock.now(), site.contract)
    cycles = Cycles(work, site, vault, clock)
    if in_time:
        cycles.call_back(1)
    clock.advance(5 * DAY)
    with database.reading() as session:
        before = read_figure(session, site, 4, march, clock.now())
    assert (before.numerator, before.denominator) == (3 if in_time else 0, 3)
    later(cycles)
    with database.reading() as session:
        after = read_figure(session, site, 4, march, clock.now())
        assert list(callback_differences(session)) == []
        assert list(day_sum_differences(session)) == []
    added = 3 if later is reopened_twice else 0
    assert (after.numerator, after.denominator) == (before.numerator, before.denominator + added)


def test_nobody_is_called_twice_about_one_order(
    work: Work, site: Site, vault: ContactVault, clock: FixedClock
) -> None:
    """Of several cycles the last one's callback alone can be made; a unit completes none of it."""
    cycles = Cycles(work, site, vault, clock)
    cycles.reopen()
    cycles.complete()
    with pytest.raises(Conflict, match="已撤回"):
        cycles.call_back(1)
    cycles.call_back(2)
    with pytest.raises(Conflict, match="已完成"):
        cycles.call_back(2)
    for number in cycles.numbers:
        with pytest.raises(DomainError), work(HANDLER) as uow:
            take_step(uow, site, number, Step.COMPLETE)
