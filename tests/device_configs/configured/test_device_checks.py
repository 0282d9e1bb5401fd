"""What the platform does with devices by itself: after a deployment, daily, and for the rules."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from device_configs.accounts.record import read_account_audits
from device_configs.backups.model import BackupCause
from device_configs.backups.read import read_backups
from device_configs.backups.repository import BackupRepository
from device_configs.compliance.store import read_drift
from device_configs.deploy.record import DeploymentWork, start_deployment
from device_configs.deploy.recording import DeploymentRecorder
from device_configs.deploy.results import DeviceResult, DeviceState
from monitors.samples import Sample
from ops_core.app.daily_times import is_due
from ops_core.app.device_checks import DeviceChecks
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.permissions import Actor
from ops_core.kernel.workers import Worker

from .conftest import ConfiguredSite

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


def deployed(work: DeploymentWork, device: str, state: DeviceState) -> str:
    """The record of a deployment of one device."""
    started = start_deployment(work, LI, [device])
    recorder = DeploymentRecorder(work.database, work.bus, work.clock, LI, started.number)
    recorder.device_done(DeviceResult(device, state))
    recorder.finished(succeeded=True, text="")
    started.lock.release()
    return started.number


@pytest.mark.lab
def test_it_backs_up_what_was_deployed_and_checks_and_audits(
    configured: ConfiguredSite, work: DeploymentWork
) -> None:
    deployed(work, "sw-1", DeviceState.CHANGED)  # before the first start: nobody's commit
    handed: list[Sample] = []
    checks = DeviceChecks(work, configured.twin.client, handed.extend)
    worker = Worker("device-checks", SystemClock(), is_vital=False, longest_silence_s=None)
    checks._begin()
    number = deployed(work, "mon", DeviceState.CHANGED)
    deployed(work, "rt-a", DeviceState.OK)
    configured.sh("mon", "touch /etc/rc.local; echo '# by hand' >>/etc/rc.local")
    try:
        checks.look(worker)
    finally:
        configured.sh("mon", "sed -i '$d' /etc/rc.local")
    assert worker.state().item_failures == {}

    with work.database.reading() as session:
        nightly, change = read_backups(session, 5)
        drifts, audits = read_drift(session), read_account_audits(session, 5)
    assert (change.cause, change.changes, change.author) == (
        BackupCause.CHANGE, (number,), "system:li.ming",
    )  # fmt: skip
    assert [r.device for r in change.results] == ["mon"]
    assert nightly.cause is BackupCause.NIGHTLY
    revisions = BackupRepository(work.settings.state_directory).revisions("mon")
    assert revisions[0].author in ("system:li.ming", "system:device-checks")
    assert set(drifts) == {device.name for device in work.site.deployed}
    assert len(audits) == 1
    found = {(s.measurement, dict(s.tags)["agent_host"]): s.fields for s in handed}
    assert found["configuration", "mon"] == {"drift": 1}
    assert found["configuration", "sw-1"] == {"drift": 0}
    assert found["accounts", "sw-1"] == {"back_door": 0, "orphan": 0, "unusual": 0}

    handed.clear()
    checks.look(worker)
    assert handed == [], "what was handed on once is not handed on again"
    again = DeviceChecks(work, configured.twin.client, handed.extend)
    again._begin()
    again.look(worker)
    assert len(handed) > 0, "a platform that starts anew says what is known"
    with work.database.reading() as session:
        assert len(read_backups(session, 9)) == 2


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
    assert set(worker.state().item_failures) == {"nightly", "drift", "accounts"}
    checks.look(worker)
    assert all(count == 1 for count in worker.state().item_failures.values()), "after a pause"


@pytest.mark.lab
def test_settings_switch_each_check_off(configured: ConfiguredSite, work: DeploymentWork) -> None:
    off = {"backup_at": None, "drift_every_s": 0, "account_audit_at": None}
    idle = replace(work, settings=work.settings.model_copy(update=off))
    checks = DeviceChecks(idle, configured.twin.client, lambda _: None)
    worker = Worker("device-checks", SystemClock(), is_vital=False, longest_silence_s=None)
    checks.look(worker)
    assert worker.state().item_failures == {}
    with work.database.reading() as session:
        assert read_backups(session, 1) == []
