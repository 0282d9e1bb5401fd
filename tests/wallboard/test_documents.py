"""The pages of the documents: every document in both languages, searched, and taken away."""

import io
import re
from dataclasses import replace
from urllib.parse import unquote

import httpx
import pytest
from openpyxl import load_workbook

from device_configs.documents.contents import Document
from device_configs.documents.files import MEDIA_TYPES, DocumentFile, file_content
from device_configs.documents.speech import Speech
from device_configs.site.model import Site
from ops_core.kernel.i18n import Language
from tests.wallboard.conftest import ORIGIN, sign_in
from tests.wallboard.serve import Served
from wallboard.application import create_application

PAGE = "/network/documents"


async def speak(client: httpx.AsyncClient, language: Language) -> None:
    await client.post("/language", data={"language": language, "target": PAGE})


def body_of(page: str) -> str:
    """What stands on the page below the menu and above the dialogs."""
    return page[page.index("<main") : page.index("</main>")]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (Document.TOPOLOGY, ["网络拓扑图", "core-b-ips-a 10G-5", "10.253.2.14/31", "物理隔离"]),
        (Document.ADDRESSES, ["地址规划", "10.20.20.10", "虚拟地址 svc/gate", "203.0.113.1"]),
        (Document.CABLING, ["core-a--sw-1", "10G-11", "duct:floor-a 话务区A桥架", "线缆标签"]),
        (Document.RACKS, ["示例省12345热线 机柜图", "U28-35", "DEMO-0007"]),
        (Document.POLICIES, ["agents-platform", "↑200 ↓400", "10.20.2.0/23", "UDP广播放大"]),
    ],
)
async def test_each_document_is_a_page(
    onlooker: httpx.AsyncClient, document: Document, words: list[str]
) -> None:
    answer = await onlooker.get(f"{PAGE}/{document}")
    assert answer.status_code == 200
    for word in words:
        assert word in answer.text, word
    assert f'href="{PAGE}/{document}"' in answer.text
    assert f'href="{PAGE}" data-key="g m" aria-current="page"' in answer.text


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (Document.TOPOLOGY, ["Example provincial 12345 hotline: network topology", "Half A"]),
        (Document.ADDRESSES, ["Address plan", "Free share", "Virtual address svc/gate"]),
        (Document.CABLING, ["Shared risks", "Redundant", "East entry duct"]),
        (Document.RACKS, ["Main rack of half A", "front view, unit 1 at the bottom"]),
        (Document.POLICIES, ["Mon-Fri 08:30-17:30", "Whatever no rule matches", "Gate channels"]),
    ],
)
async def test_each_document_is_in_english_too(
    onlooker: httpx.AsyncClient, document: Document, words: list[str]
) -> None:
    await speak(onlooker, Language.ENGLISH)
    page = body_of((await onlooker.get(f"{PAGE}/{document}")).text)
    for word in words:
        assert word in page, word
    assert not re.search("[一-鿿]", page)


async def test_the_first_document_is_the_topology(onlooker: httpx.AsyncClient) -> None:
    page = (await onlooker.get(PAGE)).text
    assert body_of(page) == body_of((await onlooker.get(f"{PAGE}/topology")).text)


async def test_pages_hold_no_style_and_no_script_of_their_own(onlooker: httpx.AsyncClient) -> None:
    for document in Document:
        page = (await onlooker.get(f"{PAGE}/{document}")).text
        assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", page), document
        assert not re.search(r"<script(?![^>]*src=)", page), document


async def test_a_search_keeps_the_matching_rows_and_says_how_many(
    onlooker: httpx.AsyncClient,
) -> None:
    page = (await onlooker.get(f"{PAGE}/addresses", params={"q": "core-a 虚拟"})).text
    assert "符合10行，共180行" in page
    assert "10.20.20.1<" in page
    assert "10.20.20.2<" not in page
    nothing = (await onlooker.get(f"{PAGE}/cabling", params={"q": "zzzz"})).text
    assert nothing.count("没有符合的行") == 2
    assert 'value="zzzz"' in nothing


async def test_what_is_searched_for_is_shown_as_text(onlooker: httpx.AsyncClient) -> None:
    page = (await onlooker.get(f"{PAGE}/racks", params={"q": '"><script>alert(1)'})).text
    assert "<script>alert" not in page


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("file", DocumentFile)
async def test_files_come_in_the_readers_language(
    onlooker: httpx.AsyncClient, site: Site, language: Language, file: DocumentFile
) -> None:
    await speak(onlooker, language)
    answer = await onlooker.get(f"{PAGE}/files/{file}")
    assert answer.content == file_content(site, file, Speech(language))
    assert answer.headers["content-type"].startswith(MEDIA_TYPES[file])
    named = f"attachment; filename*=UTF-8''{site.name}-{language}-{file}"
    assert answer.headers["content-disposition"] == named
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_site_named_in_chinese_gives_its_files_too(served: Served) -> None:
    named = served.dependencies.site.model_copy(update={"name": '热线/"'})
    transport = httpx.ASGITransport(create_application(replace(served.dependencies, site=named)))
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers) as client:
        await sign_in(client, "guest")
        answer = await client.get(f"{PAGE}/files/racks.svg")
    assert answer.status_code == 200
    called = answer.headers["content-disposition"].removeprefix("attachment; filename*=UTF-8''")
    assert unquote(called) == '热线/"-zh-racks.svg'


async def test_the_workbook_opens(onlooker: httpx.AsyncClient) -> None:
    answer = await onlooker.get(f"{PAGE}/files/site.xlsx")
    names = load_workbook(io.BytesIO(answer.content)).sheetnames
    assert names[:4] == ["网段一览", "地址一览", "布线表", "线缆标签"]


@pytest.mark.parametrize("path", [f"{PAGE}/secrets", f"{PAGE}/files/hosts.yml"])
async def test_there_is_nothing_else(onlooker: httpx.AsyncClient, path: str) -> None:
    answer = await onlooker.get(path)
    assert answer.status_code == 404
    assert "没有这份文档" in answer.text


async def test_the_palette_leads_there(onlooker: httpx.AsyncClient) -> None:
    assert PAGE in (await onlooker.get("/palette?q=文档")).text
