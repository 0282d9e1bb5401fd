"""The newest parts in trouble: nothing is half done, whoever asks learns when to come again."""

import csv
import io
import sqlite3
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
from openpyxl import load_workbook

from ops_core.hotline.orders.steps import Step
from ops_core.kernel.audit import verify_chain
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database, create_database_engine
from ops_core.kernel.errors import DatabaseBusy
from tests.faults.locked_file import locked
from tests.faults.test_full_disk import SmallDisk, first_refusal
from tests.full_disk import full_disk
from tests.ops_core.kernel.test_evidence_files import PDF
from tests.wallboard.conftest import NOW, ORIGIN, sign_in
from tests.wallboard.hotline_story import Story
from tests.wallboard.serve import Served, make
from tests.wallboard.test_deadline_policies import RULES
from tests.wallboard.test_open311 import handler_key, say
from wallboard.application import create_application

WAIT_S = 0.2
FILES = [("files", ("现场.pdf", PDF))]
Trouble = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True)
class InTrouble:
    """What is served on a small disk, with an order that was dispatched and one of a city."""

    served: Served
    disk: SmallDisk
    order: str
    of_city: str
    city_key: str

    @property
    def file(self) -> Path:
        return self.disk.folder / "wall.sqlite"

    @contextmanager
    def full(self) -> Iterator[None]:
        """Neither the disk nor the database's own file has any room left."""
        self.disk.fill()
        first_refusal(DatabaseBusy, self._note)
        yield
        self.disk.free()

    def locked(self) -> AbstractContextManager[None]:
        return locked(self.file)

    def _note(self) -> None:
        with self.served.unit_of_work() as uow:
            uow.audit("done", "test", "1", {"text": "x" * 2_000})

    def stored(self) -> Mapping[str, list[tuple[object, ...]]]:
        """Every row but those that fill the disk."""
        with closing(sqlite3.connect(self.file)) as connection:
            names = [n for (n,) in connection.execute("SELECT name FROM sqlite_master "
                     "WHERE type='table' AND name NOT LIKE '%_fts%'")]  # fmt: skip
            rows = {n: connection.execute(f'SELECT * FROM "{n}"').fetchall() for n in names}  # noqa: S608 - our own names
        return {n: found for n, found in rows.items() if n not in ("audit_entries", "audit_head")}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def trouble(tmp_path: Path, clock: FixedClock) -> Iterator[InTrouble]:
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", folder], check=True)
    made = make(folder, clock)
    made.dependencies.database.close()
    database = Database(create_database_engine(f"sqlite:///{folder}/wall.sqlite", WAIT_S))
    served = replace(made, dependencies=replace(made.dependencies, database=database))
    story = Story(served)
    story.call("c-1")
    of_city = story.order("r-2")
    story.step(of_city, Step.DISPATCH, "dispatcher", "city_1")
    key = handler_key(served)
    order = story.order("r-1", Step.DISPATCH)
    yield InTrouble(served, SmallDisk(folder), order, of_city, key)
    served.close()
    subprocess.run(["umount", "-l", folder], check=True)


@asynccontextmanager
async def browser(served: Served, user: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_application(served.dependencies))
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers) as client:
        await sign_in(client, user)
        yield client


Act = Callable[[httpx.AsyncClient, InTrouble], Awaitable[httpx.Response]]
EXEMPTION = {
    "indicators": [1], "start": "2026-11-20T00:00:00+08:00", "end": "2026-11-20T02:00:00+08:00",
    "reason": "停电", "evidence": "停电通知第7号",
}  # fmt: skip
LONG_EXEMPTION = EXEMPTION | {"reason": "停电" * 400}
POLICY = {"rules": RULES, "effective_from": "2026-12-24T00:00:00+08:00", "reason": "3号文"}
ACTS: Mapping[str, tuple[str, Act]] = {
    "undo": ("dispatcher", lambda c, t: c.post(f"/api/orders/{t.order}/undo", json={})),
    "saved view": ("dispatcher", lambda c, _: c.post("/api/views", json={"name": "早班"})),
    "attachment": (
        "dispatcher",
        lambda c, t: c.post(f"/api/attachments/orders/{t.order}", data={}, files=FILES),
    ),
    "exemption": ("supervisor", lambda c, _: c.post("/api/exemptions", json=EXEMPTION)),
    "policy": ("supervisor", lambda c, _: c.post("/api/deadlines", json=POLICY)),
    "city update": (
        "guest",
        lambda c, t: say(c, t.city_key, t.of_city, "u-1", "closed", description="已修好"),
    ),
}
"""Each by the account that may, over the API; an update signs and replies in one."""


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("kind", ["full", "locked"])
async def test_a_change_in_trouble_is_refused_whole_and_taken_afterwards(
    kind: str, name: str, trouble: InTrouble
) -> None:
    user, act = ACTS[name]
    async with browser(trouble.served, user) as client:
        before = trouble.stored()
        with getattr(trouble, kind)():
            refused = await act(client, trouble)
        no_room = (name, kind) == ("attachment", "full")  # nothing is stored, so nothing is linked
        assert refused.status_code == (507 if no_room else 503), refused.text
        assert no_room or int(refused.headers["retry-after"]) > 0
        assert trouble.stored() == before
        done = await act(client, trouble)
        assert done.status_code < 300, done.text
        assert trouble.stored() != before
    with trouble.served.dependencies.database.reading() as session:
        assert verify_chain(session) == []


