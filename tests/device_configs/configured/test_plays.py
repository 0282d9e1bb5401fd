"""Plays that do the platform's own work over real devices: truthful in check mode, on record."""

import pytest

from device_configs.accounts.record import read_account_audits
from device_configs.backups.read import read_backups
from device_configs.backups.repository import FOLDER, BackupRepository
from device_configs.deploy.work import DeploymentWork
from device_configs.plays.model import HostState, PlayRecord, PlayState
from device_configs.plays.recording import PlayWork
from device_configs.plays.running import run_play
from device_configs.plays.service import start_play
from device_configs.plays.store import read_play
from ops_core.kernel.audit import verify_chain
from ops_core.kernel.errors import Forbidden
from ops_core.kernel.permissions import Actor, Role

from .conftest import FIREWALL, ConfiguredSite

pytestmark = pytest.mark.lab
WANG = Actor.user("wang.fang", [Role.NETWORK_ENGINEER])
COMMUNITY = "kanarienvogel"


@pytest.fixture
def plays(configured: ConfiguredSite, work: DeploymentWork) -> PlayWork:
    return PlayWork(work.site, work.settings, work.database, work.bus, work.clock)


def played(
    configured: ConfiguredSite, work: PlayWork, name: str, *limit: str, check: bool = False
) -> PlayRecord:
    started = start_play(work, WANG, name, limit, check)
    run_play(work, started, configured.shells.network)
    with work.database.reading() as session:
        assert verify_chain(session) == []
        return read_play(session, started.number)


def message_and_difference(record: PlayRecord, host: str) -> tuple[str, str]:
    """The message and the difference of a host's last step."""
    step = next(t.step for t in reversed(record.steps) if t.step.host == host)
    return step.message, step.diff


def test_a_backup_says_in_check_mode_what_it_keeps_afterwards(
    configured: ConfiguredSite, plays: PlayWork
) -> None:
    state = plays.settings.state_directory
    before = {*state.rglob("*")}
    tried = played(configured, plays, "backup", "rt-a", FIREWALL, check=True)
    assert tried.state is PlayState.FAILED
    assert tried.host_states == {"rt-a": HostState.CHANGED, FIREWALL: HostState.FAILED}
    assert "cannot be rendered" in message_and_difference(tried, FIREWALL)[0]
    assert "<secret:" in message_and_difference(tried, "rt-a")[1]
    new = {path for path in {*state.rglob("*")} - before if FOLDER in path.parts}
    assert new == set(), "check mode writes nothing"
    with plays.database.reading() as session:
        assert read_backups(session, 5) == []

    first = played(configured, plays, "backup", "rt-a", "sw-1")
    assert first.host_states == {"rt-a": HostState.CHANGED, "sw-1": HostState.CHANGED}
    again = played(configured, plays, "backup", "rt-a", "sw-1")
    assert again.state is PlayState.SUCCEEDED
    assert set(again.host_states.values()) == {HostState.OK}
    with plays.database.reading() as session:
        last, *_ = read_backups(session, 5)
    assert (last.author, last.revision) == ("wang.fang", "")
    assert BackupRepository(state).revision(None).author == "wang.fang"
    assert "rt-a: read" in first.output, "what was read is printed as it comes"


def test_a_device_that_cannot_be_rendered_ends_no_other(
    configured: ConfiguredSite, plays: PlayWork
) -> None:
    found = played(configured, plays, "diff", "sw-1", FIREWALL)
    assert found.host_states["sw-1"] in (HostState.OK, HostState.CHANGED)
    assert found.host_states[FIREWALL] is HostState.FAILED
    assert "UndefinedError" in message_and_difference(found, FIREWALL)[0]


def test_an_audit_of_accounts_names_the_host_and_what_is_not_known(
    configured: ConfiguredSite, plays: PlayWork
) -> None:
    configured.sh("rt-a", f"cp -a /etc/snmp/snmpd.conf /root/snmpd.was; "
                          f"echo 'rwcommunity {COMMUNITY}' >>/etc/snmp/snmpd.conf")  # fmt: skip
    try:
        tried = played(configured, plays, "accounts", "rt-a", "sw-1", check=True)
        with plays.database.reading() as session:
            assert read_account_audits(session) == [], "check mode records nothing"
        found = played(configured, plays, "accounts", "rt-a", "sw-1")
    finally:
        configured.sh("rt-a", "mv /root/snmpd.was /etc/snmp/snmpd.conf")
    assert tried.host_states == found.host_states
    assert found.host_states == {"rt-a": HostState.FAILED, "sw-1": HostState.OK}
    assert message_and_difference(found, "rt-a")[0].startswith(
        "back_door: (community) (snmp) undeclared"
    )
    with plays.database.reading() as session:
        (audit,) = read_account_audits(session)
    assert (audit.author, audit.devices) == ("wang.fang", ("rt-a", "sw-1"))


def test_a_drill_without_a_twin_of_pairs_breaks_nothing(
    configured: ConfiguredSite, plays: PlayWork
) -> None:
    done = played(configured, plays, "drill", "rt-a")
    assert done.host_states == {"rt-a": HostState.OK}, "the small site has no redundant cable"
    agent = Actor.user("zhao", [Role.DUTY_TECHNICIAN])
    for name in ("drill", "backup", "accounts"):
        with pytest.raises(Forbidden):
            start_play(plays, agent, name)
