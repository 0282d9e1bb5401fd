"""Indicator 8's records: update notices of the knowledge base."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.knowledge.notices.model import NoticeState
from ops_core.knowledge.tables import KnowledgeNoticeRow
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import RecordVerdict, tally
from ops_core.kpi.judging.notices import NoticeUpdate, judge_notice
from ops_core.kpi.pages import Page, page_from
from ops_core.kpi.periods import Period
from ops_core.kpi.records import Cohort, IndicatorReading, Record, RecordKind, Show

NUMBER = 8


@dataclass(frozen=True)
class NoticeSource:
    """Update notices by the stamp of their documents; each is judged anew."""

    site: Site

    def read(self, session: Session, cohort: Cohort) -> IndicatorReading:
        """Every notice of the period, judged."""
        found = read_notices(session, cohort.period)
        return IndicatorReading(tally(judge_notice(n, cohort.period, cohort.as_of) for n in found))

    def page(self, session: Session, cohort: Cohort, show: Show, after: Cursor | None) -> Page:
        """Notices of the period, the latest first."""
        records = [_record(notice, cohort) for notice in read_notices(session, cohort.period)]
        return page_from((r for r in records if show.accepts(r.judgement.verdict)), after)


SOURCE = NoticeSource


def read_notices(session: Session, period: Period) -> Sequence[NoticeUpdate]:
    """The notices received in a period, the latest first."""
    row = KnowledgeNoticeRow
    found = session.execute(
        select(row.number, row.received_at, row.live_at, row.state)
        .where(row.received_at >= period.start, row.received_at < period.end)
        .order_by(row.received_at.desc(), row.number.desc())
    )
    return [
        NoticeUpdate(number, received_at, live_at, state == NoticeState.WITHDRAWN.value)
        for number, received_at, live_at, state in found
    ]


def _record(notice: NoticeUpdate, cohort: Cohort) -> Record:
    judgement = judge_notice(notice, cohort.period, cohort.as_of)
    is_missed = judgement.verdict is RecordVerdict.MISSED
    return Record(
        RecordKind.NOTICE,
        notice.number,
        notice.received_at,
        judgement,
        due_at=notice.due_at if is_missed else None,
    )
