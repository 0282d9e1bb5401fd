"""Indicator 5's records: complaints about the service, by the requests of the period."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.adjudications.kinds import AdjudicationKind
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.day_sums.model import DaySeries
from ops_core.hotline.day_sums.store import sums_by_kind
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import tally
from ops_core.kpi.judging.matters import judge_complaint
from ops_core.kpi.matter_queries import page_of_matters, read_matters
from ops_core.kpi.pages import Page
from ops_core.kpi.periods import Period
from ops_core.kpi.records import Cohort, IndicatorReading, Show
from ops_core.kpi.whole_days import parts_of, summed_days

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
        days = summed_days(period, ZoneInfo(self.site.contract.timezone))
        summed = sums_by_kind(session, DaySeries.REQUESTS, days.first, days.end)
        edges = (_requests(session, part) for part in parts_of(period, days))
        counts = tally(judge_complaint(matter, period) for matter in matters)
        return IndicatorReading(counts, base=sum((*summed.values(), *edges)))

    def page(self, session: Session, cohort: Cohort, show: Show, after: Cursor | None) -> Page:
        """Complaints of the period, the latest first."""
        return page_of_matters(session, _KIND, cohort.period, judge_complaint, show, after)


SOURCE = ComplaintSource


def _requests(session: Session, period: Period) -> int:
    within = CaseRow.received_at >= period.start, CaseRow.received_at < period.end
    return session.scalar(select(func.count()).select_from(CaseRow).where(*within)) or 0
