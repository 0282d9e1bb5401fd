"""Indicator 2's records: orders of requests that came over the internet."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import merge
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.day_sums.model import AT_ONCE, SURELY_WITHIN, UNANSWERED, DaySeries
from ops_core.hotline.day_sums.store import sums_by_day, sums_of_kind
from ops_core.kernel.times import SITE_ZONE
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import GOOD, Counts, Judgement, RecordVerdict, tally
from ops_core.kpi.judging.web_orders import (
    APPEALED,
    WebOrder,
    answer_due,
    judge_web_order,
    summed_web_order,
)
from ops_core.kpi.pages import Page, page_from
from ops_core.kpi.periods import Period
from ops_core.kpi.records import Cohort, IndicatorReading, Record, RecordKind, Show
from ops_core.kpi.secondary import SecondaryKind, SecondaryRatio
from ops_core.kpi.web_order_queries import (
    UNANSWERED_ORDERS,
    Appeals,
    not_surely_in_time,
    read_appealed,
    read_appeals,
    read_web_orders,
    receipts_without_answer,
)
from ops_core.kpi.whole_days import WholeDays, day_named, midnight, parts_of, summed_days

NUMBER = 2
DayJudgements = Sequence[tuple[str, Judgement, int]]
"""(day, judgement, orders)."""


@dataclass(frozen=True)
class WebOrderSource:
    """Orders from the web by the instant at which their request was received."""

    site: Site

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.site.contract.timezone)

    def read(self, session: Session, cohort: Cohort) -> IndicatorReading:
        """From the sums of whole days, and the orders of days that are not whole.

        The sums do not know what the purchaser let be left out: those few are judged apart.
        """
        days = summed_days(cohort.period, self._zone)
        edges = (self._judged(session, part, cohort) for part in parts_of(cohort.period, days))
        summed = self._summed(session, days, cohort)
        unadjusted = sum(edges, Counts.of((judged, count) for _, judged, count in summed))
        appealed = read_appealed(session, cohort.period, read_appeals(session))
        changed = self._changed(appealed, cohort)
        secondary = [self._overdue_now(session, cohort)]
        if appealed:
            good = unadjusted.count(RecordVerdict.GOOD)
            kind = SecondaryKind.UNADJUSTED_APPEALS
            secondary.append(SecondaryRatio(kind, good, unadjusted.denominator))
        counts = Counts.of([*unadjusted.by_judgement, *changed])
        return IndicatorReading(counts, tuple(secondary))

    def page(self, session: Session, cohort: Cohort, show: Show, after: Cursor | None) -> Page:
        """Orders of the period, the latest received first."""
        found = self._latest_first(session, cohort, show, after)
        records = (self._record(order, cohort) for order in found)
        return page_from((r for r in records if show.accepts(r.judgement.verdict)), after)

    def _summed(self, session: Session, days: WholeDays, cohort: Cohort) -> DayJudgements:
        """Each day's orders by the day of their answer, judged at once."""
        found: list[tuple[str, Judgement, int]] = []
        for day, kind, count in sums_by_day(session, DaySeries.WEB_ANSWERS, days.first, days.end):
            if kind == UNANSWERED and self._is_divided(day, cohort):
                waiting = self._judged(
                    session, day_named(day, cohort.period, self._zone), cohort, UNANSWERED_ORDERS
                )
                found += ((day, judged, orders) for judged, orders in waiting.by_judgement)
            else:
                found.append((day, self._judge_sum(day, kind, cohort), count))
        return found

    def _judge_sum(self, day: str, kind: str, cohort: Cohort) -> Judgement:
        if kind == AT_ONCE:
            return GOOD
        return self._judge(summed_web_order(day, kind, self._zone), cohort)

    def _is_divided(self, day: str, cohort: Cohort) -> bool:
        """Whether orders of the day that wait are judged differently: without a calendar, some were
        received less than 24 hours ago."""
        start = midnight(day, self._zone)
        in_it = start < cohort.as_of - SURELY_WITHIN < start + timedelta(days=1)
        return in_it and answer_due(start, self.site.calendar, self._zone) is None

    def _judged(
        self, session: Session, part: Period, cohort: Cohort, *conditions: ColumnElement[bool]
    ) -> Counts:
        """Orders one by one, as if none had been appealed."""
        orders = read_web_orders(session, part, {}, *conditions)
        return tally(self._judge(order, cohort) for order in orders)

    def _changed(
        self, appealed: Iterable[WebOrder], cohort: Cohort
    ) -> Iterator[tuple[Judgement, int]]:
        """What appeals change of what the sums say."""
        for order in appealed:
            yield self._judge(replace(order, appeal=""), cohort), -1
            yield self._judge(order, cohort), 1

    def _latest_first(
        self, session: Session, cohort: Cohort, show: Show, after: Cursor | None
    ) -> Iterator[WebOrder]:
        """Orders among which are all that are shown: a day at a time, and none that has none."""
        period, appeals = cohort.period, read_appeals(session)
        days = summed_days(period, self._zone)
        summed = self._summed(session, days, cohort)
        shown = {day for day, judged, _ in summed if show.accepts(judged.verdict)}
        parts = [*parts_of(period, days), *(day_named(day, period, self._zone) for day in shown)]
        reached = sorted(
            (part for part in parts if after is None or part.start <= after.at),
            key=lambda part: part.start,
            reverse=True,
        )
        others = _of_parts(session, reached, appeals, show)
        is_shown = show.accepts(APPEALED.verdict)
        appealed = read_appealed(session, period, appeals) if is_shown else ()
        return merge(appealed, others, key=lambda o: (o.received_at, o.number), reverse=True)

    def _overdue_now(self, session: Session, cohort: Cohort) -> SecondaryRatio:
        """Of all orders that wait for an answer now, those whose deadline is over."""
        overdue = waiting = 0
        for received_at, count in self._waiting(session):
            due_at = answer_due(received_at, self.site.calendar, self._zone)
            waiting += count
            overdue += count if due_at is not None and cohort.as_of > due_at else 0
        return SecondaryRatio(SecondaryKind.ANSWERS_OVERDUE, overdue, waiting)

    def _waiting(self, session: Session) -> Sequence[tuple[datetime, int]]:
        """Orders without an answer by their receipt; the day alone decides when theirs is due."""
        if self._zone != SITE_ZONE:
            return [(at, 1) for at in receipts_without_answer(session)]
        summed = sums_of_kind(session, DaySeries.WEB_ANSWERS, UNANSWERED)
        return [(midnight(day, self._zone), count) for day, count in summed]

    def _judge(self, order: WebOrder, cohort: Cohort) -> Judgement:
        calendar = self.site.calendar
        return judge_web_order(order, cohort.period, calendar, self._zone, cohort.as_of)

    def _record(self, order: WebOrder, cohort: Cohort) -> Record:
        return Record(
            RecordKind.ORDER,
            order.number,
            order.received_at,
            self._judge(order, cohort),
            due_at=answer_due(order.received_at, self.site.calendar, self._zone),
            agent=order.answered_by,
            matter=order.appeal,
        )


SOURCE = WebOrderSource


def _of_parts(
    session: Session, parts: Iterable[Period], appeals: Appeals, show: Show
) -> Iterator[WebOrder]:
    """The parts' orders that are not left out by an appeal; what is not counted, or missed, was not
    answered at once."""
    doubtful = () if show is Show.COUNTED else (not_surely_in_time(session),)
    for part in parts:
        for order in read_web_orders(session, part, appeals, *doubtful):
            if not order.appeal:
                yield order
