"""Changes rehearsed in a twin beside the one that stands: the devices themselves stay untouched."""

import fcntl
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_configs.backups.linux import FILES
from device_configs.backups.model import BackupCause, differences
from device_configs.backups.repository import BackupRepository
from device_configs.backups.service import BackupOrder, read_copies, redaction_of, take_backup
from device_configs.changes.carrying import (
    ChangeWork,
    carry_out,
    draw_up_plan,
    draw_up_restore,
    record_request,
)
from device_configs.changes.happenings import RehearsalOutcome
from device_configs.changes.model import ChangeKind, ChangeRequest
from device_configs.changes.rehearsal import rehearse_change
from device_configs.changes.rehearsal_judging import SATURATED_SHARE
from device_configs.changes.rehearsal_progress import (
    RehearsalCancellation,
    RehearsalPart,
    RehearsalProgress,
)
from device_configs.changes.rehearsal_twin import FOLDER, remove_left_over
from device_configs.changes.states import ChangeState, Place
from device_configs.deploy.exclusion import Holder
from device_configs.deploy.lab import Lab
from device_configs.deploy.remote import RemoteShells
from device_configs.deploy.work import DeploymentWork
from device_configs.drills.judging import CONTROL_MS, DrillVerdict
from device_configs.twin.supervisor import LOCK
from tests.lab.bringing import bring
from tests.lab.changes.test_changes_in_the_twin import (
    LI,
    RouterWork,
    _processes,
    approved,
    doctored,
    read,
    work_in,
)
from tests.profile import is_nightly

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("undrained")]

DEVICE = "rt-b"
RUNNING = ["vtysh", "-c", "show running-config"]
BY_HAND = "sed -i s/network-team/somebody/ /etc/snmp/snmpd.conf"
GONE_WITHIN_S = 20.0
LONG = pytest.mark.skipif(
    not is_nightly(), reason="two twins, deployed and drilled, take minutes: the nightly profile"
)


@pytest.fixture
def work(lab: Lab, tmp_path: Path) -> Iterator[ChangeWork]:
    """The declaration as it is deployed, with the gates of the routers."""
    url = f"sqlite:///{tmp_path / 'zhishou.sqlite'}"
    made = work_in(lab.settings.state_directory, lab.settings.inventory, url, lab)
    yield RouterWork(made.site, made.settings, made.database, made.bus, made.clock, lab.client)
    made.database.close()
    assert bring(lab, "router").succeeded


def running(lab: Lab) -> bytes:
    return lab.client.execute(DEVICE, RUNNING).stdout


def backed_up(work: ChangeWork, lab: Lab) -> tuple[DeploymentWork, RemoteShells, str]:
    taking = DeploymentWork(work.site, work.settings, work.database, work.bus, work.clock)
    shells = RemoteShells(work.settings, lab.network)
    take_backup(taking, shells, LI, BackupOrder(BackupCause.REQUEST, (DEVICE,)))
    newest = BackupRepository(work.settings.state_directory).revision(None)
    return taking, shells, newest.identifier


@LONG
def test_a_restore_is_rehearsed_and_ends_with_what_the_backup_holds(
    lab: Lab, work: ChangeWork
) -> None:
    taking, shells, revision = backed_up(work, lab)
    lab.client.execute(DEVICE, ["sh", "-c", BY_HAND])
    whole, plan = draw_up_restore(work, LI, revision[:10], [DEVICE], revert_in_s=300)
    assert whole == revision
    assert "-sysContact somebody\n+sysContact network-team\n" in plan.difference(DEVICE).diff
    number = record_request(work, LI, ChangeRequest(
        plan=plan, reason="恢复", kind=ChangeKind.RESTORE, revision=whole,
    ))  # fmt: skip
    lines: list[RehearsalProgress] = []
    rehearsed = rehearse_change(work, LI, number, lines.append)
    print(rehearsed)
    assert (rehearsed.state, rehearsed.places) == (ChangeState.CONFIRMED, {DEVICE: Place.NEW}), (
        rehearsed.messages
    )
    assert [drill.fault for drill in rehearsed.drills][-1] == f"kill {DEVICE}"
    exceeded = [d for d in rehearsed.drills if d.verdict is DrillVerdict.EXCEEDED]
    assert not exceeded or rehearsed.busy_share >= SATURATED_SHARE, rehearsed.messages
    busy = [d for d in rehearsed.drills if d.verdict is DrillVerdict.UNKNOWN]
    assert all(drill.control_ms > CONTROL_MS for drill in busy), rehearsed.messages
    passed = RehearsalOutcome.UNKNOWN if busy or exceeded else RehearsalOutcome.PASSED
    assert rehearsed.outcome is passed
    assert list(dict.fromkeys(line.part for line in lines)) == list(RehearsalPart)
    assert not (work.settings.state_directory / FOLDER).exists()
    assert read(work, number).rehearsals[0].result == rehearsed
    contact = lab.client.execute(DEVICE, ["grep", "sysContact", "/etc/snmp/snmpd.conf"]).stdout
    assert b"somebody" in contact, "a rehearsal touches no device"

    change = carry_out(work, LI, approved(work, number))
    assert change.state is ChangeState.CONFIRMED, change.message
    copies, problems = read_copies(taking, shells, [DEVICE], redaction_of(taking))
    assert problems == {}
    held = BackupRepository(work.settings.state_directory).texts(
        BackupRepository(work.settings.state_directory).revision(revision), DEVICE
    )
    assert differences(held, copies[DEVICE]) == ""
    assert f"{FILES}/etc/snmp/snmpd.conf" in held


