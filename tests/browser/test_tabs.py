"""Many tabs of one browser share one stream, whichever way the browser lets them."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import BrowserContext, Page
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ops_core.kernel.clock import SystemClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.permissions import Actor
from tests.browser.conftest import Screen, free_port, wait_until_served
from tests.browser.geometry import wait_for
from tests.wallboard.serve import Served as Made
from tests.wallboard.serve import make
from wallboard.application import create_application

pytestmark = pytest.mark.browser

TABS = 7
"""One more than a browser has connections to a host by HTTP/1.1."""
WAYS = {
    "a shared worker": "",
    "an elected tab": "delete window.SharedWorker;",
}


@dataclass
class Streams:
    """The streams a server has open, and by which id each was resumed."""

    app: ASGIApp
    open: int = 0
    resumed_by: list[str] = field(default_factory=list)
    cut: threading.Event = field(default_factory=threading.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].endswith("/live"):
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        self.open += 1
        self.resumed_by.append(headers.get(b"last-event-id", b"").decode())

        async def cuttable(message: Message) -> None:
            if self.cut.is_set():
                raise ConnectionResetError("the test cuts the stream")
            await send(message)

        try:
            with suppress(ConnectionResetError):
                await self.app(scope, receive, cuttable)
        finally:
            self.open -= 1


@dataclass
class Centre:
    address: str
    made: Made
    streams: Streams

    def happens(self, number: str) -> None:
        """Something that every console hears of."""
        given = self.made.dependencies
        with unit_of_work(given.database, given.bus, given.clock, Actor.system("test")) as uow:
            uow.event("incident", number, "IncidentNoted", {})


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    made = make(tmp_path, SystemClock())
    streams, port = Streams(create_application(made.dependencies)), free_port()
    config = uvicorn.Config(streams, port=port, log_level="critical", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{port}"
    wait_until_served(address)
    yield Centre(address, made, streams)
    server.should_exit = True
    thread.join(10)
    made.dependencies.database.close()


def tabs(screen: Screen, centre: Centre, path: str, way: str) -> list[Page]:
    """As many tabs of one browser on one page, each noting what it hears."""
    first = screen.open(centre.address, "/login")
    context: BrowserContext = first.context
    context.add_init_script(WAYS[way])
    context.add_init_script(
        """document.addEventListener('DOMContentLoaded', () => {
          window.heard = [];
          const live = document.getElementById('live');
          live?.addEventListener('changed', (e) => window.heard.push(JSON.parse(e.detail.data).id));
          for (const name of ['beat', 'tiles']) {
            live?.addEventListener(name, () => window.heard.push(name));
          }
        });"""
    )
    pages = [first, *(context.new_page() for _ in range(TABS - 1))]
    for page in pages:
        page.goto(f"{centre.address}{path}")
    for page in pages:
        wait_for(page, "window.heard.includes('beat')")
    return pages


def all_hear(pages: list[Page], word: str) -> None:
    for page in pages:
        wait_for(page, f"window.heard.includes('{word}')")


@pytest.mark.parametrize("way", WAYS)
def test_seven_consoles_hear_everything_by_one_stream(
    screen: Screen, centre: Centre, way: str
) -> None:
    pages = tabs(screen, centre, "/incidents", way)
    assert centre.streams.open == 1
    centre.happens("F-1")
    all_hear(pages, "F-1")
    assert centre.streams.open == 1
    for page in pages:
        assert page.evaluate("window.heard.filter((one) => one === 'F-1').length") == 1


@pytest.mark.parametrize("way", WAYS)
def test_closing_the_tab_that_came_first_hands_the_stream_over(
    screen: Screen, centre: Centre, way: str
) -> None:
    pages = tabs(screen, centre, "/incidents", way)
    centre.happens("F-1")
    all_hear(pages, "F-1")
    pages[0].close()
    centre.happens("F-2")
    all_hear(pages[1:], "F-2")
    assert centre.streams.open == 1
    for page in pages[1:]:
        assert page.evaluate("window.heard.filter((one) => one === 'F-1').length") == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_cut_stream_resumes_by_the_last_id_for_all(
    screen: Screen, centre: Centre, way: str
) -> None:
    pages = tabs(screen, centre, "/incidents", way)
    centre.happens("F-1")
    all_hear(pages, "F-1")
    centre.streams.resumed_by.clear()  # until now each page began anew
    centre.streams.cut.set()
    for _ in range(1_200):
        pages[0].wait_for_timeout(50)
        if centre.streams.resumed_by:
            break
    centre.happens("F-2")
    centre.streams.cut.clear()
    all_hear(pages, "F-2")
    assert centre.streams.resumed_by
    assert all(number.isdecimal() for number in centre.streams.resumed_by)
    for page in pages:
        assert page.evaluate("window.heard.filter((one) => one === 'F-2').length") == 1


def test_a_wall_opened_later_shows_what_changed_before(screen: Screen, centre: Centre) -> None:
    pages = tabs(screen, centre, "/wall", "a shared worker")
    all_hear(pages, "tiles")
    assert centre.streams.open == 1
    for page in pages:
        wait_for(page, "!document.querySelector('.tile[data-stale], .tile[data-late]')")
        assert page.locator("#wall-incident-F-20261123-007").count() == 1
