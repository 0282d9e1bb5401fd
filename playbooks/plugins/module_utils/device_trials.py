"""A configuration on trial: what was before is kept, and comes back unless somebody confirms.

Runs on the device, where it needs neither the controller nor its session. ``begin`` keeps what the
files were, starts a timer of its own (``wait``) and writes the new ones; until ``confirm`` the
timer, ``revert`` and a reboot (``boot``) bring the former ones back. Whoever holds the lock
decides; what became of a trial is kept under its token.

    python3 device_trials.py status|confirm|revert TOKEN
"""

import contextlib
import fcntl
import hashlib
import inspect
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

try:
    from ansible.module_utils import device_trees as trees
except ImportError:  # by itself, on the device
    import device_trees as trees

PROGRAM = trees.ROOT / "program"
TRIAL = trees.ROOT / "trial"
DRAFT = trees.ROOT / "trial.new"
HISTORY = trees.ROOT / "history"
LOCK = trees.ROOT / "lock"
KEPT = 10
"""Trials whose former files are kept."""
LOCK_PATIENCE_S = 5
RECORD = "trial.json"
UNSTEADY = ("Building configuration", "Current configuration", "!", "end", "frr version")
DRAINED = Path("/run/device-drain")
UNREADABLE = "unreadable"
ROLE_LINE = " max-metric router-lsa administrative"
"""Follows the role in the pair, not the configuration."""


class Busy(Exception):
    """Another change holds the device."""


@contextlib.contextmanager
def lock(*, take_over_after_s=None):
    """The device's one lock. A timer that has run out ends a holder that comes to no end."""
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    with LOCK.open("a+", encoding="ascii") as file:
        holder, deadline = None, time.monotonic() + LOCK_PATIENCE_S
        while not _try_lock(file):
            late = time.monotonic() > deadline
            if late and take_over_after_s is None:
                raise Busy("another change is being written to this device")
            if take_over_after_s is not None and _holder(file) != holder:
                # Whoever comes next has as long as the one before it: only a question, perhaps.
                holder, deadline = _holder(file), time.monotonic() + take_over_after_s
            elif late:
                _end(holder)
            time.sleep(0.05)
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


