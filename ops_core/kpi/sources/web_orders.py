"""Indicator 2's records: orders of requests that came over the internet."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from heapq import merge
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session, aliased

from device_configs.site.model import Site
from ops_core.hotline.adjudications.kinds import AdjudicationKind
from ops_core.hotline.adjudications.model import AdjudicationState
from ops_core.hotline.adjudications.tables import AdjudicationRow
from ops_core.hotline.cases.model import WEB_CHANNELS
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.day_sums.model import AT_ONCE, SURELY_WITHIN, UNANSWERED, DaySeries
from ops_core.hotline.day_sums.store import sums_by_day
from ops_core.hotline.orders.steps import OrderState
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import Counts, Judgement, RecordVerdict, tally
from ops_core.kpi.judging.web_orders import (
    WebOrder,
    answer_due,
    judge_web_order,
    summed_web_order,
)
from ops_core.kpi.keyset import older_than
from ops_core.kpi.pages import PAGE_SIZE, Page, page_from, page_of
from ops_core.kpi.periods import Period
from ops_core.kpi.records import Cohort, IndicatorReading, Record, RecordKind, Show
from ops_core.kpi.secondary import SecondaryKind, SecondaryRatio
from ops_core.kpi.whole_days import WholeDays, midnight, parts_of, summed_days

NUMBER = 2
_ORDER, _CASE, _MATTER = WorkOrderRow, CaseRow, AdjudicationRow
_LEAD = aliased(WorkOrderRow)
_OF_LEAD = _LEAD.number == _ORDER.merged_into
_ANSWERED_AT = func.coalesce(_ORDER.answered_at, _LEAD.answered_at)
"""Its own first answer, or that of the order it is merged into (domain/ops.md, section 2)."""
_ANSWERED_BY = case((_ORDER.answered_at.is_not(None), _ORDER.answered_by), else_=_LEAD.answered_by)
_WAITING = [state.value for state in OrderState if state is not OrderState.COMPLETED]
_SURE_DAYS = 0.999
"""A little less than 24 hours: SQLite's days are no exact numbers."""
_SURE = timedelta(days=_SURE_DAYS)


@dataclass(frozen=True)
class WebOrderSource:
    """Orders from the web by the instant at which their request was received."""

    site: Site

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.site.contract.timezone)

    def read(self, session: Session, cohort: Cohort) -> IndicatorReading:
        """From the sums of whole days, and the orders of days that are not whole.

        The sums know neither what the purchaser let be left out nor what is merged into another
        order: those few orders are judged apart.
        """
        days = summed_days(cohort.period, self._zone)
        edges = (self._judged(session, _of_period(part), cohort)
                 for part in parts_of(cohort.period, days))  # fmt: skip
        raw = sum(edges, self._summed(session, days, cohort))
        apart = list(_read(session, (*_of_period(cohort.period), _is_appealed() | _is_merged())))
        unadjusted = Counts.of(
            [*raw.by_judgement, *self._changed(apart, cohort, with_appeal=False)]
        )
        counts = Counts.of([*raw.by_judgement, *self._changed(apart, cohort, with_appeal=True)])
        secondary = [self._overdue_now(session, cohort)]
        if any(order.appeal for order in apart):
            good = unadjusted.count(RecordVerdict.GOOD)
            kind = SecondaryKind.UNADJUSTED_APPEALS
            secondary.append(SecondaryRatio(kind, good, unadjusted.denominator))
        return IndicatorReading(counts, tuple(secondary))

    def _summed(self, session: Session, days: WholeDays, cohort: Cohort) -> Counts:
        """Each day's orders by the day of their answer, judged at once."""
        judged = Counter[Judgement]()
        for day, kind, count in _sums(session, days):
            summed = summed_web_order(day, kind, self._zone)
            if kind == UNANSWERED and self._is_divided(day, cohort):
                judged.update(dict(self._unanswered_of(session, day, cohort).by_judgement))
            else:
                judged[self._judge(summed, cohort)] += count
        return Counts.of(judged.items())

    def _is_divided(self, day: str, cohort: Cohort) -> bool:
        """Whether orders of the day that wait are judged differently: without a calendar, some were
        received less than 24 hours ago."""
        start = midnight(day, self._zone)
        in_it = start < cohort.as_of - SURELY_WITHIN < start + timedelta(days=1)
        return in_it and answer_due(start, self.site.calendar, self._zone) is None

    def _unanswered_of(self, session: Session, day: str, cohort: Cohort) -> Counts:
        of_day = self._day(day, cohort.period)
        return self._judged(session, (*_of_period(of_day), _ORDER.answered_at.is_(None)), cohort)

    def _judged(
        self, session: Session, conditions: tuple[ColumnElement[bool], ...], cohort: Cohort
    ) -> Counts:
        """Orders one by one, as if none had been appealed or merged."""
        orders = _read(session, conditions)
        return tally(self._judge(_alone(order), cohort) for order in orders)

    def _changed(
        self, apart: Iterable[WebOrder], cohort: Cohort, with_appeal: bool
    ) -> Iterator[tuple[Judgement, int]]:
        """What the answer of a lead order, and an appeal, change of what the sums say."""
        for order in apart:
            yield self._judge(_alone(order), cohort), -1
            judged = order if with_appeal else replace(order, appeal="")
            yield self._judge(judged, cohort), 1

    def page(self, session: Session, cohort: Cohort, show: Show, after: Cursor | None) -> Page:
        """Orders of the period, the latest received first."""
        if show is not Show.COUNTED:
            found = self._doubtful(session, cohort.period, after)
            records = (self._record(order, cohort) for order in found)
            return page_from((r for r in records if show.accepts(r.judgement.verdict)), after)
        before = () if after is None else older_than(
            _CASE.received_at, after.at, [(_ORDER.number, after.key)]
        )  # fmt: skip
        left_out = self.read(session, cohort).counts.count(RecordVerdict.LEFT_OUT)
        limit = PAGE_SIZE + 1 + left_out
        orders = _read(session, (*_of_period(cohort.period), *before), limit)
        records = (self._record(order, cohort) for order in orders)
        return page_of(r for r in records if show.accepts(r.judgement.verdict))

    def _doubtful(
        self, session: Session, period: Period, after: Cursor | None
    ) -> Iterator[WebOrder]:
        """Orders that were not answered at once, and those that were appealed, the latest first.

        A day at a time, and none that has no such order.
        """
        days = summed_days(period, self._zone)
        not_at_once = {day for day, kind, _ in _sums(session, days) if kind != AT_ONCE}
        parts = [*parts_of(period, days), *(self._day(day, period) for day in not_at_once)]
        appealed = _read(session, (*_of_period(period), _is_appealed()))
        reached = [p for p in parts if after is None or p.start <= after.at]
        waiting = _read_parts(session, sorted(reached, key=lambda p: p.start, reverse=True))
        return merge(appealed, waiting, key=lambda o: (o.received_at, o.number), reverse=True)

    def _day(self, day: str, period: Period) -> Period:
        start = midnight(day, self._zone)
        following = start.date() + timedelta(days=1)
        return replace(period, start=start, end=midnight(following.isoformat(), self._zone))

    def _overdue_now(self, session: Session, cohort: Cohort) -> SecondaryRatio:
        """Of all orders that wait for an answer now, those whose deadline is over."""
        received = session.scalars(
            select(_CASE.received_at)
            .join(_ORDER, _ORDER.case_number == _CASE.number)
            .outerjoin(_LEAD, _OF_LEAD)
            .where(_is_from_web(), _ORDER.state.in_(_WAITING), _ANSWERED_AT.is_(None))
        ).all()
        due = (answer_due(at, self.site.calendar, self._zone) for at in received)
        overdue = sum(at is not None and cohort.as_of > at for at in due)
        return SecondaryRatio(SecondaryKind.ANSWERS_OVERDUE, overdue, len(received))

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


