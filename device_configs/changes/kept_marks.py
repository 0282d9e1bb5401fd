"""Marks of the secrets that were set on vendor boxes: files of the state directory.

They are keyed hashes, each box with a salt of its own, and readable by their owner alone. A file
that is gone or cannot be read means that nothing is known of that box's secrets.
"""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from device_configs.patches.secret_marks import SecretMark, SecretMarks
from device_configs.site.values import Frozen

FOLDER = "changes/secret-marks"
_SALT_BYTES = 32


class _MarksFile(Frozen):
    salt: str
    marks: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class KeptMarks:
    """By the box's name. ``sets_unknown`` as :class:`SecretMarks` has it."""

    state_directory: Path
    sets_unknown: bool = False

    def of(self, name: str) -> SecretMarks:
        """The marks of a box; none, under a new salt, where nothing was set there yet."""
        found = self._read(name)
        return self._begun(name) if found is None else found

    def salt_of(self, name: str) -> bytes:
        """The box's own salt, kept from the first time on that it is asked for."""
        found = self._read(name)
        if found is None:
            found = self._begun(name)
            self.keep(name, found)
        return found.key

    def _read(self, name: str) -> SecretMarks | None:
        try:
            file = _MarksFile.model_validate_json(self._path(name).read_bytes())
            salt = bytes.fromhex(file.salt)
        except (OSError, ValidationError, ValueError):
            return None
        marks = {place: SecretMark(*mark) for place, mark in file.marks.items()}
        return SecretMarks(salt, marks, self.sets_unknown)

    def _begun(self, name: str) -> SecretMarks:
        """None yet. What is to be set is recognised by the salt when it is set, so it is kept."""
        marks = SecretMarks(secrets.token_bytes(_SALT_BYTES), {}, self.sets_unknown)
        if self.sets_unknown:
            self.keep(name, marks)
        return marks

    def keep(self, name: str, marks: SecretMarks) -> None:
        """On the disk before this returns."""
        path = self._path(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        of = {place: (mark.given, mark.shown) for place, mark in marks.of.items()}
        draft = path.with_suffix(".draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"salt": marks.key.hex(), "marks": of}, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def _path(self, name: str) -> Path:
        return self.state_directory / FOLDER / f"{name}.json"
