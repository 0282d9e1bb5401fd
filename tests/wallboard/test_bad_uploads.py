"""Whatever is handed in that cannot be used: refused over HTTP in plain words, nothing stored.

At every route that takes files: a new one without its row fails here. By the page's form and by the
program's, of a file of evidence and of a table that is taken over.
"""

import io
from collections.abc import AsyncIterator
from datetime import date

import httpx
import openpyxl
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from sqlalchemy import func, select

from ops_core.hotline.orders.steps import Step
from ops_core.kernel.evidence_files import EvidenceStore, evidence_store
from ops_core.kernel.tables import EvidenceFileRow
from ops_core.registers.service import PlanDraft, StepTaken, plan_item, take_step
from ops_core.registers.tables import RegisterItemRow
from tests.ops_core.registers.story import FIELDS
from tests.wallboard.conftest import sign_in
from tests.wallboard.hotline_story import Story
from tests.wallboard.serve import Served
from wallboard.application import create_application
from wallboard.uploads import upload_by

MIB = 1 << 20
HEADER = ("名称", "到期日", "活动类别", "地点", "计划人数")


def workbook(*rows: tuple[object, ...], merged: str = "") -> bytes:
    book = openpyxl.Workbook()
    for row in (HEADER, *rows):
        book.worksheets[0].append(row)
    if merged:
        book.worksheets[0].merge_cells(merged)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def table(text: str) -> bytes:
    return (",".join(HEADER) + "\r\n" + text).encode("gb18030")


EVIDENCE = {
    "a program": ("总结.exe", b"MZ\x90\x00", "不接受这种文件"),
    "a program by the name of a document": ("总结.pdf", b"MZ\x90\x00", "文件内容与名称不符"),
    "a document by the name of a picture": ("照片.png", b"%PDF-1.7", "文件内容与名称不符"),
    "control characters in a text": (
        "说明.txt",
        "说明\x00\x07\x1b[2J".encode(),
        "文件内容与名称不符",
    ),
    "half of a workbook": ("数据.xlsx", workbook()[:200], "文件内容与名称不符"),
    "nothing": ("说明.txt", b"", "文件是空的"),
}
TABLES = {
    "merged cells": (
        "计划.xlsx",
        workbook(("走访", "2026-12-01", "走基层", "a", 1), ("走访二", "2026-12-02", None, "b", 1),
                 merged="C2:C3"),
        "C2:C3 是合并单元格",
    ),
    "a number that is no day": (
        "计划.xlsx", workbook(("走访", 12, "走基层", "a", 1)), "请写成 2026-11-30 的形式",
    ),
    "a formula": ("计划.xlsx", workbook(("=1+1", "2026-12-01", "走基层", "a", 1)), "是公式"),
    "a text of a megabyte": (
        "计划.xlsx", workbook(("走访", "2026-12-01", "走基层", "x" * 32_000, 1)), "请控制在",
    ),
    "a megabyte in GB18030": ("计划.csv", table("走" * 600_000 + ",,,,\r\n"), "无法读取"),
    "control characters": ("计划.csv", table("走访\x00,2026-12-01,走基层,a,1\r\n"), "无法读取"),
    "a good row before a bad one": (
        "计划.csv", table("走访,2026-12-01,走基层,a,1\r\n走访二,2026-12-01,团建,a,1\r\n"), "可选",
    ),
}  # fmt: skip


@pytest.fixture
def item(served: Served) -> str:
    """A started activity, ready to be submitted with its files."""
    site = served.dependencies.site
    with served.unit_of_work() as uow:
        draft = PlanDraft("走访", date(2026, 12, 30), FIELDS["activities"])
        number = plan_item(uow, site, "activities", draft).number
        take_step(uow, site, number, "start", StepTaken())
    return number


def stored(served: Served) -> tuple[int, int, int, list[str]]:
    """Items, their versions, rows of evidence, and files on the disk, half-written ones too."""
    store: EvidenceStore = evidence_store(served.dependencies.settings)
    with served.dependencies.database.reading() as session:
        row = RegisterItemRow
        items = session.scalar(select(func.count()).select_from(row)) or 0
        versions = session.scalar(select(func.coalesce(func.sum(row.version), 0))) or 0
        files = session.scalar(select(func.count()).select_from(EvidenceFileRow)) or 0
    left = [path.name for path in store.folder.rglob("*") if path.is_file()]
    return items, versions, files, sorted(left)


async def handed(client: httpx.AsyncClient, path: str, name: str, content: bytes) -> httpx.Response:
    data = {"reason": "done", "field.attended": "12"}
    return await client.post(path, data=data, files={"files": (name, content)})


