"""The former configuration of a device: kept for the time of a trial, put back behind it.

Runs on the device; the standard library alone.
"""

import contextlib
import os
import time
from pathlib import Path

try:
    from ansible.module_utils import device_lock as lock
    from ansible.module_utils import device_records as records
    from ansible.module_utils import device_running as running
    from ansible.module_utils import device_trees as trees
except ImportError:  # by itself, on the device
    import device_lock as lock
    import device_records as records
    import device_running as running
    import device_trees as trees


def take_back(record, *, services=True):
    """Put the former files in place and have their services take them over; what did not go."""
    problems = []
    for entry in record["files"]:
        try:
            _put_back(entry)
        except OSError as error:
            problems.append(str(error))
    try:
        trees.write_manifest(record["manifest"])
    except OSError as error:
        problems.append(str(error))
    if services:
        for name in record["concerned"]:
            if name in record["stopped"] and not trees.is_running(name):
                continue
            code, answer = trees.run_service("apply", name)
            if code != 0:
                problems.append(f"{name}: {answer}")
        if not problems and not running.is_same_running(running.frr_running(), record["running"]):
            problems.append("frr does not run by what it ran by before")
    if trees.fingerprint(record["paths"]) != record["old"]:
        problems.append("the files are not what they were before")
    return "\n".join(problems)


def keep_former(path):
    """A second name of the former file, on its own disk: to bring it back needs no room there."""
    with contextlib.suppress(OSError):
        records.former_name(path).unlink(missing_ok=True)
        os.link(path, records.former_name(path))


def _put_back(entry):
    path = Path(entry["path"])
    if entry["copy"] is None:
        path.unlink(missing_ok=True)
        return
    copy = records.TRIAL / "files" / entry["copy"]
    before = trees.state_of(copy)
    if trees.state_of(path) == before:
        return
    if trees.state_of(records.former_name(entry["path"])) == before:
        records.former_name(entry["path"]).replace(path)
    else:
        trees.write(path, *before)


def settle():
    """Whoever holds the lock ends what nobody is left to end: a timer that was killed, a run
    without a trial that died."""
    record = records.record_of(records.TRIAL)
    if record is not None and is_overdue(record):
        records.archive(record, "expired", take_back(record))


def is_overdue(record):
    """Whether nobody is left to end the trial: its timer would have done so long ago."""
    left = record["begun"] + record["revert_in_s"] - time.monotonic()
    return not record["revert_in_s"] or left < -lock.LOCK_PATIENCE_S


def former_of(token):
    """Files, removed paths, services and manifest that take a confirmed trial back."""
    folder = records.HISTORY / (token + "@confirmed")
    found = records.record_of(folder)
    if found is None:
        raise trees.Refused(f"nothing is kept of the change {token} on this device")
    if trees.fingerprint(found["paths"]) != found["new"]:
        raise trees.Refused(f"the device's files have changed since the change {token}")
    services = {**trees.manifest(), **found["manifest"]}
    changes, removed = [], {}
    for entry in found["files"]:
        path = entry["path"]
        if entry["copy"] is None:
            removed[path] = services.get(path)
            continue
        content, mode, owner = trees.state_of(folder / "files" / entry["copy"])
        file = {"path": path, "content": content, "mode": mode, "owner": owner,
                "service": services.get(path)}  # fmt: skip
        changes.append((file, trees.state_of(path)))
    return changes, removed, found["services"], found["manifest"]
