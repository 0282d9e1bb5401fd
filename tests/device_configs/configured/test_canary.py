"""A canary password on a device and in its log is in no record, diff, sample, log or backup."""

import logging
import sqlite3
from pathlib import Path

import pytest
from dulwich.repo import Repo

from device_configs.backups.repository import FOLDER, REPOSITORY
from device_configs.compliance.drift import DriftState
from device_configs.compliance.rules_store import read_rules_checks
from device_configs.compliance.store import read_drift
from device_configs.deploy.record import DeploymentWork
from monitors.samples import Sample
from ops_core.app.checks_soon import ChecksSoon
from ops_core.app.device_checks import DeviceChecks
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.workers import Worker

from .conftest import ConfiguredSite

pytestmark = pytest.mark.lab
CANARY = "Kanarienvogel-4711"
PLANTED = f"""
cp -a /etc/snmp/snmpd.conf /root/snmpd.was; cp -a /etc/passwd /etc/shadow /root/
echo 'rocommunity {CANARY}' >>/etc/snmp/snmpd.conf
echo 'createUser spy SHA {CANARY}' >>/etc/snmp/snmpd.conf
echo 'telnet stream tcp nowait root /usr/sbin/telnetd password={CANARY}' >/etc/inetd.conf
vtysh -c 'conf t' -c 'router bgp 65010' -c 'neighbor 10.9.9.9 remote-as 65009' \\
      -c 'neighbor 10.9.9.9 password {CANARY}'
useradd -M -s /bin/sh -p '{CANARY}' guest7
"""
TAKEN_BACK = """
cp -a /root/snmpd.was /etc/snmp/snmpd.conf; cp -a /root/passwd /root/shadow /etc/
rm -f /etc/inetd.conf
vtysh -c 'conf t' -c 'router bgp 65010' -c 'no neighbor 10.9.9.9'
"""


def texts_of(database: Path) -> str:
    """Every value of every table."""
    with sqlite3.connect(database) as connection:
        return "\n".join(connection.iterdump())


def texts_in(repository: Path) -> str:
    """Every object that the repository of backups holds, with messages of commits."""
    store = Repo(str(repository)).object_store
    return "\n".join(store[sha].as_raw_string().decode(errors="replace") for sha in store)


def test_a_canary_is_nowhere_after_every_check(
    configured: ConfiguredSite, work: DeploymentWork, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    handed: list[Sample] = []
    checks = DeviceChecks(work, configured.twin.client, handed.extend, ChecksSoon(work.site))
    worker = Worker("device-checks", SystemClock(), is_vital=False, longest_silence_s=None)
    configured.sh("rt-a", PLANTED)
    try:
        checks.look(worker)
    finally:
        configured.sh("rt-a", TAKEN_BACK)
    assert worker.state().item_failures == {}

    with work.database.reading() as session:
        drift, rules = read_drift(session)["rt-a"], read_rules_checks(session)["rt-a"]
    assert drift.state is DriftState.DRIFTED
    assert "+rocommunity <secret:" in "".join(d.text for d in drift.differences)
    assert "telnet-off" in {place.rule for place in rules.places}
    found = {(s.measurement, dict(s.tags)["agent_host"]): s.fields for s in handed}
    assert found["accounts", "rt-a"]["back_door"] >= 2, "the planted accounts were seen"

    repository = work.settings.state_directory / FOLDER / REPOSITORY
    url = work.settings.database_url
    everything = {
        "database": texts_of(Path(str(url).removeprefix("sqlite:///"))),
        "backups": texts_in(repository),
        "log": caplog.text,
        "samples": repr(handed),
        "records": repr([drift, rules]),
    }
    assert "<secret:" in everything["backups"]
    for where, text in everything.items():
        assert text or where == "log"
        assert CANARY not in text, where
        for secret in configured.secrets.hidden:
            assert secret not in text, where
