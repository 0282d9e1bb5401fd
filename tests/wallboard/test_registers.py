"""Planned work over HTTP: both sides' pages and programs, files, tables, and how refusals read."""

import io
import re
from datetime import date

import httpx
import openpyxl
import pytest

from ops_core.kernel.audit import read_audit
from ops_core.kernel.permissions import OPERATOR_ROLES
from ops_core.registers.kinds import every_kind
from ops_core.registers.service import PlanDraft, plan_item
from tests.ops_core.registers.story import FIELDS
from tests.wallboard.conftest import sign_in
from tests.wallboard.serve import Served

FILE = {"files": ("summary.txt", "走访总结".encode())}
ATTENDED = {"reason": "done", "field.attended": "12"}


@pytest.fixture
def items(served: Served) -> dict[str, str]:
    """One item of each kind, by kind."""
    made = {}
    with served.unit_of_work() as uow:
        for kind in every_kind():
            draft = PlanDraft("Visit to <b>district</b>", date(2026, 11, 30), FIELDS[kind])
            made[kind] = plan_item(uow, served.dependencies.site, kind, draft).number
    return made


async def posted(client: httpx.AsyncClient, number: str, step: str, **data: str) -> httpx.Response:
    return await client.post(f"/registers/items/{number}/{step}", data=data, files=FILE)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("role", ["supervisor", "purchaser_supervisor"])
async def test_every_page_opens_for_both_sides_in_both_languages(
    stranger: httpx.AsyncClient, items: dict[str, str], role: str, language: str
) -> None:
    await sign_in(stranger, role)
    stranger.cookies.set("zhishou_language", language)
    pages = ["/library", "/registers"]
    for kind, number in items.items():
        pages += [f"/registers/{kind}", f"/registers/{kind}?tab=due&q=no", f"/registers/{kind}/new"]
        pages += [f"/registers/items/{number}"]
    for page in pages:
        answer = await stranger.get(page, follow_redirects=True)
        assert answer.status_code == 200, (page, answer.text)
        assert "<b>district</b>" not in answer.text
        if language == "en":
            shown = re.sub(r"<[^>]*>|张伟|中文|考核报告", "", answer.text)
            assert re.findall(r"[一-鿿]+", shown) == [], page


async def test_an_activity_goes_from_plan_to_accepted_with_its_file(
    stranger: httpx.AsyncClient, served: Served, items: dict[str, str]
) -> None:
    number = items["activities"]
    await sign_in(stranger, "supervisor")
    assert (await posted(stranger, number, "start")).status_code == 303
    assert (await posted(stranger, number, "submit", **ATTENDED)).status_code == 303
    refused = await posted(stranger, number, "accept")
    assert refused.status_code == 403
    with served.dependencies.database.reading() as session:
        last = read_audit(session, limit=1)[0]
    assert (last.action, last.subject_id, last.actor) == ("refused", number, "supervisor")
    await sign_in(stranger, "purchaser_supervisor")
    page = (await stranger.get(f"/registers/items/{number}")).text
    found = re.findall(r'href="(/evidence/E-\d+-\d+)"', page)
    answer = await stranger.get(found[-1])
    assert (answer.content, answer.headers["content-type"]) == (
        FILE["files"][1], "text/plain; charset=utf-8",
    )  # fmt: skip
    assert (await posted(stranger, number, "accept")).status_code == 303
    records = await stranger.get("/indicators/15?period=month&month=2026-11&show=counted")
    assert f'href="/registers/items/{number}"' in records.text
    await sign_in(stranger, "agent")
    assert (await stranger.get(found[-1])).status_code == 403


