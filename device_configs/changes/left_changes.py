"""A change that nobody carries out any more is brought to its end, and its record with it.

Its controller was killed, found no room on the disk, or nobody confirmed what waited on hold. Once
the devices' own time is over there is nothing left to confirm: each device is asked what it has,
what is still on trial is taken back, no further half is begun, and the record says what became of
it. A device that is no longer declared is asked nothing: what it has is unknown, and the others
are ended without it. What a person goes on with in time (``zhishou net resume``) is left to that
person.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from device_configs.changes import service
from device_configs.changes.carrying import ChangeWork, carry_begun
from device_configs.changes.happenings import CHANGE, ENDED, STARTED
from device_configs.changes.history import NetworkChange
from device_configs.changes.left_trials import at_rest_from
from device_configs.changes.read import read_change
from device_configs.changes.states import ChangeState
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict
from ops_core.kernel.permissions import Actor
from ops_core.kernel.tables import EventRow

log = logging.getLogger(__name__)

SETTLER = Actor.system("changes")
LEFT_FOR = timedelta(hours=1)
"""With nothing on trial: between two halves there is no hurry, and a person may go on."""
REASON = "nobody carries it out any more, and the time to go on with it is over"


def left_from(change: NetworkChange) -> datetime | None:
    """From when on a change counts as left, unless something of it goes on record before; None for
    one that does not run (pure)."""
    if change.state is not ChangeState.RUNNING:
        return None
    return at_rest_from(change) or change.last_at + LEFT_FOR


Boundary = Callable[[str], AbstractContextManager[object]]
"""Contains what goes wrong with one change, by its number."""


def end_left_changes(
    work: ChangeWork, boundary: Boundary = nullcontext
) -> tuple[NetworkChange, ...]:
    """End every change that was left; those that somebody carries out are not touched. Returns
    them as they ended. What ``boundary`` contains of one leaves the others to be ended."""
    with work.database.reading() as session:
        numbers = _unfinished(session)
    ended: list[NetworkChange] = []
    for number in numbers:
        with boundary(number):
            ended += _ended_if_left(work, number)
    return tuple(ended)


def _ended_if_left(work: ChangeWork, number: str) -> list[NetworkChange]:
    with work.database.reading() as session:
        change = read_change(session, number)
    since = left_from(change)
    if since is None or since > work.clock.now():
        return []
    begun = False

    def begin(uow: UnitOfWork) -> None:
        nonlocal begun
        if read_change(uow.session, number).last_at != change.last_at:
            raise Conflict("另一项变更正在进行")
        if change.cancel_requested_by != str(SETTLER):  # each further try adds nothing to it
            service.begin_again(uow, number)
            service.cancel(uow, number, REASON)
        begun = True

    try:
        done = carry_begun(work, SETTLER, change, begin, ends=True)
    except Conflict as conflict:  # somebody holds its devices, or went on with it just now
        if begun:  # it cannot be carried out: that is for whoever contains failures
            raise
        log.info("change %s is left as it is for now: %s", number, conflict)
        return []
    log.warning("change %s was left by its controller: %s", done.number, done.state)
    return [done]


def _unfinished(session: Session) -> list[str]:
    """The numbers of changes that were begun and have no end on record, the oldest first."""
    end = aliased(EventRow)
    has_ended = exists().where(
        end.aggregate_type == CHANGE,
        end.aggregate_id == EventRow.aggregate_id,
        end.type == ENDED,
    )
    numbers = session.scalars(
        select(EventRow.aggregate_id)
        .where(EventRow.aggregate_type == CHANGE, EventRow.type == STARTED, ~has_ended)
        .order_by(EventRow.position)
    )
    return list(dict.fromkeys(numbers))
