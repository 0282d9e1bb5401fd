"""A canary password on a device and in its log is in no record, page, diff, sample, log, backup."""

import logging
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from dulwich.repo import Repo

from device_configs.backups.repository import FOLDER, REPOSITORY
from device_configs.changes.carrying import ChangeWork, draw_up_plan, record_request
from device_configs.changes.model import ChangeKind, ChangeRequest
from device_configs.compliance.drift import DriftState
from device_configs.compliance.rules_store import read_rules_checks
from device_configs.compliance.store import read_drift
from device_configs.deploy.rendered import SECRETS
from device_configs.deploy.work import DeploymentWork
from device_configs.plays.model import PlayStep
from device_configs.plays.recording import PlayWork
from device_configs.plays.running import run_play
from device_configs.plays.service import start_play
from device_configs.plays.store import read_play
from monitors.collect.configuration_notices import notice_of_line
from monitors.samples import Sample
from ops_core.app.checks_soon import ChecksSoon
from ops_core.app.device_checks import DeviceChecks
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.identity import create_user
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.workers import Worker
from tests.wallboard.incidents_story import tell_incidents
from tests.wallboard.serve import PASSWORD, USERS, Served, make
from tests.wallboard.walk import answers, streamed

from .conftest import ConfiguredSite

pytestmark = pytest.mark.lab
WANG = Actor.user("wang.fang", [Role.NETWORK_ENGINEER])
PLAYS = ("diff", "backup", "accounts", "render", "facts", "verify")
CANARY = "Kanarienvogel-4711"
PLANTED = f"""
cp -a /etc/snmp/snmpd.conf /root/snmpd.was
cp -a /etc/passwd /etc/shadow /etc/group /etc/gshadow /root/
echo 'rocommunity {CANARY}' >>/etc/snmp/snmpd.conf
echo 'createUser spy SHA {CANARY}' >>/etc/snmp/snmpd.conf
echo 'telnet stream tcp nowait root /usr/sbin/telnetd password={CANARY}' >/etc/inetd.conf
vtysh -c 'conf t' -c 'router bgp 65010' -c 'neighbor 10.9.9.9 remote-as 65009' \\
      -c 'neighbor 10.9.9.9 password {CANARY}'
useradd -M -s /bin/sh -p '{CANARY}' guest7
"""
TAKEN_BACK = """
cp -a /root/snmpd.was /etc/snmp/snmpd.conf
cp -a /root/passwd /root/shadow /root/group /root/gshadow /etc/
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
    configured: ConfiguredSite,
    work: DeploymentWork,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    caplog.set_level(logging.DEBUG)
    handed: list[Sample] = []
    soon = ChecksSoon(work.site)
    checks = DeviceChecks(work, configured.twin.client, handed.extend, soon)
    worker = Worker("device-checks", SystemClock(), is_vital=False, longest_silence_s=None)
    configured.sh("rt-a", PLANTED)
    try:
        hear(soon, work)
        checks.look(worker)
        printed = played(configured, work)
        planned = plan(configured, work)
        deployed = deployment(configured, work)
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
    for shown in (printed["diff"], planned, deployed):
        assert "rocommunity <secret" in shown, "what was planted is shown, without its secret"

    pages = walked(work, tmp_path)
    for page in ("changes/N-", "plays/P-", "drift"):
        assert any(page in path and "secret" in text for path, text in pages.items()), page
    repository = work.settings.state_directory / FOLDER / REPOSITORY
    url = work.settings.database_url
    everything = {
        "database": texts_of(Path(str(url).removeprefix("sqlite:///"))),
        "backups": texts_in(repository),
        "log": caplog.text,
        "samples": repr(handed),
        "records": repr([drift, rules]),
        "plan": planned,
        "deployment": deployed,
        **{f"play {name}": text for name, text in printed.items()},
        **pages,
    }
    assert "<secret:" in everything["backups"]
    kept = texts_below(work.settings.state_directory)
    assert any(name.startswith("deploy/artifacts/") for name in kept), "ansible-runner's own"
    assert not [name for name, text in kept.items() if CANARY in text]
    everything |= {name: text for name, text in kept.items() if name != SECRETS}
    assert '"id": "N-' in everything["stream /live"]
    for where, text in everything.items():
        assert text or where == "log" or where in kept
        assert CANARY not in text, where
        for secret in configured.secrets.hidden:
            assert secret not in text, where


def texts_below(state: Path) -> dict[str, str]:
    """Every file of the state directory but its keys and the twin, which has the devices in it."""
    files = [path for path in state.rglob("*") if path.is_file()]
    own = [path for path in files if path.relative_to(state).parts[0] not in ("twin", "ssh")]
    return {str(path.relative_to(state)): path.read_bytes().decode(errors="replace")
            for path in own}  # fmt: skip


def hear(soon: ChecksSoon, work: DeploymentWork) -> None:
    """A line of the device's log, as the receiver understands it: a command with its secret."""
    line = f"sshd[9]: Accepted password for mallory from 10.255.0.77 port 9 ssh2 {CANARY}"
    notice = notice_of_line("rt-a", line, work.clock.now() - timedelta(minutes=2))
    assert notice is not None
    soon.heard(notice)


def played(configured: ConfiguredSite, work: DeploymentWork) -> dict[str, str]:
    """What each play prints, shows live and keeps."""
    found = {}
    plays = PlayWork(work.site, work.settings, work.database, work.bus, work.clock)
    for name in PLAYS:
        steps: list[PlayStep] = []
        started = start_play(plays, WANG, name, ["rt-a"])
        run_play(plays, started, configured.shells.network, steps.append)
        with work.database.reading() as session:
            record = read_play(session, started.number)
        assert steps, f"{name}: {record}{record.output}"
        found[name] = f"{steps} {record}{record.output}"
    return found


def plan(configured: ConfiguredSite, work: DeploymentWork) -> str:
    """The plan of a change that takes what was planted away, on record."""
    changes = ChangeWork(
        work.site, work.settings, work.database, work.bus, work.clock, configured.twin.client
    )
    drawn = draw_up_plan(changes, WANG, ["rt-a"], revert_in_s=300)
    record_request(changes, WANG, ChangeRequest(plan=drawn, reason="take it away"))
    return f"{drawn.difference('rt-a').diff}{drawn}"


def deployment(configured: ConfiguredSite, work: DeploymentWork) -> str:
    """What a deployment would take away, on record as if it had begun."""
    changes = ChangeWork(
        work.site, work.settings, work.database, work.bus, work.clock, configured.twin.client
    )
    drawn = draw_up_plan(changes, WANG, ["rt-a"], revert_in_s=300)
    request = ChangeRequest(plan=drawn, reason="declared", kind=ChangeKind.DEPLOYMENT)
    number = record_request(changes, WANG, request)
    return f"{number}{drawn.difference('rt-a').diff}{drawn}"


def walked(work: DeploymentWork, folder: Path) -> dict[str, str]:
    """Every page and answer over what is on record, with incidents at the device."""
    served = make(folder, SystemClock())
    with unit_of_work(work.database, work.bus, work.clock, Actor.system("setup")) as uow:
        for name, (display_name, roles, unit) in USERS.items():
            create_user(uow, name, display_name, PASSWORD, roles, unit)
    given = replace(served.dependencies, database=work.database, bus=work.bus)
    shown = Served(served.centre, given)
    try:
        tell_incidents(shown)
        found = answers(shown, ("/palette?q=rt-a", "/health?q=rt-a"))
        return found | {f"stream {path}": text for path, text in streamed(shown).items()}
    finally:
        served.close()
