"""Update notices: recorded with the stamp of their document, withdrawn by the purchaser's side."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from device_configs.site.model import Site
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.numbering import KNOWLEDGE_NOTICES
from ops_core.kernel.permissions import Permission, require
from ops_core.kernel.times import date_time
from ops_core.knowledge.chain import Aggregate, KnowledgeLink, link_after, written
from ops_core.knowledge.notices.model import (
    NoticeState,
    UpdateNotice,
    UpdateNoticeStep,
    apply_notice,
    check_notice_step,
    replay_notice,
)
from ops_core.knowledge.store import append, links_of
from ops_core.knowledge.tables import KnowledgeNoticeRow
from ops_core.knowledge.wording import checked_line, checked_text

MOST_POINTS = 50
OLDEST_STAMP = timedelta(days=366)
"""A document may be stamped before it is recorded, but not by more than that."""


def record_notice(
    uow: UnitOfWork,
    site: Site,
    source: str,
    asked_by: str,
    points: Sequence[str],
    received_at: datetime | None = None,
) -> UpdateNotice:
    """Record what was asked to be published: each of its points has to be said by a version.

    ``received_at`` is the stamp of the document, now when None. Raises Forbidden and
    :class:`Invalid` (nothing asked, a stamp of the future or of long ago).
    """
    require(uow.actor, Permission.WRITE_KNOWLEDGE)
    now = uow.clock.now()
    stamped = received_at or now
    if not now - OLDEST_STAMP <= stamped <= now:
        raise Invalid(
            "通知的接收时间不合要求",
            message("{at}，现在是 {now}。", at=date_time(stamped), now=date_time(now)),
            "请填写文件上的接收时间：不在将来，也不早于一年前。",
        )
    asked = [checked_line(point, message("知识点")) for point in points if point.strip()]
    if not 1 <= len(asked) <= MOST_POINTS:
        raise Invalid(
            "通知没有写明知识点", "", message("请写明 1 至 {most} 个知识点。", most=MOST_POINTS)
        )
    series = KNOWLEDGE_NOTICES.on_day_of(now, ZoneInfo(site.contract.timezone))
    number = series.next_free(uow.session, KnowledgeNoticeRow.number)
    detail: dict[str, JsonValue] = {
        "source": checked_line(source, message("来源")),
        "asked_by": checked_line(asked_by, message("提出人")),
        "points": list(asked),
        "received_at": written(stamped),
    }
    link = link_after(
        None, Aggregate.NOTICE, number, UpdateNoticeStep.RECORD, now, str(uow.actor), detail
    )
    return _store(uow, None, link)


def withdraw_notice(uow: UnitOfWork, number: str, reason: str) -> UpdateNotice:
    """Take a notice back in the name of who issued it: it is left out of indicator 8.

    Only the purchaser's side may, for it takes a miss out of the figure. Raises Forbidden,
    NotFound, Conflict for one that is fulfilled or withdrawn, and :class:`Invalid`.
    """
    require(uow.actor, Permission.WITHDRAW_NOTICES)
    notice = load_notice(uow, number)
    check_notice_step(notice, UpdateNoticeStep.WITHDRAW)
    detail = {"reason": checked_text(reason, message("撤回理由"))}
    link = link_after(
        notice.end, Aggregate.NOTICE, number, UpdateNoticeStep.WITHDRAW, uow.clock.now(),
        str(uow.actor), detail,
    )  # fmt: skip
    return _store(uow, notice, link)


def fulfil_point(
    uow: UnitOfWork, number: str, point: int, article: str, version: int, live_at: datetime
) -> UpdateNotice:
    """A point is said by a version from ``live_at`` on: part of publishing it.

    Raises NotFound and Conflict for a point that is not missing.
    """
    notice = load_notice(uow, number)
    check_notice_step(notice, UpdateNoticeStep.FULFIL, point)
    detail: dict[str, JsonValue] = {
        "point": point,
        "article": article,
        "version": version,
        "live_at": written(live_at),
    }
    link = link_after(
        notice.end, Aggregate.NOTICE, number, UpdateNoticeStep.FULFIL, uow.clock.now(),
        str(uow.actor), detail,
    )  # fmt: skip
    return _store(uow, notice, link)


def load_notice(uow: UnitOfWork, number: str) -> UpdateNotice:
    """Raises NotFound."""
    return replay_notice(links_of(uow.session, Aggregate.NOTICE, number))


def _store(uow: UnitOfWork, before: UpdateNotice | None, link: KnowledgeLink) -> UpdateNotice:
    notice = apply_notice(before, link)
    summary = {"state": notice.state.value, "points": len(notice.points)}
    append(uow, link, summary)
    row = uow.session.get(KnowledgeNoticeRow, notice.number)
    if row is None:
        row = KnowledgeNoticeRow(number=notice.number)
        uow.session.add(row)
    for name, value in notice_values(notice).items():
        setattr(row, name, value)
    return notice


def notice_values(notice: UpdateNotice) -> dict[str, object]:
    """What of a notice goes into its row, by column."""
    return {
        "state": notice.state.value,
        "source": notice.source,
        "asked_by": notice.asked_by,
        "received_at": notice.received_at,
        "recorded_at": notice.recorded_at,
        "live_at": notice.live_at if notice.state is NoticeState.FULFILLED else None,
        "last_hash": notice.end.hash,
    }
