"""What vendor boxes had before their trials: files of the state directory, readable by us alone.

A box without a candidate of its own can be asked what it runs, and not what it ran before. It is
kept here before the box hears of the change, so that whoever goes on after a kill can say whether a
box is old or new, and take a confirmed change back. The files hold ciphers and rendered secrets, as
``secrets.json`` beside them does; nothing of them is shown.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from device_configs.changes.box_targets import KeptTrial

FOLDER = "changes/kept"
MOST_TRIALS = 200
"""The newest ones that are kept: a change has one a stage."""


@dataclass(frozen=True)
class KeptTrials:
    """By the trial's token and the box's name."""

    state_directory: Path

    def keep(self, token: str, name: str, trial: KeptTrial) -> None:
        """On the disk before this returns."""
        path = self._path(token, name)
        if not path.parent.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._forget_oldest(path.parent)
        draft = path.with_suffix(".draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(trial.model_dump_json().encode())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def of(self, token: str, name: str) -> KeptTrial | None:
        """None for a box that the trial never came to, and for a file that cannot be read."""
        try:
            return KeptTrial.model_validate_json(self._path(token, name).read_bytes())
        except (OSError, ValidationError):
            return None

    def _path(self, token: str, name: str) -> Path:
        return self.state_directory / FOLDER / token / f"{name}.json"

    def _forget_oldest(self, newest: Path) -> None:
        """``newest`` stays, also where the clock was set back and it looks older than others."""
        everything = (self.state_directory / FOLDER).iterdir()
        folders = [one for one in everything if one.is_dir() and one != newest]
        folders.sort(key=lambda one: one.stat().st_mtime, reverse=True)
        for folder in folders[MOST_TRIALS - 1 :]:
            shutil.rmtree(folder, ignore_errors=True)
