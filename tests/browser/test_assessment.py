"""A month below target: exempted by both sides, sealed, and restated for a late fact."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Pictures, Screen, Served
from tests.ops_core_kpi.stored import SHANGHAI, store_ratings

pytestmark = pytest.mark.browser

MONTH = "2026-10"
START = datetime(2026, 10, 1, tzinfo=SHANGHAI)
OUTAGE = START + timedelta(days=5, hours=8)
PROOF = f"/assessment/{MONTH}/10"


def rate(served: Served, *ratings: tuple[str, int, datetime]) -> None:
    with served.made.dependencies.database.transaction() as session:
        store_ratings(session, ratings)


def say(page: Page, text: str, button: str) -> None:
    page.locator("input[name=text]").fill(text)
    page.locator(button).click()


def test_a_month_goes_from_below_target_to_sealed_and_restated(
    screen: Screen, served: Served, screenshots: Pictures
) -> None:
    rate(served, *[(f"call:pbx:good-{n}", 5, START + timedelta(days=n)) for n in range(20)])
    rate(served, *[(f"call:pbx:bad-{n}", 1, OUTAGE + timedelta(minutes=n)) for n in range(5)])
    rate(served, ("call:pbx:good-in-it", 5, OUTAGE + timedelta(minutes=9)))
    operator = screen.open(served.address, f"/indicators?month={MONTH}", user="supervisor")
    operator.locator("#indicator-10 td.missed a").first.click()
    expect(operator.locator("main")).to_contain_text("80.76%")
    expect(operator.locator("tbody tr")).to_have_count(5)
    operator.keyboard.press("x")
    expect(operator).to_have_url(re.compile(r"/exemptions\?indicator=10"))
    expect(operator.locator("[name=indicator]:checked")).to_have_count(1)
    operator.locator("#start").fill("2026-10-06T08:00:00")
    operator.locator("#end").fill("2026-10-06T09:00:00")
    operator.locator("#reason").fill("运营商中断，话务不能接入")
    operator.locator("#evidence").fill("豫通〔2026〕7号")
    operator.locator("#ask").click()
    expect(operator.locator("tbody tr")).to_contain_text("待审批")
    purchaser = screen.open(served.address, "/exemptions", user="purchaser_supervisor")
    screenshots.take(purchaser, "exemptions.png", full_page=True)
    say(purchaser, "情况属实", "tbody button.go")
    expect(purchaser.locator("tbody tr")).to_contain_text("已同意剔除")
    operator.goto(f"{served.address}/assessment?month={MONTH}")
    row = operator.locator("#row-10")
    expect(row).to_contain_text("100.00%")
    expect(row).to_contain_text("80.76%")
    screenshots.take(operator, "assessment.png", full_page=True)
    row.locator("#submit-10").click()
    expect(operator.locator("#state")).to_have_text("已提交")
    purchaser.goto(f"{served.address}{PROOF}")
    purchaser.locator("#seal-10").click()
    expect(purchaser.locator("#state")).to_have_text("已封存")
    expect(purchaser.locator("#sealed")).to_have_text("100.00%")
    rate(served, ("call:pbx:late", 1, START + timedelta(days=9)))
    operator.reload()
    expect(operator.locator("#differences tbody tr")).to_contain_text("call:pbx:late")
    expect(operator.locator("#sealed")).to_have_text("100.00%")
    say(operator, "话务平台补报一条评价", "#propose-10")
    expect(operator.locator("main dl")).to_contain_text("补报")
    purchaser.reload()
    purchaser.locator("#restate-10").click()
    expect(purchaser.locator("#state")).to_have_text("已更正")
    expect(purchaser.locator("#revision-0")).to_contain_text("100.00%")
    expect(purchaser.locator("#revision-1")).to_contain_text("95.23%")
    expect(purchaser.locator("#differences")).to_contain_text("一致")
    screenshots.take(purchaser, "assessed-period.png", full_page=True)
    english = screen.open(served.address, f"/assessment?month={MONTH}", (1440, 900), "en",
                          "purchaser_supervisor")  # fmt: skip
    expect(english.locator("#row-10")).to_contain_text("restated")
    english.keyboard.press("j")
    english.keyboard.press("Enter")
    expect(english).to_have_url(re.compile("/assessment/"))
    english.goto(f"{served.address}/assessment?month={MONTH}")
    screenshots.keep("assessment.pdf", english.pdf(prefer_css_page_size=True))
    screenshots.take(english, "assessment-en.png", full_page=True)
