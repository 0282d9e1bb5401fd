"""What a backup did, device by device, and how two copies of a device differ; pure."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CopyState(StrEnum):
    SAVED = "saved"
    """Its configuration was another one than in the backup before."""
    UNCHANGED = "unchanged"
    FAILED = "failed"
    """It could not be read: what it has is unknown, and its last copy stays."""


class BackupCause(StrEnum):
    """Why a backup was taken."""

    REQUEST = "request"
    NIGHTLY = "nightly"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class DeviceCopyResult:
    device: str
    state: CopyState
    message: str = ""


@dataclass(frozen=True, slots=True)
class BackupRecord:
    """One backup on record. ``revision`` is empty where no device had changed.

    ``changes`` are the numbers of those it follows.
    """

    number: str
    at: datetime
    author: str
    cause: BackupCause
    changes: tuple[str, ...]
    revision: str
    results: tuple[DeviceCopyResult, ...]

    @property
    def succeeded(self) -> bool:
        """Whether every device could be read."""
        return all(result.state is not CopyState.FAILED for result in self.results)


def summary_of(cause: BackupCause, changes: tuple[str, ...]) -> str:
    """The first line of the commit."""
    return ", ".join(changes) if changes else str(cause)


def differences(
    before: Mapping[str, str], after: Mapping[str, str], names: tuple[str, str] = ("", "")
) -> str:
    """The unified difference of two copies of a device, file by file; empty when there is none."""
    found: list[str] = []
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old != new:
            found += difflib.unified_diff(
                _lines(old), _lines(new),
                f"{names[0]}{path}" if old is not None else "/dev/null",
                f"{names[1]}{path}" if new is not None else "/dev/null",
            )  # fmt: skip
    return "".join(found)


def _lines(text: str | None) -> list[str]:
    return [line + "\n" for line in (text or "").splitlines()]