@pytest.fixture
def order(served: Served) -> str:
    """A signed order, which takes attachments."""
    story = Story(served)
    story.call("c-1")
    return story.order("r-1", Step.SIGN)


TAKES_EVIDENCE = {
    "/registers/items/{number}/{step}": "/registers/items/{item}/submit",
    "/api/registers/items/{number}/{step}": "/api/registers/items/{item}/submit",
    "/attachments/{kind}/{number}": "/attachments/orders/{order}",
    "/api/attachments/{kind}/{number}": "/api/attachments/orders/{order}",
}
"""Routes that keep files as evidence, and an address of each."""
TAKES_TABLES = {
    "/registers/{kind_name}/import": "/registers/activities/import",
    "/api/registers/{kind_name}/import": "/api/registers/activities/import",
}
"""Routes that take a table over."""


def reads_uploads(dependant: Dependant) -> bool:
    """Whether a route asks for what :func:`wallboard.uploads.upload_by` reads."""
    made_by = getattr(dependant.call, "__qualname__", "")
    return made_by.startswith(upload_by.__name__) or any(map(reads_uploads, dependant.dependencies))


def test_every_route_that_takes_files_is_tried_with_bad_ones(served: Served) -> None:
    app = create_application(served.dependencies)
    assert isinstance(app, FastAPI)
    found = {
        str(context.path)
        for context in iter_route_contexts(app.routes)
        if (dependant := getattr(context.route, "dependant", None)) and reads_uploads(dependant)
    }
    assert found == set(TAKES_EVIDENCE) | set(TAKES_TABLES)


@pytest.mark.parametrize("path", TAKES_EVIDENCE.values())
@pytest.mark.parametrize(("name", "content", "said"), EVIDENCE.values(), ids=EVIDENCE)
async def test_no_bad_file_becomes_evidence(
    stranger: httpx.AsyncClient, served: Served, item: str, order: str, path: str, name: str,
    content: bytes, said: str,
) -> None:  # fmt: skip
    await sign_in(stranger, "supervisor")
    before = stored(served)
    answer = await handed(stranger, path.format(item=item, order=order), name, content)
    assert answer.status_code == 422, answer.text
    assert said in answer.text
    assert stored(served) == before


@pytest.mark.parametrize("path", TAKES_TABLES.values())
@pytest.mark.parametrize(("name", "content", "said"), TABLES.values(), ids=TABLES)
async def test_no_row_of_a_bad_table_is_taken_over(
    stranger: httpx.AsyncClient, served: Served, path: str, name: str, content: bytes, said: str
) -> None:
    await sign_in(stranger, "supervisor")
    before = stored(served)
    answer = await handed(stranger, path, name, content)
    assert answer.status_code == 422, answer.text
    assert said in answer.text
    assert stored(served) == before


async def test_a_table_with_serial_dates_and_one_in_gb18030_are_taken_over(
    stranger: httpx.AsyncClient, served: Served
) -> None:
    await sign_in(stranger, "supervisor")
    serial = (date(2026, 12, 1) - date(1899, 12, 30)).days
    tables = (("a.xlsx", workbook(("走访", serial, "走基层", "a", 1))),
              ("b.csv", table("宣讲,2026/12/2,政策宣贯,b,2\r\n")))  # fmt: skip
    for name, content in tables:
        answer = await handed(stranger, "/api/registers/activities/import", name, content)
        assert answer.status_code == 201, answer.text
    with served.dependencies.database.reading() as session:
        due = session.scalars(select(RegisterItemRow.due_on).order_by(RegisterItemRow.number))
        assert [str(one)[:10] for one in due] == ["2026-12-01", "2026-12-02"]


async def endless(size: int) -> AsyncIterator[bytes]:
    yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
    for _ in range(size // MIB):
        yield b"a" * MIB


@pytest.mark.parametrize("path", [*TAKES_EVIDENCE.values(), *TAKES_TABLES.values()])
async def test_a_file_of_200_megabytes_is_refused_whether_it_is_announced_or_not(
    stranger: httpx.AsyncClient, served: Served, item: str, order: str, path: str
) -> None:
    await sign_in(stranger, "supervisor")
    before, at = stored(served), path.format(item=item, order=order)
    headers = {"content-type": "multipart/form-data; boundary=x"}
    announced = headers | {"content-length": str(200 * MIB)}
    for given in (headers, announced):
        answer = await stranger.post(at, content=endless(200 * MIB), headers=given)
        assert answer.status_code == 413, answer.text
        assert "过大" in answer.text
        assert "拆分" in answer.text
    assert stored(served) == before
