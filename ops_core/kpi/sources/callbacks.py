"""Indicator 4's records: completed cycles of orders with their callbacks."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.callbacks.model import CallbackOutcome
from ops_core.kpi.callback_queries import (
    JOINED,
    NOT_DONE,
    ORDER,
    TASK,
    before_cursor,
    by_outcome,
    open_counts,
    outcome_named,
    shown_tasks,
    within_period,
)
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import Counts
from ops_core.kpi.judging.callbacks import (
    CALLBACK_JUDGEMENTS,
    Closing,
    callback_deadline,
    judge_closing,
)
from ops_core.kpi.judging.stretches import Stretch, open_stretches
from ops_core.kpi.pages import PAGE_SIZE, Page, page_of
from ops_core.kpi.records import Cohort, IndicatorReading, Record, RecordKind, Show
from ops_core.kpi.secondary import SecondaryKind, SecondaryRatio

_CONTACTED = (CallbackOutcome.REACHED, CallbackOutcome.REFUSED)
NUMBER = 4


@dataclass(frozen=True)
class CallbackSource:
    """Callback tasks by the instant at which their cycle was completed."""

    site: Site

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.site.contract.timezone)

    def read(self, session: Session, cohort: Cohort) -> IndicatorReading:
        """Counts by outcome; those not done by the stretches in which they are judged alike."""
        done = by_outcome(session, cohort.period)
        stretches = self._open_stretches(session, cohort)
        counts = Counts.of(
            [
                *((CALLBACK_JUDGEMENTS[o], count) for o, count in done.items() if o is not None),
                *open_counts(session, stretches),
            ]
        )
        contacted = sum(done[outcome] for outcome in _CONTACTED)
        return IndicatorReading(
            counts, (SecondaryRatio(SecondaryKind.CONTACTED, contacted, counts.denominator),)
        )

    def page(self, session: Session, cohort: Cohort, show: Show, after: Cursor | None) -> Page:
        """Completed cycles of the period, the latest first."""
        stretches = self._open_stretches(session, cohort)
        query = (
            select(TASK.order, TASK.cycle, TASK.opened_at, ORDER.callback_within,
                   TASK.outcome, TASK.assignee)
            .join(ORDER, JOINED)
            .where(*within_period(cohort.period), shown_tasks(show, stretches))
            .where(*before_cursor(after))
            .order_by(TASK.opened_at.desc(), TASK.order.desc(), TASK.cycle.desc())
            .limit(PAGE_SIZE + 1)
        )  # fmt: skip
        return page_of(
            self._record(Closing(order, cycle, at, within, outcome_named(outcome)), agent, cohort)
            for order, cycle, at, within, outcome, agent in session.execute(query)
        )

    def _open_stretches(self, session: Session, cohort: Cohort) -> list[tuple[int, Stretch]]:
        """(working days, stretch) of the deadlines under which callbacks of the period wait."""
        deadlines = session.scalars(
            select(ORDER.callback_within)
            .join(TASK, JOINED)
            .where(TASK.state.in_(NOT_DONE), *within_period(cohort.period))
            .distinct()
        )
        calendar, zone = self.site.calendar, self._zone
        return [
            (days, stretch)
            for days in deadlines
            for stretch in open_stretches(cohort.period, days, calendar, zone, cohort.as_of)
        ]

    def _record(self, closing: Closing, agent: str, cohort: Cohort) -> Record:
        calendar, zone, now = self.site.calendar, self._zone, cohort.as_of
        waiting = closing.outcome is None
        deadline = callback_deadline(closing.completed_at, closing.within_days, calendar, zone, now)
        return Record(
            RecordKind.CALLBACK,
            f"{closing.order}/{closing.cycle}",
            closing.completed_at,
            judge_closing(closing, cohort.period, calendar, zone, now),
            due_at=deadline.due_at if waiting else None,
            agent=agent,
        )


SOURCE = CallbackSource
