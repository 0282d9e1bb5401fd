"""Brings files to a device on trial: what takes room first, then the files, then the services.

Runs on the device, where it needs neither the controller nor its session; the standard library
alone.
"""

import contextlib
import inspect
import shutil
import subprocess
import sys
import time
from pathlib import Path

try:
    from ansible.module_utils import device_former as former
    from ansible.module_utils import device_lock as lock
    from ansible.module_utils import device_records as records
    from ansible.module_utils import device_running as running
    from ansible.module_utils import device_trees as trees
    from ansible.module_utils import device_trials as trials
except ImportError:  # by itself, on the device
    import device_former as former
    import device_lock as lock
    import device_records as records
    import device_running as running
    import device_trees as trees
    import device_trials as trials


PROGRAM = trees.ROOT / "program"
TRIALS = "device_trials.py"
PARTS = (trees, lock, running, records, former)
"""What the program of trials on the device rests on."""


DIRECT = "direct"
"""The name of whatever is brought without a change."""


def begin(token, revert_in_s, changes, removed, services, manifest, expected=""):
    """Put files on trial. ``changes``: (file, before) as :func:`device_trees.differing` has them;
    ``removed``: path -> service; ``manifest`` is written when all services took over.

    ``revert_in_s`` 0: without a trial, confirmed as soon as every service has taken over. Raises
    Refused, with the former files back in place, or before anything was touched; Busy.
    """
    with lock.lock():
        former.settle()
        if _is_done(token):
            return
        record = _record(token, revert_in_s, changes, removed, services, manifest)
        if expected and record["old"] != expected:
            raise trees.Refused("the device's files have changed since the change was planned")
        drafts = _prepare(record, changes, removed)
        records.DRAFT.replace(records.TRIAL)
        if revert_in_s:
            _start_timer(token)
        try:
            _put_in_place(record, drafts, removed, manifest)
        except Exception as error:
            problem = former.take_back(record)
            records.archive(record, "refused", problem)
            back = f"\n{problem}" if problem else "\nThe former configuration was put back."
            raise trees.Refused(f"{error}{back}") from error


def _is_done(token):
    """Whether Ansible runs the module again behind a session that broke. Raises Busy for a device
    with another change on trial, Refused for a trial that is over."""
    pending = records.record_of(records.TRIAL)
    if pending is not None and pending["token"] == token and pending["applied"]:
        return True
    if pending is not None:
        raise lock.Busy("the change {} is on trial on this device".format(pending["token"]))
    if token == DIRECT:
        return False  # no change of its own: what became of the last one says nothing
    over = records.outcome_of(token)
    if over and over != "confirmed":
        raise trees.Refused(f"nothing was changed: the trial {token} is over, {over}")
    return bool(over)


def _record(token, revert_in_s, changes, removed, services, manifest):
    """What the device has now, and what is to become of it."""
    touched = {f["service"] for f, _ in changes} | set(removed.values())
    paths = {f["path"] for f, _ in changes} | set(removed) | set(manifest) | set(trees.manifest())
    return {
        "token": token, "old": trees.fingerprint(paths), "paths": sorted(paths),
        "services": list(services),
        "concerned": [name for name in services if name in touched],
        "stopped": [name for name in services if not trees.is_running(name)],
        "manifest": trees.manifest(), "revert_in_s": revert_in_s,
        "running": running.frr_running(), "applied": False, "problem": "",
        "begun": time.monotonic(), "files": [],
    }  # fmt: skip


def _put_in_place(record, drafts, removed, manifest):
    for entry in record["files"]:
        former.keep_former(entry["path"])
    for made, path in drafts:
        made.replace(path)
    for path in removed:
        Path(path).unlink(missing_ok=True)
    trees.take_over(record["services"], record["concerned"], record["stopped"])
    trees.write_manifest(manifest)
    record["new"] = trees.fingerprint(record["paths"])
    record["new_running"] = running.frr_running()
    record["applied"] = True
    if record["revert_in_s"]:
        records.save(record)
    else:
        records.archive(record, "confirmed")


def _prepare(record, changes, removed):
    """Everything that takes room on the disk, before anything is touched; the drafts."""
    try:
        shutil.rmtree(records.DRAFT, ignore_errors=True)
        (records.DRAFT / "files").mkdir(parents=True)
        records.HISTORY.mkdir(exist_ok=True)
        _write_program()
        _copy_former(record, changes, removed)
        drafts = [
            (trees.draft(file["path"], file["content"], file["mode"], file["owner"]), file["path"])
            for file, _ in changes
        ]
        records.save(record, records.DRAFT)
    except (OSError, KeyError) as error:
        for file, _ in changes:
            with contextlib.suppress(OSError):
                Path(file["path"] + ".new").unlink()
        shutil.rmtree(records.DRAFT, ignore_errors=True)
        raise trees.Refused(f"nothing was changed: {error}") from error
    return drafts


def _write_program():
    """The program's parts first: whoever starts it meanwhile finds what it rests on."""
    PROGRAM.mkdir(exist_ok=True)
    sources = {Path(inspect.getfile(part)).name: inspect.getsource(part) for part in PARTS}
    sources[TRIALS] = inspect.getsource(trials)
    for name, source in sources.items():
        if trees.read(PROGRAM / name) != source:
            trees.write(PROGRAM / name, source, 0o600, "root")


def _copy_former(record, changes, removed):
    befores = [(file["path"], before) for file, before in changes]
    befores += [(path, trees.state_of(path)) for path in removed]
    for number, (path, before) in enumerate(befores):
        record["files"].append({"path": path, "copy": None if before is None else str(number)})
        if before is not None:
            trees.write(records.DRAFT / "files" / str(number), *before)


def _start_timer(token):
    subprocess.Popen(
        [sys.executable or "/usr/bin/python3", str(PROGRAM / TRIALS), "wait", token],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True, cwd="/",
    )  # fmt: skip
