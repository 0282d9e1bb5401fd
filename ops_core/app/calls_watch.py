"""The wall's calls and orders: a few indexed questions, none asked more often than it must be."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.calls import read as call_read
from ops_core.hotline.calls.days import midnight_of, today_at
from ops_core.hotline.calls.model import Outcome
from ops_core.hotline.orders.workload import read_workload
from ops_core.kernel.database import Database
from wallboard.wall.state import CallsView, SeatsView

CALLS_EVERY = timedelta(seconds=1)
WORKLOAD_EVERY = timedelta(seconds=5)
QUARTERS_EVERY = timedelta(seconds=20)
SILENT_AFTER = timedelta(minutes=30)
"""Even at night somebody calls within it; without a word for longer nobody knows who waits."""
TALKING_FOR = timedelta(seconds=12)
"""Who talked at the last look is shown for so long; the wall's calls are 数据中断 by then."""


class CallsWatch:
    """Reads what the wall shows of calls and orders; looked at from one thread, read from any."""

    def __init__(self, site: Site, database: Database) -> None:
        self._site, self._database = site, database
        self._zone = ZoneInfo(site.contract.timezone)
        self._wait = timedelta(seconds=site.hotline.abnormal.waiting_above_s)
        self._soon = timedelta(seconds=site.hotline.abnormal.due_within_s)
        self._view = CallsView(None)
        self._talking: frozenset[int] = frozenset()
        self._read_at: dict[timedelta, datetime] = {}

    def look(self, now: datetime) -> CallsView:
        """The calls and orders at ``now``; stamped with the last time the database answered."""
        if not self._is_due(CALLS_EVERY, now):
            return self._view
        with self._database.reading() as session:
            view = self._calls(session, self._view, now)
            if self._is_due(WORKLOAD_EVERY, now):
                view = self._workload(session, view, now)
                self._read_at[WORKLOAD_EVERY] = now
            if self._is_due(QUARTERS_EVERY, now):
                view = self._quarters(session, view, now)
                self._read_at[QUARTERS_EVERY] = now
        self._read_at[CALLS_EVERY] = now
        self._view = view
        return view

    def with_talking(self, seats: SeatsView, now: datetime) -> SeatsView:
        """The seats, with those that are in a call marked, if the telephone system is heard.

        Marked by a look that is too old nobody talks and nobody is free.
        """
        looked_at = self._view.as_of
        if self._view.is_silent or looked_at is None or now - looked_at > TALKING_FOR:
            return seats
        marked = tuple(
            replace(seat, talking=True) if seat.number in self._talking else seat
            for seat in seats.seats
        )
        return replace(seats, seats=marked, telephony=True)

    def _is_due(self, every: timedelta, now: datetime) -> bool:
        last = self._read_at.get(every)
        return last is None or not timedelta(0) <= now - last < every

    def _calls(self, session: Session, view: CallsView, now: datetime) -> CallsView:
        day = today_at(now, self._site)
        present = call_read.read_present(session, now)
        outcomes = call_read.outcomes_of_day(session, day.isoformat())
        heard = call_read.heard_at(session, now)
        without_end = call_read.count_without_end(session, midnight_of(day, self._site), now)
        too_long = sum(now - call.entered_at > self._wait for call in present.waiting)
        self._talking = frozenset(call.seat for call in present.talking if call.seat is not None)
        return replace(
            view,
            as_of=now,
            heard_at=heard,
            is_silent=heard is None or now - heard > SILENT_AFTER,
            today=sum(outcomes.values()),
            waiting=len(present.waiting),
            longest_since=min((call.entered_at for call in present.waiting), default=None),
            waiting_too_long=too_long,
            talking=len(present.talking),
            abandoned=outcomes[Outcome.ABANDONED],
            abnormal=too_long + without_end,
        )

    def _workload(self, session: Session, view: CallsView, now: datetime) -> CallsView:
        load = read_workload(session, self._site.calendar, self._zone, now, self._soon)
        return replace(
            view,
            web_today=load.web_today,
            orders_open=load.orders_open,
            orders_overdue=load.orders_overdue,
            orders_due_soon=load.orders_due_soon,
            callbacks_open=load.callbacks_open,
            callbacks_overdue=load.callbacks_overdue,
        )

    def _quarters(self, session: Session, view: CallsView, now: datetime) -> CallsView:
        day = today_at(now, self._site)
        midnight = midnight_of(day, self._site)
        passed = int((now - midnight).total_seconds()) // call_read.QUARTER_S
        before = midnight_of(day - timedelta(days=1), self._site)
        yesterday = call_read.calls_by_quarter(session, before)
        return replace(
            view,
            quarters_today=call_read.calls_by_quarter(session, midnight)[:passed],
            # A hotline is never a whole day without a call: what is not recorded is unknown, not 0.
            quarters_yesterday=yesterday if any(yesterday) else (),
        )
