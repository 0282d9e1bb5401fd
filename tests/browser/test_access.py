"""axe finds nothing serious on any page of the menu, in either theme; lists and questions work."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from fastapi import FastAPI
from playwright.sync_api import Page, expect

import wallboard.static
from ops_core.kernel.identity import OPERATOR_ROLES, set_roles
from tests.browser.conftest import Screen, Served
from tests.wallboard.walk import by_route
from wallboard.application import create_application

pytestmark = pytest.mark.browser

SERIOUS = ("serious", "critical")
CHOSEN = ("/exemptions?indicator=1", "/calls?abnormal=1")
"""Pages that an address shows otherwise."""
RULES = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}
"""WCAG 2.2: what is pressed is 24 pixels in both directions, or stands apart. Of what keeps a rule
axe describes one example, not each element of the page."""
COLOUR_RULES = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
"""What axe asks of colours; the dark theme changes nothing else."""
THEMES = {"light": RULES, "dark": COLOUR_RULES}
DARK = Path(wallboard.static.__file__).parent / "console-dark.css"
COLOURED = {"background", "border-color", "color", "color-scheme", "fill"}
COLOUR = re.compile(r"#[0-9a-f]{3,8}|var\(--[a-z]+\)|dark")
VIOLATIONS = "(options) => axe.run(options).then((found) => found.violations)"
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_no_page_has_a_serious_fault_of_access_in_either_theme(
    served: Served, screen: Screen, part: int
) -> None:
    with served.made.unit_of_work() as uow:
        set_roles(uow, "guest", OPERATOR_ROLES)
    page = screen.open(served.address, "/account", user="guest")
    assert faults_of(page, served, [*pages_of(page, served), *CHOSEN][part::PARTS]) == []


def test_nor_has_a_page_that_the_purchaser_sees(served: Served, screen: Screen) -> None:
    page = screen.open(served.address, "/account", user="purchaser_supervisor")
    assert faults_of(page, served, [*menu_of(page), "/assessment/2026-11/12"]) == []


def pages_of(page: Page, served: Served) -> list[str]:
    """A page of every route, also of one that is added tomorrow: what answers with a whole page."""
    application = create_application(served.made.dependencies)
    assert isinstance(application, FastAPI)
    routes = by_route(application, served.made.dependencies.database)
    return [found[0] for found in routes if found and is_page(page, served.address + found[0])]


def is_page(page: Page, address: str) -> bool:
    """Not a file, nor a part of a page, nor an answer for programs or a refusal."""
    answer = page.request.get(address, headers={"accept": "text/html"})
    kind = answer.headers.get("content-type", "")
    return answer.ok and kind.startswith("text/html") and "<title>" in answer.text()


def menu_of(page: Page) -> list[str]:
    found = page.locator("nav a[data-key]").evaluate_all("all => all.map((a) => a.pathname)")
    return [str(address) for address in found]


def faults_of(page: Page, served: Served, addresses: list[str]) -> list[str]:
    """What axe calls serious on each of the pages, in either theme."""
    faults = []
    for address in addresses:
        page.goto(served.address + address)
        page.evaluate(AXE_SCRIPT)
        for theme, options in THEMES.items():
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            for found in page.evaluate(VIOLATIONS, options):
                if found["impact"] in SERIOUS:
                    where = "; ".join(str(node["target"]) for node in found["nodes"][:4])
                    faults.append(f"{address} {theme} {found['id']}: {where}")
    return faults


def test_the_dark_theme_changes_colours_alone() -> None:
    """Hence it is asked for colours alone (:data:`COLOUR_RULES`)."""
    text = re.sub(r"/\*.*?\*/", "", DARK.read_text(), flags=re.DOTALL)
    declared = re.findall(r"[{;]\s*([\w-]+)\s*:\s*([^;}]+)", text)
    assert {name for name, _ in declared if not name.startswith("--")} <= COLOURED
    assert [value for _, value in declared if not COLOUR.fullmatch(value)] == []
    assert len(declared) > 30


def test_a_list_is_filtered_sorted_and_exported_and_log_out_is_on_screen(
    served: Served, screen: Screen
) -> None:
    with served.made.unit_of_work() as uow:
        set_roles(uow, "guest", OPERATOR_ROLES)
    page = screen.open(served.address, "/seats", (1280, 800), user="guest")
    rows = page.locator("main tbody tr:visible")
    expect(rows).to_have_count(72)
    page.get_by_placeholder("筛选本表").fill("PC-037")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    heads, seat = download.value.path().read_text("utf-8-sig").splitlines()
    assert (heads.split(",")[0], seat.split(",")[0]) == ("席位", "37")
    page.get_by_placeholder("筛选本表").fill("")
    heading = page.locator("th button.sort").first
    heading.click()
    heading.click()
    expect(page.locator("th[aria-sort=descending]")).to_have_count(1)
    expect(rows.first).to_contain_text("72")
    for language in ("zh", "en"):
        page.context.add_cookies(
            [{"name": "zhishou_language", "value": language, "url": served.address}]
        )
        page.reload()
        box = page.locator("form[action='/logout'] button").bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 1280, language
    page.goto(served.address + "/users")
    page.locator("main summary").first.click()
    page.get_by_role("button", name=re.compile("Deactivate")).first.click()
    expect(page.locator("#sure")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#sure")).to_be_hidden()
