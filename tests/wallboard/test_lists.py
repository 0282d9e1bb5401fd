"""Every list of a page: searched, sorted and taken away whole, as Excel, CSV and JSON."""

import csv
import io
import re
import threading
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_core.kernel.i18n import Language
from ops_core.kernel.permissions import PERMISSIONS, Permission, Role
from tests.wallboard.conftest import sign_in
from wallboard.lists import router
from wallboard.lists.catalogue import LISTS
from wallboard.lists.cells import Cell, Named, in_order, matching, text_of, value_of
from wallboard.lists.model import AnyList
from wallboard.pages import TEMPLATES

ZONE = ZoneInfo("Asia/Shanghai")
CONSOLE = TEMPLATES / "console"
WITH_FILES_OF_THEIR_OWN = {
    "orders": "/orders/export and /unit/export, /api/orders",
    "registers": "/registers/{kind}/export, /api/registers/{kind}",
    "documents": "the workbook of the declaration",
    "device_accounts": "the audit as a workbook",
}
OF_ONE_RECORD = {
    "_findings", "_outages", "_rehearsal", "_room_incidents", "account", "acknowledge",
    "assessed_period", "change", "device", "drill", "incident", "knowledge_article", "order",
    "register_new", "report", "seat", "training_topic",
}  # fmt: skip
"""Tables within the page of one record; what they show is taken away as CSV."""
FOUND_BY_A_QUERY = {
    "health": "/api/health",
    "indicator": "/api/indicators/{number}",
    "knowledge": "/api/knowledge",
}
TABLE = re.compile(r"<table([^>]*)>\s*<thead")
NAMED = re.compile(r'data-list="([a-z-]+)"')


def listed_in(template: Path) -> set[str]:
    return set(NAMED.findall(template.read_text()))


def test_every_table_of_a_page_is_a_list_or_a_part_of_one_record() -> None:
    """A new list page fails here until its list stands in the catalogue."""
    known = {*WITH_FILES_OF_THEIR_OWN, *OF_ONE_RECORD, *FOUND_BY_A_QUERY}
    missing = [
        template.stem
        for template in CONSOLE.glob("*.html")
        if TABLE.search(template.read_text()) and not listed_in(template)
        and template.stem not in known
    ]  # fmt: skip
    assert missing == []


def test_the_pages_name_each_list_of_the_catalogue_once() -> None:
    named = [name for one in CONSOLE.glob("*.html") for name in NAMED.findall(one.read_text())]
    assert sorted(named) == sorted(LISTS)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_has_each_column_once_in_either_language(name: str) -> None:
    found = LISTS[name]
    assert len(set(found.keys)) == len(found.keys)
    for language in Language:
        heads = found.heads(language)
        assert len(set(heads)) == len(heads)
        assert not (language is Language.ENGLISH and re.search("[一-鿿]", "".join(heads)))


def holder_of(permission: Permission) -> Role:
    return next(role for role in Role if permission in PERMISSIONS[role])


@pytest.mark.usefixtures("day")
async def test_every_list_is_taken_away_as_excel_csv_and_json(stranger: httpx.AsyncClient) -> None:
    by_role: dict[Role, list[AnyList]] = {}
    for found in LISTS.values():
        by_role.setdefault(holder_of(found.permissions[0]), []).append(found)
    for role, lists in by_role.items():
        await sign_in(stranger, role.value)
        stranger.cookies.set("zhishou_language", "zh")
        for found in lists:
            await take_away(stranger, found)


async def take_away(client: httpx.AsyncClient, found: AnyList) -> None:
    """The three files say the same rows, and no cell is computed."""
    assert (await client.get(found.page)).status_code == 200
    answer = await client.get(f"/api/lists/{found.name}")
    assert answer.status_code == 200, answer.text
    rows = answer.json()["rows"]
    assert all(tuple(row) == found.keys for row in rows)
    excel = await client.get(f"/lists/{found.name}/export")
    assert excel.headers["content-disposition"] == f'attachment; filename="{found.name}.xlsx"'
    (sheet,) = openpyxl.load_workbook(io.BytesIO(excel.content)).worksheets
    table = list(sheet.values)
    assert list(table[0]) == found.heads(Language.CHINESE)
    assert len(table) == len(rows) + 1
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type == "s" or cell.value is None for cell in cells)
    text = (await client.get(f"/lists/{found.name}/export?as_format=csv")).content
    assert len(list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))) == len(rows) + 1


async def test_every_list_is_refused_to_whoever_may_not_see_its_page(
    stranger: httpx.AsyncClient,
) -> None:
    for role in (Role.AGENT, Role.METRICS_READER):
        await sign_in(stranger, role.value)
        described = {one["name"] for one in (await stranger.get("/api/lists")).json()}
        for found in LISTS.values():
            may = bool(PERMISSIONS[role].intersection(found.permissions))
            assert (found.name in described) is may
            if not may:
                for address in (f"/lists/{found.name}/export", f"/api/lists/{found.name}"):
                    assert (await stranger.get(address)).status_code == 403, found.name


