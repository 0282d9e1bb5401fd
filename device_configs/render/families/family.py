"""A family of platforms as data: ``templates/<family>/family.yml``.

It says what the templates cannot know: which box a role is rendered for, how the sockets of that
box are named, and how the family names what every family has (zones, privileges, loopback).
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Literal
from zlib import crc32

import yaml
from pydantic import BaseModel, ConfigDict, Field

from device_configs.render.manifest import TEMPLATES
from device_configs.site.model import Privilege

FAMILY_FILE = "family.yml"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sockets(_Strict):
    """Sockets of one speed; ``name`` holds ``{unit}`` and ``{port}``."""

    name: str
    first_unit: int = 0
    first_port: int
    per_unit: int = Field(ge=1)
    units: int = Field(default=1, ge=1)

    @property
    def count(self) -> int:
        return self.per_unit * self.units

    def socket(self, number: int) -> str:
        """Name of the socket with a number from 1 to ``count``."""
        unit, port = divmod(number - 1, self.per_unit)
        return self.name.format(unit=self.first_unit + unit, port=self.first_port + port)


class ManagementSocket(_Strict):
    """Where the management cable is plugged in."""

    name: str
    switched: bool = False
    """An ordinary switch port in the management VLAN; the address stands on the VLAN interface."""


class BoxModel(_Strict):
    """The box that a role is rendered for."""

    platform: str
    """Tag of the family's dialect that the box speaks, as the command grammar names it."""
    fast: Sockets
    """10 Gbit/s and more."""
    slow: Sockets
    management: ManagementSocket
    management_vpn: str | None = None
    """VPN instance that keeps management apart from what the box forwards."""


class ZoneName(_Strict):
    """How a firewall of the family calls a zone of interfaces."""

    name: str
    heading: str
    priority: int | None = None
    """Priority to be set; None where the family has none, or has set it."""


class PairTraffic(_Strict):
    """What the two halves of a pair of firewalls say to each other, besides routing."""

    protocol: Literal["tcp", "udp"]
    ports: tuple[int, ...]


class Zones(_Strict):
    """The zones that firewalls of the family know."""

    inner: ZoneName
    outer: ZoneName
    dmz: ZoneName
    pair: ZoneName
    management: ZoneName
    own: str
    """Zone of the box itself."""
    pair_traffic: PairTraffic


class InterfaceNames(_Strict):
    """Names of interfaces that no socket has; each holds ``{number}`` but the loopback's."""

    loopback: str
    vlan: str
    routed_aggregate: str
    switched_aggregate: str


class ObjectRule(_Strict):
    """What a family takes as the name of a kind of object."""

    longest: int = Field(ge=8)
    characters: str = "A-Za-z0-9_-"
    """A class of a regular expression."""

    def fit(self, name: str) -> str:
        """The name itself where it fits; otherwise with ``_`` for other characters, and cut to end
        in its checksum where it is too long."""
        plain = re.sub(f"[^{self.characters}]", "_", name)
        if len(plain) <= self.longest:
            return plain
        return f"{plain[: self.longest - 7]}_{crc32(name.encode()) & 0xFFFFFF:06x}"


class Family(_Strict):
    """A family of platforms that speak one command language."""

    title: str
    names: InterfaceNames
    privileges: Mapping[Privilege, str]
    zones: Zones | None = None
    """None for a family without firewalls."""
    objects: Mapping[str, ObjectRule] = Field(default_factory=dict)
    """By kind of object; a kind that is not there takes every declared name."""
    boxes: Mapping[str, BoxModel]
    """By role."""


def families() -> tuple[str, ...]:
    """The families that templates exist for, by name."""
    return tuple(sorted(file.parent.name for file in TEMPLATES.glob(f"*/{FAMILY_FILE}")))


@cache
def load_family(name: str) -> Family:
    """The data of a family; KeyError for a name that has no templates."""
    if name not in families():
        raise KeyError(name)
    text = (TEMPLATES / name / FAMILY_FILE).read_text("utf-8")
    return Family.model_validate(yaml.load(text, Loader=yaml.CSafeLoader))
