"""What a family tells boxes beside the declaration: ``templates/<family>/hardening.yml``.

Lines that are the same on every box of a role and that no fact of the site decides, each with the
reason why it stands there. A family without the file has none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import yaml
from pydantic import BaseModel, ConfigDict, Field

from device_configs.render.manifest import TEMPLATES
from device_configs.site.model import Device, Title

HARDENING_FILE = "hardening.yml"


class HardenedPlace(StrEnum):
    """Where the lines of a measure stand."""

    SYSTEM = "system"
    HOST_PORT = "host_port"
    """A switched port with a single host, but for that of management."""
    UPLINK = "uplink"
    """A switched port, or aggregate, that leads to another switch."""
    DEFENCE = "defence"
    """Each policy against floods."""


class HardeningMeasure(BaseModel):
    """Lines that are rendered for every box of the roles."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: Title
    reason: str = Field(min_length=20)
    roles: tuple[str, ...] = Field(min_length=1)
    at: HardenedPlace
    lines: tuple[str, ...] = Field(min_length=1)


class _HardeningFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    measures: tuple[HardeningMeasure, ...]


@dataclass(frozen=True)
class Hardening:
    """The measures for one device, in the order of the file."""

    measures: Sequence[HardeningMeasure]

    def at(self, place: str) -> tuple[str, ...]:
        """The lines that stand in a place; ValueError for one that there is not."""
        where = HardenedPlace(place)
        return tuple(line for found in self.measures if found.at is where for line in found.lines)


@cache
def hardening_measures(family: str) -> tuple[HardeningMeasure, ...]:
    """All measures of a family."""
    file = TEMPLATES / family / HARDENING_FILE
    if not file.exists():
        return ()
    found = yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return _HardeningFile.model_validate(found).measures


def derive_hardening(family: str, device: Device) -> Hardening:
    """The measures for the role of a device."""
    return Hardening([m for m in hardening_measures(family) if device.role.name in m.roles])
