"""The record of the trial under way, and of those that are over, each under its token.

Runs on the device; the standard library alone.
"""

import contextlib
import json
import os
import shutil
import time
from pathlib import Path

try:
    from ansible.module_utils import device_trees as trees
except ImportError:  # by itself, on the device
    import device_trees as trees

TRIAL = trees.ROOT / "trial"
DRAFT = trees.ROOT / "trial.new"
HISTORY = trees.ROOT / "history"
KEPT = 10
"""Trials whose former files are kept."""
RECORD = "trial.json"


def record_of(folder):
    """The record in the folder of a trial; None where there is none."""
    text = trees.read(folder / RECORD)
    return None if text is None else json.loads(text)


def save(record, folder=TRIAL):
    """Put the record of a trial on the disk."""
    trees.write(folder / RECORD, json.dumps(record), 0o600, "root")


def archive(record, outcome, problem=""):
    """The trial is over: what became of it is kept under its token.

    The outcome stands in the folder's name, for which there is room on a full disk.
    """
    record.update(problem=problem, at=time.time())
    with contextlib.suppress(OSError):
        save(record)
    with contextlib.suppress(OSError):
        HISTORY.mkdir(exist_ok=True)
    for earlier in HISTORY.glob(record["token"] + "@*"):
        shutil.rmtree(earlier, ignore_errors=True)
    for entry in record["files"]:
        with contextlib.suppress(OSError):
            former_name(entry["path"]).unlink(missing_ok=True)
    _put_last(TRIAL.replace(HISTORY / "{}@{}".format(record["token"], outcome)))
    for folder in _by_age()[:-KEPT]:
        shutil.rmtree(folder, ignore_errors=True)


def _by_age():
    """What is kept of trials that are over, the oldest first."""
    return sorted(HISTORY.iterdir(), key=lambda folder: folder.stat().st_mtime_ns)


def _put_last(folder):
    """The newest of all, also where the clock was set back since the one before it."""
    others = [kept.stat().st_mtime_ns for kept in HISTORY.iterdir() if kept != folder]
    newest = max([time.time_ns(), *(at + 1_000_000 for at in others)])
    with contextlib.suppress(OSError):
        os.utime(folder, ns=(newest, newest))


def withdraw(token):
    """A trial that did not come yet comes too late: whoever was to bring it may outlive its
    controller."""
    with contextlib.suppress(OSError):
        folder = HISTORY / (token + "@withdrawn")
        folder.mkdir(parents=True)
        _put_last(folder)


def outcome_of(token):
    """What became of a trial that is over; empty for one that is not, or never was."""
    return next((kept.name.rpartition("@")[2] for kept in HISTORY.glob(token + "@*")), "")


def kept_of(token):
    """The record of a trial that is over, and its outcome; (None, "") for an unknown one."""
    for folder in HISTORY.glob(token + "@*"):
        found = record_of(folder)
        if found is not None:
            return found, folder.name.rpartition("@")[2]
    return None, ""


def former_name(path):
    """The second name that a file has while another one is on trial in its place."""
    return Path(path + ".former")
