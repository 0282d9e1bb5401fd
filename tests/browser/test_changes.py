"""Two people change a device of the twin from the browser: plan, approval, trial, confirmation."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from device_configs.deploy.lab import Lab
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.events import EventBus
from ops_core.kernel.identity import create_user
from ops_core.kernel.permissions import Actor, Role
from tests.browser.conftest import Pictures, Screen
from tests.lab.running_platform import PASSWORD, RunningPlatform, running_platform
from tests.lab.settled import wait_until_settled
from tests.pace import slowness

pytestmark = [pytest.mark.lab, pytest.mark.browser, pytest.mark.usefixtures("undrained")]

DEVICE = "rt-b"
APPROVER = "chen.jie"
OWNER = "network-team"
FOREIGN = f"sed -i s/{OWNER}/somebody/ /etc/snmp/snmpd.conf"
CONTACT = "grep sysContact /etc/snmp/snmpd.conf"
PLANNED_MS, CARRIED_OUT_MS = 30_000, 180_000
OVER = re.compile("^(已生效|已回退|失败|已取消)$")


@pytest.fixture
def platform(lab: Lab, tmp_path: Path) -> Iterator[RunningPlatform]:
    with running_platform(lab.settings.state_directory, tmp_path) as running:
        setup = Actor.system("setup")
        with unit_of_work(running.database, EventBus(), SystemClock(), setup) as uow:
            create_user(uow, APPROVER, "陈杰", PASSWORD, (Role.SUPERVISOR,), "")
        running.wait_until_calm()
        yield running


def contact(lab: Lab) -> str:
    return lab.client.execute(DEVICE, ["sh", "-c", CONTACT]).stdout.decode()


def test_two_people_bring_a_device_back_to_the_declaration(
    lab: Lab, platform: RunningPlatform, screen: Screen, screenshots: Pictures
) -> None:
    pace = slowness()
    lab.client.execute(DEVICE, ["sh", "-c", FOREIGN])
    assert OWNER not in contact(lab)
    wait_until_settled(lab)  # else the gates before it, which ask every device, let nothing begin
    author = screen.open(platform.address, "/network/changes")
    author.locator("#plan select[name=device]").select_option(DEVICE)
    author.locator("#plan input[name=reason]").fill("恢复联系人")
    author.locator("#plan button.go").click()
    made = author.locator("#step a")
    expect(made).to_be_visible(timeout=PLANNED_MS * pace)
    made.click()
    expect(author.locator("#state")).to_have_text("待审批")
    expect(author.locator("#approve")).to_have_count(0)
    expect(author.locator(f"#diff-{DEVICE}")).to_contain_text(f"+sysContact {OWNER}")
    screenshots.take(author, "change-planned.png", full_page=True)

    approver = screen.open(platform.address, author.url.removeprefix(platform.address),
                           user=APPROVER)  # fmt: skip
    approver.locator("#approve").click()
    expect(approver.locator("#state")).to_have_text("已批准")
    expect(approver.locator("#apply")).to_have_count(0)

    author.locator("#apply").click()
    author.locator("dialog[open] button[value=yes]").click()
    expect(author.locator("#state")).to_have_text(OVER, timeout=CARRIED_OUT_MS * pace)
    said = author.locator("p[role=status]").all_inner_texts()
    assert author.locator("#state").inner_text() == "已生效", said
    assert OWNER in contact(lab)
    expect(author.locator("#rollback")).to_be_visible()
    screenshots.take(author, "change-confirmed.png", full_page=True)
