"""The indicators' pages by keyboard, and their rows on the wall as a ruler finds them."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Screen, Served
from tests.browser.geometry import overflowing, overlapping, texts
from tests.ops_core_kpi.stored import SHANGHAI

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_five_rows_fit_their_tile_and_are_read_at_eight_metres(
    screen: Screen, bad_day: Served, language: str
) -> None:
    page = screen.open(bad_day.address, "/wall", (3840, 2160), language)
    # The least room the bottom row of the wall leaves them.
    page.evaluate(
        "Object.assign(document.getElementById('tile-indicators').style,"
        " {width: '11rem', height: '6.5rem'})"
    )
    assert page.locator("#tile-indicators a.indicator").count() == 5
    assert overflowing(page) == []
    assert overlapping(page) == []
    own = page.locator("#tile-indicators").inner_text()
    for letter in texts(page):
        if letter.text in own:
            assert letter.size >= (48 if letter.han else 41.9), letter
    beyond = page.evaluate(
        "[...document.querySelectorAll('a.indicator > *')].filter(one =>"
        " one.scrollWidth > one.clientWidth + 1 && one.clientWidth)"
        ".map(one => one.textContent)"
    )
    assert beyond == []
    rows = page.evaluate(
        "[...document.querySelectorAll('a.indicator')].map(row =>"
        " Math.max(...[...row.children].map(one => one.getBoundingClientRect().bottom))"
        " - row.getBoundingClientRect().bottom)"
    )
    assert max(rows) <= 1


def test_a_figure_is_opened_to_its_records_by_keyboard(screen: Screen, bad_day: Served) -> None:
    page = screen.open(bad_day.address, "/indicators", (1440, 900))
    for _ in range(4):  # to the fourth of them
        page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/indicators/4$"))
    # Early in a month nothing is missed yet, and another tab than the first one is shown.
    expect(page.locator("h2 .tabs [aria-current='page']")).to_have_count(1)
    page.keyboard.press("3")
    page.wait_for_url(re.compile("show=left_out"))
    expect(page.locator("tbody")).to_contain_text("回访时限未到")
    page.keyboard.press("u")
    page.wait_for_url(re.compile("/indicators$"))
    page.keyboard.press("[")
    earlier = datetime.now(SHANGHAI).replace(day=1) - timedelta(days=1)
    page.wait_for_url(re.compile(f"month={earlier:%Y-%m}$"))


@pytest.mark.parametrize("path", ["/indicators", "/indicators/1", "/indicators/10?show=counted"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_do_not_scroll_sideways(
    screen: Screen, bad_day: Served, path: str, language: str
) -> None:
    page = screen.open(bad_day.address, path, (1440, 900), language)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
