"""Adjudications as rows."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.hotline.adjudications.kinds import AdjudicationCause, AdjudicationKind, EventLevel
from ops_core.hotline.adjudications.model import Adjudication, AdjudicationState, Submission
from ops_core.hotline.adjudications.tables import AdjudicationRow
from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.times import SITE_ZONE

ADJUDICATION = "adjudication"
"""Aggregate type of their events."""
LIVE = (AdjudicationState.PENDING.value, AdjudicationState.UPHELD.value)


def adjudication_of(row: AdjudicationRow) -> Adjudication:
    """The stored matter as a value: what replaying its events gives."""
    submission = Submission(
        kind=AdjudicationKind(row.kind),
        subject=row.subject,
        occurred_at=row.occurred_at,
        text=row.text,
        nature=row.nature,
        level=None if row.level is None else EventLevel(row.level),
        order=row.order,
        call=row.call,
        person=row.person,
        parties=tuple(row.parties),
    )
    return Adjudication(
        number=row.number,
        submission=submission,
        state=AdjudicationState(row.state),
        version=row.version,
        submitted_by=row.submitted_by,
        submitted_at=row.submitted_at,
        cause=None if row.cause is None else AdjudicationCause(row.cause),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        decision=row.decision,
    )


def store_adjudication(session: Session, matter: Adjudication) -> None:
    """Store a new matter, or what a step changed of it."""
    submission = matter.submission
    row = AdjudicationRow(
        number=matter.number,
        kind=submission.kind.value,
        subject=submission.subject,
        state=matter.state.value,
        version=matter.version,
        occurred_at=submission.occurred_at,
        text=submission.text,
        nature=submission.nature,
        level=None if submission.level is None else submission.level.value,
        order=submission.order,
        call=submission.call,
        person=submission.person,
        parties=list(submission.parties),
        submitted_by=matter.submitted_by,
        submitted_at=matter.submitted_at,
        cause=None if matter.cause is None else matter.cause.value,
        decided_by=matter.decided_by,
        decided_at=matter.decided_at,
        decision=matter.decision,
    )
    session.merge(row)
    session.flush()


def find_adjudication(session: Session, number: str) -> Adjudication:
    """Raises :class:`NotFound`."""
    row = session.get(AdjudicationRow, number)
    if row is None:
        raise NotFound(
            "没有这项认定",
            message("找不到 {number}。", number=number),
            "编号形如 J-20261124-001。",
        )
    return adjudication_of(row)


def live_matters(session: Session, kind: AdjudicationKind, subject: str) -> Sequence[str]:
    """Numbers of the matters about a subject that are pending or upheld."""
    row = AdjudicationRow
    return session.scalars(
        select(row.number)
        .where(row.kind == kind.value, row.subject == subject, row.state.in_(LIVE))
        .order_by(row.number)
    ).all()


def serious_events(session: Session, start: datetime, end: datetime) -> Sequence[str]:
    """Numbers of the events of [start, end) that are confirmed as serious, or may yet be."""
    row = AdjudicationRow
    pending = row.state == AdjudicationState.PENDING.value
    serious = row.level == EventLevel.SERIOUS.value
    upheld = (row.state == AdjudicationState.UPHELD.value) & serious
    return session.scalars(
        select(row.number)
        .where(row.kind == AdjudicationKind.OPINION_EVENT.value, pending | upheld)
        .where(row.occurred_at >= start, row.occurred_at < end)
        .order_by(row.number)
    ).all()


def month_bounds(label: str) -> tuple[datetime, datetime]:
    """[start, end) of a month such as ``2026-11``, in Shanghai."""
    year, month = map(int, label.split("-"))
    following = year + month // 12, month % 12 + 1
    return (
        datetime(year, month, 1, tzinfo=SITE_ZONE),
        datetime(*following, 1, tzinfo=SITE_ZONE),
    )