async def test_a_list_is_searched_and_sorted(engineer: httpx.AsyncClient) -> None:
    address = "/api/lists/devices"
    everything = (await engineer.get(address)).json()["rows"]
    found = (await engineer.get(f"{address}?match=rt-a")).json()["rows"]
    assert [row["name"] for row in found] == ["rt-a"]
    order = (await engineer.get(f"{address}?sort=name&descending=true")).json()["rows"]
    assert [row["name"] for row in order] != [row["name"] for row in everything]
    assert order[0]["name"] == max(row["name"] for row in everything)
    wrong = await engineer.get(f"{address}?sort=nothing")
    assert wrong.status_code == 422
    assert (await engineer.get("/api/lists/nothing")).status_code == 404


@pytest.mark.usefixtures("day")
async def test_what_chooses_on_the_page_chooses_in_the_list(engineer: httpx.AsyncClient) -> None:
    calls = (await engineer.get("/api/lists/calls?seat=37&day=2026-11-23")).json()["rows"]
    assert {row["seat"] for row in calls} == {37}
    open_ones = (await engineer.get("/api/lists/incidents")).json()["rows"]
    restored = (await engineer.get("/api/lists/incidents?show=restored")).json()["rows"]
    assert open_ones
    assert {one["number"] for one in open_ones}.isdisjoint({one["number"] for one in restored})
    assert (await engineer.get("/api/lists/incidents?show=unknown")).status_code == 422


async def test_a_formula_stays_a_text(stranger: httpx.AsyncClient) -> None:
    formula = "=cmd|' /C calc'!A0"
    await sign_in(stranger, "administrator")
    form = {"name": "mallory", "display_name": formula}
    assert (await stranger.post("/users", data=form)).status_code == 200
    excel = await stranger.get("/lists/users/export?match=mallory")
    (sheet,) = openpyxl.load_workbook(io.BytesIO(excel.content)).worksheets
    assert (sheet["B2"].value, sheet["B2"].data_type) == (formula, "s")
    text = (await stranger.get("/lists/users/export?match=mallory&as_format=csv")).text
    assert f"'{formula}" in text


@pytest.mark.usefixtures("day")
async def test_an_english_list_speaks_english(stranger: httpx.AsyncClient) -> None:
    await sign_in(stranger, "li.ming")
    stranger.cookies.set("zhishou_language", "en")
    text = (await stranger.get("/lists/devices/export?as_format=csv")).text
    assert re.findall("[一-鿿]+", text) == []


CELLS = st.one_of(
    st.none(), st.text(max_size=8), st.integers(-9, 99), st.floats(allow_nan=False),
    st.datetimes(timezones=st.just(UTC)),
    st.builds(Named, st.one_of(st.none(), st.text(max_size=5)), st.text(max_size=5)),
)  # fmt: skip
ROWS = st.lists(st.tuples(CELLS, CELLS), max_size=12)


@given(ROWS, st.text(max_size=6))
def test_a_search_keeps_rows_in_their_order(rows: list[tuple[Cell, Cell]], words: str) -> None:
    found = matching(rows, words, ZONE)
    rest = iter(rows)
    assert all(any(one is row for row in rest) for one in found)
    assert list(matching(found, words, ZONE)) == list(found)


@given(ROWS, st.booleans())
def test_sorting_loses_nothing_and_puts_nothing_last(
    rows: list[tuple[Cell, Cell]], descending: bool
) -> None:
    found = in_order(rows, 0, ZONE, descending=descending)
    assert sorted(map(id, found)) == sorted(map(id, rows))
    absent = [value_of(row[0]) is None for row in found]
    assert absent == sorted(absent)


def test_numbers_are_sorted_by_size_also_within_texts() -> None:
    rows = [["sw-10"], [Named("x", "sw-9")], ["sw-2"], [None], [3], [20.5]]
    texts = [text_of(row[0], ZONE) for row in in_order(rows, 0, ZONE, descending=False)]
    assert texts == ["3", "20.5", "sw-2", "sw-9", "sw-10", ""]


def test_an_instant_is_local_for_people_and_exact_for_programs() -> None:
    at = datetime(2026, 11, 23, 6, 32, 8, tzinfo=UTC)
    assert text_of(at, ZONE) == "2026-11-23 14:32:08"
    assert value_of(at) == "2026-11-23T06:32:08+00:00"


async def test_a_long_list_is_written_beside_the_loop_that_serves_everybody(
    stranger: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def noted(*given: object) -> object:
        threads.append(threading.current_thread())
        return text_of(*given)

    monkeypatch.setattr(router, "text_of", noted)
    await sign_in(stranger, "li.ming")
    assert (await stranger.get("/lists/devices/export")).status_code == 200
    assert threads
    assert threading.current_thread() not in threads


def test_a_cell_that_holds_nothing_is_found_by_no_word() -> None:
    """It is shown as nothing: it must not be found as a word of the program's."""
    rows: list[list[Cell]] = [[None, "a"], [Named(None, ""), "none of it"]]
    assert matching(rows, "none", ZONE) == [rows[1]]
    assert matching(rows, "no", ZONE) == [rows[1]]
    assert matching(rows, "a", ZONE) == [rows[0]]
