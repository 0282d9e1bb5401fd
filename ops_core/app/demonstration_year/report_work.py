"""The year's reports: owed by the calendar, drafted, reviewed, submitted and received in time.

Those of every week, month, quarter and year; daily ones are owed from the day that is declared.
"""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select

from device_configs.site.model import Site
from device_configs.site.reporting import ReportFrequency
from ops_core.app.demonstration.report_acts import (
    RECIPIENT,
    REVIEWER,
    TEXTS,
    WRITER,
    ReportMove,
    next_report_move,
)
from ops_core.app.demonstration_year.scope import YearScope, instant
from ops_core.app.report_calendar import RECORDER
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.evidence_files import EvidenceStore
from ops_core.kernel.permissions import Actor
from ops_core.obligations.calendar import due_at
from ops_core.obligations.model import OwedReport, ReportState, ReportStep
from ops_core.obligations.service import (
    DeliveryMeans,
    owe_reports,
    receive_report,
    return_report,
    review_report,
    write_report,
)
from ops_core.obligations.store import report_of
from ops_core.obligations.tables import ReportRow
from ops_core.reports.service import draft_report, prepare_draft, prepare_submission, submit_report

_END = time(23, 30)
_LEFT = (ReportState.RECEIVED.value, ReportState.WAIVED.value)


def with_duties_since(site: Site, first: date) -> Site:
    """The site as if its periodic reports had been owed since the first day of the year."""
    duties = {
        name: duty.model_copy(update={"since": first})
        if duty.frequency not in (ReportFrequency.FLASH, ReportFrequency.DAY)
        and duty.topic is None
        and duty.since > first
        else duty
        for name, duty in site.report_duties.items()
    }
    return site.model_copy(update={"report_duties": duties})


def work_on_reports(
    uow: UnitOfWork, scope: YearScope, site: Site, store: EvidenceStore, day: date
) -> None:
    """Put on record what is owed, and take every step whose instant has come."""
    zone = ZoneInfo(site.contract.timezone)
    until = instant(day, _END, zone)
    owe_reports(uow.acting_as(RECORDER, FixedClock(until)), site)
    row = ReportRow
    first = instant(scope.first, time(), zone)
    open_ones = uow.session.scalars(
        select(row).where(row.state.not_in(_LEFT), row.owed_at > first).order_by(row.owed_at)
    ).all()
    for report in map(report_of, open_ones):
        _go_on(uow, site, store, report, scope.seed, until)


def _go_on(
    uow: UnitOfWork, site: Site, store: EvidenceStore, report: OwedReport, seed: int,
    until: datetime,
) -> None:  # fmt: skip
    due = due_at(report.rule, report.owed_at, site.calendar, ZoneInfo(site.contract.timezone))
    while (move := next_report_move(report, due, seed)) is not None and move.at <= until:
        report = _act(uow, site, store, report, move)


def _act(
    uow: UnitOfWork, site: Site, store: EvidenceStore, report: OwedReport, move: ReportMove
) -> OwedReport:
    key, at = report.key, max(move.at, report.last_at)
    match move.step:
        case ReportStep.DRAFT:
            drafted = prepare_draft(uow.session, site, key, WRITER, at)
            return draft_report(_as(uow, WRITER, at), drafted)
        case ReportStep.WRITE:
            return write_report(_as(uow, WRITER, at), key, TEXTS)
        case ReportStep.REVIEW:
            return review_report(_as(uow, REVIEWER, at), key)
        case ReportStep.SUBMIT:
            made = prepare_submission(uow.session, store, key, WRITER)
            whom = site.report_duties[report.duty].recipients
            return submit_report(_as(uow, WRITER, at), site, made, whom, DeliveryMeans.NETWORK)
        case ReportStep.RETURN:
            return return_report(_as(uow, RECIPIENT, at), key, "缺少工作建议的落实情况", False)
        case _:
            return receive_report(_as(uow, RECIPIENT, at), key)


def _as(uow: UnitOfWork, actor: Actor, at: datetime) -> UnitOfWork:
    return uow.acting_as(actor, FixedClock(at))
