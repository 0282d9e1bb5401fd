"""Two deployments at once: refused between processes, and let go by whoever dies."""

import multiprocessing
import os
import signal
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from device_configs.deploy.exclusion import (
    LOCK_FILE,
    Holder,
    LockNotWritten,
    take_deployment_lock,
)
from ops_core.kernel.errors import Conflict

SINCE = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
_processes = multiprocessing.get_context("spawn")


def hold(directory: Path, here: Connection) -> None:
    """Deploys until it is spoken to, or killed."""
    lock = take_deployment_lock(directory, Holder("li.ming", SINCE))
    lock.name(Holder("li.ming", SINCE, "D-20261124-007"))
    here.send("held")
    here.recv()
    lock.release()


class Other:
    """Another process that deploys."""

    def __init__(self, directory: Path) -> None:
        self._here, there = _processes.Pipe()
        self.process = _processes.Process(target=hold, args=(directory, there))
        self.process.start()
        assert self._here.poll(60), "the other process did not come up"
        assert self._here.recv() == "held"

    def ends(self) -> None:
        self._here.send("enough")
        self.process.join(30)

    def is_killed(self) -> None:
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.join(30)


def test_another_process_is_refused_with_who_deploys_since_when(tmp_path: Path) -> None:
    other = Other(tmp_path)
    try:
        with pytest.raises(Conflict) as refused:
            take_deployment_lock(tmp_path, Holder("wang.qiang", SINCE))
    finally:
        other.ends()
    assert "li.ming" in refused.value.detail
    assert "D-20261124-007" in refused.value.detail
    assert refused.value.members["author"] == "li.ming"
    assert datetime.fromisoformat(str(refused.value.members["since"])) == SINCE
    take_deployment_lock(tmp_path, Holder("wang.qiang", SINCE)).release()


def test_the_kernel_lets_go_for_a_process_that_was_killed(tmp_path: Path) -> None:
    Other(tmp_path).is_killed()
    take_deployment_lock(tmp_path, Holder("wang.qiang", SINCE)).release()


def test_one_process_excludes_itself_as_well(tmp_path: Path) -> None:
    lock = take_deployment_lock(tmp_path, Holder("li.ming", SINCE))
    with pytest.raises(Conflict):
        take_deployment_lock(tmp_path, Holder("wang.qiang", SINCE))
    lock.release()
    lock.release()
    take_deployment_lock(tmp_path, Holder("wang.qiang", SINCE)).release()


def test_a_lock_of_which_nothing_is_written_yet_is_refused_all_the_same(tmp_path: Path) -> None:
    lock = take_deployment_lock(tmp_path, Holder("li.ming", SINCE))
    (tmp_path / LOCK_FILE).write_text("")
    with pytest.raises(Conflict) as refused:
        take_deployment_lock(tmp_path, Holder("wang.qiang", SINCE))
    assert refused.value.detail == ""
    lock.release()


def test_a_shorter_name_leaves_nothing_of_a_longer_one(tmp_path: Path) -> None:
    take_deployment_lock(tmp_path, Holder("a" * 60, SINCE, "D-20261124-007")).release()
    lock = take_deployment_lock(tmp_path, Holder("li.ming", SINCE))
    with pytest.raises(Conflict) as refused:
        take_deployment_lock(tmp_path, Holder("wang.qiang", SINCE))
    assert refused.value.members["author"] == "li.ming"
    lock.release()


def test_a_full_disk_leaves_no_lock_that_nobody_holds(tmp_path: Path) -> None:
    """Of the platform's process, which would refuse every change until it is started again."""
    lock = tmp_path / LOCK_FILE
    lock.parent.mkdir(parents=True)
    lock.symlink_to("/dev/full")
    for _ in range(2):
        with pytest.raises(LockNotWritten) as full:
            take_deployment_lock(tmp_path, Holder("li.ming", SINCE))
        assert "No space left" in full.value.detail
