"""The whole product before a person: the twin, the platform, a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from device_configs.deploy.lab import Lab
from tests.browser.conftest import Pictures, Screen
from tests.lab.running_platform import RunningPlatform, running_platform, wait_for

pytestmark = [pytest.mark.lab, pytest.mark.browser]

CIRCUIT = "rt-a--egov"


@pytest.fixture
def platform(lab: Lab, tmp_path: Path) -> Iterator[RunningPlatform]:
    with running_platform(lab.settings.state_directory, tmp_path) as running:
        running.wait_until_calm()
        yield running


def test_a_cut_circuit_is_seen_handled_and_over(
    lab: Lab, platform: RunningPlatform, screen: Screen, screenshots: Pictures
) -> None:
    wall = screen.open(platform.address, "/wall", size=(3840, 2160))
    small = screen.open(platform.address, "/wall")
    lab.client.display("seat-037", on=False)
    lab.client.cut(CIRCUIT)
    try:
        expect(wall.locator("#wall-indicator-13")).to_contain_text("98.6%", timeout=15_000)
        expect(wall.locator("a[href^='/incidents/F-']")).to_have_count(2, timeout=15_000)
        small.wait_for_timeout(1_500)
        screenshots.take(wall, "wall-3840.png")
        screenshots.take(small, "wall-1920.png")

        number = next(
            incident.number
            for incident in platform.open_incidents()
            if any(root.name == CIRCUIT for root in incident.fault.roots)
        )
        page = screen.open(platform.address, f"/incidents/{number}")
        page.keyboard.press("a")
        expect(page.locator("body")).to_contain_text("已确认", timeout=10_000)
        page.wait_for_timeout(500)
        screenshots.take(page, "incident-1920.png")
    finally:
        lab.client.heal(CIRCUIT)
        lab.client.display("seat-037", on=True)
    wait_for(lambda: not platform.open_incidents(), 30, "everything is restored")
    expect(wall.locator("a[href^='/incidents/F-']")).to_have_count(0, timeout=15_000)
    expect(wall.locator("#wall-indicator-13")).to_contain_text("100%", timeout=15_000)
