"""Indicator 5's records: complaints about the service, by the requests of the period."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.adjudications.kinds import AdjudicationKind
from ops_core.hotline.cases.tables import CaseRow
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import tally
from ops_core.kpi.judging.matters import judge_complaint
from ops_core.kpi.matter_queries import page_of_matters, read_matters
from ops_core.kpi.pages import Page
from ops_core.kpi.records import Cohort, IndicatorReading, Show

NUMBER = 5
_KIND = AdjudicationKind.COMPLAINT


@dataclass(frozen=True)
class ComplaintSource:
    """Complaints by the instant at which they were made."""

    site: Site

    def read(self, session: Session, cohort: Cohort) -> IndicatorReading:
        """Every complaint, judged; the denominator is all requests received in the period."""
        period = cohort.period
        matters = read_matters(session, _KIND, period)
        requests = session.scalar(
            select(func.count())
            .select_from(CaseRow)
            .where(CaseRow.received_at >= period.start, CaseRow.received_at < period.end)
        )
        counts = tally(judge_complaint(matter, period) for matter in matters)
        return IndicatorReading(counts, base=requests or 0)

    def page(self, session: Session, cohort: Cohort, show: Show, after: Cursor | None) -> Page:
        """Complaints of the period, the latest first."""
        return page_of_matters(session, _KIND, cohort.period, judge_complaint, show, after)


SOURCE = ComplaintSource
