"""Indicator 2's records: orders of requests that came over the internet."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.adjudications.kinds import AdjudicationKind
from ops_core.hotline.adjudications.model import AdjudicationState
from ops_core.hotline.adjudications.tables import AdjudicationRow
from ops_core.hotline.cases.model import WEB_CHANNELS
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.orders.read import is_unanswered
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import GOOD, Counts, Judgement, RecordVerdict, tally
from ops_core.kpi.judging.web_orders import WebOrder, answer_due, judge_web_order
from ops_core.kpi.keyset import older_than
from ops_core.kpi.pages import PAGE_SIZE, Page, page_from, page_of
from ops_core.kpi.periods import Period
from ops_core.kpi.records import Cohort, IndicatorReading, Record, RecordKind, Show
from ops_core.kpi.secondary import SecondaryKind, SecondaryRatio

NUMBER = 2
_ORDER, _CASE, _MATTER = WorkOrderRow, CaseRow, AdjudicationRow
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
        """Those answered at once by a count, the others judged one by one."""
        period = cohort.period
        sure = (*_of_period(period), _is_sure(session), ~_is_appealed())
        at_once = session.scalar(
            select(func.count())
            .select_from(_CASE)
            .join(_ORDER, _ORDER.case_number == _CASE.number)
            .where(*sure)
        )
        judged = [(order, self._judge(order, cohort)) for order in self._doubtful(session, period)]
        counts = Counts.of([(GOOD, at_once or 0)]) + tally(judgement for _, judgement in judged)
        secondary = [self._overdue_now(session, cohort)]
        if any(order.appeal for order, _ in judged):
            secondary.append(self._unadjusted(counts, judged, cohort))
        return IndicatorReading(counts, tuple(secondary))

    def page(self, session: Session, cohort: Cohort, show: Show, after: Cursor | None) -> Page:
        """Orders of the period, the latest received first."""
        if show is not Show.COUNTED:
            found = list(self._doubtful(session, cohort.period))
            records = (self._record(order, cohort) for order in found)
            return page_from((r for r in records if show.accepts(r.judgement.verdict)), after)
        before = () if after is None else older_than(
            _CASE.received_at, after.at, [(_ORDER.number, after.key)]
        )  # fmt: skip
        limit = PAGE_SIZE + 1 + self._left_out(session, cohort)
        orders = _read(session, (*_of_period(cohort.period), *before), limit)
        records = (self._record(order, cohort) for order in orders)
        return page_of(r for r in records if show.accepts(r.judgement.verdict))

    def _left_out(self, session: Session, cohort: Cohort) -> int:
        """How many orders of the period are not counted."""
        orders = self._doubtful(session, cohort.period)
        verdicts = (self._judge(order, cohort).verdict for order in orders)
        return sum(verdict is RecordVerdict.LEFT_OUT for verdict in verdicts)

    def _doubtful(self, session: Session, period: Period) -> Iterator[WebOrder]:
        """Orders that were not surely answered in time, and those that were appealed."""
        return _read(session, (*_of_period(period), ~_is_sure(session) | _is_appealed()))

    def _overdue_now(self, session: Session, cohort: Cohort) -> SecondaryRatio:
        """Of all orders that wait for an answer now, those whose deadline is over."""
        received = session.scalars(
            select(_CASE.received_at)
            .join(_ORDER, _ORDER.case_number == _CASE.number)
            .where(*is_unanswered())
        ).all()
        due = (answer_due(at, self.site.calendar, self._zone) for at in received)
        overdue = sum(at is not None and cohort.as_of > at for at in due)
        return SecondaryRatio(SecondaryKind.ANSWERS_OVERDUE, overdue, len(received))

    def _unadjusted(
        self, counts: Counts, judged: Sequence[tuple[WebOrder, Judgement]], cohort: Cohort
    ) -> SecondaryRatio:
        """The figure with the appealed orders in it."""
        raw = tally(
            self._judge(WebOrder(o.number, o.received_at, o.answered_at), cohort)
            for o, _ in judged
            if o.appeal
        )
        both = counts + raw
        good = both.count(RecordVerdict.GOOD)
        return SecondaryRatio(SecondaryKind.UNADJUSTED_APPEALS, good, both.denominator)

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


def _of_period(period: Period) -> tuple[ColumnElement[bool], ...]:
    return (
        _CASE.channel.in_([channel.value for channel in WEB_CHANNELS]),
        _CASE.received_at >= period.start,
        _CASE.received_at < period.end,
    )


def _is_sure(session: Session) -> ColumnElement[bool]:
    """Answered within a little less than 24 hours."""
    answered, received = _ORDER.answered_at, _CASE.received_at
    if session.get_bind().dialect.name == "sqlite":
        in_time = func.julianday(answered) - func.julianday(received) <= _SURE_DAYS
    else:
        in_time = answered - received <= _SURE
    return func.coalesce(in_time, False)


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
        select(_ORDER.number, _CASE.received_at, _ORDER.answered_at, _ORDER.answered_by,
               upheld.c.number)
        .select_from(_CASE)
        .join(_ORDER, _ORDER.case_number == _CASE.number)
        .outerjoin(upheld, upheld.c.subject == _ORDER.number)
        .where(*conditions)
        .order_by(_CASE.received_at.desc(), _ORDER.number.desc())
        .limit(limit)
    )  # fmt: skip
    for number, received_at, answered_at, answered_by, appeal in rows:
        yield WebOrder(number, received_at, answered_at, answered_by, appeal or "")
