"""What the platform does with devices by itself: after a deployment, daily, and for the rules."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from device_configs.accounts.record import read_account_audits
from device_configs.backups.model import BackupCause
from device_configs.backups.read import read_backups
from device_configs.backups.repository import BackupRepository
from device_configs.changes.happenings import DEVICE_PLACED, ENDED, ChangeEnded, DevicePlaced
from device_configs.changes.model import (
    ChangeKind,
    ChangePlan,
    ChangeRequest,
    ChangeStage,
    DeviceDifference,
    StageKind,
)
from device_configs.changes.recording import ChangeRecorder
from device_configs.changes.service import record_plan
from device_configs.changes.states import ChangeState, Place
from device_configs.compliance.drift import DriftState
from device_configs.compliance.rules_store import read_rules_checks
from device_configs.compliance.store import read_drift
from device_configs.deploy.work import DeploymentWork
from device_configs.twin.namespace import inside_network
from monitors.collect.syslog import SyslogReceiver
from monitors.samples import Sample
from ops_core.app.checks_soon import ChecksSoon
from ops_core.app.daily_times import is_due
from ops_core.app.device_checks import DeviceChecks
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.permissions import Actor
from ops_core.kernel.workers import Worker

from .conftest import FIREWALL, ConfiguredSite

SHANGHAI = ZoneInfo("Asia/Shanghai")
LI = Actor.system("li.ming")


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, "2026-11-24 12:00", True),
        ("2026-11-24 02:31", "2026-11-24 12:00", False),
        ("2026-11-23 02:31", "2026-11-24 02:29", False),
        ("2026-11-23 02:31", "2026-11-24 02:30", True),
        ("2026-11-20 02:31", "2026-11-24 01:00", True),
    ],
)
def test_daily_work_is_due_once_a_day_and_once_for_what_was_missed(
    last: str | None, now: str, due: bool
) -> None:
    def local(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)

    assert is_due("02:30", None if last is None else local(last), local(now), SHANGHAI) is due
    assert not is_due(None, None, local(now), SHANGHAI)


def deployed(work: DeploymentWork, device: str, *, changed: bool) -> str:
    """The record of a deployment of one device, or of one that was ended before it."""
    plan = ChangePlan(
        stages=(ChangeStage(kind=StageKind.SINGLE, devices=(device,)),),
        differences=(DeviceDifference(device=device, running="old", intended="new"),),
    )
    request = ChangeRequest(plan=plan, reason="部署", kind=ChangeKind.DEPLOYMENT)
    with unit_of_work(work.database, work.bus, work.clock, LI) as uow:
        number = record_plan(uow, request, SHANGHAI)
    recorder = ChangeRecorder(work.database, work.bus, work.clock, LI, number)
    if changed:
        recorder.record(DEVICE_PLACED, DevicePlaced(stage=0, device=device, place=Place.NEW))
    state = ChangeState.CONFIRMED if changed else ChangeState.CANCELLED
    recorder.record(ENDED, ChangeEnded(state=state))
    return number


@pytest.mark.lab
def test_it_backs_up_what_was_deployed_and_checks_and_audits(
    configured: ConfiguredSite, work: DeploymentWork
) -> None:
    deployed(work, "sw-1", changed=True)  # before the first start: nobody's commit
    handed: list[Sample] = []
    checks = DeviceChecks(work, configured.twin.client, handed.extend)
    worker = Worker("device-checks", SystemClock(), is_vital=False, longest_silence_s=None)
    checks._begin()
    number = deployed(work, "mon", changed=True)
    deployed(work, "rt-a", changed=False)
    another = deployed(work, "sw-1", changed=True)
    telnet = "telnet stream tcp nowait root /usr/sbin/telnetd"
    configured.sh("mon", "touch /etc/rc.local; echo '# by hand' >>/etc/rc.local")
    configured.sh("mon", f"echo '{telnet}' >/etc/inetd.conf")
    try:
        checks.look(worker)
    finally:
        configured.sh("mon", "sed -i '$d' /etc/rc.local; rm /etc/inetd.conf")
    assert worker.state().item_failures == {}

    with work.database.reading() as session:
        nightly, second, change = read_backups(session, 5)
        drifts, audits = read_drift(session), read_account_audits(session, 5)
        rules = read_rules_checks(session)
    assert (change.cause, change.changes, change.author) == (
        BackupCause.CHANGE, (number,), "system:li.ming",
    )  # fmt: skip
    assert [r.device for r in change.results] == ["mon"]
    assert second.changes == (another,), "each change is a commit of its own"
    assert [r.device for r in second.results] == ["sw-1"]
    assert nightly.cause is BackupCause.NIGHTLY
    revisions = BackupRepository(work.settings.state_directory).revisions("mon")
    assert revisions[0].author in ("system:li.ming", "system:device-checks")
    assert set(drifts) == {device.name for device in work.site.deployed}
    assert len(audits) == 1
    # The small site has no log collector, so no device of it sends its log away.
    assert [(p.rule, p.file, p.line) for p in rules["mon"].places] == [
        ("telnet-off", "/etc/inetd.conf", 1), ("logs-leave-the-device", "", 0),
    ]  # fmt: skip
    assert rules["mon"].author == "system:device-checks"
    assert "cannot be rendered" in rules[FIREWALL].problem
    assert ("compliance", FIREWALL) not in {(s.measurement, dict(s.tags)["agent_host"])
                                            for s in handed}  # fmt: skip
    found = {(s.measurement, dict(s.tags)["agent_host"]): s.fields for s in handed}
    assert found["configuration", "mon"] == {"drift": 1}
    assert found["configuration", "sw-1"] == {"drift": 0}
    assert found["compliance", "mon"] == {"violated": 2}
    assert found["compliance", "sw-1"] == {"violated": 1}
    assert found["accounts", "sw-1"] == {"back_door": 0, "orphan": 0, "unusual": 0}

    handed.clear()
    checks.look(worker)
    assert handed == [], "what was handed on once is not handed on again"
    again = DeviceChecks(work, configured.twin.client, handed.extend)
    again._begin()
    again.look(worker)
    assert len(handed) > 0, "a platform that starts anew says what is known"
    with work.database.reading() as session:
        assert len(read_backups(session, 9)) == 3


@pytest.mark.lab
def test_what_fails_is_counted_and_ends_no_other(
    configured: ConfiguredSite, work: DeploymentWork
) -> None:
    class DeafTwin:
        def network_namespace(self, _: str) -> int:
            raise OSError("gone")

    checks = DeviceChecks(work, DeafTwin(), lambda _: None)  # type: ignore[arg-type]
    worker = Worker("device-checks", SystemClock(), is_vital=False, longest_silence_s=None)
    checks.look(worker)
    assert set(worker.state().item_failures) == {"nightly", "drift", "rules", "accounts"}
    checks.look(worker)
    assert all(count == 1 for count in worker.state().item_failures.values()), "after a pause"


@pytest.mark.lab
def test_settings_switch_each_check_off(configured: ConfiguredSite, work: DeploymentWork) -> None:
    off = {"backup_at": None, "drift_every_s": 0, "compliance_every_s": 0, "account_audit_at": None}
    idle = replace(work, settings=work.settings.model_copy(update=off))
    checks = DeviceChecks(idle, configured.twin.client, lambda _: None)
    worker = Worker("device-checks", SystemClock(), is_vital=False, longest_silence_s=None)
    checks.look(worker)
    assert worker.state().item_failures == {}
    with work.database.reading() as session:
        assert read_backups(session, 1) == []


@pytest.mark.lab
def test_a_sign_in_that_a_devices_log_tells_has_it_checked_soon(
    configured: ConfiguredSite, work: DeploymentWork
) -> None:
    soon, handed = ChecksSoon(work.site), list[Sample]()
    checks = DeviceChecks(work, configured.twin.client, handed.extend, soon)
    worker = Worker("device-checks", SystemClock(), is_vital=False, longest_silence_s=None)
    checks.look(worker)
    handed.clear()
    checks.look(worker)
    assert handed == []

    with hearing_log_lines(configured, soon):
        configured.sh("rt-a", "touch /etc/rc.local; echo '# by hand' >>/etc/rc.local")
        # Nobody listened before, so the kernel refuses the first line that rsyslog sends.
        accepted = "Accepted password for mallory from 10.255.0.77 port 9 ssh2"
        for line in (accepted, accepted, "Disconnected from user mallory 10.255.0.77 port 9"):
            configured.sh("rt-a", f"logger -p auth.info -t sshd '{line}'; sleep 1.5")
        try:
            wait_until(lambda: bool(soon.due(SystemClock().now())))
            checks.look(worker)
        finally:
            configured.sh("rt-a", "sed -i '$d' /etc/rc.local")
    with work.database.reading() as session:
        drifts = read_drift(session)
    assert drifts["rt-a"].state is DriftState.DRIFTED
    assert drifts["rt-a"].author.startswith("mallory@10.255.0.77 ")
    asked = {
        name for name, drift in drifts.items() if drift.checked_at == drifts["rt-a"].checked_at
    }
    assert asked == {"rt-a"}, "the device that spoke, and no other"
    assert {(s.measurement, dict(s.tags)["agent_host"]) for s in handed} >= {
        ("configuration", "rt-a"), ("compliance", "rt-a"),
    }  # fmt: skip


@contextmanager
def hearing_log_lines(configured: ConfiguredSite, soon: ChecksSoon) -> Iterator[None]:
    """The receiver, on the monitoring host's port 514."""
    by_address = {str(d.management_address): d.name for d in configured.site.deployed}
    receiver = SyslogReceiver(by_address, soon.heard, SystemClock())
    ready, loop = threading.Event(), asyncio.new_event_loop()
    worker = Worker("syslog", SystemClock(), is_vital=False, longest_silence_s=None)
    assert configured.shells.network is not None
    network = configured.shells.network

    async def hear() -> None:
        task = asyncio.create_task(receiver.run(worker))
        await receiver.is_listening.wait()
        ready.set()
        with suppress(asyncio.CancelledError):
            await task

    def work() -> None:
        with inside_network(network):
            loop.run_until_complete(hear())

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert ready.wait(10)
        yield
    finally:
        loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(loop)])
        thread.join(10)
        loop.close()


def wait_until(is_so: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.2)
