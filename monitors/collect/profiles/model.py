"""What a profile may say: single objects, tables with their columns, and what is made of them."""

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from device_configs.site.model import Polling

OID = r"^[0-9]+(\.[0-9]+)+$"


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnKind(StrEnum):
    GAUGE = "gauge"
    TEXT = "text"
    BITS = "bits"
    """Octets of single bits, the first one the highest of the first octet (BITS, RFC 2578)."""
    COUNTER32 = "counter32"
    COUNTER64 = "counter64"
    DISCONTINUITY = "discontinuity"
    """sysUpTime at which the row's counters last started anew; a rate must not span it."""


class Meaning(StrEnum):
    """What the rows of a table say about elements; see monitors.collect.polling.interpretation."""

    MEASURED = "measured"
    """Nothing by themselves: they are measured, and rules judge the values."""
    PORT = "port"
    OSPF = "ospf"
    BGP = "bgp"
    VRRP = "vrrp"
    DISPLAY = "display"


class Numbers(_Declared):
    """How the numbers of one object are read."""

    scale: float | None = None
    """What a number is multiplied by, where the object counts in other units."""
    none: tuple[int, ...] = ()
    """Numbers that stand for no value, as -2 for unknown."""
    states: dict[int, str] = Field(default_factory=dict)
    """The words of an enumeration; rules may name them. Of bits: by their number, from 0."""

    def value_of(self, number: float) -> float | None:
        """The number as it is stored; None where it stands for no value."""
        if number in self.none:
            return None
        return number if self.scale is None else number * self.scale


class Column(Numbers):
    name: str
    oid: str = Field(pattern=OID)
    kind: ColumnKind = ColumnKind.GAUGE
    every: int = Field(default=1, ge=1)
    """Read at each n-th poll."""
    octets: bool = False
    """The counter counts octets; others count packets. The interface's speed bounds both."""
    at_most_per_s: float | None = Field(default=None, gt=0)
    """What a counter of another table can grow by in a second: 32 bits have no rate without it."""
    label: bool = False
    """Its text is a tag of the row's samples."""
    measured: bool = True
    """False: read for what is made of it only."""
    fallback: str | None = None
    """The column to read where the agent lacks this one."""

    @cached_property
    def bits(self) -> int | None:
        """Width of the counter, None for what is no counter."""
        if self.kind is ColumnKind.COUNTER64:
            return 64
        return 32 if self.kind is ColumnKind.COUNTER32 else None


class SensorScale(_Declared):
    """Columns by which each row says how its value is to be read (RFC 3433)."""

    scale: str
    """EntitySensorDataScale: 9 for units, one more for each factor of a thousand."""
    precision: str
    """Decimal places of the value."""


class DerivedField(Numbers):
    """A value made of a column, of the rows that it is for."""

    name: str
    column: str
    where: dict[str, tuple[int, ...]] = Field(default_factory=dict)
    """Only rows whose other columns hold one of these numbers."""
    sensor: SensorScale | None = None


class Scalar(Numbers):
    name: str
    oid: str = Field(pattern=OID)


class ScalarGroup(_Declared):
    measurement: str
    every: int = Field(default=1, ge=1)
    fields: tuple[Scalar, ...]


class Table(_Declared):
    name: str
    measurement: str
    meaning: Meaning = Meaning.MEASURED
    columns: tuple[Column, ...] = Field(min_length=1)
    """The first one says which rows there are."""
    fields: tuple[DerivedField, ...] = ()
    fallbacks: tuple[Column, ...] = ()
    tag: str | None = None
    """The column whose text names the row; without one its index does."""
    alternative: tuple[Column, ...] = ()
    """The columns to read of an agent that has no row of the first column."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        faults = [*self._unknown_columns(), *self._rows_not_read()]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _unknown_columns(self) -> Iterator[str]:
        known = {column.name for column in self.columns}
        named = {f"fields[{f.name}].column": f.column for f in self.fields}
        for field in self.fields:
            named |= {f"fields[{field.name}].where": name for name in field.where}
            if field.sensor is not None:
                named[f"fields[{field.name}].sensor.scale"] = field.sensor.scale
                named[f"fields[{field.name}].sensor.precision"] = field.sensor.precision
        if self.tag is not None:
            named["tag"] = self.tag
        for place, name in named.items():
            if name not in known:
                yield f"{place}: no column is named {name!r}; use one of {', '.join(sorted(known))}"
        for column in self.columns:
            if column.fallback is not None and self.fallback_of(column) is None:
                yield f"columns[{column.name}].fallback: no fallback is named {column.fallback!r}"

    def _rows_not_read(self) -> Iterator[str]:
        first = self.columns[0]
        for column in self.columns:
            if column.every % first.every:
                yield (
                    f"columns[{column.name}].every: {column.every} is no multiple of the first "
                    f"column's {first.every}, which tells the rows; use a multiple of it"
                )

    def fallback_of(self, column: Column) -> Column | None:
        return next((other for other in self.fallbacks if other.name == column.fallback), None)


class Profile(_Declared):
    scalars: tuple[ScalarGroup, ...] = ()
    tables: tuple[Table, ...] = ()
    polling: tuple[Polling, ...] = ()
    """How such agents are asked, where it is not as most are; a later one goes before."""
