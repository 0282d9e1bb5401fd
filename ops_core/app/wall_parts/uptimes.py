"""Uptime as the wall shows it: sums of what is over, and the intervals that last.

An interval that has ended never changes, so its share is added once. A look costs what happened
since the last one, however often elements have changed this month.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from device_configs.site.model import Site
from monitors.alerts.model import State
from monitors.availability.model import Availability, Interval, share_of
from monitors.availability.service import read_new_intervals
from monitors.availability.watched import WATCHED
from monitors.evidence import Element, ElementKind
from ops_core.hotline.calls.days import midnight_of, today_at
from ops_core.kernel.database import Database
from ops_core.kpi.periods import month_of
from wallboard.uptimes import uptime_of
from wallboard.wall.conditions import condition_of
from wallboard.wall.state import AvailabilityView, CircuitAvailability, Disturbance

ROWS_PER_LOOK = 5_000


class UptimeLedger:
    """What was recorded of circuits and devices this month and today; used from one thread."""

    def __init__(self, site: Site, database: Database) -> None:
        self._site, self._database = site, database
        self._devices = [Element.device(d.name) for d in site.watched]
        self._circuits = [Element(ElementKind.CIRCUIT, name) for name in site.circuits]
        self._elements = (*self._circuits, *self._devices)
        self._looked_at: datetime | None = None
        self._forget_everything()

    def look(self, now: datetime, states: Mapping[Element, State]) -> AvailabilityView | None:
        """Uptime at ``now``, with the devices' present states; None until all rows were read."""
        self._begin_periods(now)
        try:
            with self._database.reading() as session:
                is_whole = self._read(session)
        except BaseException:
            self._forget_everything()  # nobody knows which rows it took in
            raise
        if not is_whole:
            return None
        self._looked_at = now
        lasting: dict[Element, list[Interval]] = {}
        for interval in self._lasting.values():
            lasting.setdefault(interval.element, []).append(interval)
        today = {e: self._today.at(e, lasting.get(e, ()), now) for e in self._elements}
        month = {e: self._month.at(e, lasting.get(e, ()), now) for e in self._elements}
        present = [states.get(device, State.UNKNOWN) for device in self._devices]
        return AvailabilityView(
            as_of=now,
            circuits=tuple(
                CircuitAvailability(
                    element.name,
                    uptime_of(today[element]),
                    uptime_of(month[element]),
                    self._disturbances(element, lasting.get(element, ())),
                )
                for element in self._circuits
            ),
            devices_up=present.count(State.UP),
            devices_total=len(present),
            devices_unknown=present.count(State.UNKNOWN),
            devices_today=uptime_of(sum((today[d] for d in self._devices), Availability())),
            devices_month=uptime_of(sum((month[d] for d in self._devices), Availability())),
        )

    def _forget_everything(self) -> None:
        self._last_row = 0
        self._lasting: dict[int, Interval] = {}
        self._month, self._today = _Sums(None), _Sums(None)
        self._over: dict[Element, list[Interval]] = {}
        """Today's disturbances that are over."""

    def _begin_periods(self, now: datetime) -> None:
        """A new day or month begins empty; a clock that was set back makes all sums wrong."""
        if self._looked_at is not None and now < self._looked_at:
            self._forget_everything()
            self._looked_at = None
        month = month_of(now, self._site.contract).start
        today = midnight_of(today_at(now, self._site), self._site)
        if self._today.start != today:
            self._today, self._over = _Sums(today), {}
        if self._month.start != month:
            self._month = _Sums(month)

    def _read(self, session: Session) -> bool:
        """Take what is new in; True when there is no more."""
        rows = read_new_intervals(session, WATCHED, self._last_row, self._lasting, ROWS_PER_LOOK)
        new = 0
        for row, interval in rows.items():
            new += row > self._last_row
            if interval.end is None:
                self._lasting[row] = interval
                continue
            self._lasting.pop(row, None)
            self._add(interval, interval.end)
        self._last_row = max((self._last_row, *rows))
        return new < ROWS_PER_LOOK

    def _add(self, interval: Interval, end: datetime) -> None:
        self._month.add(interval, end)
        if self._today.add(interval, end) and not interval.state.works:
            self._over.setdefault(interval.element, []).append(interval)

    def _disturbances(
        self, element: Element, lasting: Iterable[Interval]
    ) -> tuple[Disturbance, ...]:
        midnight = self._today.start
        return tuple(
            Disturbance(
                condition_of(interval.state),
                interval.start if midnight is None else max(interval.start, midnight),
                interval.end,
            )
            for interval in (*self._over.get(element, ()), *lasting)
            if not interval.state.works
        )


class _Sums:
    """Shares of ended intervals since ``start``, by element."""

    def __init__(self, start: datetime | None) -> None:
        self.start = start
        self._ended: dict[Element, Availability] = {}

    def add(self, interval: Interval, end: datetime) -> bool:
        """Take in an interval that ended at ``end``; False when that was before the start."""
        if self.start is None or end <= self.start:
            return False
        share = share_of(interval, self.start, end)
        held = self._ended.get(interval.element, Availability())
        self._ended[interval.element] = held + share
        return True

    def at(self, element: Element, lasting: Iterable[Interval], now: datetime) -> Availability:
        """The element's sum up to ``now``, with what still lasts."""
        ended = self._ended.get(element, Availability())
        start = self.start or now
        return sum((share_of(interval, start, now) for interval in lasting), ended)