async def test_programs_are_answered_with_problems_they_can_read(
    stranger: httpx.AsyncClient, items: dict[str, str]
) -> None:
    stranger.headers["accept"] = "application/json"
    await sign_in(stranger, "supervisor")
    posted = {"title": "走访", "due_on": "2026-12-01", "fields": {"theme": "走基层"}}
    made = await stranger.post("/api/registers/activities", json=posted)
    assert made.status_code == 201
    number = made.json()["item"]["number"]
    wrong = await stranger.post("/api/registers/activities", json=posted | {"fields": {}})
    assert [f["field"] for f in wrong.json()["faults"]] == ["theme"]
    early = await stranger.post(f"/api/registers/items/{number}/submit", files=FILE)
    assert (early.status_code, early.json()["allowed"]) == (409, ["start", "cancel"])
    started = await stranger.post(f"/api/registers/items/{number}/start", files=FILE)
    assert [one["step"] for one in started.json()["steps"]] == ["plan", "start"]
    stale = await stranger.post(
        f"/api/registers/items/{number}/cancel", data={"version": "1", "reason": "x"}, files=FILE
    )
    assert stale.status_code == 409
    wish = {"due_on": "2026-12-20", "reason": "场地"}
    due = await stranger.post(f"/api/registers/items/{number}/due", json=wish)
    assert due.json()["item"]["proposed_due_on"] == "2026-12-20"
    agree = f"/api/registers/items/{number}/due/agree"
    assert (await stranger.post(agree, json={})).status_code == 403
    await sign_in(stranger, "purchaser_supervisor")
    assert (await stranger.post(agree, json={})).json()["item"]["due_on"] == "2026-12-20"
    listed = (await stranger.get("/api/registers/activities?limit=1")).json()
    assert (len(listed["items"]), listed["after"]) == (1, items["activities"])
    assert len((await stranger.get("/api/registers")).json()) == 5
    assert (await stranger.get("/api/registers/holidays")).status_code == 404
    assert (await stranger.get("/api/registers/items/R-1")).status_code == 404


async def test_a_plan_form_keeps_what_was_typed_and_says_what_is_wrong(
    stranger: httpx.AsyncClient,
) -> None:
    await sign_in(stranger, "supervisor")
    typed = {"title": "社区宣讲", "due_on": "2026-11-01", "field.theme": "走基层"}
    answer = await stranger.post("/registers/activities/new", data=typed)
    assert answer.status_code == 422
    assert "到期日已过" in answer.text
    assert 'value="社区宣讲"' in answer.text
    answer = await stranger.post("/registers/activities/new", data=typed | {"field.people": "x"})
    assert answer.status_code == 422
    good = typed | {"due_on": "2026-12-01"}
    answer = await stranger.post("/registers/activities/new", data=good)
    assert (answer.status_code, answer.headers["location"][:19]) == (303, "/registers/items/R-")


async def test_a_table_is_taken_over_or_its_faults_are_shown_by_row(
    stranger: httpx.AsyncClient,
) -> None:
    await sign_in(stranger, "supervisor")
    template = await stranger.get("/registers/activities/export?template=1")
    book = openpyxl.load_workbook(io.BytesIO(template.content))
    sheet = book.worksheets[0]
    sheet.append(["走访", "2026-12-01", "走基层", "", 3])
    sheet.append(["走访二", "=A1", "走基层", "", 3])
    wrong = io.BytesIO()
    book.save(wrong)
    path = "/registers/activities/import"
    answer = await stranger.post(path, files={"files": ("计划.xlsx", wrong.getvalue())})
    assert answer.status_code == 422
    assert "是公式，请粘贴为数值" in answer.text
    sheet.delete_rows(3)
    right = io.BytesIO()
    book.save(right)
    answer = await stranger.post(path, files={"files": ("计划.xlsx", right.getvalue())})
    assert answer.status_code == 303
    exported = await stranger.get("/registers/activities/export?as_format=csv&tab=all")
    assert "走访" in exported.content.decode("utf-8-sig")
    assert exported.headers["content-disposition"].startswith("attachment")


async def test_staff_read_and_acknowledge_what_is_in_effect_and_nothing_else(
    stranger: httpx.AsyncClient, items: dict[str, str]
) -> None:
    number = items["documents"]
    ways = {"supervisor": (("start", {}), ("submit", {"reason": "x"})),
            "purchaser_supervisor": (("accept", {}),)}  # fmt: skip
    for name, steps in ways.items():
        await sign_in(stranger, name)
        for step, data in steps:
            assert (await posted(stranger, number, step, **data)).status_code == 303
    await sign_in(stranger, "agent")
    assert (await stranger.get(f"/registers/items/{number}")).status_code == 403
    await sign_in(stranger, "supervisor")
    effective = {"field.effective_on": "2026-11-23"}
    assert (await posted(stranger, number, "publish", **effective)).status_code == 303
    await sign_in(stranger, "agent")
    page = (await stranger.get("/library")).text
    file = re.findall(r'href="(/evidence/[^"]+)"', page)[0]
    assert (await stranger.get(file)).status_code == 200
    assert (await stranger.get(f"/registers/items/{number}")).status_code == 200
    assert (await stranger.post(f"/library/{number}/acknowledge")).status_code == 303
    stranger.headers["accept"] = "application/json"
    (line,) = (await stranger.get("/api/library")).json()
    assert (line["acknowledged"], line["staff"]) == (1, len(OPERATOR_ROLES) + 2)
    assert "agent" not in line["lacking"]
