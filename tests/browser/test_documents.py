"""The documents in a real browser: real letters on the pictures, a search, paper."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Pictures, Screen, Served
from tests.browser.geometry import overlapping

pytestmark = pytest.mark.browser

PAGE = "/network/documents"
A3 = (1512, 1047)
"""An A3 sheet less its margins, in CSS px."""

OUTSIDE = """() => [...document.querySelectorAll('.drawing g.device, .drawing g.circuit')].flatMap((group) => {
  const frame = group.querySelector('rect').getBBox();
  return [...group.querySelectorAll('text')].filter((text) => {
    const box = text.getBBox(), inset = box.height * 0.22;
    return box.x < frame.x || box.x + box.width > frame.x + frame.width
      || box.y + inset < frame.y || box.y + box.height - inset > frame.y + frame.height;
  }).map((text) => text.textContent);
})"""  # noqa: E501 - the script reads better unbroken


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("document", ["topology", "racks"])
def test_no_text_of_a_picture_lies_on_another_or_leaves_its_box(
    screen: Screen, good_day: Served, screenshots: Pictures, document: str, language: str
) -> None:
    page = screen.open(good_day.address, f"{PAGE}/{document}", (2700, 1600), language)
    screenshots.take(page.locator(".drawing"), f"{document}-{language}.png")
    assert overlapping(page) == []
    assert page.evaluate(OUTSIDE) == []


def test_a_file_opens_by_itself_and_looks_the_same(
    screen: Screen, good_day: Served, tmp_path: Path
) -> None:
    page = screen.open(good_day.address, f"{PAGE}/topology")
    with page.expect_download() as taken:
        page.get_by_role("link", name="下载SVG").click()
    assert taken.value.suggested_filename == "example-12345-zh-topology.svg"
    file = tmp_path / "topology.svg"
    taken.value.save_as(file)
    inline = page.locator(".drawing svg").evaluate("(svg) => svg.querySelectorAll('text').length")
    browser = page.context.browser
    assert browser is not None
    alone = browser.new_page()
    alone.goto(file.as_uri())
    assert alone.evaluate("document.querySelectorAll('text').length") == inline
    assert alone.evaluate("document.documentElement.getAttribute('role')") == "img"
    alone.close()


def test_a_table_is_searched_by_key(screen: Screen, good_day: Served) -> None:
    page = screen.open(good_day.address, f"{PAGE}/cabling")
    page.keyboard.press("/")
    page.keyboard.type("core-a sw-3")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"\?q=core-a\+sw-3$"))
    expect(page.locator("#table-cables tbody tr")).to_have_count(1)
    expect(page.locator("#table-labels tbody tr")).to_have_count(2)
    page.keyboard.press("4")
    expect(page).to_have_url(re.compile(r"/racks$"))


def test_on_paper_only_the_document_is_left(screen: Screen, good_day: Served) -> None:
    page = screen.open(good_day.address, f"{PAGE}/topology", A3)
    page.emulate_media(media="print")
    for gone in ("nav", ".tabs", ".files"):
        expect(page.locator(gone).first).to_be_hidden()
    pages = re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))
    assert len(pages) == 1
