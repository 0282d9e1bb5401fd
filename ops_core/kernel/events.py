"""What happened: an append-only outbox that every other part can follow at its own pace.

Positions grow in the order of commits (:meth:`ops_core.kernel.database.Database.command` says how),
so a consumer that remembers the last position it handled misses nothing
(:mod:`ops_core.kernel.consumers`). Events are recorded through a unit of work
(:mod:`ops_core.kernel.commands`) and nowhere else.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, func, insert, select
from sqlalchemy.orm import Session

from ops_core.kernel.clock import Clock
from ops_core.kernel.json_values import JsonObject, canonical_json, parse_json_object
from ops_core.kernel.permissions import Actor
from ops_core.kernel.tables import EventRow

log = logging.getLogger(__name__)

_EVENTS = cast(Table, EventRow.__table__)
_RECORDED = [column for column in _EVENTS.c if column.name not in ("position", "sequence")]
# Not max(): PostgreSQL's plan for it may count through all events of the aggregate.
_LAST_SEQUENCE = (
    select(_EVENTS.c.sequence)
    .where(
        _EVENTS.c.aggregate_type == bindparam("event_aggregate_type"),
        _EVENTS.c.aggregate_id == bindparam("event_aggregate_id"),
    )
    .order_by(_EVENTS.c.sequence.desc())
    .limit(1)
    .scalar_subquery()
)
ADD_EVENT = insert(_EVENTS).from_select(
    [*(column.name for column in _RECORDED), "sequence"],
    select(
        *(bindparam(f"event_{column.name}", type_=column.type) for column in _RECORDED),
        func.coalesce(_LAST_SEQUENCE, 0) + 1,
    ),
)
"""One message to the database: the sequence is counted where it is stored."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to one aggregate; instants are aware UTC."""

    position: int
    aggregate_type: str
    aggregate_id: str
    sequence: int
    type: str
    payload: JsonObject
    occurred_at: datetime
    recorded_at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event that has no position yet; ``payload`` is plain JSON and nobody else's."""

    aggregate_type: str
    aggregate_id: str
    type: str
    payload: JsonObject
    occurred_at: datetime
    recorded_at: datetime
    actor: str


def draft_event(
    aggregate_type: str,
    aggregate_id: str,
    type: str,  # noqa: A002 - the field's name in the table and in the stream
    payload: JsonObject,
    occurred_at: datetime,
    actor: Actor,
    clock: Clock,
) -> EventDraft:
    """An event recorded just now. Raises Invalid when the payload is not plain JSON."""
    plain = parse_json_object(canonical_json(payload))
    return EventDraft(
        aggregate_type, aggregate_id, type, plain, occurred_at, clock.now(), str(actor)
    )


def event_values(draft: EventDraft) -> dict[str, object]:
    """What :data:`ADD_EVENT` wants."""
    return {f"event_{name}": getattr(draft, name) for name in EventDraft.__slots__}


def read_events(session: Session, after_position: int, limit: int) -> list[Event]:
    """At most ``limit`` events after the position, oldest first; 0 is before the first."""
    rows = session.scalars(
        select(EventRow)
        .where(EventRow.position > after_position)
        .order_by(EventRow.position)
        .limit(limit)
    )
    return [_event_of(row) for row in rows]


def events_of(session: Session, aggregate_type: str, aggregate_id: str) -> list[Event]:
    """The whole history of one aggregate, oldest first."""
    rows = session.scalars(
        select(EventRow)
        .where(EventRow.aggregate_type == aggregate_type, EventRow.aggregate_id == aggregate_id)
        .order_by(EventRow.sequence)
    )
    return [_event_of(row) for row in rows]


def last_position(session: Session) -> int:
    """The position of the newest event, 0 when there is none."""
    return session.scalar(select(func.max(EventRow.position))) or 0


class EventBus:
    """Wakes those who wait for events in this process; says that there is news, not which.

    Callbacks run in the committing thread and must return at once (set an event, call
    ``loop.call_soon_threadsafe``). Events of other processes are found by looking once a second.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._callbacks: dict[object, Callable[[], None]] = {}

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` after each commit; returns the function that ends it."""
        key = object()
        with self._lock:
            self._callbacks[key] = callback

        def unsubscribe() -> None:
            with self._lock:
                self._callbacks.pop(key, None)

        return unsubscribe

    def notify(self) -> None:
        """Wake everyone; one who fails is logged and holds up nobody."""
        with self._lock:
            callbacks: Sequence[Callable[[], None]] = tuple(self._callbacks.values())
        for callback in callbacks:
            try:
                callback()
            except Exception:
                log.exception("a subscriber to events failed")


def _event_of(row: EventRow) -> Event:
    return Event(
        position=row.position,
        aggregate_type=row.aggregate_type,
        aggregate_id=row.aggregate_id,
        sequence=row.sequence,
        type=row.type,
        payload=row.payload,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        actor=row.actor,
    )
