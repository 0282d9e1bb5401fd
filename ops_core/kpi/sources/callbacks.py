"""Indicator 4's records: completed cycles of orders with their callbacks."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.callbacks.model import CallbackOutcome
from ops_core.hotline.day_sums.model import DaySeries, open_within
from ops_core.hotline.day_sums.store import sums_by_day
from ops_core.kpi.callback_queries import (
    JOINED,
    ORDER,
    TASK,
    before_cursor,
    by_outcome,
    deadlines_of_open,
    open_counts,
    outcome_named,
    shown_tasks,
    within_period,
)
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import Counts, Judgement, RecordVerdict
from ops_core.kpi.judging.callbacks import (
    CALLBACK_JUDGEMENTS,
    Closing,
    callback_deadline,
    judge_closing,
    judge_open_callback,
)
from ops_core.kpi.judging.stretches import Stretch, open_stretches
from ops_core.kpi.pages import PAGE_SIZE, Page, page_of
from ops_core.kpi.periods import Period
from ops_core.kpi.records import Cohort, IndicatorReading, Record, RecordKind, Show
from ops_core.kpi.secondary import SecondaryKind, SecondaryRatio
from ops_core.kpi.whole_days import WholeDays, midnight, parts_of, summed_days

_CONTACTED = (CallbackOutcome.REACHED, CallbackOutcome.REFUSED)
NUMBER = 4
Counted = tuple[Counter[CallbackOutcome], Counts]
"""Cycles called back, by outcome; and all as they are judged."""


@dataclass(frozen=True)
class CallbackSource:
    """Callback tasks by the instant at which their cycle was completed."""

    site: Site

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.site.contract.timezone)

    def read(self, session: Session, cohort: Cohort) -> IndicatorReading:
        """From the sums of whole days, and the cycles of days that are not whole."""
        days = summed_days(cohort.period, self._zone)
        summed = self._summed(session, days, cohort)
        edges = (self._counted(session, part, cohort) for part in parts_of(cohort.period, days))
        done, counts = reduce(_both, edges, summed)
        contacted = sum(done[outcome] for outcome in _CONTACTED)
        return IndicatorReading(
            counts, (SecondaryRatio(SecondaryKind.CONTACTED, contacted, counts.denominator),)
        )

    def _summed(self, session: Session, days: WholeDays, cohort: Cohort) -> Counted:
        """By outcome; those that wait, by day: a deadline in working days goes by the day alone."""
        done, waiting = Counter[CallbackOutcome](), Counter[Judgement]()
        rows = sums_by_day(session, DaySeries.CALLBACKS, days.first, days.end)
        for day, kind, count in rows:
            within = open_within(kind)
            if within is None:
                done[CallbackOutcome(kind)] += count
            else:
                waiting[self._judge_open(day, within, cohort)] += count
        return _counted(done, waiting.items())

    def _judge_open(self, day: str, within: int, cohort: Cohort) -> Judgement:
        zone = self._zone
        completed_at = midnight(day, zone)
        return judge_open_callback(completed_at, within, self.site.calendar, zone, cohort.as_of)

    def _counted(self, session: Session, part: Period, cohort: Cohort) -> Counted:
        """By outcome; those not done by the stretches in which they are judged alike."""
        stretches = self._open_stretches(session, replace(cohort, period=part))
        return _counted(by_outcome(session, part), open_counts(session, stretches))

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
        """(working days, stretch) of the deadlines under which callbacks of the period wait: by the
        sums of whole days, and by the cycles of days that are not whole."""
        days = summed_days(cohort.period, self._zone)
        sums = sums_by_day(session, DaySeries.CALLBACKS, days.first, days.end)
        named = (open_within(kind) for _, kind, count in sums if count)
        deadlines = {within for within in named if within is not None}
        for part in parts_of(cohort.period, days):
            deadlines.update(deadlines_of_open(session, part))
        calendar, zone = self.site.calendar, self._zone
        return [
            (within, stretch)
            for within in sorted(deadlines)
            for stretch in open_stretches(cohort.period, within, calendar, zone, cohort.as_of)
        ]

    def _record(self, closing: Closing, agent: str, cohort: Cohort) -> Record:
        calendar, zone, now = self.site.calendar, self._zone, cohort.as_of
        waiting = closing.outcome is None
        judgement = judge_closing(closing, cohort.period, calendar, zone, now)
        deadline = callback_deadline(closing.completed_at, closing.within_days, calendar, zone, now)
        return Record(
            RecordKind.CALLBACK,
            f"{closing.order}/{closing.cycle}",
            closing.completed_at,
            judgement,
            due_at=deadline.due_at if waiting else None,
            agent=agent,
            ratios=(_contacted(closing, judgement),),
        )


SOURCE = CallbackSource


def _contacted(closing: Closing, judgement: Judgement) -> SecondaryRatio:
    """What one completed cycle is among those in which somebody was reached."""
    counts = judgement.verdict is not RecordVerdict.LEFT_OUT
    reached = counts and closing.outcome in _CONTACTED
    return SecondaryRatio(SecondaryKind.CONTACTED, int(reached), int(counts))


def _counted(done: Counter[CallbackOutcome], waiting: Iterable[tuple[Judgement, int]]) -> Counted:
    judged = ((CALLBACK_JUDGEMENTS[outcome], count) for outcome, count in done.items())
    return done, Counts.of([*judged, *waiting])


def _both(one: Counted, other: Counted) -> Counted:
    return one[0] + other[0], one[1] + other[1]
