"""Drift of real devices: found with who was there, unknown where nobody answers, over by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from device_configs.compliance.drift import DifferenceKind, DriftState
from device_configs.compliance.service import check_drift
from device_configs.compliance.store import DeviceDrift, read_drift
from device_configs.deploy.remote import RemoteShells
from device_configs.deploy.work import DeploymentWork
from monitors.alerts.conditions import RuleWatch
from monitors.alerts.rules import RuleBook, load_rules
from ops_core.app.device_checks import drift_samples
from ops_core.kernel.audit import read_audit, verify_chain
from ops_core.kernel.permissions import Actor, Role

from .conftest import FIREWALL, ConfiguredSite

pytestmark = pytest.mark.lab
WANG = Actor.user("wang.fang", [Role.DUTY_TECHNICIAN])
CANARY = "Kanarienvogel-7"
BGP = "-c 'conf t' -c 'router bgp 65010'"
INTRUDER = "10.255.0.77"


@contextmanager
def changed_by_hand(configured: ConfiguredSite) -> Iterator[None]:
    """A file, what FRR runs with, a rule, and a mode: each on record as somebody's sign-in."""
    sh, now = configured.sh, datetime.now(UTC) - timedelta(seconds=30)
    accepted = (f"{now:%Y-%m-%dT%H:%M:%S}+00:00 rt-a sshd[9]: Accepted password for mallory from "
                f"{INTRUDER} port 40022 ssh2")  # fmt: skip
    sh("rt-a", "mkdir -p /root/was; cp -a /etc/snmp/snmpd.conf /etc/rc.local /root/was")
    sh("rt-a", f"echo '{accepted}' >>/var/log/syslog")
    sh("rt-a", f"echo 'rocommunity {CANARY}' >>/etc/snmp/snmpd.conf; chmod 700 /etc/rc.local")
    sh("rt-a", f"vtysh {BGP} -c 'neighbor 10.9.9.9 remote-as 65009' "
               f"-c 'neighbor 10.9.9.9 password {CANARY}'")  # fmt: skip
    sh("rt-a", "nft add rule inet filter forward ip daddr 10.9.9.9 accept")
    try:
        yield
    finally:
        sh("rt-a", "cp -a /root/was/snmpd.conf /etc/snmp/; cp -a /root/was/rc.local /etc/rc.local")
        sh("rt-a", f"vtysh {BGP} -c 'no neighbor 10.9.9.9'; nft flush ruleset; "
                   "nft -f /etc/nftables.conf")  # fmt: skip


def states(found: tuple[DeviceDrift, ...]) -> dict[str, DriftState]:
    return {one.device: one.state for one in found}


def test_a_change_by_hand_is_drift_until_it_is_gone(
    configured: ConfiguredSite, work: DeploymentWork
) -> None:
    quiet = states(check_drift(work, configured.shells, WANG))
    assert quiet.pop(FIREWALL) is DriftState.UNKNOWN
    assert set(quiet.values()) == {DriftState.EQUAL}

    with changed_by_hand(configured):
        drifted = check_drift(work, configured.shells, WANG, ["rt-a"])[0]
        deaf = RemoteShells(configured.settings, configured.shells.network, port=2)
        unknown = check_drift(work, deaf, WANG, ["rt-a"])[0]
    kinds = {difference.what: difference.kind for difference in drifted.differences}
    assert kinds == {
        "/etc/snmp/snmpd.conf": DifferenceKind.CONTENT,
        "/etc/rc.local": DifferenceKind.ATTRIBUTES,
        "frr": DifferenceKind.RUNNING,
        "nftables": DifferenceKind.RUNNING,
    }
    texts = {difference.what: difference.text for difference in drifted.differences}
    assert "+rocommunity <secret:" in texts["/etc/snmp/snmpd.conf"]
    assert "neighbor 10.9.9.9 password <secret:" in texts["frr"]
    assert "10.9.9.9 accept" in texts["nftables"]
    assert drifted.author.startswith(f"mallory@{INTRUDER} ")
    assert (unknown.state, unknown.drifted_since) == (DriftState.UNKNOWN, drifted.drifted_since)

    over = check_drift(work, configured.shells, WANG, ["rt-a"])[0]
    assert (over.state, over.drifted_since, over.differences) == (DriftState.EQUAL, None, ())
    with work.database.reading() as session:
        assert read_drift(session)["rt-a"] == over
        assert verify_chain(session) == []
        actions = [entry.action for entry in read_audit(session)]
        recorded = repr([*read_audit(session), drifted, read_drift(session)])
    assert actions == ["DriftEnded", "DriftFound"]
    assert CANARY not in recorded
    assert not any(secret in recorded for secret in configured.secrets.hidden)


def test_drift_is_a_condition_of_its_own_that_unknown_does_not_end() -> None:
    watch = RuleWatch(RuleBook(load_rules()))
    at = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
    drifted = DeviceDrift("rt-a", DriftState.DRIFTED, at, at)
    found = watch.take(drift_samples(drifted))
    assert [(str(o.element), o.ok) for o in found] == [
        ("condition/configuration_drift:rt-a", False)
    ]
    assert found[0].lifetime == timedelta(hours=1)
    assert drift_samples(replace(drifted, state=DriftState.UNKNOWN)) == []
    later = at + timedelta(minutes=15)
    over = DeviceDrift("rt-a", DriftState.EQUAL, later)
    assert [o.ok for o in watch.take(drift_samples(over))] == [True]
