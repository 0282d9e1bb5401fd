"""The wall's incidents, kept up to date by what the event log says has changed.

The cost of a look follows from what happened since the last one and never from how many incidents
are open: with a look that reads all of them, a storm makes each look longer than the last until
none ends in time, and that stays so after the storm.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from device_configs.site.model import FaultClassName, Site
from incident.model import ENDED, Incident, IncidentState, read_clocks
from incident.read import changes_since, versions_now
from incident.store import incident_of
from incident.tables import IncidentRow
from ops_core.hotline.calls.days import midnight_of, today_at
from ops_core.kernel.database import Database
from ops_core.kernel.errors import DomainError
from ops_core.kernel.tables import UserRow
from ops_core.kernel.workers import ENDINGS, Worker
from wallboard.incidents.phases import PHASES
from wallboard.incidents.summary import in_time, open_incident, unreadable_title
from wallboard.wall.state import IncidentsView, OpenIncident

EVENTS_PER_LOOK = 2_000
"""More news than that since the last look, and comparing versions is cheaper."""
INCIDENTS_PER_LOOK = 100
"""Incidents read anew in one look; the rest waits for the next, and the view says how old it is."""
COMPARE_EVERY = timedelta(seconds=60)
"""How often all versions are compared, whatever the events said: no difference stays for good."""
UNREADABLE = -1
"""The version held of an incident that could not be read: the next comparison finds it again."""


class IncidentList:
    """What is open, and what was restored today; used from one thread."""

    def __init__(self, site: Site, database: Database) -> None:
        self._site, self._database = site, database
        self._rank = {c.name: index for index, c in enumerate(site.contract.fault_classes)}
        self._position = -1
        self._midnight: datetime | None = None
        self._compared_at: datetime | None = None
        self._versions: dict[str, int] = {}
        self._open: dict[str, OpenIncident] = {}
        self._restored: dict[str, bool] = {}
        """Restored today: whether in time."""
        self._looked_at: datetime | None = None
        self._pending: dict[str, datetime | None] = {}
        """Incidents to be read anew, each with the last look before that was noticed."""
        self._view = IncidentsView(None, ())

    def look(self, now: datetime, worker: Worker) -> IncidentsView:
        """The incidents as they are known at ``now``; each is read within a boundary of its own."""
        moved = False
        try:
            with self._database.reading() as session:
                moved = self._notice(session, now)
                moved |= self._read_pending(session, now, worker)
        except BaseException:
            self._compared_at = None  # what this look had noticed is found again by comparing
            raise
        self._looked_at = now
        view = self._listed() if moved else self._view
        self._view = IncidentsView(
            self._as_of(now), view.open, view.restored_today, view.restored_today_in_time
        )
        return self._view

    def _as_of(self, now: datetime) -> datetime | None:
        """When all that is shown was last known to be so; None while some was never read."""
        known = [at for at in self._pending.values() if at is not None]
        return None if len(known) < len(self._pending) else min(known, default=now)

    def _notice(self, session: Session, now: datetime) -> bool:
        """Find out what has to be read anew; True when something is no longer shown."""
        changes = changes_since(session, self._position, EVENTS_PER_LOOK)
        self._position = changes.position
        if changes.is_whole and not self._is_comparison_due(now):
            for number in changes.numbers:
                self._pending.setdefault(number, self._looked_at)
            return False
        return self._compare(session, now)

    def _is_comparison_due(self, now: datetime) -> bool:
        last = self._compared_at
        due = last is None or not timedelta(0) <= now - last < COMPARE_EVERY
        return due or self._midnight_at(now) != self._midnight

    def _midnight_at(self, now: datetime) -> datetime:
        return midnight_of(today_at(now, self._site), self._site)

    def _compare(self, session: Session, now: datetime) -> bool:
        """Hold the versions that are shown against those of the database."""
        self._midnight = self._midnight_at(now)
        versions = versions_now(session, self._midnight)
        gone = self._versions.keys() - versions.keys()
        for number in gone:
            self._forget(number)
        for number, version in versions.items():
            if self._versions.get(number) != version:
                self._pending.setdefault(number, self._looked_at)
        self._compared_at = now
        return bool(gone)

    def _read_pending(self, session: Session, now: datetime, worker: Worker) -> bool:
        batch = list(self._pending)[:INCIDENTS_PER_LOOK]
        for number in batch:
            self._read(session, number, now, worker)
            del self._pending[number]
        return bool(batch)

    def _read(self, session: Session, number: str, now: datetime, worker: Worker) -> None:
        """One incident anew; a database that fails ends the look, and it stays to be read."""
        try:
            row = session.get(IncidentRow, number)
            if row is None:
                self._forget(number)
            else:
                self._take(incident_of(row), now, _display_name(session, row.handler))
        except (SQLAlchemyError, DomainError, *ENDINGS):
            raise
        except BaseException as error:  # noqa: BLE001 - one that is spoilt hides no other
            worker.failed(f"incident {number}", error)
            self._take_unreadable(session, number)

    def _take(self, incident: Incident, now: datetime, handler: str | None) -> None:
        ended = incident.state in ENDED
        shown = (
            None if ended else replace(open_incident(self._site, incident, now), handler=handler)
        )
        restored = self._restored_today(incident, now) if ended else None
        self._forget(incident.number)
        self._versions[incident.number] = incident.version
        if shown is not None:
            self._open[incident.number] = shown
        if restored is not None:
            self._restored[incident.number] = restored

    def _restored_today(self, incident: Incident, now: datetime) -> bool | None:
        """Whether it was restored in time; None when that was not today, or it was no fault."""
        restored_at, midnight = incident.stamps.restored_at, self._midnight
        if restored_at is None or midnight is None or restored_at < midnight:
            return None
        if incident.is_false_alarm:
            return None
        readings = read_clocks(self._site.contract, incident.classes, incident.stamps, now)
        return in_time(readings) is True

    def _take_unreadable(self, session: Session, number: str) -> None:
        """An incident that cannot be read is open all the same: it is shown, as grave as any."""
        row = IncidentRow
        found = session.execute(
            select(row.state, row.detected_at).where(row.number == number)
        ).one_or_none()
        known = self._open.get(number)
        self._forget(number)
        self._versions[number] = UNREADABLE
        if found is None or found.state in ENDED:
            return
        self._open[number] = known or OpenIncident(
            number,
            unreadable_title(number),
            FaultClassName.MAJOR,
            PHASES[IncidentState(found.state)],
            found.detected_at,
            None,
        )

    def _forget(self, number: str) -> None:
        self._versions.pop(number, None)
        self._open.pop(number, None)
        self._restored.pop(number, None)

    def _listed(self) -> IncidentsView:
        order = sorted(
            self._open.values(), key=lambda i: (self._rank[i.fault_class], i.started_at, i.number)
        )
        kept = sum(self._restored.values())
        return IncidentsView(None, tuple(order), len(self._restored), kept)


def _display_name(session: Session, name: str | None) -> str | None:
    """Whoever handles an incident, as people call him."""
    found = session.scalar(select(UserRow.display_name).where(UserRow.name == name))
    return found or name
