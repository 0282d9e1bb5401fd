"""Reports that a centre owes, at random: written, reviewed, sent, received or returned."""

from collections.abc import Callable
from contextlib import suppress

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select

from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import DomainError
from ops_core.kernel.permissions import Actor
from ops_core.obligations.model import ReportStep
from ops_core.obligations.service import (
    DeliveryMeans,
    draft_report_on,
    hand_back_report,
    owe_reports,
    receive_report,
    return_report,
    review_report,
    submit_report_with,
    trigger_flash_report,
    waive_report,
    write_report,
)
from ops_core.obligations.store import find_report
from ops_core.obligations.tables import ReportRow
from tests.ops_core.hotline.conftest import DISPATCHER, PURCHASER, REVIEWER
from tests.ops_core_kpi.centre import FiguresOfACentre

REPORTS = 9


class ReportsAtRandom(FiguresOfACentre):
    """Indicator 9."""

    @rule()
    def the_calendar_is_put_on_record(self) -> None:
        before = self.figure(REPORTS)
        with self.work(Actor.system("reports")) as uow:
            owe_reports(uow, self.site)
        after = self.figure(REPORTS)
        assert (after.counts, after.value) == (before.counts, before.value), "owed all the same"

    @rule(hours=st.integers(0, 30))
    def something_calls_for_a_flash_report(self, hours: int) -> None:
        before = self.share(REPORTS)
        with self.work(DISPATCHER) as uow:
            trigger_flash_report(uow, self.site, "flash", "供暖中断", self.hours_ago(hours))
        assert self.share(REPORTS) == before

    @precondition(lambda self: self.reports())
    @rule(data=st.data(), steps=st.integers(1, 5), is_whole=st.booleans())
    def a_report_goes_on(self, data: st.DataObject, steps: int, is_whole: bool) -> None:
        key = data.draw(st.sampled_from(self.reports()))
        for _ in range(steps):
            with self.database.reading() as session:
                allowed = find_report(session, key).allowed
            if not allowed:
                return
            self.step_of_report(key, data.draw(st.sampled_from(allowed)), is_whole)

    def step_of_report(self, key: str, step: ReportStep, is_whole: bool) -> None:
        before, best = self.share(REPORTS), self.figure(REPORTS).best_value
        actor, command = self.report_command(key, step, is_whole)
        with suppress(DomainError), self.work(actor) as uow:
            command(uow)
        if step is ReportStep.RETURN and not is_whole:
            assert not self.rose(REPORTS, before), "an incomplete report made the figure better"
        else:
            assert not self.fell(REPORTS, before), f"{step} made the figure worse"
        if step is ReportStep.RECEIVE:
            assert self.figure(REPORTS).best_value == best, "it was hoped for all the time"

    def report_command(
        self, key: str, step: ReportStep, is_whole: bool
    ) -> tuple[Actor, Callable[[UnitOfWork], object]]:
        """Who takes a step, and how."""
        match step:
            case ReportStep.DRAFT:
                content = {"total": self.number_given()}
                return DISPATCHER, lambda uow: draft_report_on(uow, key, content)
            case ReportStep.WRITE:
                return DISPATCHER, lambda uow: write_report(uow, key, {"summary": "平稳。"})
            case ReportStep.REVIEW:
                return REVIEWER, lambda uow: review_report(uow, key)
            case ReportStep.HAND_BACK:
                return REVIEWER, lambda uow: hand_back_report(uow, key, "数字请核对")
            case ReportStep.SUBMIT:
                by, files = DeliveryMeans.NETWORK, {"a.docx": "0" * 64}
                return DISPATCHER, lambda uow: submit_report_with(uow, key, files, ["甲"], by)
            case ReportStep.RECEIVE:
                return PURCHASER, lambda uow: receive_report(uow, key)
            case ReportStep.RETURN:
                return PURCHASER, lambda uow: return_report(uow, key, "请改", is_whole=is_whole)
            case _:
                return PURCHASER, lambda uow: waive_report(uow, self.site, key, "节日")

    def reports(self) -> list[str]:
        with self.database.reading() as session:
            return list(session.scalars(select(ReportRow.key).order_by(ReportRow.key)))