@LONG
def test_a_change_that_breaks_ospf_fails_its_rehearsal_with_the_reason(
    lab: Lab, work: ChangeWork
) -> None:
    def mismatch(path: str, content: str) -> str:
        return content.replace("area 0", "area 1") if path == "/etc/frr/frr.conf" else content

    before = running(lab)
    wrong = doctored(work, mismatch)
    plan = draw_up_plan(wrong, LI, [DEVICE], revert_in_s=300)
    number = record_request(wrong, LI, ChangeRequest(plan=plan, reason="新模板"))
    rehearsed = rehearse_change(wrong, LI, number)
    assert rehearsed.state is ChangeState.ROLLED_BACK, rehearsed.messages
    saturated = rehearsed.busy_share >= SATURATED_SHARE
    assert rehearsed.outcome is (RehearsalOutcome.UNKNOWN if saturated else RehearsalOutcome.FAILED)
    assert "ospf neighbour" in "\n".join(rehearsed.messages)
    assert rehearsed.drills == ()
    assert read(wrong, number).state is ChangeState.PLANNED
    assert running(lab) == before

    cancellation = RehearsalCancellation()

    def cancel(line: RehearsalProgress) -> None:
        if line.part is RehearsalPart.CONFIGURE:
            cancellation.request("chen.jie")

    cancelled = rehearse_change(wrong, LI, number, cancel, cancellation)
    assert (cancelled.outcome, cancelled.messages) == (RehearsalOutcome.CANCELLED, ("chen.jie",))
    assert not (wrong.settings.state_directory / FOLDER).exists()


@LONG
def test_at_a_site_with_boxes_linux_devices_are_rehearsed_beside_stand_ins(
    lab: Lab, work: ChangeWork, tmp_path: Path
) -> None:
    inventory = tmp_path / "inventory"
    shutil.copytree(lab.settings.inventory, inventory)
    hosts = (inventory / "hosts.yml").read_text("utf-8")
    for name in ("fwi-a", "fwi-b"):
        declared = f"        {name}:\n"
        assert hosts.count(declared) == 1
        hosts = hosts.replace(declared, f"{declared}          platform: huawei_vrp\n")
    (inventory / "hosts.yml").write_text(hosts, "utf-8")
    url = f"sqlite:///{tmp_path / 'mixed.sqlite'}"
    made = work_in(lab.settings.state_directory, inventory, url, lab)
    beside = RouterWork(made.site, made.settings, made.database, made.bus, made.clock, lab.client)
    lab.client.execute(DEVICE, ["sh", "-c", BY_HAND])
    plan = draw_up_plan(beside, LI, [DEVICE], revert_in_s=300)
    number = record_request(beside, LI, ChangeRequest(plan=plan, reason="恢复联系人"))
    rehearsed = rehearse_change(beside, LI, number)
    assert (rehearsed.state, rehearsed.places) == (ChangeState.CONFIRMED, {DEVICE: Place.NEW}), (
        rehearsed.messages
    )
    assert (rehearsed.stand_ins, rehearsed.not_rehearsed) == (("fwi-a", "fwi-b"), ())
    assert not (work.settings.state_directory / FOLDER).exists()
    made.database.close()


def rehearse_until_killed(directory: Path, inventory: Path, url: str, lab: Lab, no: str) -> None:
    """Ends itself, without any clean-up, as soon as the twin stands."""
    quick = work_in(directory, inventory, url, lab)

    def kill(line: RehearsalProgress) -> None:
        if line.part is RehearsalPart.CONFIGURE:
            os.kill(os.getpid(), signal.SIGKILL)

    rehearse_change(quick, LI, no, kill)


def test_a_killed_rehearsal_leaves_no_twin(lab: Lab, work: ChangeWork) -> None:
    lab.client.execute(DEVICE, ["sh", "-c", BY_HAND])
    plan = draw_up_plan(work, LI, [DEVICE], revert_in_s=300)
    number = record_request(work, LI, ChangeRequest(plan=plan, reason="恢复联系人"))
    state = work.settings.state_directory
    given = (state, work.settings.inventory, str(work.settings.database_url), lab, number)
    rehearser = _processes.Process(target=rehearse_until_killed, args=given)
    rehearser.start()
    rehearser.join()
    assert rehearser.exitcode == -signal.SIGKILL
    # The twin's first process holds its lock until the kernel has ended the last of its others.
    descriptor = os.open(state / FOLDER / LOCK, os.O_RDWR)
    deadline = time.monotonic() + GONE_WITHIN_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            assert time.monotonic() < deadline, "the twin outlives whoever started it"
            time.sleep(0.1)
    os.close(descriptor)
    assert remove_left_over(state, Holder("chen.jie", work.clock.now()))
    assert not (state / FOLDER).exists()
    assert read(work, number).rehearsals == ()
