"""The frame of every command: its change, its events and its audit entry, or nothing.

This is the one way to write the journal: events and audit entries have no other.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from ops_core.kernel.clock import Clock
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.journal import Journal
from ops_core.kernel.json_values import JsonObject
from ops_core.kernel.permissions import Actor


@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """What a command works with while its transaction is open.

    What it records is written to the ``journal`` at its end, behind its changes and together;
    rolling a savepoint back does not take it back.
    """

    session: Session
    clock: Clock
    actor: Actor
    journal: Journal

    def event(
        self,
        aggregate_type: str,
        aggregate_id: str,
        type: str,  # noqa: A002 - the field's name in the table and in the stream
        payload: JsonObject,
        occurred_at: datetime | None = None,
    ) -> None:
        """Record an event by this actor; it occurred now unless said otherwise (aware UTC)."""
        at = self.clock.now() if occurred_at is None else occurred_at
        self.journal.event(self.actor, aggregate_type, aggregate_id, type, payload, at)

    def audit(self, action: str, subject_type: str, subject_id: str, detail: JsonObject) -> None:
        """Record an entry of the audit chain in this actor's name."""
        self.journal.audit(self.actor, action, subject_type, subject_id, detail)

    def acting_as(self, actor: Actor, clock: Clock | None = None) -> "UnitOfWork":
        """The same unit in another's name: one transaction, one journal.

        ``clock`` stands at the instant at which it happened; when it was recorded is the journal's
        own to say, so neither the event log nor the audit chain is ever dated back.
        """
        return replace(self, actor=actor, clock=self.clock if clock is None else clock)


@contextmanager
def unit_of_work(
    database: Database, bus: EventBus | None, clock: Clock, actor: Actor
) -> Iterator[UnitOfWork]:
    """Run a command: commit at the end and then wake the bus; any exception undoes it all.

    Commands run one after the other on either database, so a command may decide on what it
    reads. Units do not nest: hand the open one down. ``bus`` None wakes nobody: of a command that
    records no event there is no news.
    """
    with database.command() as command:
        journal = Journal(clock, command.head)
        yield UnitOfWork(command.session, clock, actor, journal)
        journal.write(command.session)
    if bus is not None:
        bus.notify()
