"""Indicator 10's records: ratings of the service's attitude, by voice menu and by callback."""

from collections import Counter
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.callbacks.model import CALLBACK, CallbackOutcome
from ops_core.hotline.callbacks.tables import CallbackTaskRow
from ops_core.hotline.calls.tables import AttitudeRatingRow
from ops_core.hotline.day_sums.model import RATED, UNRATED, DaySeries
from ops_core.hotline.day_sums.store import sums_by_kind
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import GOOD, Counts
from ops_core.kpi.judging.ratings import NOT_RATED, NOT_SATISFIED, RatingRecord, judge_rating
from ops_core.kpi.keyset import older_than, order_and_cycle
from ops_core.kpi.pages import PAGE_SIZE, Page, page_of
from ops_core.kpi.periods import Period
from ops_core.kpi.records import Cohort, IndicatorReading, Record, RecordKind, Show
from ops_core.kpi.secondary import SecondaryKind, SecondaryRatio
from ops_core.kpi.whole_days import WholeDays, parts_of, summed_days

_RATING, _TASK = AttitudeRatingRow, CallbackTaskRow
NUMBER = 10
Counted = Counter[int | str]
"""Ratings by score, and callbacks that reached somebody by whether they were rated."""


@dataclass(frozen=True)
class RatingSource:
    """Ratings by the instant they were given; callbacks that got none are left out."""

    site: Site

    def read(self, session: Session, cohort: Cohort) -> IndicatorReading:
        """Satisfied or not, by the sums of whole days and the records of others."""
        satisfied = self.site.hotline.satisfaction.satisfied
        days = summed_days(cohort.period, ZoneInfo(self.site.contract.timezone))
        edges = [_counted(session, part) for part in parts_of(cohort.period, days)]
        counted = sum(edges, _summed(session, days))
        good = sum(n for kind, n in counted.items() if isinstance(kind, int) and kind in satisfied)
        rated = sum(n for kind, n in counted.items() if isinstance(kind, int))
        answered, unrated = counted[RATED], counted[UNRATED]
        counts = Counts.of([(GOOD, good), (NOT_SATISFIED, rated - good), (NOT_RATED, unrated)])
        secondary = SecondaryRatio(SecondaryKind.CALLBACK_RATED, answered, answered + unrated)
        return IndicatorReading(counts, (secondary,))

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
            ratios=_rated(rating),
        )


SOURCE = RatingSource


def _rated(rating: RatingRecord) -> tuple[SecondaryRatio, ...]:
    """What one record is among the callbacks that reached somebody; a call's rating is none."""
    if not rating.subject.startswith(f"{CALLBACK}:"):
        return ()
    return (SecondaryRatio(SecondaryKind.CALLBACK_RATED, int(rating.score is not None), 1),)


def _summed(session: Session, days: WholeDays) -> Counted:
    scores = sums_by_kind(session, DaySeries.RATINGS, days.first, days.end)
    reached = sums_by_kind(session, DaySeries.CALLBACK_RATINGS, days.first, days.end)
    return Counter({int(score): count for score, count in scores.items()} | reached)


def _counted(session: Session, period: Period) -> Counted:
    scores = session.execute(
        select(_RATING.score, func.count())
        .where(_RATING.at >= period.start, _RATING.at < period.end)
        .group_by(_RATING.score)
    )
    reached, answered = session.execute(
        select(func.count(), func.count(_TASK.attitude_score)).where(*_reached(period))
    ).one()
    counted: Counted = Counter({RATED: answered, UNRATED: reached - answered})
    for score, count in scores:
        counted[score] = count
    return counted


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
