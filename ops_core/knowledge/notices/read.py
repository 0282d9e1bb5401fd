"""What pages and programs read of update notices, with their clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.knowledge.articles.read import KnowledgeStep, history_of
from ops_core.knowledge.chain import Aggregate, broken_link
from ops_core.knowledge.notices.model import UPDATE_WITHIN, NoticeState, UpdateNotice, replay_notice
from ops_core.knowledge.store import links_of
from ops_core.knowledge.tables import KnowledgeNoticeRow

PAGE = 100


@dataclass(frozen=True, slots=True)
class ListedNotice:
    """One line of a list; ``live_at`` is when the last point is in force, None while one lacks."""

    number: str
    state: NoticeState
    source: str
    asked_by: str
    received_at: datetime
    due_at: datetime
    live_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """Everything known of a notice; ``entry_lag`` is from its stamp to its being recorded."""

    notice: UpdateNotice
    entry_lag: timedelta
    history: tuple[KnowledgeStep, ...]
    broken_at: int | None


def list_notices(
    session: Session, state: NoticeState | None = None, after: str = ""
) -> Sequence[ListedNotice]:
    """Notices, the latest number first; one more than a page says that there are others."""
    row = KnowledgeNoticeRow
    query = select(row).order_by(row.number.desc()).limit(PAGE + 1)
    if state is not None:
        query = query.where(row.state == state.value)
    if after:
        query = query.where(row.number < after)
    return [
        ListedNotice(
            one.number, NoticeState(one.state), one.source, one.asked_by, one.received_at,
            one.received_at + UPDATE_WITHIN, one.live_at,
        )
        for one in session.scalars(query)
    ]  # fmt: skip


def read_notice(session: Session, number: str) -> NoticeRecord:
    """One notice with its points and its history. Raises NotFound."""
    links = links_of(session, Aggregate.NOTICE, number)
    notice = replay_notice(links)
    lag = notice.recorded_at - notice.received_at
    return NoticeRecord(notice, lag, history_of(links), broken_link(links))
