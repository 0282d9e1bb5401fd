"""Record states as intervals, across restarts; read them back.

This is measurement, not a command of a person: it writes no event and no audit entry.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from monitors.alerts.model import State
from monitors.availability.model import Interval, changes
from monitors.availability.tables import RecorderHeartbeatRow, StateIntervalRow
from monitors.evidence import Element, ElementKind
from ops_core.kernel.database import Database

RECORDER = "availability"
HEARTBEAT = timedelta(seconds=5)
MOST_WAITING = 20_000
"""Changes kept while the database is busy."""


StateChanges = tuple[datetime, Mapping[Element, State | None]]
"""What changed at an instant; None where an element is watched no more."""


class StateRecorder:
    """Keeps the intervals of a set of elements; used by one thread.

    After a crash the open intervals end at the last heartbeat, and the time until :meth:`resume`
    is recorded as unknown: nobody saw it. While the database is busy the changes wait here, each
    with its instant; if they become too many, what follows is unknown until it serves again.
    """

    def __init__(self, database: Database, most_waiting: int = MOST_WAITING) -> None:
        self._database, self._most_waiting = database, most_waiting
        self._held: dict[Element, State] = {}
        self._waiting: list[StateChanges] = []
        self._heartbeat_at: datetime | None = None

    @property
    def waiting(self) -> int:
        """Changes that are not stored yet."""
        return sum(len(found) for _, found in self._waiting)

    @property
    def held(self) -> Mapping[Element, State]:
        """The states last recorded."""
        return self._held

    def resume(self, now: datetime) -> None:
        """Close what an earlier process left open.

        Called by the first :meth:`record` unless it was before. Raises :class:`DatabaseBusy`, and
        may then be called again.
        """
        with self._database.transaction() as session:
            heartbeat = session.get(RecorderHeartbeatRow, RECORDER)
            rows = session.scalars(
                select(StateIntervalRow).where(StateIntervalRow.ended_at.is_(None))
            ).all()
            for row in rows:
                seen = max(
                    row.started_at, min(heartbeat.seen_at, now) if heartbeat else row.started_at
                )
                row.ended_at = seen
                if seen < now:
                    session.add(_row(Element(ElementKind(row.kind), row.name), State.UNKNOWN, seen,
                                     now))  # fmt: skip
            _record_heartbeat(session, now)
        self._held, self._heartbeat_at = {}, now

    def record(self, states: Mapping[Element, State], now: datetime) -> None:
        """Note the states at ``now``; writes only what changed, and a heartbeat every 5 s.

        Raises :class:`DatabaseBusy`; what was seen is kept for the next call.
        """
        if self._heartbeat_at is None:
            self.resume(now)
        self._see(states, now)
        if (
            not self._waiting
            and self._heartbeat_at is not None
            and now - self._heartbeat_at < HEARTBEAT
        ):
            return
        with self._database.transaction() as session:
            for at, found in self._waiting:
                for element, state in found.items():
                    _close(session, element, at)
                    if state is not None:
                        session.add(_row(element, state, at, None))
                session.flush()  # the next instant closes what this one opened
            _record_heartbeat(session, now)
        self._waiting, self._heartbeat_at = [], now

    def _see(self, states: Mapping[Element, State], now: datetime) -> None:
        """Put what changed behind what waits, within its bound."""
        if self.waiting >= self._most_waiting:
            states = dict.fromkeys(states, State.UNKNOWN)
        found = changes(self._held, states)
        if found:
            self._waiting.append((now, found))
            self._held = dict(states)


def read_intervals(
    session: Session, kinds: Iterable[ElementKind], start: datetime, end: datetime
) -> list[Interval]:
    """Intervals of all elements of the kinds that touch [start, end), by start."""
    rows = session.scalars(
        select(StateIntervalRow)
        .where(
            StateIntervalRow.kind.in_([kind.value for kind in kinds]),
            StateIntervalRow.started_at < end,
            or_(StateIntervalRow.ended_at.is_(None), StateIntervalRow.ended_at > start),
        )
        .order_by(StateIntervalRow.started_at, StateIntervalRow.id)
    )
    return [_interval_of(row) for row in rows]


def read_new_intervals(
    session: Session, kinds: Iterable[ElementKind], after: int, lasting: Iterable[int], limit: int
) -> Mapping[int, Interval]:
    """Intervals begun after row ``after``, at most ``limit``, and the rows ``lasting``, by row.

    A row that has ended never changes again: whoever sums them up asks for the rest alone.
    """
    of_kinds = StateIntervalRow.kind.in_([kind.value for kind in kinds])
    new = select(StateIntervalRow).where(StateIntervalRow.id > after, of_kinds)
    known = select(StateIntervalRow).where(StateIntervalRow.id.in_(list(lasting)))
    rows = [
        *session.scalars(known),
        *session.scalars(new.order_by(StateIntervalRow.id).limit(limit)),
    ]
    return {row.id: _interval_of(row) for row in rows}


def _row(element: Element, state: State, start: datetime, end: datetime | None) -> StateIntervalRow:
    return StateIntervalRow(
        kind=element.kind.value,
        name=element.name,
        state=state.value,
        started_at=start,
        ended_at=end,
    )


def _interval_of(row: StateIntervalRow) -> Interval:
    element = Element(ElementKind(row.kind), row.name)
    return Interval(element, State(row.state), row.started_at, row.ended_at)


def _close(session: Session, element: Element, now: datetime) -> None:
    session.execute(
        update(StateIntervalRow)
        .where(
            StateIntervalRow.kind == element.kind.value,
            StateIntervalRow.name == element.name,
            StateIntervalRow.ended_at.is_(None),
        )
        .values(ended_at=now)
    )


def _record_heartbeat(session: Session, now: datetime) -> None:
    session.merge(RecorderHeartbeatRow(recorder=RECORDER, seen_at=now))
