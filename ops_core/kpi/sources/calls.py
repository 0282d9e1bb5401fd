"""Indicator 1's records: calls, counted by the day sums that are kept with them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    and_,
    desc,
    false,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.calls.model import Outcome
from ops_core.hotline.calls.outcomes import NO_END_AFTER
from ops_core.hotline.calls.store import call_of_row
from ops_core.hotline.calls.tables import CallRow, CallTallyRow
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import Counts, Judgement, RecordVerdict
from ops_core.kpi.judging.calls import OUTCOME_JUDGEMENTS, judge_call
from ops_core.kpi.keyset import older_than
from ops_core.kpi.pages import PAGE_SIZE, Page, page_of
from ops_core.kpi.periods import Period
from ops_core.kpi.records import Cohort, IndicatorReading, Record, RecordKind, Show
from ops_core.kpi.secondary import SecondaryKind, SecondaryRatio
from ops_core.kpi.whole_days import WholeDays, whole_days

NUMBER = 1


@dataclass(frozen=True)
class CallSource:
    """Calls by the instant at which they entered a queue of agents."""

    site: Site

    def read(self, session: Session, cohort: Cohort) -> IndicatorReading:
        """From the tallies of whole local days, and the calls of days that are not whole.

        Months and contract years begin at midnight; the windows of exemptions need not. The tallies
        do not know the time: calls whose end was lost are looked for by themselves.
        """
        days = whole_days(cohort.period, ZoneInfo(self.site.contract.timezone))
        rows = [*_tallied(session, days), *_lost(session, cohort)]
        for start, end in days.edges:
            rows += _counted(session, start, end)
        counts = Counts.of((judgement, count) for judgement, _, count in rows)
        offered = Counts.of((judgement, count) for judgement, rang, count in rows if rang)
        answered = offered.count(RecordVerdict.GOOD)
        return IndicatorReading(
            counts, (SecondaryRatio(SecondaryKind.OFFERED, answered, offered.denominator),)
        )

    def page(self, session: Session, cohort: Cohort, show: Show, after: Cursor | None) -> Page:
        """Calls of the period, the latest first."""
        rows = session.scalars(_query(cohort, show, after)).all()
        return page_of(_record(row, cohort) for row in rows)


SOURCE = CallSource


Counted = tuple[Judgement, bool, int]
"""Judgement, whether a seat was offered them, how many."""


def _tallied(session: Session, days: WholeDays) -> Iterator[Counted]:
    summed = session.execute(
        select(CallTallyRow.outcome, CallTallyRow.offered, func.sum(CallTallyRow.count))
        .where(CallTallyRow.day >= days.first, CallTallyRow.day < days.end)
        .group_by(CallTallyRow.outcome, CallTallyRow.offered)
    )
    for outcome, offered, count in summed:
        yield OUTCOME_JUDGEMENTS[Outcome(outcome)], offered, int(count)


def _counted(session: Session, start: datetime, end: datetime) -> Iterator[Counted]:
    """The calls of a part of a day, by the same key as the tallies."""
    offered = or_(CallRow.rung > 0, CallRow.answered_at.is_not(None)).label("offered")
    summed = session.execute(
        select(CallRow.outcome, offered, func.count())
        .where(CallRow.entered_at >= start, CallRow.entered_at < end)
        .group_by(CallRow.outcome, offered)
    )
    for outcome, rang, count in summed:
        yield OUTCOME_JUDGEMENTS[Outcome(outcome)], bool(rang), int(count)


def _lost(session: Session, cohort: Cohort) -> list[Counted]:
    """What turns waiting calls of the tallies into misses: those whose end was lost."""
    period = cohort.period
    found = session.execute(
        select((CallRow.rung > 0).label("offered"), func.count())
        .where(CallRow.outcome == Outcome.WAITING.value, _has_no_end(cohort))
        .where(CallRow.entered_at >= period.start, CallRow.entered_at < period.end)
        .group_by("offered")
    )
    waiting, lost = (OUTCOME_JUDGEMENTS[o] for o in (Outcome.WAITING, Outcome.UNKNOWN))
    return [
        moved
        for offered, count in found
        for moved in ((waiting, bool(offered), -count), (lost, bool(offered), count))
    ]


def _has_no_end(cohort: Cohort) -> ColumnElement[bool]:
    """Of calls that wait: see :func:`~ops_core.hotline.calls.outcomes.has_no_end`."""
    return CallRow.entered_at <= cohort.as_of - NO_END_AFTER


def _record(row: CallRow, cohort: Cohort) -> Record:
    call = call_of_row(row)
    judgement = judge_call(call, cohort.period, cohort.as_of)
    return Record(
        RecordKind.CALL,
        call.call,
        call.entered_at,
        judgement,
        seat=call.seat,
        agent=call.agent,
        ratios=(_offered(row, judgement),),
    )


def _offered(row: CallRow, judgement: Judgement) -> SecondaryRatio:
    """What one call is among those that a seat was offered."""
    counts = judgement.verdict is not RecordVerdict.LEFT_OUT
    offered = counts and (row.rung > 0 or row.answered_at is not None)
    good = offered and judgement.verdict is RecordVerdict.GOOD
    return SecondaryRatio(SecondaryKind.OFFERED, int(good), int(offered))


def _query(cohort: Cohort, show: Show, after: Cursor | None) -> Executable:
    period, waiting = cohort.period, CallRow.outcome == Outcome.WAITING.value
    if show is Show.PENDING:
        return select(CallRow).where(false())
    if show is Show.COUNTED:
        counted = or_(~waiting, _has_no_end(cohort))
        return _latest(select(CallRow).where(counted), period, after)
    # One ordered walk of (outcome, entered_at) for each outcome: whatever their shares, no more
    # than a page of each is read.
    accepted = [o for o, judged in OUTCOME_JUDGEMENTS.items() if show.accepts(judged.verdict)]
    chosen = [CallRow.outcome == o.value for o in accepted if o is not Outcome.WAITING]
    has_no_end = _has_no_end(cohort)
    chosen.append(and_(waiting, has_no_end if Outcome.UNKNOWN in accepted else ~has_no_end))
    parts = [_latest(select(CallRow).where(one), period, after) for one in chosen]
    latest = union_all(*[select(part.subquery()) for part in parts])
    ordered = latest.order_by(desc("entered_at"), desc("call")).limit(PAGE_SIZE + 1)
    return select(CallRow).from_statement(ordered)


def _latest(query: Select[Any], period: Period, after: Cursor | None) -> Select[Any]:
    """A page and one record more, the latest first."""
    return (
        query.where(CallRow.entered_at >= period.start, CallRow.entered_at < period.end)
        .where(*_before(after))
        .order_by(CallRow.entered_at.desc(), CallRow.call.desc())
        .limit(PAGE_SIZE + 1)
    )


def _before(after: Cursor | None) -> tuple[ColumnElement[bool], ...]:
    if after is None:
        return ()
    return older_than(CallRow.entered_at, after.at, [(CallRow.call, after.key)])
