"""Which templates make which files of a role: ``templates/<platform>/manifest.yml``."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from device_configs.site.model import Role

TEMPLATES = Path(__file__).parent.parent / "templates"


class FileEntry(BaseModel):
    """One file: its template below the platform's folder, and how it lands on the device."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    template: str
    path: str
    mode: str = Field(default="0644", pattern=r"^0[0-7]{3}$")
    owner: str = "root"
    service: str | None = None


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
    managed: RoleEntry
    roles: dict[Role, RoleEntry]
    devices: dict[str, RoleEntry] = Field(default_factory=dict)

    def entries(self, name: str, role: Role, managed: bool) -> tuple[RoleEntry, ...]:
        """The parts that apply to a device."""
        parts = [self.every]
        if managed:
            parts.append(self.managed)
        parts.append(self.roles[role])
        if name in self.devices:
            parts.append(self.devices[name])
        return tuple(parts)


@cache
def load_manifest(platform: str) -> Manifest:
    """Read the manifest of a platform; FileNotFoundError for a platform without templates."""
    text = (TEMPLATES / platform / "manifest.yml").read_text(encoding="utf-8")
    return Manifest.model_validate(yaml.safe_load(text))
