"""The rendered configuration of a device: files, and the services they concern."""

import base64
import json
from dataclasses import dataclass


@dataclass(frozen=True)
class RenderedFile:
    """One file of a device.

    ``service`` names the service of the device that must take the file over when it changes;
    None where the file is read anew at each use (a script). ``mode`` is octal, e.g. ``0o644``.
    """

    path: str
    content: str
    mode: int = 0o644
    owner: str = "root"
    service: str | None = None


@dataclass(frozen=True)
class Tree:
    """Everything a device is configured by. ``services`` are in the order of their start."""

    device: str
    files: tuple[RenderedFile, ...]
    services: tuple[str, ...]

    def file(self, path: str) -> RenderedFile:
        """The file at ``path``; KeyError when the device has none there."""
        for file in self.files:
            if file.path == path:
                return file
        raise KeyError(path)

    def packed(self, masked: tuple[str, ...]) -> str:
        """The tree as one text for the module on the device; ``masked`` never shows in diffs."""
        value = {
            "device": self.device,
            "services": list(self.services),
            "files": [
                {
                    "path": file.path,
                    "content": file.content,
                    "mode": file.mode,
                    "owner": file.owner,
                    "service": file.service,
                }
                for file in self.files
            ],
            "masked": list(masked),
        }
        return base64.b64encode(json.dumps(value).encode()).decode()
