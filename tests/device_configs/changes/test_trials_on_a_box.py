"""A trial on a device: real files, real processes, a real timer that outlives whoever began it."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tests.device_configs.changes.box import CONFIGURATION, STATE, Box, open_box
from tests.pace import is_over

pytestmark = pytest.mark.lab

OLD = {"daemon.conf": "old\n", "running": "old\n"}
OLD_FILE = {"daemon.conf": "old\n"}
NEW = {"daemon.conf": "new\n", "running": "new\n"}
PATIENCE_S = 60


@pytest.fixture
def box() -> Iterator[Box]:
    made = open_box()
    yield made
    made.close()


def wait_until(holds: Callable[[], bool]) -> None:
    begun = time.monotonic()
    while not holds():
        assert not is_over(begun, PATIENCE_S)
        time.sleep(0.1)


def test_a_confirmed_trial_stays(box: Box) -> None:
    assert box.begin("N-1.0", {"daemon.conf": "new\n"}) == ""
    found = box.ask("status", "N-1.0")
    assert (found["state"], found["is_new"], box.files()) == ("trial", True, NEW)
    assert box.ask("confirm", "N-1.0")["state"] == "confirmed"
    assert box.ask("revert", "N-1.0")["state"] == "confirmed"
    assert box.files() == NEW


def test_a_trial_that_nobody_confirms_ends_by_itself(box: Box) -> None:
    assert box.begin("N-1.0", {"daemon.conf": "new\n", "more.conf": "x\n"}, revert_in_s=1) == ""
    wait_until(lambda: box.ask("status", "N-1.0")["state"] == "expired")
    found = box.ask("status", "N-1.0")
    assert (found["is_old"], found["problem"], box.files()) == (True, "", OLD)
    assert box.ask("confirm", "N-1.0")["state"] == "expired"


def test_a_reverted_trial_is_what_was_before(box: Box) -> None:
    assert box.begin("N-1.0", {"daemon.conf": "new\n", "more.conf": "x\n"}) == ""
    found = box.ask("revert", "N-1.0")
    assert (found["state"], found["is_old"], box.files()) == ("reverted", True, OLD)


def test_a_refused_line_ends_with_what_was_before(box: Box) -> None:
    refusal = box.begin("N-1.0", {"daemon.conf": "new\nREFUSE\n"})
    assert "daemon: line refused\nThe former configuration was put back." in refusal
    found = box.ask("status", "N-1.0")
    assert (found["state"], found["is_old"], box.files()) == ("refused", True, OLD)


def test_a_full_disk_refuses_before_anything_is_touched() -> None:
    box = open_box(room="64k")
    try:
        box.run(f"dd if=/dev/zero of={CONFIGURATION}/filling bs=1k count=60 2>/dev/null || true")
        before = box.files()
        refusal = box.begin("N-1.0", {"daemon.conf": "n" * 20_000})
        assert refusal.startswith("nothing was changed: ")
        assert "No space left" in refusal
        assert box.ask("status", "N-1.0")["state"] == "none"
        assert box.files() == before
    finally:
        box.close()


def test_a_disk_that_fills_during_the_trial_does_not_keep_the_former_files_away() -> None:
    box = open_box(room="64k")
    try:
        assert box.begin("N-1.0", {"daemon.conf": "new\n"}) == ""
        box.run(f"dd if=/dev/zero of={CONFIGURATION}/filling bs=1k 2>/dev/null || true; "
                f"dd if=/dev/zero of={STATE}/filling bs=1M count=1 2>/dev/null; "
                f"mount -o remount,size=4k {STATE} 2>/dev/null || true")  # fmt: skip
        box.ask("revert", "N-1.0")
        assert box.run(f"cat {CONFIGURATION}/daemon.conf") == "old\n"
    finally:
        box.close()


def test_whoever_loads_is_killed_and_the_timer_takes_back(box: Box) -> None:
    argv = box.begin_command("N-1.0", {"daemon.conf": "HANG\n"}, revert_in_s=2)
    loading = subprocess.Popen(argv)
    wait_until(lambda: box.ask("status", "N-1.0")["state"] == "loading")
    loading.send_signal(signal.SIGKILL)
    loading.wait()
    wait_until(lambda: box.ask("status", "N-1.0")["state"] == "expired")
    assert box.files() == OLD


def test_a_load_that_comes_to_no_end_is_ended_by_the_timer(box: Box) -> None:
    argv = box.begin_command("N-1.0", {"daemon.conf": "HANG\n"}, revert_in_s=1)
    loading = subprocess.Popen(argv)

    def until_expired() -> None:
        wait_until(lambda: box.ask("status", "N-1.0")["state"] == "expired")

    with ThreadPoolExecutor() as asking:  # who asks meanwhile is not ended instead
        for asked in [asking.submit(until_expired) for _ in range(3)]:
            asked.result()
    assert loading.wait() == -signal.SIGKILL
    assert box.files() == OLD


def test_a_restart_comes_up_with_what_was_before(box: Box) -> None:
    assert box.begin("N-1.0", {"daemon.conf": "new\n"}) == ""
    box.run(f"/usr/bin/python3 {STATE}/program/device_trials.py boot")
    assert box.ask("status", "N-1.0")["state"] == "restarted"
    assert box.run(f"cat {CONFIGURATION}/daemon.conf") == "old\n"


def test_a_second_change_is_refused_while_one_is_on_trial(box: Box) -> None:
    assert box.begin("N-1.0", {"daemon.conf": "new\n"}) == ""
    assert "N-1.0 is on trial" in box.begin("N-2.0", {"daemon.conf": "other\n"})
    assert box.files() == NEW


def test_a_box_that_changed_since_the_plan_is_not_touched(box: Box) -> None:
    assert "changed since" in box.begin("N-1.0", {"daemon.conf": "new\n"}, expected="another")
    assert box.files() == OLD


def test_a_timer_that_was_killed_is_made_up_for(box: Box) -> None:
    assert box.begin("N-1.0", {"daemon.conf": "new\n"}, revert_in_s=1) == ""
    for process in timers_of(box, "N-1.0"):
        os.kill(process, signal.SIGKILL)
    wait_until(lambda: box.ask("status", "N-1.0")["state"] == "expired")
    assert box.files() == OLD


def timers_of(box: Box, token: str) -> list[int]:
    mounts = Path(f"/proc/{box.keeper.pid}/ns/mnt").readlink()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            is_timer = b"wait" in words and token.encode() in words
            if is_timer and (process / "ns" / "mnt").readlink() == mounts:
                found.append(int(process.name))
    return found


def test_an_unknown_trial_was_never_there(box: Box) -> None:
    assert box.ask("status", "N-9.0") == {"token": "N-9.0", "state": "none"}


def test_a_trial_that_is_over_is_not_begun_again(box: Box) -> None:
    """By a run that goes on behind a session that broke, when its time is long over."""
    assert box.begin("N-1.0", {"daemon.conf": "new\n"}) == ""
    box.ask("revert", "N-1.0")
    assert "the trial N-1.0 is over, reverted" in box.begin("N-1.0", {"daemon.conf": "new\n"})
    assert box.files() == OLD
    assert box.begin("N-2.0", {"daemon.conf": "new\n"}) == ""
    box.ask("confirm", "N-2.0")
    assert box.begin("N-2.0", {"daemon.conf": "new\n"}) == ""
    assert box.ask("status", "N-2.0")["state"] == "confirmed"


def test_what_goes_without_a_change_is_brought_each_time(box: Box) -> None:
    """What became of the last one, which has the same name, says nothing about the next."""
    assert box.begin("direct", {"daemon.conf": "new\n"}, revert_in_s=0) == ""
    assert "line refused" in box.begin("direct", {"daemon.conf": "REFUSE\n"}, revert_in_s=0)
    assert box.begin("direct", {"daemon.conf": "newest\n"}, revert_in_s=0) == ""
    assert box.files() == {"daemon.conf": "newest\n", "running": "newest\n"}
    assert box.begin("direct", OLD_FILE, revert_in_s=0) == ""
    assert box.files() == OLD


def test_a_load_that_outlives_its_controller_comes_too_late(box: Box) -> None:
    """Whoever went on asked before it came, found nothing, and ended the change."""
    assert box.ask("revert", "N-1.0") == {"token": "N-1.0", "state": "none"}
    assert "the trial N-1.0 is over" in box.begin("N-1.0", {"daemon.conf": "new\n"})
    assert box.files() == OLD
    assert box.begin("N-2.0", {"daemon.conf": "new\n"}) == ""


def test_a_clock_that_was_set_back_loses_no_trial(box: Box) -> None:
    """Ten others were over later, by the clock of then; none of them passes for the newest."""
    box.run(f"for n in 0 1 2 3 4 5 6 7 8 9; do mkdir -p {STATE}/history/O-$n.0@confirmed; "
            f"touch -d '+300 days' {STATE}/history/O-$n.0@confirmed; done")  # fmt: skip
    assert box.begin("N-1.0", {"daemon.conf": "new\n"}) == ""
    assert box.ask("confirm", "N-1.0")["state"] == "confirmed"
    assert box.ask("status", "N-1.0")["is_new"]
    assert len(box.run(f"ls {STATE}/history").split()) == 10
