"""The live streams, without a browser."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.types import Message

from device_configs.site.model import Site
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.i18n import Language
from ops_core.kernel.permissions import Actor, Permission, Role, permissions_of
from tests.wallboard.conftest import NOW
from tests.wallboard.sample import SampleCentre
from tests.wallboard.serve import Served
from wallboard.audience import Audience, StreamSubject
from wallboard.follower import Follower
from wallboard.pages import Pages
from wallboard.static_files import StaticFiles
from wallboard.wall.live import LiveWall
from wallboard.wall.stream import QUEUE_FRAMES, EventStream, Frame, Hub, encode
from wallboard.wall.tiles import TILES, TileRenderer

EVERYBODY = Audience("li.ming", frozenset(Permission) - {Permission.HANDLE_ORDERS})


class Listener:
    """A viewer at the ASGI level; keeps what it was sent and may stop reading."""

    def __init__(self, stream: EventStream[Any]) -> None:
        self.messages: list[str] = []
        self.reading = asyncio.Event()
        self.reading.set()
        self._gone = asyncio.Event()
        self._arrived = asyncio.Event()
        self.task = asyncio.create_task(stream({"type": "http"}, self._receive, self._send))

    async def _receive(self) -> Message:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        await self.reading.wait()
        if message["type"] == "http.response.body":
            self.messages.append(message["body"].decode())
            self._arrived.set()

    async def until(self, part: str) -> str:
        """The first message that holds ``part``."""
        async with asyncio.timeout(60):
            while True:
                for message in self.messages:
                    if part in message:
                        return message
                await self.next()

    async def next(self) -> None:
        """Wait for another message."""
        self._arrived.clear()
        await self._arrived.wait()

    async def leave(self) -> None:
        self._gone.set()
        await self.task


def tiles_of(message: str) -> dict[str, str]:
    """The tiles that a message brings, by name."""
    data = next(line for line in message.splitlines() if line.startswith("data: "))
    tiles: dict[str, str] = json.loads(data.removeprefix("data: "))
    return tiles


@pytest.fixture
async def live(site: Site, clock: FixedClock) -> AsyncIterator[tuple[LiveWall, SampleCentre]]:
    centre = SampleCentre(site, clock, calm=True)
    pages = Pages(StaticFiles())
    renderers = {language: TileRenderer(site, pages, language) for language in Language}
    wall = LiveWall(centre, renderers, clock, "release")
    task = asyncio.create_task(wall.run())
    yield wall, centre
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_a_message_of_many_lines_stays_one_message() -> None:
    assert encode("a\nb", event="e", sequence="7") == b"event: e\nid: 7\ndata: a\ndata: b\n\n"


async def test_a_newcomer_gets_every_tile_and_a_beat(live: tuple[LiveWall, SampleCentre]) -> None:
    listener = Listener(live[0].stream(Language.CHINESE, "release"))
    first = await listener.until("event: tiles")
    assert tiles_of(first).keys() == set(TILES)
    beat = json.loads((await listener.until("event: beat")).splitlines()[1].removeprefix("data: "))
    assert beat["now"] == int(NOW.timestamp() * 1000)
    assert beat["sources"]["network"] == beat["now"]
    await listener.leave()


async def test_only_the_tile_that_changed_is_pushed(live: tuple[LiveWall, SampleCentre]) -> None:
    wall, centre = live
    listener = Listener(wall.stream(Language.CHINESE, "release"))
    await listener.until("event: beat")
    await asyncio.sleep(0.3)
    seen = len(listener.messages)
    calm = centre.state()
    centre.change(incidents=SampleCentre(centre.site, centre.clock).state().incidents)
    await listener.until("F-20261123-007")
    (pushed,) = [m for m in listener.messages[seen:] if "event: tiles" in m]
    assert tiles_of(pushed).keys() == {"incidents", "verdict"}
    assert calm.incidents.open == ()
    await listener.leave()


async def test_many_changes_are_pushed_at_most_five_times_a_second(
    live: tuple[LiveWall, SampleCentre],
) -> None:
    wall, centre = live
    listener = Listener(wall.stream(Language.CHINESE, "release"))
    await listener.until("event: beat")
    network = centre.state().network
    seen, began = len(listener.messages), time.monotonic()
    for step in range(100):
        centre.change(network=network.__class__(NOW, (), (), (), services_down=step % 7 + 1))
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)
    pushed = sum("event: tiles" in m for m in listener.messages[seen:])
    assert 1 <= pushed <= 5 * (time.monotonic() - began) + 2
    await listener.leave()


async def test_the_beat_tells_which_source_stopped(
    live: tuple[LiveWall, SampleCentre], clock: FixedClock
) -> None:
    wall, centre = live
    centre.stop("seats")
    clock.advance(timedelta(seconds=10))
    listener = Listener(wall.stream(Language.CHINESE, "release"))

    def behind_ms() -> int:
        """How far the seats are behind the network by the last beat."""
        beats = [m for m in listener.messages if "event: beat" in m]
        if not beats:
            return 0
        sources = json.loads(beats[-1].splitlines()[1].removeprefix("data: "))["sources"]
        return int(sources["network"] - sources["seats"])

    async with asyncio.timeout(60):
        while behind_ms() == 0:
            await listener.next()
    assert behind_ms() == 10_000
    await listener.leave()


async def test_a_page_of_another_release_is_told_to_reload(
    live: tuple[LiveWall, SampleCentre],
) -> None:
    listener = Listener(live[0].stream(Language.CHINESE, "older"))
    assert "event: reload" in await listener.until("event:")
    await listener.leave()


async def test_a_source_that_fails_does_not_end_the_stream(
    live: tuple[LiveWall, SampleCentre], monkeypatch: pytest.MonkeyPatch
) -> None:
    wall, centre = live
    listener = Listener(wall.stream(Language.CHINESE, "release"))
    await listener.until("event: beat")
    monkeypatch.setattr(centre, "state", lambda: 1 / 0)
    centre.notify()
    seen = len(listener.messages)
    async with asyncio.timeout(60):
        while not any("event: beat" in message for message in listener.messages[seen:]):
            await listener.next()
    await listener.leave()


async def test_a_reader_that_stalls_is_dropped_and_holds_up_nobody() -> None:
    hub = Hub[str]()

    async def nothing() -> AsyncIterator[Frame]:
        yield 0, b"first"

    stalled = Listener(EventStream(hub, "x", nothing, stall_s=0.2))
    healthy = Listener(EventStream(hub, "x", nothing, stall_s=0.2))
    await stalled.until("first")
    await healthy.until("first")
    stalled.reading.clear()
    for number in range(1, QUEUE_FRAMES + 20):
        hub.publish((number, f"frame {number};".encode()))
        await asyncio.sleep(0)
    await healthy.until(f"frame {QUEUE_FRAMES + 19};")
    async with asyncio.timeout(60):
        await stalled.task
    assert len(hub) == 1
    await healthy.leave()
    assert len(hub) == 0


async def test_a_console_hears_what_it_missed_and_nothing_twice(
    served: Served, clock: FixedClock
) -> None:
    dependencies = served.dependencies
    follower = Follower(dependencies.database, dependencies.bus, clock)

    def happen(number: str) -> None:
        actor = Actor.system("test")
        with unit_of_work(dependencies.database, dependencies.bus, clock, actor) as uow:
            uow.event("incident", number, "noted", {})

    happen("F-1")
    task = asyncio.create_task(follower.run())
    await asyncio.sleep(0.1)
    listener = Listener(follower.stream(EVERYBODY, "0"))
    await listener.until('"F-1"')
    await asyncio.to_thread(happen, "F-2")
    await listener.until('"F-2"')
    for number in ("F-1", "F-2"):
        assert sum(f'"{number}"' in message for message in listener.messages) == 1
    await listener.leave()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_console_ahead_of_the_log_loads_itself_anew(
    served: Served, clock: FixedClock
) -> None:
    follower = Follower(served.dependencies.database, served.dependencies.bus, clock)
    listener = Listener(follower.stream(EVERYBODY, "999999"))
    await listener.until("event: reload")
    await listener.leave()


HOUSING, TRANSPORT = (
    Audience("wang", frozenset({Permission.HANDLE_ORDERS, Permission.UNMASK_CONTACTS}), unit)
    for unit in ("housing", "transport")
)
AGENT = Audience("agent", permissions_of([Role.AGENT]))
TECHNICIAN = Audience("tech", permissions_of([Role.DUTY_TECHNICIAN]))
ADMIN = Audience("admin", permissions_of([Role.ADMINISTRATOR]))
PROGRAM = Audience("pbx", frozenset({Permission.FEED_CALLS}))


@pytest.mark.parametrize(
    ("aggregate", "units", "concerned"),
    [
        ("order", {"housing"}, {HOUSING, AGENT}),
        ("order", {"housing", "transport"}, {HOUSING, TRANSPORT, AGENT}),
        ("order", set(), {AGENT}),
        ("callback", {"transport"}, {TRANSPORT, AGENT}),
        ("incident", set(), {AGENT, TECHNICIAN, ADMIN}),
        ("incident", {"housing"}, {AGENT, TECHNICIAN, ADMIN}),
        ("user", set(), {ADMIN}),
        ("call_source", set(), {AGENT, TECHNICIAN}),
        ("what comes later", set(), {AGENT, TECHNICIAN, ADMIN}),
    ],
)
def test_an_event_concerns_whoever_may_see_what_it_is_about(
    aggregate: str, units: set[str], concerned: set[Audience]
) -> None:
    subject = StreamSubject(aggregate, "1", frozenset(units))
    everyone = {HOUSING, TRANSPORT, AGENT, TECHNICIAN, ADMIN, PROGRAM}
    assert {one for one in everyone if one.concerns(subject)} == concerned


async def test_a_unit_learns_of_its_own_orders_alone_live_and_missed(
    served: Served, clock: FixedClock
) -> None:
    given = served.dependencies
    follower = Follower(given.database, given.bus, clock)

    def happen(aggregate: str, number: str, unit: str) -> None:
        with unit_of_work(given.database, given.bus, clock, Actor.system("test")) as uow:
            uow.event(aggregate, number, "OrderStepTaken", {"unit": unit})

    happen("order", "W-missed-transport", "transport")
    happen("order", "W-missed-housing", "housing")
    task = asyncio.create_task(follower.run())
    await asyncio.sleep(0.1)
    listener = Listener(follower.stream(HOUSING, "0"))
    await listener.until("W-missed-housing")
    for aggregate, number, unit in (
        ("incident", "F-1", ""), ("user", "li.ming", ""), ("order", "W-transport", "transport"),
        ("order", "W-housing", "housing"),
    ):  # fmt: skip
        await asyncio.to_thread(happen, aggregate, number, unit)
    await listener.until("W-housing")
    heard = "".join(listener.messages)
    assert not [one for one in ("transport", "F-1", "li.ming") if one in heard]
    await listener.leave()
    task.cancel()


async def test_a_stream_ends_when_its_readers_account_changes(
    served: Served, clock: FixedClock
) -> None:
    given = served.dependencies
    follower = Follower(given.database, given.bus, clock)
    task = asyncio.create_task(follower.run())
    await asyncio.sleep(0.1)
    listener = Listener(follower.stream(HOUSING, None))

    def change() -> None:
        with unit_of_work(given.database, given.bus, clock, Actor.system("test")) as uow:
            uow.event("user", "wang", "user_roles_set", {})

    await asyncio.to_thread(change)
    await listener.until("event: reload")
    async with asyncio.timeout(60):
        await listener.task
    task.cancel()
