"""Which templates make which files: ``templates/<platform>/[<role>/]manifest.yml``."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

TEMPLATES = Path(__file__).parent.parent / "templates"
MANIFEST = "manifest.yml"


class FileEntry(BaseModel):
    """One file: its template below the platform's folder, and how it lands on the device."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    template: str
    path: str
    mode: str = Field(default="0644", pattern=r"^0[0-7]{3}$")
    owner: str = "root"
    service: str | None = None
    when: str | None = None
    """A value for templates without which the device has no such file."""


class RoleEntry(BaseModel):
    """What a role adds to what every device has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    services: tuple[str, ...] = ()
    files: tuple[FileEntry, ...] = ()


class Manifest(BaseModel):
    """All files and services of a platform; ``order`` is the order in which services start."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order: tuple[str, ...]
    every: RoleEntry
    deployed: RoleEntry
    devices: dict[str, RoleEntry] = Field(default_factory=dict)

    roles: dict[str, RoleEntry] = Field(default_factory=dict)
    """Read from the roles' own files."""

    def entries(self, name: str, role: str, *, deployed: bool) -> tuple[RoleEntry, ...]:
        """The parts that apply to a device."""
        parts = [self.every]
        if deployed:
            parts.append(self.deployed)
        if role in self.roles:
            parts.append(self.roles[role])
        if name in self.devices:
            parts.append(self.devices[name])
        return tuple(parts)


@cache
def load_manifest(platform: str) -> Manifest:
    """Read the manifests of a platform; FileNotFoundError for a platform without templates."""
    folder = TEMPLATES / platform
    roles = {path.parent.name: _read(path) for path in sorted(folder.glob(f"*/{MANIFEST}"))}
    return Manifest.model_validate({**_read(folder / MANIFEST), "roles": roles})


def _read(path: Path) -> dict[str, object]:
    found: dict[str, object] = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return found
