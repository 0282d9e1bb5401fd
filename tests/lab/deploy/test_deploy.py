"""Deployment to the twin over SSH: a change that is carried out at once."""

import time
from ipaddress import IPv4Address

import pytest

from device_configs.changes.model import ChangeKind, StageKind
from device_configs.changes.read import read_changes
from device_configs.changes.states import ChangeState, Place
from device_configs.deploy.lab import Lab
from device_configs.deploy.rendered import SECRETS
from device_configs.render import Secrets
from tests.lab.bringing import bring, planned

pytestmark = pytest.mark.lab

PLATFORM = IPv4Address("10.100.0.10")


def runs_of_ansible(lab: Lab) -> set[str]:
    return {entry.name for entry in (lab.settings.state_directory / "deploy/artifacts").iterdir()}


def test_a_first_deployment_lets_a_seat_reach_the_platform(lab: Lab) -> None:
    lab.wait_until_reached("seat-001", PLATFORM)


def test_a_first_deployment_is_a_change_on_record_in_one_stage(lab: Lab) -> None:
    """Half by half it could not be: before it nothing forwards, and no gate would pass."""
    with lab.changing() as work, work.database.reading() as session:
        *_, first = read_changes(session, 100)
    assert (first.author, first.request.kind) == ("system:lab", ChangeKind.DEPLOYMENT)
    assert first.request.reason == "按声明部署"
    assert [stage.kind for stage in first.request.plan.stages] == [StageKind.BOOTSTRAP]
    assert (first.state, first.gate_before) == (ChangeState.CONFIRMED, None)
    assert set(first.places) == {device.name for device in lab.site.deployed}
    assert set(first.places.values()) == {Place.NEW}
    assert all(trail.steps[-1].seconds > 0 for trail in first.devices.values())
    assert "+hostname rt-a\n" in first.request.plan.difference("rt-a").diff
    secrets = Secrets.load(lab.settings.state_directory / SECRETS)
    assert not any(s in first.request.model_dump_json() for s in secrets.hidden)


def test_a_second_run_changes_nothing(lab: Lab) -> None:
    before = runs_of_ansible(lab)
    done = lab.deploy()
    assert runs_of_ansible(lab) == before, "where nothing differs Ansible is not started"
    assert done.succeeded
    assert done.change is None
    assert len(done.plan.unchanged) == 25


def test_every_device_passes_its_verification(lab: Lab) -> None:
    lab.wait_until_reached("seat-001", PLATFORM)
    time.sleep(5)  # the firewall pair elects its active member, the gate finds its servers
    found = lab.verify()
    failed = [(c.subject, c.check, c.message) for c in found.checks if not c.passed]
    assert found.passed, (failed, found.stopped)


def test_a_device_that_is_not_reached_fails_its_own_checks_alone(lab: Lab) -> None:
    lab.client.kill("sw-6")
    try:
        found = lab.verify("sw-5", "sw-6")
    finally:
        lab.client.start("sw-6")
    assert {check.subject for check in found.checks if not check.passed} == {"sw-6"}, found
    assert {check.subject for check in found.checks if check.passed} == {"sw-5"}
    assert any("sw-6 is not reached" in check.message for check in found.checks)


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
    plan = planned(lab, *edits, "sw-6")
    assert set(plan.devices) == {"sw-1", "sw-2", "sw-3", "sw-4"}
    assert plan.unchanged == ("sw-5", "sw-6"), "of sw-5 no file differs"
    assert "-sysServices 2\n+sysServices 78\n" in plan.difference("sw-1").diff
    shown = lab.client.execute("sw-1", ["grep", "sysServices", "/etc/snmp/snmpd.conf"]).stdout
    assert shown == b"sysServices 2\n"
    done = bring(lab, *edits)
    assert done.succeeded
    assert done.plan.difference("sw-1").services == ("snmpd",)


def test_a_service_that_ended_is_started_and_counts_as_a_change(lab: Lab) -> None:
    lab.client.execute("gap-b", ["sh", "-c", "kill $(cat /run/haproxy.pid); sleep 0.5"])
    assert bring(lab, "gap-b").plan.difference("gap-b").services == ("haproxy",)
    assert bring(lab, "gap-b").change is None


def test_a_refused_configuration_is_told_and_put_back(lab: Lab) -> None:
    """The checker of the rule set refuses; the former file stands again."""
    wrapper = "#!/bin/sh\n[ \"$1\" = -c ] && { echo 'refused by the test' >&2; exit 1; }\nexit 0\n"
    edit = (
        "cat > /usr/local/sbin/nft; chmod 755 /usr/local/sbin/nft; "
        "echo '# edited' >> /etc/nftables.conf"
    )
    lab.client.execute("ips-b", ["sh", "-c", edit], stdin=wrapper.encode())
    change = bring(lab, "ips-b").change
    lab.client.execute("ips-b", ["rm", "/usr/local/sbin/nft"])
    assert change is not None
    assert change.state is ChangeState.ROLLED_BACK
    assert "refused by the test" in change.message
    shown = lab.client.execute("ips-b", ["tail", "-1", "/etc/nftables.conf"]).stdout
    assert shown == b"# edited\n"
    assert bring(lab, "ips-b").succeeded


def test_no_secret_reaches_what_a_deployment_leaves_behind(lab: Lab) -> None:
    secrets = Secrets.load(lab.settings.state_directory / SECRETS)
    lab.client.execute("sw-2", ["rm", "/etc/snmp/snmpd.conf"])
    assert "rocommunity <secret>" in bring(lab, "sw-2").plan.difference("sw-2").diff
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
    assert bring(lab, "core-b").change is None
