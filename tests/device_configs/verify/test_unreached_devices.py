"""Each device answers for itself: that one is not reached says nothing of another."""

import os
from pathlib import Path

import pytest

from device_configs.site import load_site
from device_configs.twin.credentials import ensure_secrets
from device_configs.twin.namespace import create_network
from device_configs.verify.devices import asked_devices
from device_configs.verify.session import verify
from ops_core.kernel.settings import PROJECT_DIRECTORY, Settings

INVENTORY = PROJECT_DIRECTORY / "inventory"


@pytest.mark.lab
def test_each_is_named_with_its_own_failure(tmp_path: Path) -> None:
    site = load_site(INVENTORY)
    ensure_secrets(tmp_path, site.secret_names)
    network = create_network()  # nothing is reached from it
    try:
        settings = Settings(state_directory=tmp_path, inventory=INVENTORY)
        found = verify(settings, network, ["sw-5", "sw-6"])
    finally:
        os.close(network)
    assert found.stopped == ""
    unreached = [check for check in found.checks if "is not reached" in check.message]
    assert {check.subject for check in unreached} == {"sw-5", "sw-6"}
    assert all(f"{check.subject} is not reached" in check.message for check in unreached)


def test_devices_are_asked_by_name_and_by_role() -> None:
    site = load_site(INVENTORY)
    assert {d.name for d in asked_devices(site, {"sw-5"})} == {"sw-5"}
    assert {d.name for d in asked_devices(site, {"router", "sw-5"})} == {"rt-a", "rt-b", "sw-5"}
    assert asked_devices(site, ()) == list(site.deployed)
