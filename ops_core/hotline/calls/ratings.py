"""Ratings of the service's attitude (indicator 10): one a subject, the first one given."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, insert, select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.calls.model import Outcome
from ops_core.hotline.calls.tables import AttitudeRatingRow, CallRow
from ops_core.hotline.recorded_times import require_not_before, require_past
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.database import connection_of
from ops_core.kernel.errors import Conflict, Invalid, NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Permission, require
from ops_core.kernel.pipelining import PIPELINED

RATING = "rating"
"""Aggregate type of ratings' events."""
_RATINGS = cast(Table, AttitudeRatingRow.__table__)
_CALLS = cast(Table, CallRow.__table__)
_CALL = (
    select(_CALLS.c.outcome, _CALLS.c.agent, _CALLS.c.entered_at, _RATINGS.c.score)
    .select_from(_CALLS.outerjoin(_RATINGS, _RATINGS.c.subject == bindparam("of_subject")))
    .where(_CALLS.c.call == bindparam("of_call"))
)
_ADD = insert(_RATINGS).execution_options(**PIPELINED)


@dataclass(frozen=True, slots=True)
class Rated:
    """What stands for a call; ``is_new`` is False where it had been rated before."""

    score: int
    is_new: bool


def rate_call(uow: UnitOfWork, site: Site, call: str, score: int, at: datetime) -> Rated:
    """Take a caller's rating after an answered call; a later one of the same call changes nothing.

    Raises Forbidden, Invalid (not on the scale; of the future, or before the call), NotFound,
    Conflict (nobody had answered).
    """
    require(uow.actor, Permission.FEED_CALLS)
    require_past(at, uow.clock.now(), call)
    if score not in site.hotline.satisfaction.scores:
        scores = "、".join(map(str, site.hotline.satisfaction.scores))
        raise Invalid(
            "评分不在量表内",
            message("{score} 不是可选的评分。", score=score),
            message("可选：{scores}。", scores=scores),
        )
    subject = f"call:{call}"
    uow.session.flush()
    asked = {"of_call": call, "of_subject": subject}
    row = connection_of(uow.session).execute(_CALL, asked).one_or_none()
    if row is None:
        raise NotFound(
            "没有这通来电",
            message("找不到来电 {call}。", call=call),
            "来电编号以话务系统的记录为准。",
        )
    require_not_before(at, row.entered_at, call)
    if row.outcome != Outcome.ANSWERED:
        raise Conflict("未接通的来电不能评价", "", "只有人工接通的来电才有评价。")
    if row.score is not None:
        return Rated(row.score, False)
    store_rating(uow.session, subject, score, at, row.agent)
    uow.event(RATING, subject, "AttitudeRated", {"score": score}, at)
    uow.audit("AttitudeRated", RATING, subject, {"score": score})
    return Rated(score, True)


def store_rating(session: Session, subject: str, score: int, at: datetime, agent: str) -> None:
    """Keep a rating of a subject that has none."""
    rating = {"subject": subject, "score": score, "at": at, "agent": agent}
    connection_of(session).execute(_ADD, rating)
