"""What indicators 11, 14 and 15 have in common: items of the registers that a row is made of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import tally
from ops_core.kpi.judging.planned_work import PlannedWork, judge_planned_work
from ops_core.kpi.pages import Page, page_from
from ops_core.kpi.periods import Period
from ops_core.kpi.records import Cohort, IndicatorReading, Record, RecordKind, Show
from ops_core.registers.kinds import kinds_of_indicator
from ops_core.registers.tables import RegisterItemRow


@dataclass(frozen=True)
class PlannedWorkSource:
    """Items of the registers of one row of the contract, by the day on which they are due."""

    site: Site
    number: int

    def read(self, session: Session, cohort: Cohort) -> IndicatorReading:
        """Every item of the period, judged."""
        works = read_works(session, kinds_of_indicator(self.number), cohort.period)
        judged = (judge_planned_work(work, cohort.period, cohort.as_of) for work in works)
        return IndicatorReading(tally(judged))

    def page(self, session: Session, cohort: Cohort, show: Show, after: Cursor | None) -> Page:
        """Items of the period, the latest due first."""
        works = read_works(session, kinds_of_indicator(self.number), cohort.period)
        return page_from(self._records(works, cohort, show), after)

    def _records(
        self, works: Sequence[PlannedWork], cohort: Cohort, show: Show
    ) -> Iterator[Record]:
        for work in works:
            judgement = judge_planned_work(work, cohort.period, cohort.as_of)
            if show.accepts(judgement.verdict):
                yield Record(
                    RecordKind.REGISTER, work.number, work.due_day, judgement, due_at=work.due_at
                )


def read_works(session: Session, kinds: Sequence[str], period: Period) -> Sequence[PlannedWork]:
    """The items of these kinds that are due in a period, the latest first."""
    row = RegisterItemRow
    found = session.execute(
        select(row.number, row.due_day, row.due_at, row.done_at, row.cancelled_at)
        .where(row.kind.in_(kinds), row.due_day >= period.start, row.due_day < period.end)
        .order_by(row.due_day.desc(), row.number.desc())
    )
    return [PlannedWork(*one) for one in found]
