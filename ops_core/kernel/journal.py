"""What a unit of work has to tell: its events and its audit entries, written at its end.

Collected while the command decides, they go to the database behind its changes and right before the
commit. Of a command that fails nothing is written.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from ops_core.kernel.audit import (
    ADD_ENTRY,
    MOVE_HEAD,
    EntryDraft,
    add_entries,
    chain_end,
    draft_entry,
    entry_values,
    link_up,
)
from ops_core.kernel.clock import Clock
from ops_core.kernel.database import connection_of, lock_journal
from ops_core.kernel.events import ADD_EVENT, EventDraft, draft_event, event_values
from ops_core.kernel.json_values import JsonObject
from ops_core.kernel.permissions import Actor
from ops_core.kernel.unread import UNREAD, Together

_ADD_EVENT = ADD_EVENT.execution_options(**UNREAD)
_ADD_BOTH = Together.of(ADD_EVENT, ADD_ENTRY, MOVE_HEAD)


@dataclass(frozen=True, slots=True)
class Journal:
    """Collects what is to be told; ``clock`` says when it was recorded. For one transaction."""

    clock: Clock
    _events: list[EventDraft] = field(default_factory=list)
    _entries: list[EntryDraft] = field(default_factory=list)

    def event(
        self,
        actor: Actor,
        aggregate_type: str,
        aggregate_id: str,
        type: str,  # noqa: A002 - the field's name in the table and in the stream
        payload: JsonObject,
        occurred_at: datetime,
    ) -> None:
        """Tell an event behind those told before. Raises Invalid for what JSON cannot say."""
        self._events.append(
            draft_event(aggregate_type, aggregate_id, type, payload, occurred_at, actor, self.clock)
        )

    def audit(
        self, actor: Actor, action: str, subject_type: str, subject_id: str, detail: JsonObject
    ) -> None:
        """Tell an entry behind those told before. Raises Invalid for what JSON cannot say."""
        self._entries.append(
            draft_entry(actor, action, subject_type, subject_id, detail, self.clock)
        )

    def write(self, session: Session) -> None:
        """Write what was told since the last time, in its order; the commit is to follow."""
        session.flush()
        if not (self._events or self._entries):
            return
        lock_journal(session)
        end = chain_end(session)
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
            connection.execute(_ADD_EVENT, [event_values(event) for event in events])
        if entries:
            add_entries(session, entries)
        self._events.clear()
        self._entries.clear()
