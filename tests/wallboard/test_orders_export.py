"""A list of orders taken away from its page: masked, and a unit's own only."""

import io

import httpx
from openpyxl import load_workbook

from tests.wallboard.conftest import sign_in
from tests.wallboard.hotline_story import CANARY, tell
from tests.wallboard.serve import Served


def numbers(answer: httpx.Response) -> set[str]:
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert CANARY not in str(rows)
    return {str(row[0]) for row in rows[1:]}


async def test_a_list_is_offered_and_taken_away_as_excel_and_csv(
    stranger: httpx.AsyncClient, served: Served
) -> None:
    told = tell(served)
    await sign_in(stranger, "dispatcher")
    page = (await stranger.get("/orders?tab=all&q=暖气")).text
    assert "/orders/export?as_format=xlsx&amp;tab=all&amp;q=%E6%9A%96%E6%B0%94" in page
    assert '<table class="orders" data-whole-file>' in page, "the page's own export is enough"
    taken = await stranger.get("/orders/export?tab=all")
    assert taken.headers["content-disposition"] == 'attachment; filename="orders-all.xlsx"'
    assert {told.accepted, told.elsewhere, told.completed} < numbers(taken)
    as_csv = await stranger.get("/orders/export?tab=all&as_format=csv")
    assert told.accepted in as_csv.text
    assert CANARY not in as_csv.text


async def test_a_unit_takes_away_its_own_orders_only(
    stranger: httpx.AsyncClient, served: Served
) -> None:
    told = tell(served)
    await sign_in(stranger, "unit_handler")
    taken = numbers(await stranger.get("/unit/export?tab=sign"))
    assert told.dispatched in taken
    assert told.elsewhere not in taken
    assert (await stranger.get("/orders/export")).status_code == 403
