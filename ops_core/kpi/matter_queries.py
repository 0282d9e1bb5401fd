"""Which matters a period holds, and the records they are to an indicator."""

from collections.abc import Callable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.hotline.adjudications.kinds import AdjudicationKind, EventLevel
from ops_core.hotline.adjudications.model import AdjudicationState
from ops_core.hotline.adjudications.tables import AdjudicationRow
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import Judgement
from ops_core.kpi.judging.matters import AdjudicatedMatter
from ops_core.kpi.pages import Page, page_from
from ops_core.kpi.periods import Period
from ops_core.kpi.records import Record, RecordKind, Show

JudgeMatter = Callable[[AdjudicatedMatter, Period], Judgement]


def read_matters(
    session: Session, kind: AdjudicationKind, period: Period
) -> Sequence[AdjudicatedMatter]:
    """The matters of a kind that occurred in a period, the latest first."""
    row = AdjudicationRow
    found = session.execute(
        select(row.number, row.occurred_at, row.state, row.level, row.person)
        .where(row.kind == kind.value)
        .where(row.occurred_at >= period.start, row.occurred_at < period.end)
        .order_by(row.occurred_at.desc(), row.number.desc())
    )
    return [
        AdjudicatedMatter(
            number, at, AdjudicationState(state), None if level is None else EventLevel(level),
            person,
        )
        for number, at, state, level, person in found
    ]  # fmt: skip


def page_of_matters(
    session: Session,
    kind: AdjudicationKind,
    period: Period,
    judge: JudgeMatter,
    show: Show,
    after: Cursor | None,
) -> Page:
    """A page of the matters' records; a centre has few, each is judged anew."""
    records = (
        Record(
            RecordKind.ADJUDICATION, matter.number, matter.occurred_at, judge(matter, period),
            agent=matter.person,
        )
        for matter in read_matters(session, kind, period)
    )  # fmt: skip
    return page_from((r for r in records if show.accepts(r.judgement.verdict)), after)
