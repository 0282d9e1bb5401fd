"""Ratings of the service's attitude (indicator 10): one a subject, the first one given."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Table, bindparam, insert, select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.calls.model import Outcome
from ops_core.hotline.calls.references import no_such_call, require_name
from ops_core.hotline.calls.tables import AttitudeRatingRow, CallRow
from ops_core.hotline.day_sums.model import moved, rating_key
from ops_core.hotline.day_sums.store import move_day_sums
from ops_core.hotline.recorded_times import require_not_before, require_past
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.database import connection_of
from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Permission, require
from ops_core.kernel.pipelining import PIPELINED
from ops_core.kernel.prepared_writes import PreparedWrite

RATING = "rating"
"""Aggregate type of ratings' events."""
_RATINGS = cast(Table, AttitudeRatingRow.__table__)
_CALLS = cast(Table, CallRow.__table__)
_CALL = (
    select(_CALLS.c.call, _CALLS.c.outcome, _CALLS.c.agent, _CALLS.c.entered_at, _RATINGS.c.score)
    .select_from(_CALLS.outerjoin(_RATINGS, _RATINGS.c.subject == bindparam("of_subject")))
    .where(_CALLS.c.call == bindparam("of_call"))
)
_ADD = PreparedWrite(insert(_RATINGS).execution_options(**PIPELINED), _RATINGS.c.keys())


@dataclass(frozen=True, slots=True)
class Rated:
    """What stands for a call; ``is_new`` is False where it had been rated before."""

    score: int
    is_new: bool


def rate_call(uow: UnitOfWork, site: Site, call: str, score: int, at: datetime) -> Rated:
    """Take a caller's rating after an answered call; a later one of the same call changes nothing.

    ``call`` is its name, or its identifier where there is one telephone system only. Raises
    Forbidden, Invalid (not on the scale; of the future, or before the call), NotFound, Conflict
    (nobody had answered; an identifier of several systems).
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
    row = _rated_call(uow.session, call) or _rated_call(
        uow.session, require_name(uow.session, site, call)
    )
    if row is None:
        raise no_such_call(call)
    subject = f"call:{row.call}"
    require_not_before(at, row.entered_at, call)
    if row.outcome != Outcome.ANSWERED:
        raise Conflict("未接通的来电不能评价", "", "只有人工接通的来电才有评价。")
    if row.score is not None:
        return Rated(row.score, False)
    store_rating(uow.session, subject, score, at, row.agent)
    uow.event(RATING, subject, "AttitudeRated", {"score": score}, at)
    uow.audit("AttitudeRated", RATING, subject, {"score": score})
    return Rated(score, True)


def _rated_call(session: Session, name: str) -> Row[*tuple[Any, ...]] | None:
    session.flush()
    asked = {"of_call": name, "of_subject": f"call:{name}"}
    return connection_of(session).execute(_CALL, asked).one_or_none()


def store_rating(session: Session, subject: str, score: int, at: datetime, agent: str) -> None:
    """Keep a rating of a subject that has none."""
    rating = {"subject": subject, "score": score, "at": at, "agent": agent}
    _ADD.execute(connection_of(session), rating)
    move_day_sums(session, moved((), (rating_key(at, score),)))


def withdraw_rating(session: Session, subject: str) -> None:
    """Have a rating that was recorded wrongly count no more; its events stay."""
    row = session.get(AttitudeRatingRow, subject)
    if row is None:
        return
    move_day_sums(session, moved((rating_key(row.at, row.score),), ()))
    session.delete(row)
    session.flush()
