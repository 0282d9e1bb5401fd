"""Whether a device is as its tree has it, decided from one answer of the device; pure.

The device is asked once, for everything that ``device_configuration`` compares: what an earlier
tree left, the mode, owner and SHA-256 of each file, and the services that run. An answer that is
short, or of another form, says nothing: the device is then not known to be unchanged.
"""

import hashlib
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from device_configs.render.tree import RenderedFile, Tree

MANIFEST = "/var/lib/device-configuration/files.json"
"""Paths that the last tree brought, each with its service: written by ``device_configuration``."""
_PARTS = ("manifest", "attributes", "sums", "services", "end")
_SUM_DIGITS = 64


@dataclass(frozen=True)
class FileFingerprint:
    """A file without its content. ``sha256`` is hexadecimal, ``mode`` octal as ``stat`` has it."""

    sha256: str
    mode: str
    owner: str


@dataclass(frozen=True)
class DeviceReading:
    """What a device said of itself. Files that are not there have no fingerprint."""

    brought: frozenset[str]
    """Paths that the last tree brought."""
    files: Mapping[str, FileFingerprint]
    running: frozenset[str]
    is_bare: bool = False
    """Whether no tree was ever brought and none of its services runs; files that came with the
    system's packages may be there."""


def question_of(tree: Tree) -> str:
    """The command for the device's shell whose output :func:`reading_of` reads."""
    paths = shlex.join(file.path for file in tree.files)
    return "\n".join(
        (
            "exec 2>/dev/null; LC_ALL=C; export LC_ALL",
            f"echo =manifest; cat {MANIFEST}; echo",
            f"echo =attributes; stat -L -c '%a %U %n' -- {paths}",
            f"echo =sums; sha256sum -- {paths}",
            "echo =services; /usr/local/sbin/device-service running",
            "echo =end",
        )
    )


def reading_of(answer: str) -> DeviceReading | None:
    """What the answer says; None unless all its parts are there and can be read."""
    parts = _parts_of(answer)
    if parts is None:
        return None
    text = "\n".join(parts["manifest"]).strip()
    try:
        manifest = json.loads(text or "{}")
    except ValueError:
        return None
    if not isinstance(manifest, dict):
        return None
    attributes = dict(_attributes_of(line) for line in parts["attributes"] if line.count(" ") > 1)
    sums = {line[_SUM_DIGITS + 2 :]: line[:_SUM_DIGITS] for line in parts["sums"]}
    return DeviceReading(
        brought=frozenset(manifest),
        files={
            path: FileFingerprint(sums[path], *attributes[path])
            for path in sums.keys() & attributes.keys()
        },
        running=frozenset(parts["services"]),
        is_bare=not (text or any(parts["services"])),
    )


def is_unchanged(tree: Tree, reading: DeviceReading) -> bool:
    """Whether bringing the device to the tree would change nothing.

    Every file is there as it should be, nothing is left of an earlier tree, and every service runs.
    """
    expected = {file.path: fingerprint_of(file) for file in tree.files}
    return (
        reading.files == expected
        and reading.brought == expected.keys()
        and reading.running >= set(tree.services)
    )


def fingerprint_of(file: RenderedFile) -> FileFingerprint:
    """The fingerprint that a device gives of the file once it has it."""
    sha256 = hashlib.sha256(file.content.encode()).hexdigest()
    return FileFingerprint(sha256, f"{file.mode:o}", file.owner)


def _parts_of(answer: str) -> dict[str, list[str]] | None:
    """The lines below each heading; None unless every heading is there once and in its order."""
    lines = answer.splitlines()
    headings = [f"={part}" for part in _PARTS]
    if [line for line in lines if line in headings] != headings or lines[-1] != headings[-1]:
        return None
    at = [lines.index(heading) for heading in headings]
    return {
        part: lines[begin + 1 : end] for part, begin, end in zip(_PARTS, at, at[1:], strict=False)
    }


def _attributes_of(line: str) -> tuple[str, tuple[str, str]]:
    mode, owner, path = line.split(" ", 2)
    return path, (mode, owner)