LIST = "exemptions"
READERS: Mapping[str, Callable[[bytes], list[object]]] = {
    "xlsx": lambda content: list(load_workbook(io.BytesIO(content)).active.values),  # type: ignore[union-attr]
    "csv": lambda content: list(csv.reader(io.StringIO(content.decode("utf-8-sig")))),
}


@pytest.mark.parametrize("kind", ["full", "locked"])
async def test_a_list_is_taken_away_while_nothing_can_be_written(
    kind: str, trouble: InTrouble
) -> None:
    async with browser(trouble.served, "supervisor") as client:
        assert (await client.post("/api/exemptions", json=EXEMPTION)).status_code == 201
        with getattr(trouble, kind)():
            for as_format, rows_of in READERS.items():
                asked = {"as_format": as_format}
                taken = await client.get(f"/lists/{LIST}/export", params=asked)
                assert taken.status_code == 200
                assert len(rows_of(taken.content)) == 2
            program = await client.get(f"/api/lists/{LIST}")
            assert len(program.json()["rows"]) == 1


@pytest.mark.parametrize("room", ["none", "some"])
async def test_a_workbook_that_finds_no_room_is_no_half_of_one(
    room: str, trouble: InTrouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither before its first byte nor in the middle, where lxml has an error of its own."""
    folder = tmp_path / "temporary"
    async with browser(trouble.served, "supervisor") as client:
        for _ in range(40):
            made = await client.post("/api/exemptions", json=LONG_EXEMPTION)
            assert made.status_code == 201
        export = partial(client.get, f"/lists/{LIST}/export", params={"as_format": "xlsx"})
        with full_disk(folder) if room == "none" else small_disk(folder):
            monkeypatch.setattr(tempfile, "tempdir", str(folder))
            page = await export()
            program = await export(headers={"accept": "application/json"})
            assert left_workbooks(folder) == [], "what it wrote is taken away"
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        assert (page.status_code, program.status_code) == (503, 503)
        assert page.headers["retry-after"] == program.headers["retry-after"] == "30"
        assert "磁盘已满" in page.text
        assert program.json()["type"] == "urn:zhishou:problem:disk-full"
        assert (await export()).status_code == 200
    assert left_workbooks(tmp_path) == []


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system with room for the beginning of a workbook."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "none", folder], check=True)
    yield
    subprocess.run(["umount", "-l", folder], check=True)


def left_workbooks(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir() if file.name.startswith("openpyxl.")]


@pytest.mark.parametrize("by", [timedelta(hours=1), timedelta(days=1)], ids=["hour", "day"])
@pytest.mark.parametrize("name", ["saved view", "attachment", "exemption", "policy", "city update"])
async def test_a_clock_that_was_set_back_or_forward_refuses_nothing_for_good(
    name: str, by: timedelta, trouble: InTrouble, clock: FixedClock
) -> None:
    user, act = ACTS[name]
    async with browser(trouble.served, user) as client:
        clock.adjust(-by)
        done = await act(client, trouble)
        assert done.status_code < 300, done.text
        clock.adjust(2 * by)
        signed_in = await client.get("/api/views")
        assert signed_in.status_code in (200, 401, 403)
        clock.adjust(-by)
    async with browser(trouble.served, "dispatcher") as client:
        assert (await client.get(f"/api/orders/{trouble.order}")).status_code == 200
    with trouble.served.dependencies.database.reading() as session:
        assert verify_chain(session) == []


DONE_ON = "/callbacks?show=done&day="


@pytest.mark.parametrize("kind", ["full", "locked"])
async def test_callbacks_of_a_day_are_read_while_nothing_can_be_written(
    kind: str, trouble: InTrouble, clock: FixedClock
) -> None:
    day = f"{clock.now():%Y-%m-%d}"
    async with browser(trouble.served, "callback_agent") as client:
        with getattr(trouble, kind)():
            assert (await client.get(DONE_ON + day)).status_code == 200
            assert (
                await client.get("/api/lists/callbacks?show=done&day=" + day)
            ).status_code == 200


@pytest.mark.parametrize("by", [timedelta(days=-1), timedelta(days=1)], ids=["back", "forward"])
async def test_callbacks_of_a_day_are_read_by_a_clock_that_was_set(
    by: timedelta, trouble: InTrouble, clock: FixedClock
) -> None:
    day = f"{clock.now():%Y-%m-%d}"
    clock.adjust(by)
    async with browser(trouble.served, "callback_agent") as client:
        assert (await client.get(DONE_ON + day)).status_code == 200
