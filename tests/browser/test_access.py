"""axe finds nothing serious on any page of the menu, in either theme; lists and questions work."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from ops_core.kernel.identity import OPERATOR_ROLES, set_roles
from tests.browser.conftest import Screen, Served

pytestmark = pytest.mark.browser

SERIOUS = ("serious", "critical")
ROOMS = ("/account", "/devices/rt-a", "/seats/37", "/services/platform", "/circuits/egov-a",
         "/incidents/F-20261123-007", "/exemptions?indicator=1", "/indicators/1",
         "/indicators/12", "/assessment/2026-11/12", "/network/documents/addresses",
         "/calls?abnormal=1", "/seats/in-service", "/login")  # fmt: skip
RULES = {"rules": {"target-size": {"enabled": True}}}
"""WCAG 2.2: what is pressed is 24 pixels in both directions, or stands apart."""


PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_no_page_has_a_serious_fault_of_access_in_either_theme(
    served: Served, screen: Screen, part: int
) -> None:
    with served.made.unit_of_work() as uow:
        set_roles(uow, "guest", OPERATOR_ROLES)
    page = screen.open(served.address, "/account", user="guest")
    assert faults_of(page, served, [*menu_of(page), *ROOMS][part::PARTS]) == []


def test_nor_has_a_page_that_the_purchaser_sees(served: Served, screen: Screen) -> None:
    page = screen.open(served.address, "/account", user="purchaser_supervisor")
    assert faults_of(page, served, [*menu_of(page), "/assessment/2026-11/12"]) == []


def menu_of(page: Page) -> list[str]:
    found = page.locator("nav a[data-key]").evaluate_all("all => all.map((a) => a.pathname)")
    return [str(address) for address in found]


def faults_of(page: Page, served: Served, addresses: list[str]) -> list[str]:
    """What axe calls serious on each of the pages, in either theme."""
    faults = []
    for address in addresses:
        page.goto(served.address + address)
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            for found in Axe().run(page, options=RULES).response["violations"]:
                if found["impact"] in SERIOUS:
                    where = "; ".join(str(node["target"]) for node in found["nodes"][:4])
                    faults.append(f"{address} {theme} {found['id']}: {where}")
    return faults


def test_a_list_is_filtered_sorted_and_exported_and_log_out_is_on_screen(
    served: Served, screen: Screen
) -> None:
    with served.made.unit_of_work() as uow:
        set_roles(uow, "guest", OPERATOR_ROLES)
    page = screen.open(served.address, "/seats", (1280, 800), user="guest")
    rows = page.locator("main tbody tr:visible")
    expect(rows).to_have_count(72)
    page.get_by_placeholder("筛选本表").fill("phone-037")
    page.get_by_placeholder("筛选本表").fill("")
    heading = page.locator("th button.sort").first
    heading.click()
    heading.click()
    expect(page.locator("th[aria-sort=descending]")).to_have_count(1)
    expect(rows.first).to_contain_text("72")
    with page.expect_download() as download:
        page.get_by_role("button", name="导出 CSV").click()
    text = download.value.path().read_text("utf-8-sig")
    assert text.splitlines()[1].startswith('"72"')
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
