"""Deployment to the twin over SSH, by the playbooks."""

import time
from ipaddress import IPv4Address

import pytest

from device_configs.deploy.lab import Lab
from device_configs.deploy.rendered import SECRETS
from device_configs.deploy.results import DeployProgress, DeviceState
from device_configs.render import Secrets

pytestmark = pytest.mark.lab

PLATFORM = IPv4Address("10.100.0.10")


def runs_of_ansible(lab: Lab) -> set[str]:
    return {entry.name for entry in (lab.settings.state_directory / "deploy/artifacts").iterdir()}


def test_a_first_deployment_lets_a_seat_reach_the_platform(lab: Lab) -> None:
    lab.wait_until_reached("seat-001", PLATFORM)


def test_a_second_run_changes_nothing(lab: Lab) -> None:
    progress: list[DeployProgress] = []
    before = runs_of_ansible(lab)
    done = lab.deploy(on_progress=progress.append)
    assert runs_of_ansible(lab) == before, "where nothing differs Ansible is not started"
    assert {result.state for result in done.devices.values()} == {DeviceState.OK}
    assert [seen.done for seen in progress] == list(range(1, 26))


def test_every_device_passes_its_verification(lab: Lab) -> None:
    lab.wait_until_reached("seat-001", PLATFORM)
    time.sleep(5)  # the firewall pair elects its active member, the gate finds its servers
    found = lab.verify()
    failed = [(c.subject, c.check, c.message) for c in found.checks if not c.passed]
    assert found.passed, (failed, found.stopped)


def test_check_mode_shows_every_change_and_leaves_it(lab: Lab) -> None:
    """Nothing that differs on a device passes for unchanged when the devices are compared."""
    edits = {
        "sw-1": "sed -i 's/sysServices 78/sysServices 2/' /etc/snmp/snmpd.conf",
        "sw-2": "chmod 644 /etc/snmp/snmpd.conf",
        "sw-3": "chown nobody /etc/rsyslog.conf",
        "sw-4": "rm /etc/sysctl.d/50-device.conf",
        "sw-5": "rm /var/lib/device-configuration/files.json",
    }
    for device, edit in edits.items():
        lab.client.execute(device, ["sh", "-c", edit])
    found = lab.deploy(*edits, "sw-6", check=True).devices
    assert {name for name, one in found.items() if one.state is DeviceState.CHANGED} == {
        "sw-1", "sw-2", "sw-3", "sw-4"
    }  # fmt: skip
    assert found["sw-5"].state is DeviceState.OK  # Ansible's own finding: no file differs
    assert found["sw-6"].state is DeviceState.OK
    assert "-sysServices 2\n+sysServices 78\n" in found["sw-1"].diff
    shown = lab.client.execute("sw-1", ["grep", "sysServices", "/etc/snmp/snmpd.conf"]).stdout
    assert shown == b"sysServices 2\n"
    done = lab.deploy(*edits)
    assert done.devices["sw-1"].services == ("snmpd",)
    assert done.devices["sw-5"].state is DeviceState.OK


def test_a_service_that_ended_is_started_and_counts_as_a_change(lab: Lab) -> None:
    lab.client.execute("gap-b", ["sh", "-c", "kill $(cat /run/haproxy.pid); sleep 0.5"])
    assert lab.deploy("gap-b").devices["gap-b"].services == ("haproxy",)
    assert lab.deploy("gap-b").devices["gap-b"].state is DeviceState.OK


def test_a_refused_configuration_is_told_and_put_back(lab: Lab) -> None:
    """The checker of the rule set refuses; the former file stands again."""
    wrapper = "#!/bin/sh\n[ \"$1\" = -c ] && { echo 'refused by the test' >&2; exit 1; }\nexit 0\n"
    edit = (
        "cat > /usr/local/sbin/nft; chmod 755 /usr/local/sbin/nft; "
        "echo '# edited' >> /etc/nftables.conf"
    )
    lab.client.execute("ips-b", ["sh", "-c", edit], stdin=wrapper.encode())
    result = lab.deploy("ips-b").devices["ips-b"]
    lab.client.execute("ips-b", ["rm", "/usr/local/sbin/nft"])
    assert result.state is DeviceState.FAILED
    assert "refused by the test" in result.message
    shown = lab.client.execute("ips-b", ["tail", "-1", "/etc/nftables.conf"]).stdout
    assert shown == b"# edited\n"
    assert lab.deploy("ips-b").succeeded


def test_no_secret_reaches_what_a_deployment_leaves_behind(lab: Lab) -> None:
    secrets = Secrets.load(lab.settings.state_directory / SECRETS)
    lab.client.execute("sw-2", ["rm", "/etc/snmp/snmpd.conf"])
    result = lab.deploy("sw-2").devices["sw-2"]
    assert "rocommunity <secret>" in result.diff
    for file in (lab.settings.state_directory / "deploy").rglob("*"):
        if file.is_file():
            text = file.read_text(errors="replace")
            assert not any(secret in text for secret in secrets.hidden), file


def test_a_device_comes_back_from_its_saved_configuration(lab: Lab) -> None:
    lab.client.kill("core-b")
    time.sleep(1)
    lab.client.start("core-b")
    deadline = time.monotonic() + 30
    while not (found := lab.verify("core-b")).passed and time.monotonic() < deadline:
        time.sleep(1)
    assert found.passed, [c for c in found.checks if not c.passed]
    assert lab.deploy("core-b").devices["core-b"].state is DeviceState.OK
