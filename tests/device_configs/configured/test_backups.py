"""Backups of real devices: read over SSH, committed, on record, without a secret in any of it."""

import subprocess

import pytest

from device_configs.backups.linux import tree_of
from device_configs.backups.model import BackupCause, CopyState, differences
from device_configs.backups.read import read_backups
from device_configs.backups.repository import FOLDER, REPOSITORY, BackupRepository
from device_configs.backups.service import BackupOrder, redaction_of, take_backup
from device_configs.deploy.work import DeploymentWork
from device_configs.render import render_device
from ops_core.kernel.audit import read_audit, verify_chain
from ops_core.kernel.errors import Forbidden
from ops_core.kernel.permissions import Actor, Role

from .conftest import FIREWALL, ConfiguredSite

pytestmark = pytest.mark.lab
WANG = Actor.user("wang.fang", [Role.NETWORK_ENGINEER])
CANARY = "Kanarienvogel-7"
BGP = "-c 'conf t' -c 'router bgp 65010'"


def test_each_change_is_a_commit_with_its_author_and_number(
    configured: ConfiguredSite, work: DeploymentWork
) -> None:
    first = take_backup(work, configured.shells, WANG, BackupOrder(BackupCause.REQUEST))
    states = {result.device: result.state for result in first.results}
    assert states.pop(FIREWALL) is CopyState.FAILED
    assert set(states.values()) == {CopyState.SAVED}
    assert not first.succeeded
    repository = BackupRepository(work.settings.state_directory)
    redaction = redaction_of(work)
    copy = repository.texts(repository.revision(None), "rt-a")
    declared = render_device(work.site, configured.secrets, "rt-a")
    restored = tree_of("rt-a", copy, redaction)
    assert {f.path: f for f in restored.files} == {f.path: f for f in declared.files}
    assert restored.services == declared.services

    before = configured.sh("rt-a", "cat /etc/snmp/snmpd.conf")
    try:
        configured.sh("rt-a", f"echo 'rocommunity {CANARY}' >>/etc/snmp/snmpd.conf")
        configured.sh("rt-a", f"vtysh {BGP} -c 'neighbor 10.9.9.9 remote-as 65009' "
                              f"-c 'neighbor 10.9.9.9 password {CANARY}'")  # fmt: skip
        order = BackupOrder(BackupCause.CHANGE, ("rt-a",), ("D-20261129-001",), "li.ming")
        second = take_backup(work, configured.shells, WANG, order)
    finally:
        configured.twin.client.execute(
            "rt-a", ["sh", "-c", "cat >/etc/snmp/snmpd.conf"], stdin=before.encode()
        )
        configured.sh("rt-a", f"vtysh {BGP} -c 'no neighbor 10.9.9.9'")
    assert second.succeeded
    newest = repository.revision(None)
    assert (newest.author, newest.summary, newest.devices) == (
        "li.ming", "D-20261129-001", ("rt-a",),
    )  # fmt: skip
    shown = differences(copy, repository.texts(newest, "rt-a"))
    assert "+rocommunity <secret:" in shown
    assert "neighbor 10.9.9.9 password <secret:" in shown
    assert CANARY not in shown

    with work.database.reading() as session:
        assert [b.number for b in read_backups(session, 5)] == [second.number, first.number]
        assert verify_chain(session) == []
        recorded = repr([*read_audit(session), *read_backups(session, 5)])
    held = subprocess.run(
        ["git", "-C", str(work.settings.state_directory / FOLDER / REPOSITORY),
         "log", "-p", "--all"],
        capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    for text in (recorded, held):
        assert CANARY not in text
        assert not any(secret in text for secret in configured.secrets.hidden)


def test_who_may_not_deploy_takes_no_backup(
    configured: ConfiguredSite, work: DeploymentWork
) -> None:
    with pytest.raises(Forbidden):
        take_backup(
            work, configured.shells, Actor.user("agent", [Role.AGENT]),
            BackupOrder(BackupCause.REQUEST),
        )  # fmt: skip
