"""The indicators' pages, their API and their rows on the wall."""

import re

import httpx
import pytest

from ops_core.kpi.judgements import GOOD, Judgement, RecordVerdict
from ops_core.kpi.periods import PeriodKind
from ops_core.kpi.reasons import Reason
from ops_core.kpi.records import Record, RecordKind, Show
from ops_core.kpi.secondary import SecondaryKind
from ops_core.kpi.words import (
    period_word,
    reason_word,
    secondary_word,
    short_period_word,
    show_word,
)
from tests.wallboard.conftest import NOW, sign_in
from wallboard.indicators.links import links_of
from wallboard.indicators.router import address_of

pytestmark = pytest.mark.usefixtures("figures")


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


async def test_all_five_stand_on_one_page_with_what_may_still_be_missed(
    engineer: httpx.AsyncClient,
) -> None:
    shown = plain((await engineer.get("/indicators")).text)
    for title in ("1 人工接通率", "4 工单回访率", "10 用户满意度", "12 故障处理及时率",
                  "13 终端完好率"):  # fmt: skip
        assert title in shown
    # 4 % of 307,998 calls are 12,319; 6,774 were missed.
    assert "97.80%" in shown
    assert "还可未达标5,545次" in shown
    assert "▲ 超出允许2次" in shown
    assert "当前 98.61%" in shown
    assert "截至2026-11-23 14:32:08" in shown


async def test_a_figure_opens_to_its_misses_and_each_to_its_call_and_seat(
    engineer: httpx.AsyncClient,
) -> None:
    counted = (await engineer.get("/indicators/1?period=month&show=counted")).text
    assert 'href="/seats#seat-37"' in counted
    page = (await engineer.get("/indicators/1")).text
    assert 'href="/calls/1763879528.4711"' in page
    shown = plain(page)
    assert "▲ 未达标" in shown
    assert "来电人放弃" in shown
    assert "未达标 6,774" in shown
    assert "按分配到席位的来电 99.41%" in shown
    assert "仍在排队，尚未判定 3" in shown


async def test_tabs_and_pages_keep_the_period(engineer: httpx.AsyncClient) -> None:
    asked = "/indicators/1?period=month&month=2026-10&show=counted"
    page = (await engineer.get(asked)).text.replace("&amp;", "&")
    assert f'hx-get="{asked}"' in page
    for wanted in (
        "/indicators/1?period=month&month=2026-10&show=missed",
        "/indicators/1?period=contract_year&month=2026-10",
        "/indicators/1?month=2026-11&period=month",
        "/indicators?month=2026-10",
    ):
        assert f'href="{wanted}"' in page
    following = re.search(r'href="(/indicators/1[^"]+after=[^"]+)"', page)
    assert following is not None
    second = (await engineer.get(following[1])).text.replace("&amp;", "&")
    assert f'href="{asked}" data-key="b"' in second


async def test_a_record_is_no_link_where_the_reader_may_not_follow(
    stranger: httpx.AsyncClient,
) -> None:
    await sign_in(stranger, "administrator")
    page = (await stranger.get("/indicators/4")).text
    assert "工单 W-20261120-00017" in page
    assert "/orders/" not in page
    await sign_in(stranger, "supervisor")
    page = (await stranger.get("/indicators/4")).text
    assert 'href="/orders/W-20261120-00017"' in page
    assert 'href="/callbacks/W-20261120-00017/1"' in page


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/indicators/16", 404),
        ("/indicators/x", 422),
        ("/indicators/1?show=all", 422),
        ("/indicators/1?period=week", 422),
        ("/indicators/1?after=nonsense", 422),
        ("/indicators/1?month=2026-13", 422),
        ("/indicators?month=november", 422),
    ],
)
async def test_what_is_not_there_is_refused_in_words_and_as_a_problem(
    engineer: httpx.AsyncClient, path: str, status: int
) -> None:
    assert (await engineer.get(path)).status_code == status
    problem = await engineer.get(f"/api{path}")
    assert problem.status_code == status
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["title"]


