"""A configuration on trial: what was before is kept, and comes back unless somebody confirms.

Runs on the device, where it needs neither the controller nor its session. ``device_loads.begin``
keeps what the files were, starts a timer of its own (``wait``) and writes the new ones; until
``confirm`` the timer, ``revert`` and a reboot (``boot``) bring the former ones back. Whoever holds
the lock decides; what became of a trial is kept under its token.

    python3 device_trials.py status|confirm|revert TOKEN
"""

import contextlib
import json
import sys
import time

try:
    from ansible.module_utils import device_former as former
    from ansible.module_utils import device_lock as lock
    from ansible.module_utils import device_records as records
    from ansible.module_utils import device_running as running
    from ansible.module_utils import device_trees as trees
except ImportError:  # by itself, on the device
    import device_former as former
    import device_lock as lock
    import device_records as records
    import device_running as running
    import device_trees as trees


def revert(token, outcome="reverted", *, take_over_after_s=None):
    """Bring the former files back if that change is on trial."""
    with lock.lock(take_over_after_s=take_over_after_s):
        record = records.record_of(records.TRIAL)
        if record is not None and record["token"] == token:
            records.archive(record, outcome, former.take_back(record))
        elif not records.outcome_of(token):
            records.withdraw(token)


def confirm(token):
    """End the trial: the files stay."""
    with lock.lock():
        record = records.record_of(records.TRIAL)
        if record is not None and record["token"] == token and record["applied"]:
            records.archive(record, "confirmed")


def wait(token):
    """The timer: sleeps, then takes back what nobody confirmed."""
    record = records.record_of(records.TRIAL)
    if record is None or record["token"] != token:
        return
    deadline = time.monotonic() + record["revert_in_s"]
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(left, 1.0))
        now = records.record_of(records.TRIAL)
        if now is None or now["token"] != token:
            return
    revert(token, "expired", take_over_after_s=lock.LOCK_PATIENCE_S)


def boot():
    """After a restart: what was on trial is not started with."""
    record = records.record_of(records.TRIAL)
    if record is not None:
        records.archive(record, "restarted", former.take_back(record, services=False))


def status(token):
    """What became of a trial, and whether the files are as it left them."""
    found = records.record_of(records.TRIAL)
    if found is not None and former.is_overdue(found):
        with contextlib.suppress(lock.Busy), lock.lock():
            former.settle()
        found = records.record_of(records.TRIAL)
    state = ""
    if found is None or found["token"] != token:
        found, state = records.kept_of(token)
    if found is None:
        return {"token": token, "state": "none"}
    now = trees.fingerprint(found["paths"])
    runs = running.frr_running()
    old = now == found["old"] and running.is_same_running(runs, found["running"])
    new = now == found.get("new") and running.is_same_running(runs, found["new_running"])
    return {
        "token": token, "state": state or ("trial" if found["applied"] else "loading"),
        "is_old": old, "is_new": new, "problem": found["problem"],
    }  # fmt: skip


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
