"""Indicator 10's records: ratings of the service's attitude, by voice menu and by callback."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.callbacks.model import CALLBACK, CallbackOutcome
from ops_core.hotline.callbacks.tables import CallbackTaskRow
from ops_core.hotline.calls.tables import AttitudeRatingRow
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import GOOD, Counts
from ops_core.kpi.judging.ratings import NOT_RATED, NOT_SATISFIED, RatingRecord, judge_rating
from ops_core.kpi.keyset import older_than, order_and_cycle
from ops_core.kpi.pages import PAGE_SIZE, Page, page_of
from ops_core.kpi.periods import Period
from ops_core.kpi.records import Cohort, IndicatorReading, Record, RecordKind, Show
from ops_core.kpi.secondary import SecondaryKind, SecondaryRatio

_RATING, _TASK = AttitudeRatingRow, CallbackTaskRow
NUMBER = 10


@dataclass(frozen=True)
class RatingSource:
    """Ratings by the instant they were given; callbacks that got none are left out."""

    site: Site

    def read(self, session: Session, cohort: Cohort) -> IndicatorReading:
        """Satisfied or not; the index on time and score answers it alone."""
        period, satisfied = cohort.period, self.site.hotline.satisfaction.satisfied
        rated, good = session.execute(
            select(func.count(), func.count().filter(_RATING.score.in_(satisfied)))
            .select_from(_RATING)
            .where(_RATING.at >= period.start, _RATING.at < period.end)
        ).one()
        reached, answered = session.execute(
            select(func.count(), func.count(_TASK.attitude_score)).where(*_reached(period))
        ).one()
        counts = Counts.of(
            [(GOOD, good), (NOT_SATISFIED, rated - good), (NOT_RATED, reached - answered)]
        )
        return IndicatorReading(
            counts, (SecondaryRatio(SecondaryKind.CALLBACK_RATED, answered, reached),)
        )

    def page(self, session: Session, cohort: Cohort, show: Show, after: Cursor | None) -> Page:
        """Ratings of the period, the latest first."""
        period = cohort.period
        if show is Show.PENDING:
            return Page(())
        if show is Show.LEFT_OUT:
            return self._unrated(session, period, after)
        query = select(_RATING).where(_RATING.at >= period.start, _RATING.at < period.end)
        if show is Show.MISSED:
            query = query.where(_RATING.score.not_in(self.site.hotline.satisfaction.satisfied))
        rows = session.scalars(
            query.where(*_before(after))
            .order_by(_RATING.at.desc(), _RATING.subject.desc())
            .limit(PAGE_SIZE + 1)
        )
        return page_of(
            self._record(RatingRecord(row.subject, row.score, row.at), row.agent, period)
            for row in rows
        )

    def _unrated(self, session: Session, period: Period, after: Cursor | None) -> Page:
        rows = session.scalars(
            select(_TASK)
            .where(*_reached(period), _TASK.attitude_score.is_(None))
            .where(*_before_task(after))
            .order_by(_TASK.done_at.desc(), _TASK.order.desc(), _TASK.cycle.desc())
            .limit(PAGE_SIZE + 1)
        )
        return page_of(
            self._record(
                RatingRecord(f"{CALLBACK}:{row.order}/{row.cycle}", None, row.done_at),
                row.assignee,
                period,
            )
            for row in rows
            if row.done_at is not None
        )

    def _record(self, rating: RatingRecord, agent: str, period: Period) -> Record:
        kind, _, identifier = rating.subject.partition(":")
        judgement = judge_rating(rating, self.site.hotline.satisfaction, period)
        return Record(
            RecordKind(kind),
            identifier,
            rating.at,
            judgement,
            key=rating.subject,
            score=rating.score,
            agent=agent,
        )


SOURCE = RatingSource


def _reached(period: Period) -> tuple[ColumnElement[bool], ...]:
    return (
        _TASK.outcome == CallbackOutcome.REACHED.value,
        _TASK.done_at >= period.start,
        _TASK.done_at < period.end,
    )


def _before(after: Cursor | None) -> tuple[ColumnElement[bool], ...]:
    if after is None:
        return ()
    return older_than(_RATING.at, after.at, [(_RATING.subject, after.key)])


def _before_task(after: Cursor | None) -> tuple[ColumnElement[bool], ...]:
    if after is None:
        return ()
    order, cycle = order_and_cycle(after.key.partition(":")[2])
    return older_than(_TASK.done_at, after.at, [(_TASK.order, order), (_TASK.cycle, cycle)])
