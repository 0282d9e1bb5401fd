"""Forms with files over HTTP, and files taken away again; a route of the test hands them in."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated, cast

import httpx
import pytest
from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse

from ops_core.kernel.errors import Forbidden
from ops_core.kernel.evidence_links import link_evidence
from ops_core.kernel.permissions import Actor, Permission
from tests.ops_core.kernel.test_evidence_files import DOCX, PDF, ZONE
from tests.wallboard.conftest import ORIGIN, sign_in
from tests.wallboard.serve import Served
from wallboard import evidence
from wallboard.application import create_application
from wallboard.snapshot import Snapshot
from wallboard.uploads import UploadedForm, upload_by
from wallboard.web import SignedInReader
from wallboard.work import Commanding

MIB = 1 << 20
router = APIRouter(include_in_schema=False)
Upload = Annotated[UploadedForm, Depends(upload_by(Permission.SEE_INCIDENTS))]


@router.post("/hand-in")
async def hand_in(reader: SignedInReader, upload: Upload, command: Commanding) -> JSONResponse:
    stored = await upload.take_in("files")
    linked = await command(
        ("plan", "R-1"),
        lambda uow: [link_evidence(uow, "plan", upload.field("subject"), one, ZONE).number
                     for one in stored],
    )  # fmt: skip
    return JSONResponse(linked)


def only_the_engineer(seen: Snapshot, subject_id: str, actor: Actor) -> None:
    if actor.name != "li.ming":
        raise Forbidden("没有权限")


@pytest.fixture
async def client(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setattr(evidence, "SIGHT", {"plan": only_the_engineer})
    given = served.dependencies
    settings = given.settings.model_copy(update={"evidence_file_mb": 1})
    app = create_application(replace(given, settings=settings))
    app.include_router(router)
    headers = {"accept": "application/json", "sec-fetch-site": "same-origin"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers) as opened:
        yield opened


async def hand(client: httpx.AsyncClient, **files: bytes) -> httpx.Response:
    return await client.post(
        "/hand-in",
        data={"subject": "R-1"},
        files=[("files", (f"{name}.{'docx' if content[:2] == b'PK' else 'pdf'}", content))
               for name, content in files.items()],
    )  # fmt: skip


async def test_files_come_in_and_go_out_as_attachments(client: httpx.AsyncClient) -> None:
    await sign_in(client, "li.ming")
    first, second = (await hand(client, 方案=DOCX, 总结=PDF)).json()
    for base in ("/evidence", "/api/evidence"):
        answer = await client.get(f"{base}/{second}")
        assert (answer.status_code, answer.content) == (200, PDF)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''%E6%80%BB%E7%BB%93.pdf"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await client.get(f"/evidence/{first}")).content == DOCX
    assert (await client.get("/evidence/E-20261123-09999")).status_code == 404


async def test_who_may_not_see_the_subject_gets_no_file(client: httpx.AsyncClient) -> None:
    await sign_in(client, "li.ming")
    (number,) = (await hand(client, a=PDF)).json()
    await sign_in(client, "guest")
    assert (await client.get(f"/evidence/{number}")).status_code == 403


async def test_a_stranger_sends_nothing(client: httpx.AsyncClient) -> None:
    assert (await hand(client, a=PDF)).status_code == 401


async def test_who_lacks_the_permission_sends_nothing(client: httpx.AsyncClient) -> None:
    await sign_in(client, "agent")
    sent: list[int] = []
    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = await client.post("/hand-in", content=endless(sent), headers=headers)
    assert (answer.status_code, sent) == (403, [])


async def endless(sent: list[int]) -> AsyncIterator[bytes]:
    """A form whose file has no end; ``sent`` counts what was asked of it."""
    yield (b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n' + PDF)
    while True:
        sent.append(65536)
        yield bytes(65536)


async def test_more_than_may_come_is_not_read(client: httpx.AsyncClient) -> None:
    await sign_in(client, "li.ming")
    headers = {"content-type": "multipart/form-data; boundary=x"}
    announced = headers | {"content-length": str(200 * MIB)}
    answer = await client.post("/hand-in", content=PDF, headers=announced)
    assert answer.status_code == 413
    assert answer.json()["title"]
    sent: list[int] = []
    answer = await client.post("/hand-in", content=endless(sent), headers=headers)
    assert answer.status_code == 413
    assert sum(sent) < 3 * MIB


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"a=1", "application/x-www-form-urlencoded"),
        (b"nothing", "multipart/form-data"),
        (b"--y\r\nbroken", "multipart/form-data; boundary=x"),
        (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"x" * MIB * 2,
         "multipart/form-data; boundary=x"),
        (b'--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--\r\n',
         "multipart/form-data; boundary=x"),
    ],
    ids=["no form with files", "no boundary", "another boundary", "too large a field", "no name"],
)  # fmt: skip
async def test_what_is_no_form_is_refused_plainly(
    client: httpx.AsyncClient, body: bytes, kind: str
) -> None:
    await sign_in(client, "li.ming")
    answer = await client.post("/hand-in", content=body, headers={"content-type": kind})
    assert answer.status_code in (413, 422), answer.text
    assert cast(str, answer.json()["title"])
