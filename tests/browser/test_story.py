"""One call on the whole product: to its order, its callback, its indicators, its seat's fault."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from device_configs.deploy.lab import Lab
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.events import EventBus
from ops_core.kernel.identity import Role, create_user, issue_token
from ops_core.kernel.permissions import Actor
from tests.browser.conftest import Pictures, Screen
from tests.lab.running_platform import PASSWORD, RunningPlatform, running_platform, wait_for

pytestmark = [pytest.mark.lab, pytest.mark.browser]

SEAT = 37
CALL = "1795500000.37"
NUMBER = "13912345678"
MASKED = "139****5678"
PEOPLE = {
    "agent": (Role.AGENT, ""),
    "dispatcher": (Role.DISPATCHER, ""),
    "callback_agent": (Role.CALLBACK_AGENT, ""),
    "water": (Role.UNIT_HANDLER, "water"),
    "housing": (Role.UNIT_HANDLER, "housing"),
    "pbx": (Role.INTERFACE, ""),
}


@pytest.fixture
def platform(lab: Lab, tmp_path: Path) -> Iterator[RunningPlatform]:
    with running_platform(lab.settings.state_directory, tmp_path) as running:
        setup = Actor.system("setup")
        with unit_of_work(running.database, EventBus(), SystemClock(), setup) as uow:
            for name, (role, unit) in PEOPLE.items():
                create_user(uow, name, name, PASSWORD, (role,), unit)
        running.wait_until_calm()
        yield running


class Telephony:
    """The telephone system, which tells of the one call over the API."""

    def __init__(self, platform: RunningPlatform) -> None:
        with unit_of_work(
            platform.database, EventBus(), SystemClock(), Actor.system("setup")
        ) as uow:
            token = issue_token(uow, "pbx", timedelta(days=1)).token
        self._address = f"{platform.address}/api/calls/events"
        self._headers = {"authorization": f"Bearer {token}"}
        self._told = 0

    def tell(self, kind: str, **more: object) -> None:
        self._told += 1
        event = {
            "sequence": self._told,
            "call": CALL,
            "kind": kind,
            "at": datetime.now(UTC).isoformat(),
            "queue": "citizen",
            **more,
        }
        answer = httpx.post(
            self._address, json={"source": "pbx", "events": [event]}, headers=self._headers
        )
        assert answer.status_code == 200, answer.text


def take_step(page: Page, button: str, state: str, remark: str = "") -> None:
    """Take a step on the order's page and wait until the page shows the state after it."""
    if remark:
        page.locator("textarea[name=remark]").fill(remark)
    page.locator(f"#do-{button}").click()
    expect(page.locator(".tag")).to_have_text(state)


def dispatch(page: Page, unit: str) -> None:
    page.locator("select[name=unit]").select_option(unit)
    take_step(page, "dispatch", "已派单")


def test_a_call_reaches_its_indicators_and_opens_from_them(
    lab: Lab, platform: RunningPlatform, screen: Screen, screenshots: Pictures
) -> None:
    address, telephony = platform.address, Telephony(platform)
    wall = screen.open(address, "/wall", size=(3840, 2160))
    for number in (1, 4, 10):
        expect(wall.locator(f"#wall-indicator-{number}")).to_contain_text("无样本")

    agent = screen.open(address, "/agent", user="agent")
    telephony.tell("ENTERQUEUE", caller=NUMBER)
    telephony.tell("CONNECT", agent="agent", seat=SEAT)
    expect(agent.locator("#intake")).to_have_attribute("data-call", f"pbx:{CALL}")
    expect(agent.locator("#present")).to_contain_text(MASKED)
    expect(wall.locator("#wall-indicator-1")).to_contain_text("100%")
    order = record(agent)

    dispatcher = screen.open(address, f"/orders/{order}", user="dispatcher")
    dispatch(dispatcher, "water")
    water = screen.open(address, f"/orders/{order}", user="water")
    take_step(water, "return", "已退回", "小区供暖不属于水利厅职责。")
    dispatch(dispatcher, "housing")
    housing = screen.open(address, f"/orders/{order}", user="housing")
    take_step(housing, "sign", "已签收")
    take_step(housing, "reply", "反馈待审", "已更换循环泵，室温恢复到20度。")
    take_step(dispatcher, "approve", "审核通过")
    take_step(housing, "complete", "已办结")
    expect(wall.locator("#wall-indicator-4")).to_contain_text("无样本")

    caller = screen.open(address, f"/callbacks/{order}/1", user="callback_agent")
    call_back(caller)
    expect(wall.locator("#wall-indicator-4")).to_contain_text("100%")
    expect(wall.locator("#wall-indicator-10")).to_contain_text("100%")

    lab.client.display(f"seat-{SEAT:03d}", on=False)
    try:
        expect(wall.locator("#wall-indicator-13")).to_contain_text("98.6%")
        wait_for(lambda: bool(platform.open_incidents()), 20, "the incident of the display")
        incident = platform.open_incidents()[0].number
        wall.wait_for_timeout(1500)
        screenshots.take(wall, "story-wall-3840.png")
        page = screen.open(address, f"/incidents/{incident}")
        expect(page.locator("#content")).to_contain_text(f"{SEAT}号席")
        touched = page.locator(f"a[href='/calls?incident={incident}']").first
        expect(touched).to_contain_text("1")
        screenshots.take(page, "story-incident.png")
        touched.click()
        page.locator(f"a[href='/calls/pbx%3A{CALL}']").first.click()
        expect(page.locator("#content")).to_contain_text(incident)
        expect(page.locator("#content")).to_contain_text(order)
        expect(page.locator("#content")).to_contain_text(MASKED)
        screenshots.take(page, "story-call.png")
    finally:
        lab.client.display(f"seat-{SEAT:03d}", on=True)
    telephony.tell("COMPLETECALLER", agent="agent", seat=SEAT)

    for number, link in ((4, f"/callbacks/{order}/1"), (10, f"/callbacks/{order}/1")):
        page = screen.open(address, f"/indicators/{number}?show=counted")
        expect(page.locator(f"a[href='{link}']").first).to_be_visible()
    screenshots.take(page, "story-indicator.png")


def choose(page: Page, name: str, value: str) -> None:
    """Click the chip of an answer: its radio button itself is not drawn."""
    page.locator(f"label:has([name={name}][value='{value}'])").click()


def record(page: Page) -> str:
    """Record the caller's request; the order's number."""
    choose(page, "kind", "complaint")
    page.locator("#category").select_option("heating")
    page.locator("#region").select_option("province")
    page.locator("[name=title]").fill("小区供暖三天不热")
    page.locator("[name=text]").fill("三号楼二单元暖气三天不热。")
    page.keyboard.press("Control+Enter")
    recorded = page.locator("#recorded")
    expect(recorded).to_contain_text("W-")
    found = re.search(r"W-\d{8}-\d{5}", recorded.inner_text())
    assert found is not None
    return found.group()


def call_back(page: Page) -> None:
    """Reach the requester: the matter is settled, the attitude rated, each said explicitly."""
    choose(page, "resolved", "yes")
    choose(page, "result", "4")
    choose(page, "attitude", "5")
    page.locator("[name=recording]").fill("REC-0042")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".tag")).to_have_text("已回访")
