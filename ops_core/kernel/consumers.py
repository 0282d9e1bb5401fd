"""Those who follow the events, each at its own pace, and how far each has come.

A consumer remembers its position in the unit of work of its own changes: after a crash it goes on
where it was, neither losing an event nor handling one twice.
"""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.events import Event, read_events
from ops_core.kernel.tables import ConsumerPositionRow


def read_position(session: Session, consumer: str) -> int:
    """The last position the consumer has handled, 0 when it has not begun."""
    row = session.get(ConsumerPositionRow, consumer, populate_existing=True)
    return 0 if row is None else row.position


def advance_position(uow: UnitOfWork, consumer: str, position: int) -> None:
    """Remember that everything up to the position is handled; never goes back."""
    row = uow.session.get(ConsumerPositionRow, consumer)
    if row is None:
        uow.session.add(ConsumerPositionRow(consumer=consumer, position=position))
    else:
        row.position = max(row.position, position)
    uow.session.flush()


def consume(
    uow: UnitOfWork, consumer: str, handle: Callable[[Event], None], limit: int = 100
) -> int:
    """Hand the next events to ``handle`` and remember them, in this unit of work.

    What ``handle`` stores through it takes effect exactly once, however often a crash cuts the
    transaction short; two processes under one consumer's name take turns. Returns how many were
    handled; 0 means caught up.
    """
    events = read_events(uow.session, read_position(uow.session, consumer), limit)
    for event in events:
        handle(event)
    if events:
        advance_position(uow, consumer, events[-1].position)
    return len(events)


def read_positions(session: Session, prefix: str) -> dict[str, int]:
    """The positions of all consumers whose names begin so."""
    rows = session.scalars(
        select(ConsumerPositionRow).where(ConsumerPositionRow.consumer.startswith(prefix))
    )
    return {row.consumer: row.position for row in rows}


def forget_position(uow: UnitOfWork, consumer: str) -> None:
    """A consumer that is no more; without effect for one that never was."""
    row = uow.session.get(ConsumerPositionRow, consumer)
    if row is not None:
        uow.session.delete(row)
        uow.session.flush()
