"""A callback recorded wrongly is taken back within a minute; every sum is what it was before."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.callbacks.detail import read_detail
from ops_core.hotline.callbacks.model import Answers, AttemptResult, CallbackState, Resolved
from ops_core.hotline.callbacks.service import (
    finish_reached,
    finish_refused,
    finish_unreachable,
    record_attempt,
)
from ops_core.hotline.callbacks.undoing import undo
from ops_core.hotline.calls.tables import AttitudeRatingRow
from ops_core.hotline.cases.service import Recorded
from ops_core.hotline.day_sums.recount import recount
from ops_core.hotline.day_sums.tables import DaySumRow
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.audit import verify_chain
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict, Forbidden
from ops_core.kernel.events import read_events
from ops_core.kernel.permissions import Actor, Role
from ops_core.kpi.derived_records import derived_differences
from tests.ops_core.hotline.conftest import CALLER_BACK, REVIEWER, Work
from tests.ops_core.hotline.test_course_of_an_order import complete, recorded, step

__all__ = ["recorded"]
OTHER = Actor.user("callback.tan", (Role.CALLBACK_AGENT,))
ANSWERS = Answers(Resolved.NO, 1, 2)


def sums(session: Session) -> dict[tuple[str, str, str], int]:
    rows = session.scalars(select(DaySumRow).where(DaySumRow.count != 0))
    return {(row.series, row.day, row.kind): row.count for row in rows}


def check_sums(database: Database) -> dict[tuple[str, str, str], int]:
    """The sums, which have to be what the records give, and the records what the events give."""
    with database.reading() as session:
        counted = {(k.series.value, k.day, k.kind): n for k, n in recount(session).items()}
        assert sums(session) == counted
        assert derived_differences(session) == []
        assert verify_chain(session) == []
        return counted


@pytest.mark.parametrize("refused", [False, True])
def test_an_outcome_is_taken_back_with_its_rating_and_its_sums(
    work: Work, site: Site, recorded: Recorded, database: Database, clock: FixedClock, refused: bool
) -> None:
    order = recorded.order or ""
    complete(work, site, order)
    before = check_sums(database)
    with work(CALLER_BACK) as uow:
        if refused:
            finish_refused(uow, order, 1, "rec-1")
        else:
            finish_reached(uow, site, order, 1, ANSWERS, "rec-1", "打错了")
    assert check_sums(database) != before
    clock.advance(timedelta(seconds=59))
    with work(CALLER_BACK) as uow:
        undo(uow, order, 1)
    assert check_sums(database) == before
    with database.reading() as session:
        assert session.scalars(select(AttitudeRatingRow)).all() == []
        shown = read_detail(session, site, order, 1, clock.now())
        kinds = [e.type for e in read_events(session, 0, 1000) if e.aggregate_type == "callback"]
    callback = shown.callback
    assert (callback.state, callback.outcome, callback.remark) == (CallbackState.OPEN, None, "")
    assert [attempt.is_withdrawn for attempt in callback.attempts] == [True]
    assert kinds == ["CallbackDone", "CallbackUndone"]
    with work(CALLER_BACK) as uow:
        finish_reached(uow, site, order, 1, Answers(Resolved.YES, 5, 5), "rec-1")
    check_sums(database)


def test_a_try_taken_back_does_not_count_towards_giving_up(
    work: Work, site: Site, recorded: Recorded, database: Database, clock: FixedClock
) -> None:
    order = recorded.order or ""
    complete(work, site, order)
    for hours in (0, 1, 20):
        clock.advance(timedelta(hours=hours))
        with work(CALLER_BACK) as uow:
            record_attempt(uow, order, 1, AttemptResult.NO_ANSWER)
    with work(CALLER_BACK) as uow:
        undo(uow, order, 1)
    with pytest.raises(Conflict, match="尚不能"), work(CALLER_BACK) as uow:
        finish_unreachable(uow, site, order, 1)
    with work(CALLER_BACK) as uow:
        record_attempt(uow, order, 1, AttemptResult.BUSY)
    with work(CALLER_BACK) as uow:
        finish_unreachable(uow, site, order, 1)
    with work(CALLER_BACK) as uow:
        undo(uow, order, 1)
    with database.reading() as session:
        tried = read_detail(session, site, order, 1, clock.now()).callback.attempts
    assert [one.is_withdrawn for one in tried] == [False, False, True, False]
    check_sums(database)


def test_it_is_refused_to_others_after_a_minute_and_after_what_followed(
    work: Work, site: Site, recorded: Recorded, clock: FixedClock, database: Database
) -> None:
    order = recorded.order or ""
    complete(work, site, order)
    with pytest.raises(Conflict, match="没有可撤销的操作"), work(CALLER_BACK) as uow:
        undo(uow, order, 1)
    with work(CALLER_BACK) as uow:
        finish_reached(uow, site, order, 1, ANSWERS, "rec-1")
    with pytest.raises(Forbidden, match="只能撤销本人的操作") as refused, work(OTHER) as uow:
        undo(uow, order, 1)
    assert CALLER_BACK.name not in str(refused.value.detail), "a unit is not told who acted"
    clock.advance(timedelta(seconds=61))
    with pytest.raises(Conflict, match="已过撤销时限"), work(CALLER_BACK) as uow:
        undo(uow, order, 1)
    clock.adjust(timedelta(seconds=-61))
    step(work, site, REVIEWER, order, Step.REOPEN)
    with pytest.raises(Conflict, match="已重新受理"), work(CALLER_BACK) as uow:
        undo(uow, order, 1)
    check_sums(database)
