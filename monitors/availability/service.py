"""Record states as intervals, across restarts; read them back.

This is measurement, not a command of a person: it writes no event and no audit entry.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from monitors.alerts.model import State
from monitors.availability.model import Interval, changes
from monitors.availability.tables import RecorderBeatRow, StateIntervalRow
from monitors.evidence import Element, ElementKind
from ops_core.kernel.database import Database

RECORDER = "availability"
BEAT = timedelta(seconds=5)


class StateRecorder:
    """Keeps the intervals of a set of elements; used by one thread.

    After a crash the open intervals end at the last beat, and the time until :meth:`resume`
    is recorded as unknown: nobody saw it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: dict[Element, State] = {}
        self._beaten: datetime | None = None

    def resume(self, now: datetime) -> None:
        """Close what an earlier process left open. Call once, before :meth:`record`."""
        with self._database.transaction() as session:
            beat = session.get(RecorderBeatRow, RECORDER)
            rows = session.scalars(
                select(StateIntervalRow).where(StateIntervalRow.ended_at.is_(None))
            ).all()
            for row in rows:
                seen = max(row.started_at, min(beat.seen_at, now) if beat else row.started_at)
                row.ended_at = seen
                if seen < now:
                    session.add(_row(Element(ElementKind(row.kind), row.name), State.UNKNOWN, seen,
                                     now))  # fmt: skip
            _beat(session, now)
        self._held, self._beaten = {}, now

    def record(self, states: Mapping[Element, State], now: datetime) -> None:
        """Note the states at ``now``; writes only what changed, and a beat every 5 s."""
        found = changes(self._held, states)
        if not found and self._beaten is not None and now - self._beaten < BEAT:
            return
        with self._database.transaction() as session:
            for element, state in found.items():
                _close(session, element, now)
                if state is not None:
                    session.add(_row(element, state, now, None))
            _beat(session, now)
        self._held, self._beaten = dict(states), now


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
    wanted = StateIntervalRow.kind.in_([kind.value for kind in kinds])
    new = select(StateIntervalRow).where(StateIntervalRow.id > after, wanted)
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


def _beat(session: Session, now: datetime) -> None:
    session.merge(RecorderBeatRow(recorder=RECORDER, seen_at=now))
