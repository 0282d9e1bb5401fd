"""What a unit of work records: its events and its audit entries, written at its end.

Collected while the command decides, they go to the database behind its changes and right before the
commit. Of a command that fails nothing is written.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from ops_core.kernel.audit import (
    ADD_ENTRY,
    MOVE_HEAD,
    Anchor,
    EntryDraft,
    add_entries,
    chain_end,
    draft_entry,
    entry_values,
    link_up,
)
from ops_core.kernel.clock import Clock
from ops_core.kernel.database import connection_of
from ops_core.kernel.engines import ChainHead
from ops_core.kernel.events import ADD_EVENT, EventDraft, draft_event, event_values
from ops_core.kernel.json_values import JsonObject
from ops_core.kernel.permissions import Actor
from ops_core.kernel.pipelining import PipelinedWrites

_ADD_EVENT = PipelinedWrites.of(ADD_EVENT)
_ADD_BOTH = PipelinedWrites.of(ADD_EVENT, ADD_ENTRY, MOVE_HEAD)


class Journal:
    """Collects what is to be recorded; ``clock`` says when it was. For one transaction.

    ``head`` is the audit chain's end as the transaction's begin brought it, None where it did not.
    """

    __slots__ = ("_clock", "_entries", "_events", "_head")

    def __init__(self, clock: Clock, head: ChainHead | None) -> None:
        self._clock, self._head = clock, head
        self._events: list[EventDraft] = []
        self._entries: list[EntryDraft] = []

    def event(
        self,
        actor: Actor,
        aggregate_type: str,
        aggregate_id: str,
        type: str,  # noqa: A002 - the field's name in the table and in the stream
        payload: JsonObject,
        occurred_at: datetime,
    ) -> None:
        """Record an event behind those before. Raises Invalid for what JSON cannot say."""
        self._events.append(
            draft_event(
                aggregate_type, aggregate_id, type, payload, occurred_at, actor, self._clock
            )
        )

    def audit(
        self, actor: Actor, action: str, subject_type: str, subject_id: str, detail: JsonObject
    ) -> None:
        """Record an entry behind those before. Raises Invalid for what JSON cannot say."""
        self._entries.append(
            draft_entry(actor, action, subject_type, subject_id, detail, self._clock)
        )

    def write(self, session: Session) -> None:
        """Write what was recorded since the last time, in its order; the commit is to follow."""
        session.flush()
        if not (self._events or self._entries):
            return
        end = self._end(session)
        entries = link_up(end, self._entries)
        events = list(self._events)
        connection = connection_of(session)
        if end.position:  # else there is no head to move yet
            both = [
                event_values(e) | entry_values(a) for e, a in zip(events, entries, strict=False)
            ]
            if both:
                _ADD_BOTH.execute(connection, both)
            events, entries = events[len(both) :], entries[len(both) :]
        if events:
            _ADD_EVENT.execute(connection, [event_values(event) for event in events])
        if entries:
            add_entries(session, entries)
        self._events.clear()
        self._entries.clear()

    def _end(self, session: Session) -> Anchor:
        """What was brought holds for the first writing alone, which moves it."""
        head, self._head = self._head, None
        return chain_end(session) if head is None else Anchor(*head)
