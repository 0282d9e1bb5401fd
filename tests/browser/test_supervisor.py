"""A supervisor's month: calls lost below target, the fault that took the seats out, the exemption
that both sides decide, the seal, and a later fact that restates it; by links and buttons alone."""

import re
import time
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from incident import service
from incident.service import IncidentPolicy
from monitors.alerts.faults import FaultTransition, TransitionKind
from ops_core.hotline.calls.model import Call, Outcome
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from tests.browser.conftest import Pictures, Screen, Served
from tests.incident.story import MONITORING, group_of
from tests.ops_core_kpi.stored import SHANGHAI, store_calls
from tests.pace import is_over

pytestmark = pytest.mark.browser

# The month before the sample's, which has calls of its own.
MONTH = "2026-09"
STORY_LIMIT_S = 60
"""Of the whole story on a quiet machine, both people's clicks included."""
START = datetime(2026, 9, 1, tzinfo=SHANGHAI)
OUTAGE = START + timedelta(days=5, hours=8)
ENDED = OUTAGE + timedelta(hours=1)


def call_at(name: str, at: datetime, *, answered: bool) -> Call:
    answered_at = at + timedelta(seconds=8) if answered else None
    left_at = at + timedelta(seconds=90)
    outcome = Outcome.ANSWERED if answered else Outcome.TIMED_OUT
    agent, seat = ("li.ming", 12) if answered else ("", None)
    return Call(f"pbx:{name}", at, "citizen", outcome, answered_at, left_at, agent, seat, 0, 0)


def month_of_calls() -> list[Call]:
    hours, minutes = timedelta(hours=3), timedelta(minutes=5)
    good = [call_at(f"good-{n}", START + n * hours, answered=True) for n in range(60)]
    lost = [call_at(f"lost-{n}", OUTAGE + n * minutes, answered=False) for n in range(8)]
    return [*good, call_at("in-it", OUTAGE + timedelta(minutes=50), answered=True), *lost]


def store(served: Served, *calls: Call) -> None:
    with served.made.dependencies.database.transaction() as session:
        store_calls(session, calls)


def outage(served: Served) -> str:
    """A switch fails and takes half of the seats out for an hour; the incident's number."""
    given = served.made.dependencies
    group, number = group_of("core-a", OUTAGE, tuple(range(1, 37))), ""
    steps = ((1, TransitionKind.OPENED, OUTAGE), (2, TransitionKind.RESOLVED, ENDED))
    for sequence, kind, at in steps:
        transition = FaultTransition("switch-outage", sequence, kind, at, group)
        with unit_of_work(given.database, given.bus, FixedClock(at), MONITORING) as uow:
            contract, policy = given.site.contract, IncidentPolicy()
            found = service.apply_transition(uow, transition, contract, policy)
        assert found is not None
        number = found.number
    return number


def choose(page: Page, path: str) -> None:
    """By the menu, as whoever knows no address does."""
    entry = page.locator("nav details", has=page.locator(f"a[href='{path}']"))
    entry.locator("summary").click()
    entry.locator(f"a[href='{path}']").click()
    expect(page).to_have_url(re.compile(re.escape(path)))


def say(page: Page, text: str, button: str) -> None:
    page.locator("form.steps input[name=text]").fill(text)
    page.locator(button).click()


def to_the_month(page: Page, path: str) -> None:
    """The month of the outage, by the keys that turn months."""
    choose(page, path)
    heading = page.locator(".months b")
    while MONTH not in (shown := heading.inner_text()):
        page.keyboard.press("[")
        expect(heading).not_to_have_text(shown)


def test_calls_below_target_lead_to_the_fault_the_exemption_the_seal_and_its_restatement(
    screen: Screen, served: Served, screenshots: Pictures
) -> None:
    number = outage(served)
    store(served, *month_of_calls())
    begun = time.monotonic()
    operator = screen.open(served.address, "/incidents", user="supervisor")
    to_the_month(operator, "/indicators")
    operator.locator("#indicator-1 td.missed a").first.click()
    expect(operator.locator("main")).to_contain_text("88.40%")
    expect(operator.locator("tbody tr")).to_have_count(8)
    screenshots.take(operator, "supervisor-records.png", full_page=True)
    operator.locator("tbody tr a[href*='lost-3']").first.click()
    expect(operator.locator("main")).to_contain_text("影响席位36")
    screenshots.take(operator, "supervisor-call.png", full_page=True)
    operator.locator(f"a[href='/incidents/{number}']").first.click()
    expect(operator.locator("#content")).to_contain_text(number)
    screenshots.take(operator, "supervisor-incident.png", full_page=True)
    operator.locator("#ask-exemption").click()
    # A browser leaves seconds out that are none.
    expect(operator.locator("#start")).to_have_value(re.compile("^2026-09-06T08:00"))
    expect(operator.locator("#end")).to_have_value(re.compile("^2026-09-06T09:00"))
    operator.locator("#reason").fill(f"核心交换机故障，席位不可用，见 {number}")
    operator.locator("#evidence").fill("豫通〔2026〕7号")
    operator.locator("#ask").click()
    expect(operator.locator("tbody tr")).to_contain_text("待审批")
    purchaser = screen.open(served.address, "/incidents", user="purchaser_supervisor")
    choose(purchaser, "/exemptions")
    say(purchaser, "情况属实", "tbody button.go")
    expect(purchaser.locator("tbody tr")).to_contain_text("已同意剔除")
    to_the_month(operator, "/assessment")
    row = operator.locator("#row-1")
    expect(row).to_contain_text("100.00%")
    expect(row).to_contain_text("88.40%")
    screenshots.take(operator, "supervisor-assessment.png", full_page=True)
    row.locator("#submit-1").click()
    expect(operator.locator("#state")).to_have_text("已提交")
    to_the_month(purchaser, "/assessment")
    purchaser.locator("#row-1 th a").click()
    expect(purchaser.locator("#adjusted")).to_have_text("100.00%")
    expect(purchaser.locator("#raw")).to_have_text("▲ 88.40%")
    purchaser.locator("#seal-1").click()
    expect(purchaser.locator("#state")).to_have_text("已封存")
    expect(purchaser.locator("#sealed")).to_have_text("100.00%")
    store(served, call_at("late", START + timedelta(days=20), answered=False))
    operator.reload()
    expect(operator.locator("#differences tbody tr")).to_contain_text("pbx:late")
    expect(operator.locator("#sealed")).to_have_text("100.00%")
    say(operator, "话务平台补报一通来电", "#propose-1")
    expect(operator.locator("main dl")).to_contain_text("补报")
    purchaser.reload()
    purchaser.locator("#restate-1").click()
    expect(purchaser.locator("#state")).to_have_text("已更正")
    expect(purchaser.locator("#revision-0")).to_contain_text("100.00%")
    expect(purchaser.locator("#revision-1")).to_contain_text("98.36%")
    expect(purchaser.locator("#differences")).to_contain_text("一致")
    screenshots.take(purchaser, "supervisor-restated.png", full_page=True)
    assert not is_over(begun, STORY_LIMIT_S)
