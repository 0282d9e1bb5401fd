"""The difference of a device on which nothing was ever configured (pure): everything is new."""

import difflib
from collections.abc import Callable

from device_configs.changes.model import DeviceDifference
from device_configs.changes.trial_words import (
    intended_fingerprint,
    read_fingerprint,
    running_fingerprint,
)
from device_configs.deploy.fingerprint import DeviceReading, fingerprint_of
from device_configs.render.tree import RenderedFile, Tree


def first_difference(
    tree: Tree, reading: DeviceReading, mask: Callable[[str], str]
) -> DeviceDifference:
    """How a bare device differs from its tree, without asking it for the content of its files.

    ``mask`` hides secrets in the diff. Of a file that came with a package the diff shows the new
    content, and that it is replaced.
    """
    new = [f for f in tree.files if reading.files.get(f.path) != fingerprint_of(f)]
    return DeviceDifference(
        device=tree.device,
        diff="".join(_added(file, file.path in reading.files, mask) for file in new),
        running=running_fingerprint(read_fingerprint(reading.files), list(tree.services)),
        intended=intended_fingerprint(tree),
        services=tree.services,
        files=tuple(file.path for file in new),
        bare=True,
    )


def _added(file: RenderedFile, replaces: bool, mask: Callable[[str], str]) -> str:
    lines = mask(file.content).splitlines(keepends=True)
    shown = difflib.unified_diff([], lines, "/dev/null", file.path)
    text = "".join(line if line.endswith("\n") else line + "\n" for line in shown)
    head = f"{file.path}: replaces the file that came with a package\n" if replaces else ""
    return head + (text or f"{file.path}: empty\n")