def _is_from_web() -> ColumnElement[bool]:
    return _CASE.channel.in_([channel.value for channel in WEB_CHANNELS])


def _of_period(period: Period) -> tuple[ColumnElement[bool], ...]:
    return (
        _is_from_web(),
        _CASE.received_at >= period.start,
        _CASE.received_at < period.end,
    )


def _sums(session: Session, days: WholeDays) -> Sequence[tuple[str, str, int]]:
    return sums_by_day(session, DaySeries.WEB_ANSWERS, days.first, days.end)


def _read_parts(session: Session, parts: Iterable[Period]) -> Iterator[WebOrder]:
    doubtful = ~_is_sure(session), ~_is_appealed()
    for part in parts:
        yield from _read(session, (*_of_period(part), *doubtful))


def _is_sure(session: Session) -> ColumnElement[bool]:
    """Answered within a little less than 24 hours."""
    answered, received = _ANSWERED_AT, _CASE.received_at
    if session.get_bind().dialect.name == "sqlite":
        in_time = func.julianday(answered) - func.julianday(received) <= _SURE_DAYS
    else:
        in_time = answered - received <= _SURE
    return func.coalesce(in_time, False)


def _alone(order: WebOrder) -> WebOrder:
    """As its own chain has it, which is what the sums of days count."""
    return replace(order, appeal="", lead_answered_at=None)


def _is_merged() -> ColumnElement[bool]:
    return _ORDER.merged_into != ""


def _is_appealed() -> ColumnElement[bool]:
    return _ORDER.number.in_(
        select(_MATTER.subject).where(
            _MATTER.kind == AdjudicationKind.APPEAL.value,
            _MATTER.state == AdjudicationState.UPHELD.value,
        )
    )


def _read(
    session: Session, conditions: Iterable[ColumnElement[bool]], limit: int | None = None
) -> Iterator[WebOrder]:
    """Orders, the latest received first, with the appeal by which they are left out."""
    upheld = (
        select(_MATTER.subject, func.max(_MATTER.number).label("number"))
        .where(_MATTER.kind == AdjudicationKind.APPEAL.value)
        .where(_MATTER.state == AdjudicationState.UPHELD.value)
        .group_by(_MATTER.subject)
        .subquery()
    )
    rows = session.execute(
        select(_ORDER.number, _CASE.received_at, _ORDER.answered_at, _ANSWERED_BY,
               upheld.c.number, _LEAD.answered_at)
        .select_from(_CASE)
        .join(_ORDER, _ORDER.case_number == _CASE.number)
        .outerjoin(_LEAD, _OF_LEAD)
        .outerjoin(upheld, upheld.c.subject == _ORDER.number)
        .where(*conditions)
        .order_by(_CASE.received_at.desc(), _ORDER.number.desc())
        .limit(limit)
    )  # fmt: skip
    for number, received_at, answered_at, answered_by, appeal, of_lead in rows:
        yield WebOrder(number, received_at, answered_at, answered_by or "", appeal or "", of_lead)
