"""Records the conditions of terminals and answers what they were at an instant."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitors.evidence import EvidenceRegister
from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from ops_core.kernel.set_digests import DIGEST
from seat_assets.digest import digest_of_changes
from seat_assets.evidence import changes_by
from seat_assets.model import Change, Part, Terminal, TerminalCondition
from seat_assets.read import current_conditions
from seat_assets.service_record import SEAT, record_service
from seat_assets.tables import SeatChangeRow, SeatWatchRow

RECORDER = Actor.system("seat_assets")
WATCH = "terminals"
STALE_AFTER = timedelta(seconds=15)
"""Three polling intervals without a word make a terminal unknown."""
WATCH_EVERY = timedelta(seconds=15)
MOST_WAITING = 20_000
"""Changes kept while the database is busy."""


class TerminalRecorder:
    """Turns the evidence about terminals into stored changes; used from one thread.

    While the database is busy the changes wait here; the oldest are given up when they are too
    many. The first :meth:`record` reads what holds, so that making one never fails.
    """

    def __init__(
        self,
        terminals: Sequence[Terminal],
        database: Database,
        bus: EventBus,
        clock: Clock,
        stale_after: timedelta = STALE_AFTER,
    ) -> None:
        self._terminals = tuple(terminals)
        self._seats = [terminal.seat for terminal in terminals]
        self._database, self._bus, self._clock = database, bus, clock
        self._stale_after = stale_after
        self._watched_at: datetime | None = None
        self._current: dict[tuple[int, Part], TerminalCondition] | None = None
        self._moved_at: dict[int, datetime] = {}
        self._waiting: tuple[Change, ...] = ()

    def resume(self) -> None:
        """Read what holds, close the gap since it was last watched, and record what is in service.

        Called by the first :meth:`record` unless it was before. Raises :class:`DatabaseBusy`, and
        may then be called again.
        """
        with unit_of_work(self._database, self._bus, self._clock, RECORDER) as uow:
            current = close_gap(uow, self._stale_after)
            unknown = record_service(uow, self._terminals)
            store_changes(uow, unknown)
        self._current = {**current, **{(c.seat, c.part): c.condition for c in unknown}}
        self._moved_at = {c.seat: c.at for c in unknown}

    def record(self, register: EvidenceRegister) -> tuple[Change, ...]:
        """Store what the evidence changed; returns the changes.

        Raises :class:`DatabaseBusy`; the changes are kept for the next call.
        """
        if self._current is None:
            self.resume()
        current = self._current or {}
        now = self._clock.now()
        found = tuple(
            self._since_moved(change)
            for change in changes_by(current, register, self._seats, now, self._stale_after)
        )
        current.update({(c.seat, c.part): c.condition for c in found})
        self._current = current
        changes = self._waiting = (*self._waiting, *found)[-MOST_WAITING:]
        due = self._watched_at is None or now - self._watched_at >= WATCH_EVERY
        if not changes and not due:
            return ()
        with unit_of_work(self._database, self._bus, self._clock, RECORDER) as uow:
            store_changes(uow, changes)
            note_watch(uow, now)
        self._watched_at, self._waiting = now, ()
        return changes

    def _since_moved(self, change: Change) -> Change:
        """A terminal that came into service is known from then on, whenever it was looked at."""
        moved_at = self._moved_at.get(change.seat, change.at)
        return change if change.at >= moved_at else replace(change, at=moved_at)


def close_gap(uow: UnitOfWork, stale_after: timedelta) -> dict[tuple[int, Part], TerminalCondition]:
    """At a start: what nobody watched is unknown from the last watch on. Returns what holds."""
    current = current_conditions(uow.session)
    watch = uow.session.get(SeatWatchRow, WATCH)
    if watch is None or uow.clock.now() - watch.last_at <= WATCH_EVERY + stale_after:
        return current
    gap = [
        Change(seat, part, TerminalCondition.UNKNOWN, watch.last_at + stale_after)
        for (seat, part), condition in sorted(current.items())
        if condition is not TerminalCondition.UNKNOWN
    ]
    store_changes(uow, gap)
    return {**current, **{(c.seat, c.part): c.condition for c in gap}}


def store_changes(uow: UnitOfWork, changes: Sequence[Change]) -> None:
    """Append the changes, an event for each, one audit entry for all."""
    for change in changes:
        uow.session.add(
            SeatChangeRow(
                seat=change.seat,
                part=change.part,
                condition=change.condition,
                at=change.at,
            )
        )
        uow.event(
            SEAT,
            str(change.seat),
            "TerminalChanged",
            {"part": change.part, "condition": change.condition},
            change.at,
        )
    if changes:
        seats = sorted({change.seat for change in changes})
        uow.audit(
            "TerminalsChanged",
            SEAT,
            "*",
            {"seats": list(seats), DIGEST: digest_of_changes(changes)},
        )


def note_watch(uow: UnitOfWork, now: datetime) -> None:
    """Remember that terminals were watched at an instant: a later start closes the gap from it."""
    row = uow.session.get(SeatWatchRow, WATCH)
    if row is None:
        uow.session.add(SeatWatchRow(name=WATCH, last_at=now))
    else:
        row.last_at = now
