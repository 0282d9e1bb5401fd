"""Indicator 6's records: events of public opinion; that there was none is signed for by month."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.adjudications.kinds import AdjudicationKind
from ops_core.hotline.adjudications.store import LIVE
from ops_core.hotline.adjudications.tables import AdjudicationRow
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import tally
from ops_core.kpi.judging.matters import judge_opinion_event
from ops_core.kpi.matter_queries import page_of_matters, read_matters
from ops_core.kpi.pages import Page
from ops_core.kpi.periods import months_of
from ops_core.kpi.records import Cohort, IndicatorReading, Show

NUMBER = 6
_KIND = AdjudicationKind.OPINION_EVENT


@dataclass(frozen=True)
class OpinionEventSource:
    """Events by the instant at which they occurred."""

    site: Site

    def read(self, session: Session, cohort: Cohort) -> IndicatorReading:
        """Every event, judged, and the months of the period that nobody has signed for.

        A month's nil return counts from its signature, unless the purchaser rejected it.
        """
        period = cohort.period
        row = AdjudicationRow
        months = [month.label for month in months_of(period, self.site.contract)]
        signed = session.scalars(
            select(row.subject).where(
                row.kind == AdjudicationKind.NIL_RETURN.value,
                row.state.in_(LIVE),
                row.subject.in_(months),
            )
        ).all()
        counts = tally(
            judge_opinion_event(matter, period) for matter in read_matters(session, _KIND, period)
        )
        unproven = tuple(label for label in months if label not in signed)
        return IndicatorReading(counts, unproven=unproven)

    def page(self, session: Session, cohort: Cohort, show: Show, after: Cursor | None) -> Page:
        """Events of the period, the latest first."""
        return page_of_matters(session, _KIND, cohort.period, judge_opinion_event, show, after)


SOURCE = OpinionEventSource