def _try_lock(file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(file):
    """Who holds the lock, or held it last; empty for a moment while it changes hands."""
    file.seek(0)
    return file.read()


def _end(holder):
    with contextlib.suppress(ValueError, ProcessLookupError):
        os.kill(int(holder), signal.SIGKILL)


def frr_running():
    """What FRR runs by, hashed without what its role in the pair adds, behind whether the device
    is drained; empty without FRR."""
    if not Path("/run/frr/zebra.pid").exists():
        return ""
    try:
        shown = subprocess.run(
            ["vtysh", "-c", "show running-config"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=trees.TIMEOUT_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return UNREADABLE
    text = shown.stdout.decode(errors="replace").splitlines()
    lines = [ln for ln in text if ln.strip() and not ln.startswith(UNSTEADY) and ln != ROLE_LINE]
    drained = "drained" if DRAINED.exists() else "serving"
    return "{}:{}".format(drained, hashlib.sha256("\n".join(lines).encode()).hexdigest())


def is_same_running(one, other):
    """Whether FRR runs by the same; a drain changes what runs and nothing of the configuration, so
    of two readings with one between them the files decide."""
    if UNREADABLE in (one, other):
        return False
    same_state = one.partition(":")[0] == other.partition(":")[0]
    return one == other if same_state else True


def begin(token, revert_in_s, changes, removed, services, manifest, expected=""):
    """Put files on trial. ``changes``: (file, before) as :func:`device_trees.differing` has them;
    ``removed``: path -> service; ``manifest`` is written when all services took over.

    ``revert_in_s`` 0: without a trial, confirmed as soon as every service has taken over. Raises
    Refused, with the former files back in place, or before anything was touched; Busy.
    """
    with lock():
        _settle()
        pending = record_of(TRIAL)
        if pending is not None and pending["token"] == token and pending["applied"]:
            return  # Ansible ran the module again after a session that broke: it is done
        if pending is not None:
            raise Busy("the change {} is on trial on this device".format(pending["token"]))
        paths = sorted({f["path"] for f, _ in changes} | set(removed) | set(manifest)
                       | set(trees.manifest()))  # fmt: skip
        old = trees.fingerprint(paths)
        if expected and old != expected:
            raise trees.Refused("the device's files have changed since the change was planned")
        stopped = [name for name in services if not trees.is_running(name)]
        touched = {f["service"] for f, _ in changes} | set(removed.values())
        record = {
            "token": token, "old": old, "paths": paths, "services": list(services),
            "concerned": [name for name in services if name in touched],
            "stopped": stopped, "manifest": trees.manifest(), "revert_in_s": revert_in_s,
            "running": frr_running(), "applied": False, "problem": "", "begun": time.monotonic(),
        }  # fmt: skip
        drafts = _prepare(record, changes, removed)
        DRAFT.replace(TRIAL)
        if revert_in_s:
            _start_timer(token)
        try:
            for entry in record["files"]:
                _keep_beside(entry["path"])
            for made, path in drafts:
                made.replace(path)
            for path in removed:
                Path(path).unlink(missing_ok=True)
            trees.take_over(services, record["concerned"], stopped)
            trees.write_manifest(manifest)
            record["new"] = trees.fingerprint(paths)
            record["new_running"] = frr_running()
            record["applied"] = True
            if revert_in_s:
                _save(record)
            else:
                archive(record, "confirmed")
        except Exception as error:
            problem = take_back(record)
            archive(record, "refused", problem)
            back = f"\n{problem}" if problem else "\nThe former configuration was put back."
            raise trees.Refused(f"{error}{back}") from error


def _prepare(record, changes, removed):
    """Everything that takes room on the disk, before anything is touched."""
    drafts = []
    try:
        shutil.rmtree(DRAFT, ignore_errors=True)
        (DRAFT / "files").mkdir(parents=True)
        PROGRAM.mkdir(exist_ok=True)
        for module, name in (trees, "device_trees.py"), (sys.modules[__name__], "device_trials.py"):
            trees.write(PROGRAM / name, inspect.getsource(module), 0o600, "root")
        befores = [(file["path"], before) for file, before in changes]
        befores += [(path, trees.state_of(path)) for path in removed]
        record["files"] = []
        for number, (path, before) in enumerate(befores):
            entry = {"path": path, "copy": None}
            if before is not None:
                entry["copy"] = str(number)
                trees.write(DRAFT / "files" / str(number), *before)
            record["files"].append(entry)
        for file, _ in changes:
            made = trees.draft(file["path"], file["content"], file["mode"], file["owner"])
            drafts.append((made, file["path"]))
        trees.write(DRAFT / RECORD, json.dumps(record), 0o600, "root")
    except (OSError, KeyError) as error:
        for file, _ in changes:
            with contextlib.suppress(OSError):
                Path(file["path"] + ".new").unlink()
        shutil.rmtree(DRAFT, ignore_errors=True)
        raise trees.Refused(f"nothing was changed: {error}") from error
    return drafts


def _start_timer(token):
    subprocess.Popen(
        [sys.executable or "/usr/bin/python3", str(PROGRAM / "device_trials.py"), "wait", token],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True, cwd="/",
    )  # fmt: skip


def record_of(folder):
    text = trees.read(folder / RECORD)
    return None if text is None else json.loads(text)


def _save(record, folder=TRIAL):
    trees.write(folder / RECORD, json.dumps(record), 0o600, "root")


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
        if not problems and not is_same_running(frr_running(), record["running"]):
            problems.append("frr does not run by what it ran by before")
    if trees.fingerprint(record["paths"]) != record["old"]:
        problems.append("the files are not what they were before")
    return "\n".join(problems)


def _beside(path):
    return Path(path + ".former")


def _keep_beside(path):
    """A second name of the former file, on its own disk: to bring it back needs no room there."""
    with contextlib.suppress(OSError):
        _beside(path).unlink(missing_ok=True)
        os.link(path, _beside(path))


def _put_back(entry):
    path = Path(entry["path"])
    if entry["copy"] is None:
        path.unlink(missing_ok=True)
        return
    copy = TRIAL / "files" / entry["copy"]
    before = trees.state_of(copy)
    if trees.state_of(path) == before:
        return
    if trees.state_of(_beside(entry["path"])) == before:
        _beside(entry["path"]).replace(path)
    else:
        trees.write(path, *before)


def archive(record, outcome, problem=""):
    """The trial is over: what became of it is kept under its token.

    The outcome stands in the folder's name, for which there is room on a full disk.
    """
    record.update(problem=problem, at=time.time())
    with contextlib.suppress(OSError):
        _save(record)
    with contextlib.suppress(OSError):
        HISTORY.mkdir(exist_ok=True)
    for earlier in HISTORY.glob(record["token"] + "@*"):
        shutil.rmtree(earlier, ignore_errors=True)
    for entry in record["files"]:
        with contextlib.suppress(OSError):
            _beside(entry["path"]).unlink(missing_ok=True)
    TRIAL.replace(HISTORY / "{}@{}".format(record["token"], outcome))
    kept = sorted(HISTORY.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in kept[KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)


def revert(token, outcome="reverted", *, take_over_after_s=None):
    """Bring the former files back if that change is on trial."""
    with lock(take_over_after_s=take_over_after_s):
        record = record_of(TRIAL)
        if record is not None and record["token"] == token:
            archive(record, outcome, take_back(record))


def confirm(token):
    """End the trial: the files stay."""
    with lock():
        record = record_of(TRIAL)
        if record is not None and record["token"] == token and record["applied"]:
            archive(record, "confirmed")


def _settle():
    """Whoever holds the lock ends what nobody is left to end: a timer that was killed, a run
    without a trial that died."""
    record = record_of(TRIAL)
    if record is not None and _is_overdue(record):
        archive(record, "expired", take_back(record))


def _is_overdue(record):
    left = record["begun"] + record["revert_in_s"] - time.monotonic()
    return not record["revert_in_s"] or left < -LOCK_PATIENCE_S


def wait(token):
    """The timer: sleeps, then takes back what nobody confirmed."""
    record = record_of(TRIAL)
    if record is None or record["token"] != token:
        return
    deadline = time.monotonic() + record["revert_in_s"]
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(left, 1.0))
        now = record_of(TRIAL)
        if now is None or now["token"] != token:
            return
    revert(token, "expired", take_over_after_s=LOCK_PATIENCE_S)


def boot():
    """After a restart: what was on trial is not started with."""
    record = record_of(TRIAL)
    if record is not None:
        archive(record, "restarted", take_back(record, services=False))


def status(token):
    """What became of a trial, and whether the files are as it left them."""
    found = record_of(TRIAL)
    if found is not None and _is_overdue(found):
        with contextlib.suppress(Busy), lock():
            _settle()
        found = record_of(TRIAL)
    state = ""
    if found is None or found["token"] != token:
        found, state = _kept(token)
    if found is None:
        return {"token": token, "state": "none"}
    now = trees.fingerprint(found["paths"])
    running = frr_running()
    old = now == found["old"] and is_same_running(running, found["running"])
    new = now == found.get("new") and is_same_running(running, found["new_running"])
    return {
        "token": token, "state": state or ("trial" if found["applied"] else "loading"),
        "is_old": old, "is_new": new, "problem": found["problem"],
    }  # fmt: skip


def _kept(token):
    """The record of a trial that is over, and its outcome; (None, "") for an unknown one."""
    for folder in HISTORY.glob(token + "@*"):
        found = record_of(folder)
        if found is not None:
            return found, folder.name.rpartition("@")[2]
    return None, ""


def former(token):
    """Files, removed paths, services and manifest that take a confirmed trial back."""
    folder = HISTORY / (token + "@confirmed")
    found = record_of(folder)
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


def main(argv):
    action, *rest = argv
    if action in ("wait", "boot"):
        globals()[action](*rest)
        return 0
    if action in ("confirm", "revert"):
        globals()[action](*rest)
    elif action != "status":
        sys.stderr.write(__doc__)
        return 2
    print(json.dumps(status(*rest)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
