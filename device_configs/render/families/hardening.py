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
    PUBLIC_CIRCUIT = "public_circuit"
    """The port of the only public circuit, on a device without a partner."""


class HardeningMeasure(BaseModel):
    """Lines that are rendered for every box of the roles."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: Title
    reason: str = Field(min_length=20)
    roles: tuple[str, ...] = Field(min_length=1)
    at: HardenedPlace
    lines: tuple[str, ...] = Field(min_length=1)


class ForbiddenLines(BaseModel):
    """Lines that no box has in force, whatever its role: no template renders them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: Title
    reason: str = Field(min_length=20)
    within: str = "^$"
    """Pattern of the views that are meant; the system view is called by no word."""
    lines: tuple[str, ...] = Field(min_length=1)
    """How such a line begins."""


class GuardedConsole(BaseModel):
    """How a console asks who somebody is, where an account may sign in there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Title
    reason: str = Field(min_length=20)
    views: tuple[str, ...] = Field(min_length=1)
    """Views of the console; the line stands in one of them at least."""
    line: str
    open_by_default: bool
    """Whether a console without the line asks nobody."""


class FamilyHardening(BaseModel):
    """The file of a family. ``single`` are beginnings of commands that stand once in a view: a
    later line takes the place of an earlier one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    measures: tuple[HardeningMeasure, ...] = ()
    single: tuple[str, ...] = ()
    forbidden: tuple[ForbiddenLines, ...] = ()
    console: GuardedConsole | None = None


@dataclass(frozen=True)
class Hardening:
    """The measures for one device, in the order of the file."""

    measures: Sequence[HardeningMeasure]

    def at(self, place: str) -> tuple[str, ...]:
        """The lines that stand in a place; ValueError for one that there is not."""
        where = HardenedPlace(place)
        return tuple(line for found in self.measures if found.at is where for line in found.lines)


@cache
def family_hardening(family: str) -> FamilyHardening:
    """The file of a family; a family without one hardens nothing."""
    file = TEMPLATES / family / HARDENING_FILE
    if not file.exists():
        return FamilyHardening()
    found = yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return FamilyHardening.model_validate(found)


def hardening_measures(family: str) -> tuple[HardeningMeasure, ...]:
    """All measures of a family."""
    return family_hardening(family).measures


def derive_hardening(family: str, device: Device) -> Hardening:
    """The measures for the role of a device."""
    return Hardening([m for m in hardening_measures(family) if device.role.name in m.roles])
