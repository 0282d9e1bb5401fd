"""Indicator 9's records: reports that are owed."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import tally
from ops_core.kpi.judging.reports import ReportDelivery, judge_report
from ops_core.kpi.pages import Page, page_from
from ops_core.kpi.periods import Period
from ops_core.kpi.records import Cohort, IndicatorReading, Record, RecordKind, Show
from ops_core.obligations.calendar import due_at
from ops_core.obligations.model import OwedReport, ReportState
from ops_core.obligations.read import unrecorded_reports
from ops_core.obligations.store import report_of
from ops_core.obligations.tables import ReportRow

NUMBER = 9


@dataclass(frozen=True)
class ReportSource:
    """Reports by the instant at which they became owed: a centre owes some hundred a year.

    What the calendar owes counts also where nobody has put it on record: an omission is a miss.
    """

    site: Site

    def read(self, session: Session, cohort: Cohort) -> IndicatorReading:
        """Every report of the period, judged."""
        found = self._deliveries(session, cohort)
        return IndicatorReading(tally(judge_report(r, cohort.period, cohort.as_of) for r in found))

    def page(self, session: Session, cohort: Cohort, show: Show, after: Cursor | None) -> Page:
        """Reports of the period, the latest first."""
        found = (
            Record(
                RecordKind.REPORT,
                report.key,
                report.owed_at,
                judge_report(report, cohort.period, cohort.as_of),
                due_at=report.due_at,
            )
            for report in self._deliveries(session, cohort)
        )
        records = sorted(found, key=lambda record: (record.at, record.identifier), reverse=True)
        return page_from((r for r in records if show.accepts(r.judgement.verdict)), after)

    def _deliveries(self, session: Session, cohort: Cohort) -> list[ReportDelivery]:
        stored = read_owed_reports(session, cohort.period)
        known = set(session.scalars(select(ReportRow.key)))
        missing = [
            report
            for report in unrecorded_reports(known, self.site, cohort.as_of)
            if cohort.period.holds(report.owed_at)
        ]
        return [delivery_of(report, self.site) for report in (*stored, *missing)]


SOURCE = ReportSource


def delivery_of(report: OwedReport, site: Site) -> ReportDelivery:
    """What the indicator needs of a report."""
    zone = ZoneInfo(site.contract.timezone)
    return ReportDelivery(
        key=report.key,
        owed_at=report.owed_at,
        due_at=due_at(report.rule, report.owed_at, site.calendar, zone),
        is_assessed=report.assessed,
        is_waived=report.state is ReportState.WAIVED,
        submitted_at=report.submitted_at,
        awaits_receipt=report.state is ReportState.SUBMITTED,
        whole_at=report.whole_at,
        found_incomplete=report.found_incomplete,
    )


def read_owed_reports(session: Session, period: Period) -> Sequence[OwedReport]:
    """The reports that became owed in a period."""
    rows = session.scalars(
        select(ReportRow).where(ReportRow.owed_at >= period.start, ReportRow.owed_at < period.end)
    )
    return [report_of(row) for row in rows]
