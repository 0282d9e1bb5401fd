"""What a device logs arrives at both log audit devices."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from device_configs.site import Site
from device_configs.site.model import Device
from device_configs.verify.devices import AskedDevices

DEADLINE_S = 5.0


@pytest.fixture(scope="session")
def arrived(site: Site, asked: list[Device], hosts: AskedDevices) -> dict[str, set[str]]:
    """Every device logs one token; devices whose token each log audit device holds by then. Of one
    that does not answer nothing is known to have arrived."""
    token = f"verify-{uuid.uuid4().hex}"
    devices = [device.name for device in asked if hosts.answers(device.name)]
    with ThreadPoolExecutor(8) as workers:
        list(workers.map(lambda name: hosts(name).run(f"logger -p user.notice {token}"), devices))
    found: dict[str, set[str]] = {}
    for log in site.devices_where(lambda role: role.collects_logs):
        found[log.name] = set()
        deadline = time.monotonic() + DEADLINE_S
        while hosts.answers(log.name):
            shown = hosts(log.name).run(f"cd /var/log/audit && grep -l {token} *.log").stdout
            found[log.name] = {line.removesuffix(".log") for line in shown.split()}
            if found[log.name] == set(devices) or time.monotonic() > deadline:
                break
            time.sleep(0.2)
    return found


@pytest.mark.roles
def test_log_arrives_at_the_log_audit(device: Device, arrived: dict[str, set[str]]) -> None:
    assert [log for log, names in arrived.items() if device.name not in names] == []
