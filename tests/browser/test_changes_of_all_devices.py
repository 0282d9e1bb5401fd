"""Two people change every device of the twin from the browser: plan, rehearsal, approval, trials,
gates, confirmation, verification and drills, and no seat notices.

Each wait is for what the page says, at whatever pace the machine has: a limit is there only so
that a step that hangs fails. With its second twin and a few dozen drilled faults it belongs to the
nightly profile; the gates need a machine that has time for it, or the change touches no device.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from device_configs.deploy.lab import Lab
from device_configs.drills.measuring import platform_of
from device_configs.twin.gap import GapMeasurement
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.events import EventBus
from ops_core.kernel.identity import create_user
from ops_core.kernel.permissions import Actor, Role
from tests.browser.conftest import Pictures, Screen
from tests.lab.bringing import bring
from tests.lab.running_platform import PASSWORD, RunningPlatform, running_platform
from tests.lab.settled import wait_until_settled
from tests.profile import is_nightly

pytestmark = [
    pytest.mark.lab,
    pytest.mark.browser,
    pytest.mark.usefixtures("undrained"),
    pytest.mark.skipif(not is_nightly(), reason="two twins, deployed and drilled: nightly"),
]

APPROVER = "chen.jie"
OWNER = "network-team"
FOREIGN = f"sed -i s/{OWNER}/somebody/ /etc/snmp/snmpd.conf"
CONTACT = "grep sysContact /etc/snmp/snmpd.conf"
SEAT = "seat-001"
BOUND_MS = 40
"""Of a planned change-over, of either half."""
PLANNED_MS, CARRIED_OUT_MS, REHEARSED_MS, PLAYED_MS = 300_000, 1_200_000, 1_800_000, 600_000
DRILLED_MS = 3_600_000
OVER = re.compile("^(已生效|已回退|未完成|已取消)$")
RESULT = re.compile("通过|未知")
PLAYED = re.compile("^(已完成|失败|已取消)$")


@pytest.fixture
def platform(lab: Lab, tmp_path: Path) -> Iterator[RunningPlatform]:
    with running_platform(lab.settings.state_directory, tmp_path) as running:
        setup = Actor.system("setup")
        with unit_of_work(running.database, EventBus(), SystemClock(), setup) as uow:
            create_user(uow, APPROVER, "陈杰", PASSWORD, (Role.SUPERVISOR,), "")
        running.wait_until_calm()
        yield running
    assert bring(lab).succeeded


@pytest.fixture
def devices(lab: Lab) -> list[str]:
    """Every deployed device, each with a line that somebody wrote by hand."""
    names = [device.name for device in lab.site.deployed]
    for name in names:
        lab.client.execute(name, ["sh", "-c", FOREIGN])
    wait_until_settled(lab)
    return names


def contacts(lab: Lab, devices: list[str]) -> set[str]:
    shown = [lab.client.execute(name, ["sh", "-c", CONTACT]).stdout.decode() for name in devices]
    return {text.split()[-1] for text in shown}


def planned(author: Page, devices: list[str]) -> None:
    """The author has one plan of all devices made, and looks at it."""
    author.locator("#plan input[name=reason]").fill("恢复联系人")
    author.locator("#plan button.go").click()
    made = author.locator("#step a")
    expect(made).to_be_visible(timeout=PLANNED_MS)
    made.click()
    expect(author.locator("#state")).to_have_text("待审批")
    expect(author.locator("#approve")).to_have_count(0)
    for device in devices:
        expect(author.locator(f"#diff-{device}")).to_contain_text(f"+sysContact {OWNER}")


def rehearsed(author: Page) -> None:
    """In a twin of its own, where each device on the way is drilled. Unknown is what a machine
    says that has no time for two twins."""
    author.locator("#rehearse").click()
    result = author.locator("#rehearsals .state").first
    expect(result).to_be_visible(timeout=REHEARSED_MS)
    expect(result).to_have_text(RESULT)


def approved(screen: Screen, address: str, path: str) -> None:
    """By the second person, who cannot carry it out."""
    approver = screen.open(address, path, user=APPROVER)
    approver.locator("#approve").click()
    expect(approver.locator("#state")).to_have_text("已批准")
    expect(approver.locator("#apply")).to_have_count(0)


def applied(author: Page, lab: Lab) -> GapMeasurement:
    """The author carries it out; what a seat's datagrams met meanwhile."""
    with lab.observing(SEAT, platform_of(lab.site), interval_s=0.005) as watched:
        author.locator("#apply").click()
        author.locator("dialog[open] button[value=yes]").click()
        expect(author.locator("#state")).to_have_text(OVER, timeout=CARRIED_OUT_MS)
    said = author.locator("p[role=status]").all_inner_texts()
    assert author.locator("#state").inner_text() == "已生效", said
    assert watched.measurement is not None
    return watched.measurement


def played(author: Page, address: str, play: str, limit: str, limit_ms: int) -> None:
    """A playbook from the web, which comes to its end with no device at fault."""
    author.goto(f"{address}/network/plays")
    author.locator("select[name=play]").select_option(play)
    author.locator("input[name=limit]").fill(limit)
    author.locator("input[name=check]").uncheck()
    author.locator("form.start button.go").click()
    expect(author.locator("#state")).to_have_text(PLAYED, timeout=limit_ms)
    assert author.locator("#state").inner_text() == "已完成", author.locator(
        "#content"
    ).inner_text()
    expect(author.locator(".state.failed")).to_have_count(0)


def test_two_people_bring_every_device_back_to_the_declaration_unnoticed(
    lab: Lab,
    platform: RunningPlatform,
    devices: list[str],
    screen: Screen,
    screenshots: Pictures,
) -> None:
    assert contacts(lab, devices) == {"somebody"}
    author = screen.open(platform.address, "/network/changes")
    planned(author, devices)
    screenshots.take(author, "change-planned.png", full_page=True)
    rehearsed(author)
    approved(screen, platform.address, author.url.removeprefix(platform.address))
    found = applied(author, lab)
    assert not found.stood_still, f"the machine stood still, so nothing is shown: {found}"
    assert found.longest_loss_ms <= BOUND_MS, found
    assert contacts(lab, devices) == {OWNER}
    for device in devices:
        expect(author.locator(f"#device-{device} .state")).to_have_text("新配置")
    expect(author.locator("#rollback")).to_be_visible()
    screenshots.take(author, "change-confirmed.png", full_page=True)
    played(author, platform.address, "verify", "", PLAYED_MS)
    played(author, platform.address, "drill", "", DRILLED_MS)
