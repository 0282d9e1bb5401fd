"""The platform as a process of its own beside a standing twin, and a viewer of its wall."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
from sqlalchemy import select

from incident.model import Incident, IncidentState
from incident.read import list_incidents
from monitors.impairment.model import NoticeStep
from monitors.impairment.notices import MONITORING
from ops_core.app.tables import TABLE_MODULES
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database, create_database_engine, migrate
from ops_core.kernel.events import EventBus
from ops_core.kernel.identity import OPERATOR_ROLES, create_user
from ops_core.kernel.permissions import Actor
from ops_core.kernel.tables import EventRow
from seat_assets.model import TerminalCondition
from seat_assets.read import current_conditions
from tests.pace import is_over

Found = TypeVar("Found")
NAME, PASSWORD = "li.ming", "correct-horse-battery"
START_LIMIT_S = 60.0
OPENED_AGAIN_AFTER_S = 1.0
POLL_S = 0.1
"""Between two looks: each reads every incident, on the processors that the platform needs."""
IMPAIRED_AT_MOST_S = 120.0
"""A platform that is late for longer than that, with the load of a suite, is broken."""
SAID_LINES = 25
OPEN = (IncidentState.DETECTED, IncidentState.ACKNOWLEDGED, IncidentState.RESPONDING)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], bool], limit_s: float, what: str) -> float:
    """Seconds until the condition held; AssertionError when it did not in time.

    The bound is stretched where others use the processors (:mod:`tests.pace`).
    """
    begun = time.monotonic()
    while not condition():
        assert not is_over(begun, limit_s), f"not within {limit_s:.0f} s: {what}"
        time.sleep(POLL_S)
    return time.monotonic() - begun


class Readings:
    """What was read of a database stands until another connection has written to it.

    A wait asks ten times a second, and what it asks costs the processors that the platform needs.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._kept: dict[str, tuple[int, Any]] = {}

    def read(self, name: str, read: Callable[[], Found]) -> Found:
        """What ``read`` finds, or found since the last write."""
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        if name not in self._kept or self._kept[name][0] != version:
            self._kept[name] = (version, read())
        found: Found = self._kept[name][1]
        return found

    def close(self) -> None:
        self._connection.close()


class RunningPlatform:
    """``zhishou serve`` with a database of its own; may be killed and started again."""

    def __init__(
        self, state_directory: Path, folder: Path, settings: Mapping[str, str] | None = None
    ) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        path = folder / "platform.sqlite"
        url = f"sqlite:///{path}"
        self._log = folder / "platform.log"
        self._environment = {
            **os.environ,
            "ZHISHOU_STATE_DIRECTORY": str(state_directory),
            "ZHISHOU_DATABASE_URL": url,
            "ZHISHOU_WEB_PORT": str(self.port),
            **(settings or {}),
        }
        self.database = Database(create_database_engine(url))
        migrate(self.database.engine, TABLE_MODULES)
        setup = Actor.system("setup")
        with unit_of_work(self.database, EventBus(), SystemClock(), setup) as uow:
            create_user(uow, NAME, "李明", PASSWORD, OPERATOR_ROLES)
        self._readings = Readings(path)
        self._process: subprocess.Popen[bytes] | None = None
        # One for every question: each client of its own would read all authorities anew.
        self._asking = httpx.Client(base_url=self.address, timeout=2)

    def start(self) -> None:
        """Start it and wait until it answers."""
        mortal = ["setpriv", "--pdeathsig", "KILL"]  # it must not outlive a killed test run
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*mortal, sys.executable, "-m", "ops_core.app.cli", "serve"],
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_for(self.answers, START_LIMIT_S, f"the platform answers; {self._log.read_text()}")

    def answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()
        try:
            return self._asking.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """SIGKILL, as power loss would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def close(self) -> None:
        self._asking.close()
        self._readings.close()
        self.database.close()

    def pause(self) -> None:
        """SIGSTOP: the process stands, as on a machine that is suspended or starved."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, which: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(which)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(20)
            self._process = None

    def incidents(self) -> list[Incident]:
        """Every incident, the latest first; merged ones are left out."""
        return list(self._readings.read("incidents", self._read_incidents))

    def _read_incidents(self) -> list[Incident]:
        with self.database.reading() as session:
            return [i for i in list_incidents(session) if i.merged_into is None]

    def open_incidents(self) -> list[Incident]:
        return [incident for incident in self.incidents() if incident.state in OPEN]

    def notices(self) -> list[EventRow]:
        """What was said of monitoring's own impairment, the oldest first."""
        return list(self._readings.read("notices", self._read_notices))

    def _read_notices(self) -> list[EventRow]:
        with self.database.reading() as session:
            said = select(EventRow).where(EventRow.aggregate_type == MONITORING)
            return list(session.scalars(said.order_by(EventRow.position)))

    def is_impaired(self) -> bool:
        """Whether the platform says that it is late itself."""
        said = self.notices()
        return bool(said) and said[-1].type == NoticeStep.IMPAIRED

    def wait_for(self, condition: Callable[[], bool], limit_s: float, what: str) -> float:
        """:func:`wait_for`; what the platform says to be late itself does not count.

        It promises nothing for that time but not to name what it does not know.
        """
        begun, excused, seen = time.monotonic(), 0.0, time.monotonic()
        while not condition():
            now = time.monotonic()
            if self.is_impaired() and excused < IMPAIRED_AT_MOST_S:
                excused += now - seen
            seen = now
            assert not is_over(begun + excused, limit_s), (
                f"not within {limit_s:.0f} s: {what}\n{self.said_last()}"
            )
            time.sleep(POLL_S)
        return time.monotonic() - begun

    def said_last(self) -> str:
        """The end of its log: for the message of a test that fails."""
        return "\n".join(self._log.read_text("utf-8", "replace").splitlines()[-SAID_LINES:])

    def wait_until_calm(self, limit_s: float = 60) -> None:
        """Wait until every device and seat is known to be up and no incident is open."""
        quiet = [0.0]

        def calm() -> bool:
            if self.open_incidents() or not self._all_up():
                quiet[0] = time.monotonic()
            return time.monotonic() - quiet[0] > 2

        quiet[0] = time.monotonic()
        self.wait_for(calm, limit_s, f"a calm centre; open: {self.open_incidents()}")

    def _all_up(self) -> bool:
        return self._readings.read("all up", self._read_all_up)

    def _read_all_up(self) -> bool:
        with self.database.reading() as session:
            conditions = current_conditions(session).values()
        return len(conditions) == 144 and all(c is TerminalCondition.OK for c in conditions)

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        """A signed-in client."""
        with httpx.Client(base_url=self.address, timeout=10) as client:
            cookies = _session(self.address)
            client.cookies.update(cookies)
            yield client


