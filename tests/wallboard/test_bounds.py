"""What a request may bring and how slowly: sizes, heads, characters, files' rights."""

import asyncio
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from device_configs.site.model import Site
from ops_core.app.calendar_watch import calendar_concerns
from ops_core.kernel.database import open_database
from ops_core.kernel.identity.sign_in import SignInAttempt
from ops_core.kernel.private_files import make_database_private
from ops_core.kernel.settings import Settings
from ops_core.kernel.working_days import CalendarYear, WorkCalendar
from tests.wallboard.serve import PASSWORD, Served
from wallboard.bodies import MIB, ORDINARY_BYTES, STRANGERS_BYTES, Bounded, most_bytes
from wallboard.slow_heads import PromptH11Protocol


@pytest.mark.parametrize(
    ("path", "headers", "most"),
    [
        ("/login", {}, STRANGERS_BYTES),
        ("/api/calls/events", {}, STRANGERS_BYTES),
        ("/api/calls/events", {"authorization": "Bearer x"}, 16 * MIB),
        ("/orders", {"cookie": "a=b"}, ORDINARY_BYTES),
        ("/x", {"cookie": "a=b", "content-type": "multipart/form-data; boundary=x"}, 64 * MIB),
    ],
)
def test_how_much_a_body_may_hold(path: str, headers: dict[str, str], most: int) -> None:
    assert most_bytes(path, Headers(headers)) == most


async def test_a_body_is_refused_before_it_is_read(stranger: httpx.AsyncClient) -> None:
    arrived = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal arrived
        while arrived < 64 * MIB:
            arrived += 16_384
            yield b"x" * 16_384

    kind = {"content-type": "application/x-www-form-urlencoded"}
    announced = await stranger.post("/login", content=b"x" * (STRANGERS_BYTES + 1), headers=kind)
    assert announced.status_code == 413
    assert announced.headers["content-security-policy"]
    chunked = await stranger.post("/login", content=endless(), headers=kind)
    assert chunked.status_code == 413
    assert arrived <= STRANGERS_BYTES + 2 * 16_384


@pytest.mark.parametrize("address", ["/login?next=%00", "/a%00b", "/orders?q=%00"])
async def test_nul_in_an_address_is_refused(stranger: httpx.AsyncClient, address: str) -> None:
    assert (await stranger.get(address)).status_code == 400


async def test_a_body_that_does_not_come_is_given_up() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    async def receive() -> dict[str, object]:
        await asyncio.Event().wait()
        return {}

    async def send(_message: object) -> None:
        return

    scope = {"type": "http", "path": "/", "query_string": b"", "headers": [], "method": "POST"}
    with pytest.raises(HTTPException) as given_up:
        await Bounded(application, body_s=0.05)(scope, receive, send)  # type: ignore[arg-type]
    assert given_up.value.status_code == 408


async def test_a_head_that_does_not_end_is_dropped_and_a_prompt_one_is_answered() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    class Hasty(PromptH11Protocol):
        head_s = 0.3

    config = uvicorn.Config(application, port=0, http=Hasty, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server says so by an attribute alone
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        for request in (b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHo"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            async with asyncio.timeout(20):
                answer = await reader.read()
            assert answer.count(b"204") == request.count(b"\r\n\r\n")
            writer.close()
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"http://127.0.0.1:{port}/")).status_code == 204
    finally:
        server.should_exit = True
        await running


def test_the_databases_are_nobody_elses_to_read(tmp_path: Path) -> None:
    older = tmp_path / "zhishou.sqlite"
    older.touch(0o644)
    older.chmod(0o644)
    make_database_private(older)
    database = open_database(Settings(state_directory=tmp_path / "state"))
    with database.reading():
        pass
    files = [older, *(tmp_path / "state").rglob("*.sqlite*")]
    assert len(files) > 1
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    database.close()


def test_making_a_database_private_releases_no_lock_on_it(tmp_path: Path) -> None:
    """Closing any descriptor of a file drops all locks that the process holds on it (POSIX)."""
    held = tmp_path / "zhishou.sqlite"
    writer = sqlite3.connect(held, isolation_level=None)
    writer.execute("CREATE TABLE one (x)")
    writer.execute("BEGIN EXCLUSIVE")
    make_database_private(held)
    other = (
        "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('BEGIN EXCLUSIVE')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", other, held], capture_output=True, text=True, check=False
    )
    writer.close()
    assert "database is locked" in ended.stderr


def calendar(*years: int) -> WorkCalendar:
    return WorkCalendar({year: CalendarYear("", frozenset(), frozenset()) for year in years})


@pytest.mark.parametrize(
    ("years", "day", "missing"),
    [
        ((2026,), date(2026, 10, 31), None),
        ((2026,), date(2026, 11, 1), 2027),
        ((2026,), date(2026, 12, 31), 2027),
        ((2026, 2027), date(2026, 12, 31), None),
        ((2026,), date(2027, 1, 1), 2027),
    ],
)
def test_the_next_years_notice_is_missed_from_november_on(
    years: tuple[int, ...], day: date, missing: int | None
) -> None:
    assert calendar(*years).missing_year(day) == missing


def test_the_platform_says_that_the_calendar_ends(site: Site) -> None:
    last = max(site.calendar.years)
    assert not [*calendar_concerns(site, datetime(last, 10, 31, 15, 59, tzinfo=UTC))]
    (concern,) = calendar_concerns(site, datetime(last, 10, 31, 16, 0, tzinfo=UTC))
    assert str(last + 1) in concern.text


async def test_guessing_takes_no_thread_from_those_who_work(
    stranger: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hashes wait for each other; a command goes on meanwhile."""
    go_on = threading.Event()
    monkeypatch.setattr(SignInAttempt, "verify", lambda *_: go_on.wait(60) and False)
    form = {"name": "li.ming", "password": PASSWORD, "target": "/"}
    guesses = [asyncio.create_task(stranger.post("/login", data=form)) for _ in range(4)]
    await asyncio.sleep(0.3)
    async with asyncio.timeout(20):
        assert (await stranger.post("/logout")).status_code == 303
    go_on.set()
    assert {answer.status_code for answer in await asyncio.gather(*guesses)} == {401}


async def test_signing_in_while_the_database_is_busy_is_put_off(
    served: Served, stranger: httpx.AsyncClient
) -> None:
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with served.unit_of_work():
            held.set()
            release.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    await asyncio.to_thread(held.wait)
    try:
        form = {"name": "li.ming", "password": PASSWORD, "target": "/"}
        answer = await stranger.post("/login", data=form)
    finally:
        release.set()
        holder.join()
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "数据库" in answer.text
