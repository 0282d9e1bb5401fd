"""A supervisor's month: calls lost below target, the fault that took the seats out, the exemption
that both sides decide, the seal, and a later fact that restates it."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from incident import service
from incident.service import IncidentPolicy
from monitors.alerts.faults import FaultTransition, TransitionKind
from ops_core.hotline.calls.model import Call, Outcome
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from tests.browser.conftest import Screen, Served
from tests.incident.story import MONITORING, group_of
from tests.ops_core_kpi.stored import SHANGHAI, store_calls

pytestmark = pytest.mark.browser

MONTH = "2026-10"
START = datetime(2026, 10, 1, tzinfo=SHANGHAI)
OUTAGE = START + timedelta(days=5, hours=8)
ENDED = OUTAGE + timedelta(hours=1)
PROOF = f"/assessment/{MONTH}/1"


def call_at(name: str, at: datetime, answered: bool) -> Call:
    answered_at = at + timedelta(seconds=8) if answered else None
    left_at = at + timedelta(seconds=90)
    outcome = Outcome.ANSWERED if answered else Outcome.TIMED_OUT
    agent, seat = ("li.ming", 12) if answered else ("", None)
    return Call(f"pbx:{name}", at, "citizen", outcome, answered_at, left_at, agent, seat, 0, 0)


def month_of_calls() -> list[Call]:
    good = [call_at(f"good-{n}", START + timedelta(hours=3 * n), True) for n in range(60)]
    lost = [call_at(f"lost-{n}", OUTAGE + timedelta(minutes=5 * n), False) for n in range(8)]
    return [*good, call_at("in-it", OUTAGE + timedelta(minutes=50), True), *lost]


def outage(served: Served) -> str:
    """A switch fails and takes half of the seats out for an hour."""
    given = served.made.dependencies
    group, number = group_of("core-a", OUTAGE, tuple(range(1, 37))), ""
    steps = ((1, TransitionKind.OPENED, OUTAGE), (2, TransitionKind.RESOLVED, ENDED))
    for sequence, kind, at in steps:
        transition = FaultTransition("october-outage", sequence, kind, at, group)
        with unit_of_work(given.database, given.bus, FixedClock(at), MONITORING) as uow:
            contract, policy = given.site.contract, IncidentPolicy()
            found = service.apply_transition(uow, transition, contract, policy)
        assert found is not None
        number = found.number
    return number


def say(page: Page, text: str, button: str) -> None:
    page.locator("input[name=text]").fill(text)
    page.locator(button).click()


def test_calls_below_target_lead_to_the_fault_the_exemption_the_seal_and_its_restatement(
    screen: Screen, served: Served, screenshots: Path
) -> None:
    number = outage(served)
    with served.made.dependencies.database.transaction() as session:
        store_calls(session, month_of_calls())
    operator = screen.open(served.address, f"/indicators?month={MONTH}", user="supervisor")
    operator.locator("#indicator-1 td.missed a").first.click()
    expect(operator.locator("main")).to_contain_text("88.40%")
    expect(operator.locator("tbody tr")).to_have_count(8)
    operator.screenshot(path=screenshots / "supervisor-records.png", full_page=True)
    operator.locator("tbody tr a[href*='lost-3']").first.click()
    expect(operator.locator("main")).to_contain_text("影响席位36")
    operator.screenshot(path=screenshots / "supervisor-call.png", full_page=True)
    operator.locator(f"a[href='/incidents/{number}']").first.click()
    expect(operator.locator("main")).to_contain_text(number)
    operator.screenshot(path=screenshots / "supervisor-incident.png", full_page=True)
    operator.goto(f"{served.address}/exemptions?indicator=1")
    operator.locator("#start").fill("2026-10-06T08:00:00")
    operator.locator("#end").fill("2026-10-06T09:00:00")
    operator.locator("#reason").fill(f"核心交换机故障，席位不可用，见 {number}")
    operator.locator("#evidence").fill("豫通〔2026〕7号")
    operator.locator("#ask").click()
    expect(operator.locator("tbody tr")).to_contain_text("待审批")
    purchaser = screen.open(served.address, "/exemptions", user="purchaser_supervisor")
    say(purchaser, "情况属实", "tbody button.go")
    expect(purchaser.locator("tbody tr")).to_contain_text("已同意剔除")
    operator.goto(f"{served.address}/assessment?month={MONTH}")
    row = operator.locator("#row-1")
    expect(row).to_contain_text("100.00%")
    expect(row).to_contain_text("88.40%")
    operator.screenshot(path=screenshots / "supervisor-assessment.png", full_page=True)
    row.locator("#submit-1").click()
    expect(operator.locator("#state")).to_have_text("已提交")
    purchaser.goto(f"{served.address}{PROOF}")
    purchaser.locator("#seal-1").click()
    expect(purchaser.locator("#state")).to_have_text("已封存")
    expect(purchaser.locator("#sealed")).to_have_text("100.00%")
    late = call_at("late", START + timedelta(days=20), False)
    with served.made.dependencies.database.transaction() as session:
        store_calls(session, [late])
    operator.reload()
    expect(operator.locator("#differences tbody tr")).to_contain_text("pbx:late")
    expect(operator.locator("#sealed")).to_have_text("100.00%")
    say(operator, "话务平台补报一通来电", "#propose-1")
    purchaser.reload()
    purchaser.locator("#restate-1").click()
    expect(purchaser.locator("#state")).to_have_text("已更正")
    expect(purchaser.locator("#seal-0")).to_contain_text("100.00%")
    expect(purchaser.locator("#seal-1")).to_contain_text(re.compile(r"98\.36%"))
    purchaser.screenshot(path=screenshots / "supervisor-restated.png", full_page=True)
