"""A real Chromium before a real server; breaches of the policy and foreign requests fail a test."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from ops_core.kernel.clock import SystemClock
from tests.pace import recent_slowness
from tests.wallboard.day import tell_day
from tests.wallboard.sample import SampleCentre
from tests.wallboard.serve import PASSWORD, make
from tests.wallboard.serve import Served as Made
from wallboard.application import create_application

CHROMIUM = "/usr/bin/chromium-headless-shell"
"""Chromium without windows, profiles and extensions: what Playwright takes by itself."""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic"]
START_LIMIT_S = 120
PATIENCE_MS = 15_000
LONGEST_MS = 30_000
ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@cache
def _asking() -> httpx.Client:
    """One for every server: each client of its own would read all authorities anew."""
    return httpx.Client(timeout=2)


def wait_until_served(address: str) -> None:
    limit = time.monotonic() + START_LIMIT_S
    while time.monotonic() < limit:
        try:
            if _asking().get(f"{address}/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail(f"no answer from {address} within {START_LIMIT_S} s")


@dataclass
class Served:
    """A server in a thread of this process: tests change the centre directly."""

    address: str
    centre: SampleCentre
    made: Made


class ServerThread:
    """uvicorn beside the test."""

    def __init__(
        self,
        directory: Path,
        *,
        calm: bool = False,
        port: int | None = None,
        records: bool = True,
    ) -> None:
        self.made = made = make(directory, SystemClock(), calm=calm)
        if records:
            tell_day(made, calm=calm)
        self._port = port or free_port()
        config = uvicorn.Config(
            create_application(made.dependencies),
            port=self._port,
            log_level="error",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self.served = Served(f"http://127.0.0.1:{self._port}", made.centre, made)

    def __enter__(self) -> Served:
        self._thread.start()
        wait_until_served(self.served.address)
        return self.served

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self.made.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """The centre on a bad day: a circuit cut, a display dark, a source unheard of."""
    with ServerThread(tmp_path) as served:
        yield served


@pytest.fixture
def calm(tmp_path: Path) -> Iterator[Served]:
    """The centre on a good day."""
    with ServerThread(tmp_path, calm=True) as served:
        yield served


@pytest.fixture(scope="package")
def bad_day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """As ``served``, for all tests that only look."""
    with ServerThread(tmp_path_factory.mktemp("bad-day")) as served:
        yield served


@pytest.fixture(scope="package")
def good_day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """As ``calm``, for all tests that only look."""
    with ServerThread(tmp_path_factory.mktemp("good-day"), calm=True) as served:
        yield served


@dataclass
class OwnProcess:
    """A server that can be frozen and thawed as a whole."""

    address: str
    port: int
    process: subprocess.Popen[bytes]

    def freeze(self) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def start_again(self) -> None:
        self.process = start_process(self.port)
        wait_until_served(self.address)


def start_process(port: int) -> subprocess.Popen[bytes]:
    """The server, which must not outlive a killed test run."""
    command = ["setpriv", "--pdeathsig", "KILL", sys.executable, "-m", "tests.wallboard.serve"]
    return subprocess.Popen([*command, "--port", str(port)], cwd=ROOT)


@pytest.fixture
def own_process() -> Iterator[OwnProcess]:
    port = free_port()
    running = OwnProcess(f"http://127.0.0.1:{port}", port, start_process(port))
    wait_until_served(running.address)
    yield running
    running.thaw()
    running.kill()


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.fail("Chromium is missing: apt-get install chromium-headless-shell")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@dataclass
class Watch:
    """What must not happen in a page; :attr:`expected` holds console errors a test causes."""

    breaches: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def note(self, text: str) -> None:
        if not any(part in text for part in self.expected):
            self.breaches.append(text)


def watch_over(context: BrowserContext) -> Watch:
    """Collect policy breaches, script errors and requests that leave this machine."""
    watch = Watch()
    context.add_init_script(
        "document.addEventListener('securitypolicyviolation', (e) =>"
        " console.error('policy breach: ' + [e.violatedDirective, e.blockedURI, location.pathname,"
        " e.sourceFile, e.lineNumber, e.sample].join(' ')));"
    )
    context.on("request", lambda request: _local(watch, request.url))
    context.on("weberror", lambda error: watch.note(f"script error: {error.error}"))
    context.on(
        "console",
        lambda message: watch.note(message.text) if "policy breach" in message.text else None,
    )
    return watch


def _local(watch: Watch, url: str) -> None:
    if not url.startswith(("http://127.0.0.1:", "data:")):
        watch.note(f"foreign request: {url}")


@pytest.fixture
def contexts(browser: Browser) -> Iterator[list[BrowserContext]]:
    opened: list[BrowserContext] = []
    yield opened
    for context in opened:
        context.close()


@pytest.fixture
def screen(browser: Browser, contexts: list[BrowserContext]) -> Iterator["Screen"]:
    made = Screen(browser, contexts)
    yield made
    breaches = [breach for watch in made.watches for breach in watch.breaches]
    assert breaches == []


class Screen:
    """Opens signed-in pages of a given size and language."""

    def __init__(self, browser: Browser, contexts: list[BrowserContext]) -> None:
        self._browser, self._contexts = browser, contexts
        self.watches: list[Watch] = []

    def open(
        self,
        address: str,
        path: str,
        size: tuple[int, int] = (1920, 1080),
        language: str = "zh",
        user: str = "li.ming",
        timezone: str = "Asia/Shanghai",
    ) -> Page:
        width, height = size
        context = self._browser.new_context(
            viewport={"width": width, "height": height}, timezone_id=timezone
        )
        self._contexts.append(context)
        self.watches.append(watch_over(context))
        context.add_cookies([{"name": "zhishou_language", "value": language, "url": address}])
        # Signed in by the request interface: the sign-in page has a test of its own.
        form = {"name": user, "password": PASSWORD, "target": "/"}
        answer = context.request.post(
            f"{address}/login",
            form=form,
            headers={"sec-fetch-site": "same-origin"},
            max_redirects=0,
        )
        assert answer.status == 303
        page = context.new_page()
        page.set_default_timeout(LONGEST_MS * recent_slowness())
        page.goto(f"{address}{path}")
        return page


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """What is waited for comes by the live stream, over a database: a busy machine gets time."""
    expect.set_options(timeout=PATIENCE_MS * recent_slowness())
    yield
    expect.set_options(timeout=5_000)


@dataclass(frozen=True)
class Pictures:
    """Pictures for a person to look at, written to ``folder``; without one none is drawn.

    A test asserts nothing of them, and drawing one takes much of a processor.
    """

    folder: Path | None

    def take(self, shown: Page | Locator, name: str, *, full_page: bool = False) -> None:
        """Draw a page or a part of it; ``full_page`` takes in what is scrolled out of view."""
        if self.folder is None:
            return
        if isinstance(shown, Page):
            shown.screenshot(path=self.folder / name, full_page=full_page)
        else:
            shown.screenshot(path=self.folder / name)

    def keep(self, name: str, content: bytes) -> None:
        """Write what a test printed."""
        if self.folder is not None:
            (self.folder / name).write_bytes(content)


@pytest.fixture
def screenshots(request: pytest.FixtureRequest) -> Pictures:
    """Where pictures are written: ``--screenshots``, or nowhere."""
    chosen = request.config.getoption("--screenshots", default=None)
    folder = Path(chosen) if chosen else None
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    return Pictures(folder)