async def test_programs_get_exact_figures(engineer: httpx.AsyncClient) -> None:
    told = (await engineer.get("/api/indicators")).json()
    assert told["month"] == "2026-11"
    first = told["indicators"][0]
    assert first["indicator"] == {
        "number": 1, "name": "manual_answer_rate", "title": "人工接通率",
        "title_en": "Manual answer rate", "target": "0.96", "comparison": ">=",
        "cohort": "entered_at",
    }  # fmt: skip
    year = first["contract_year"]
    assert (year["numerator"], year["denominator"]) == (301_224, 307_998)
    assert (year["display"], year["met"], year["misses_left"]) == ("97.80%", True, 5_545)
    assert year["missed"] == [{"reason": "abandoned", "count": 6_774}]
    assert year["beside"] == [{"kind": "offered", "numerator": 301_224, "denominator": 303_001}]
    assert first["month"]["assessed"] is False
    terminals = next(row for row in told["indicators"] if row["indicator"]["number"] == 13)
    assert terminals["now"]["display"] == "98.61%"


async def test_programs_page_through_the_records(engineer: httpx.AsyncClient) -> None:
    told = (await engineer.get("/api/indicators/1?show=missed")).json()
    (record,) = told["records"]
    assert told["after"] is None
    assert (record["kind"], record["identifier"]) == ("call", "1763879528.4711")
    assert (record["verdict"], record["reason"], record["seat"]) == ("missed", "abandoned", None)
    asked = {"show": "counted"}
    first = (await engineer.get("/api/indicators/1", params=asked)).json()
    rest = (
        await engineer.get("/api/indicators/1", params=asked | {"after": first["after"]})
    ).json()
    assert (len(first["records"]), len(rest["records"]), rest["after"]) == (100, 3, None)


async def test_each_row_of_the_wall_opens_its_page(engineer: httpx.AsyncClient) -> None:
    wall = (await engineer.get("/wall")).text
    rows = dict(
        re.findall(r'href="/indicators/(\d+)" id="wall-indicator-\d+">(.*?)</a>', wall, re.DOTALL)
    )
    told = {number: plain(row).strip() for number, row in rows.items()}
    assert told == {
        "1": "人工接通率 本年 97.8% ≥96%",
        "4": "工单回访率 本月 ▲ 99.9% 100%",
        "10": "用户满意度 本月 96.4% ≥90%",
        "12": "故障处理及时率 本月 ▲ 97.6% 100%",
        "13": "终端完好率 当前 98.6% ≥90%",
    }
    missed = re.findall(r'class="indicator missed" href="/indicators/(\d+)"', wall)
    assert missed == ["4", "12"]


def test_every_word_is_there() -> None:
    def same(text: str) -> str:
        return text

    assert all(reason_word(reason, same) for reason in Reason)
    assert all(secondary_word(kind, same) for kind in SecondaryKind)
    assert all(show_word(show, same) for show in Show)
    assert all(word(kind, same) for kind in PeriodKind for word in (period_word, short_period_word))


def test_a_strange_call_id_stays_one_step_of_the_path() -> None:
    record = Record(RecordKind.CALL, "a/b?c#d", NOW, GOOD)
    (link,) = links_of(record, str)
    assert link.href == "/calls/a%2Fb%3Fc%23d"


def test_an_order_and_its_callback_lead_to_the_same_page_of_the_order() -> None:
    (order,) = links_of(Record(RecordKind.ORDER, "W-20261120-00017", NOW, GOOD), str)
    first, _called = links_of(Record(RecordKind.CALLBACK, "W-20261120-00017/1", NOW, GOOD), str)
    assert order == first
    assert order.href == "/orders/W-20261120-00017"


def test_the_shortest_address_is_that_of_the_wall() -> None:
    assert address_of(1) == "/indicators/1"
    assert (
        links_of(
            Record(RecordKind.TERMINAL, "37", NOW, Judgement(RecordVerdict.GOOD), seat=37), str
        )[0].href
        == "/seats#seat-37"
    )
