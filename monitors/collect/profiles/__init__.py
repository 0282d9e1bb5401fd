"""What to ask a device, as data: one YAML file a profile; a role names those of its devices."""

from collections.abc import Iterable
from enum import StrEnum
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from device_configs.site.model import Polling

SEAT = "seat"


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnKind(StrEnum):
    GAUGE = "gauge"
    TEXT = "text"
    COUNTER32 = "counter32"
    COUNTER64 = "counter64"
    DISCONTINUITY = "discontinuity"
    """sysUpTime at which the row's counters last started anew; a rate must not span it."""


class Meaning(StrEnum):
    """What the rows of a table say about elements; see monitors.collect.polling.interpretation."""

    PORT = "port"
    OSPF = "ospf"
    BGP = "bgp"
    VRRP = "vrrp"
    DISPLAY = "display"


class Column(_Declared):
    name: str
    oid: str = Field(pattern=r"^[0-9]+(\.[0-9]+)+$")
    kind: ColumnKind = ColumnKind.GAUGE
    every: int = Field(default=1, ge=1)
    """Read at each n-th poll."""
    octets: bool = False
    """The counter counts octets; others count packets. The interface's speed bounds both."""
    instead: str | None = None
    """The column to read where the agent lacks this one."""

    @cached_property
    def bits(self) -> int | None:
        """Width of the counter, None for what is no counter."""
        if self.kind is ColumnKind.COUNTER64:
            return 64
        return 32 if self.kind is ColumnKind.COUNTER32 else None


class Scalar(_Declared):
    name: str
    oid: str = Field(pattern=r"^[0-9]+(\.[0-9]+)+$")
    scale: float | None = None


class ScalarGroup(_Declared):
    measurement: str
    every: int = Field(default=1, ge=1)
    fields: tuple[Scalar, ...]


class Table(_Declared):
    name: str
    measurement: str
    meaning: Meaning
    columns: tuple[Column, ...]
    fallbacks: tuple[Column, ...] = ()
    tag: str | None = None
    """The column whose text names the row."""
    alternative: tuple[Column, ...] = ()
    """The columns to read of an agent that has no row of the first column."""

    def fallback_of(self, column: Column) -> Column | None:
        return next((other for other in self.fallbacks if other.name == column.instead), None)


class Profile(_Declared):
    scalars: tuple[ScalarGroup, ...] = ()
    tables: tuple[Table, ...] = ()
    polling: tuple[Polling, ...] = ()
    """How such agents are asked, where it is not as most are; a later one goes before."""


@cache
def load_profile(name: str) -> Profile:
    """One profile file. Raises FileNotFoundError or pydantic.ValidationError.

    Its ``polling`` is one block, as in a device's declaration.
    """
    text = (files(__package__) / f"{name}.yml").read_text(encoding="utf-8")
    declared = yaml.safe_load(text)
    polling = declared.pop("polling", None)
    return Profile.model_validate({**declared, "polling": [polling] if polling else []})


def profile_names() -> tuple[str, ...]:
    """The profiles that there are."""
    found = (Path(entry.name) for entry in files(__package__).iterdir())
    return tuple(sorted(path.stem for path in found if path.suffix == ".yml"))


def profile_of(names: Iterable[str]) -> Profile:
    """All that an agent is asked for, as one profile; FileNotFoundError for an unknown name."""
    parts = [load_profile(name) for name in names]
    return Profile(
        scalars=tuple(group for part in parts for group in part.scalars),
        tables=tuple(table for part in parts for table in part.tables),
        polling=tuple(polling for part in parts for polling in part.polling),
    )
