"""Tells open consoles that something changed, from the event log, with resume.

A message names the aggregate only; the page asks for what it shows, as far as its reader may see.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.hotline.orders.order import names_of
from ops_core.hotline.orders.service import FORMER_UNITS
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kernel.clock import Clock
from ops_core.kernel.database import Database
from ops_core.kernel.events import Event, EventBus, last_position, read_events
from ops_core.kernel.times import epoch_ms
from wallboard.audience import OF_UNITS, Audience, StreamSubject
from wallboard.threads import Lane
from wallboard.wall.stream import EventStream, Frame, Hub, encode

log = logging.getLogger(__name__)

HEARTBEAT_S = 2.0
LOOK_S = 1.0
BATCH = 500
REPLAYED_AT_MOST = 1000
_RIGHTS_CHANGED = frozenset({"user_roles_set", "user_password_set", "user_deactivated"})

Seen = tuple[Event, StreamSubject]
"""An event, and whom it concerns."""


class Follower:
    """Follows the event log while it runs; :meth:`stream` serves one console."""

    def __init__(
        self, database: Database, bus: EventBus, clock: Clock, lane: Lane | None = None
    ) -> None:
        self._database, self._bus, self._clock = database, bus, clock
        self._lane = lane or Lane("events", 2)
        self._hub = Hub[Audience]()
        self._news = asyncio.Event()
        self._position: int | None = None

    async def run(self, on_heartbeat: Callable[[], None] = lambda: None) -> None:
        """Publish until cancelled; a failing database is logged and asked again."""
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(self._news.set)

        unsubscribe = self._bus.subscribe(wake)
        next_heartbeat = loop.time()
        try:
            while True:
                self._news.clear()
                await self._publish()
                if loop.time() >= next_heartbeat:
                    self._hub.publish((0, self._heartbeat()))
                    on_heartbeat()
                    next_heartbeat = loop.time() + HEARTBEAT_S
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._news.wait()
        finally:
            unsubscribe()

    async def _publish(self) -> None:
        try:
            if self._position is None:
                self._position = await self._lane.run(self._newest)
            while events := await self._lane.run(partial(self._after, self._position, BATCH)):
                for event, subject in events:
                    self._hub.publish(_frame(event), self._concerned(subject))
                    self._meet_anew(event)
                self._position = events[-1][0].position
        except Exception:  # the heartbeat goes on, the next look tries again
            log.exception("the event log could not be followed")

    def _concerned(self, subject: StreamSubject) -> set[Audience]:
        return {one for one in self._hub.channels() if one.concerns(subject)}

    def _meet_anew(self, event: Event) -> None:
        """Whose account changed: his streams begin again, with what he now may see."""
        if event.type in _RIGHTS_CHANGED:
            theirs = {one for one in self._hub.channels() if one.name == event.aggregate_id}
            self._hub.publish((0, encode("", event="reload")), theirs)
            self._hub.end(theirs)

    def _newest(self) -> int:
        with self._database.reading() as session:
            return last_position(session)

    def _after(self, position: int, limit: int) -> list[Seen]:
        with self._database.reading() as session:
            return with_units(session, read_events(session, position, limit))

    def _heartbeat(self) -> bytes:
        return encode(json.dumps({"now": epoch_ms(self._clock.now())}), event="beat")

    def stream(self, audience: Audience, last_event_id: str | None) -> EventStream[Audience]:
        """What happened since the last message the console saw, then live.

        A console that missed more than it is worth replaying has to load itself anew.
        """

        async def opening() -> AsyncIterator[Frame]:
            yield 0, self._heartbeat()
            if last_event_id is None or not last_event_id.isdecimal():
                return
            since = int(last_event_id)
            missed = await self._lane.run(partial(self._after, since, REPLAYED_AT_MOST + 1))
            newest = await self._lane.run(self._newest)
            if len(missed) > REPLAYED_AT_MOST or since > newest:
                yield 0, encode("", event="reload")
                return
            for event, subject in missed:
                if audience.concerns(subject):
                    yield _frame(event)

        return EventStream(self._hub, audience, opening)


def with_units(session: Session, events: list[Event]) -> list[Seen]:
    """Each event with the units that had or have the order it is about."""
    numbers = {_order_of(event) for event in events if event.aggregate_type in OF_UNITS}
    row = WorkOrderRow
    rows = select(row.number, row.unit, row.co_units).where(row.number.in_(numbers))
    found = session.execute(rows).all() if numbers else []
    units = {number: (unit, *names_of(co_units)) for number, unit, co_units in found}
    return [(event, _subject(event, units.get(_order_of(event), ()))) for event in events]


def _subject(event: Event, units: tuple[str, ...]) -> StreamSubject:
    left = event.payload.get(FORMER_UNITS)
    former = map(str, left) if isinstance(left, list) else ()
    about = {*units, *former, str(event.payload.get("unit") or "")} - {""}
    return StreamSubject(event.aggregate_type, event.aggregate_id, frozenset(about))


def _order_of(event: Event) -> str:
    """The order's number; a callback is named by it and its cycle."""
    return event.aggregate_id.partition("/")[0]


def _frame(event: Event) -> Frame:
    changed = {"aggregate": event.aggregate_type, "id": event.aggregate_id, "type": event.type}
    message = encode(json.dumps(changed), event="changed", sequence=f"{event.position}")
    return event.position, message
