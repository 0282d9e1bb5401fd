"""What the program of trials on a device says, as a place (pure).

The program is ``playbooks/plugins/module_utils/device_trials.py``; the word of the device decides,
whatever a session's exit status was.
"""

import hashlib
import json
import shlex
from collections.abc import Mapping

from pydantic import ValidationError

from device_configs.changes.fleet import StepAnswer
from device_configs.changes.states import Place
from device_configs.deploy.fingerprint import FileFingerprint
from device_configs.render.tree import Tree
from device_configs.site.values import Frozen

PROGRAM = "/var/lib/device-configuration/program/device_trials.py"
UNREADABLE = "it answered what cannot be read"

_ENDED_OLD = frozenset({"reverted", "expired", "refused", "restarted"})


class DeviceTrial(Frozen):
    """An answer of the program. ``is_old`` and ``is_new``: what the files and what runs by them
    are, compared with what they were before and what they were on trial."""

    token: str
    state: str
    is_old: bool = False
    is_new: bool = False
    problem: str = ""


def trial_command(action: str, token: str) -> str:
    """The command for the device's shell: ``status``, ``confirm`` or ``revert``. A device without
    the program never had a trial."""
    never = json.dumps({"token": token, "state": "none"})
    run = f"python3 {PROGRAM} {action} {shlex.quote(token)}"
    return f"if [ -e {PROGRAM} ]; then {run}; else echo {shlex.quote(never)}; fi"


def answer_of(output: str, token: str) -> StepAnswer:
    """Where the device is. What is no answer about this trial says nothing."""
    try:
        status = DeviceTrial.model_validate_json(output.strip())
    except ValidationError:
        return StepAnswer(Place.UNKNOWN, UNREADABLE)
    if status.token != token:
        return StepAnswer(Place.UNKNOWN, UNREADABLE)
    return StepAnswer(_place(status), _message(status))


def _place(status: DeviceTrial) -> Place:
    if status.state == "none":
        return Place.OLD
    if status.state == "loading":
        return Place.LOADING
    if status.state == "trial":
        # What was altered under the trial is not what was planned: it is taken back.
        return Place.TRIAL if status.is_new else Place.LOADING
    if status.state == "confirmed":
        return Place.NEW if status.is_new else Place.MIXED
    if status.state in _ENDED_OLD:
        return Place.OLD if status.is_old and not status.problem else Place.MIXED
    return Place.UNKNOWN


def _message(status: DeviceTrial) -> str:
    if status.problem:
        return status.problem
    return {
        "expired": "the device took itself back: nobody confirmed in time",
        "restarted": "the device restarted and took itself back",
    }.get(status.state, "")


def intended_fingerprint(tree: Tree) -> str:
    """What the device's ``device_trees.fingerprint`` is once it has the tree and nothing else."""
    found = [
        [file.path, file.mode, file.owner, hashlib.sha256(file.content.encode()).hexdigest()]
        for file in sorted(tree.files, key=lambda file: file.path)
    ]
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


def read_fingerprint(files: Mapping[str, FileFingerprint]) -> str:
    """What the device's ``device_trees.fingerprint`` is of the files that were read there."""
    found = [[p, int(f.mode, 8), f.owner, f.sha256] for p, f in sorted(files.items())]
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


STOPPED = "+stopped:"


def running_fingerprint(files: str, stopped: list[str]) -> str:
    """What a device has: its files', and the services that should run and do not."""
    return files + (STOPPED + ",".join(sorted(stopped)) if stopped else "")


def files_part(running: str) -> str:
    """The fingerprint of the files alone."""
    return running.partition(STOPPED)[0]