_sessions: dict[str, dict[str, str]] = {}


def _session(address: str) -> dict[str, str]:
    if address not in _sessions:
        with httpx.Client(base_url=address, timeout=20) as client:
            answer = client.post("/login", data={"name": NAME, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
            _sessions[address] = dict(client.cookies)
    return _sessions[address]


@dataclass
class WallViewer:
    """Follows the wall's stream as a browser does; ``frames`` are (monotonic time, text)."""

    platform: RunningPlatform
    frames: list[tuple[float, str]] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "WallViewer":
        threading.Thread(target=self._follow, daemon=True).start()
        wait_for(lambda: bool(self.frames), 20, "a first frame of the wall")
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()

    def _follow(self) -> None:
        """Opens the stream again where it ended, as a browser does."""
        with self.platform.client() as client:
            while not self._ended.is_set():
                with suppress(httpx.TransportError):
                    self._follow_once(client)
                self._ended.wait(OPENED_AGAIN_AFTER_S)

    def _follow_once(self, client: httpx.Client) -> None:
        page = client.get("/wall").text
        path = re.search(r'"(/wall/live[^"]*)"', page)
        assert path is not None, "the wall's page names no stream"
        with client.stream("GET", path.group(1).replace("&amp;", "&"), timeout=30) as answer:
            for line in answer.iter_lines():
                if line.startswith("data:"):
                    self.frames.append((time.monotonic(), line))
                if self._ended.is_set():
                    return

    def seconds_until(self, text: str, since: float, limit_s: float) -> float:
        """How long after ``since`` (monotonic) a frame brought the text."""

        def found() -> float | None:
            return next(
                (at for at, line in list(self.frames) if at >= since and text in line), None
            )

        seen = f"{text!r} on the wall"
        self.platform.wait_for(lambda: found() is not None, limit_s, seen)
        at = found()
        assert at is not None
        return at - since


@contextmanager
def running_platform(
    state_directory: Path, folder: Path, settings: Mapping[str, str] | None = None
) -> Iterator[RunningPlatform]:
    """A platform that runs while the block does."""
    platform = RunningPlatform(state_directory, folder, settings)
    platform.start()
    try:
        yield platform
    finally:
        platform.stop()
        platform.close()
