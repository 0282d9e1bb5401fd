"""What one poll of one agent brought, before anything is made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from monitors.collect.profiles import Column, ColumnKind, ScalarGroup, Table
from monitors.collect.protocol.ber import Value

Row = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class ReadTime:
    """When a reply came: by the instant, by our own monotonic clock, and by the agent's clock."""

    at: datetime
    arrived_s: float | None = None
    uptime_cs: int | None = None


class FieldOfRow(NamedTuple):
    """What is needed of a column for each row; ``bits`` 0 for what is no counter."""

    name: str
    bits: int
    counts_octets: bool
    is_measured: bool


@dataclass(frozen=True)
class TableRead:
    """The rows of one table by index, as far as its due columns were read.

    ``began`` is when the first reply about the rows came. ``walked`` says when a row itself came,
    ``read`` when its other columns did, ``later`` the same for those of another reply.
    Without ``is_complete`` a row that is missing here may exist.
    """

    table: Table
    columns: tuple[Column, ...]
    rows: Mapping[str, Row]
    is_complete: bool = True
    began: datetime | None = None
    walked: Mapping[str, datetime] = field(default_factory=dict)
    read: Mapping[str, ReadTime] = field(default_factory=dict)
    later: Mapping[tuple[str, str], ReadTime] = field(default_factory=dict)

    @cached_property
    def fields(self) -> tuple[FieldOfRow, ...]:
        """The columns that hold numbers, once for all rows."""
        return tuple(
            FieldOfRow(
                column.name,
                column.bits or 0,
                column.octets,
                column.kind is not ColumnKind.DISCONTINUITY,
            )
            for column in self.columns
            if column.kind is not ColumnKind.TEXT
        )

    @cached_property
    def cycles_between(self) -> int:
        """Polls from one reading of the counters to the next."""
        return max((column.every for column in self.columns if column.bits), default=1)

    def state_at(self, index: str, column: str) -> datetime | None:
        """When this state of the row came; None where that is not known."""
        if column == self.columns[0].name:
            return self.walked.get(index)
        time = self.later.get((index, column)) or self.read.get(index)
        return time.at if time is not None else self.walked.get(index)


@dataclass(frozen=True, slots=True)
class ScalarsRead:
    group: ScalarGroup
    values: Mapping[str, Value]
    """By object identifier."""
    at: datetime


@dataclass(frozen=True, slots=True)
class AgentAnswer:
    """One poll of one agent.

    ``at`` is when its first reply came; ``interval_s`` how often it is polled now, where that is
    not what was declared.
    """

    at: datetime
    uptime_cs: int | None
    boots: int | None
    scalars: tuple[ScalarsRead, ...] = ()
    tables: tuple[TableRead, ...] = ()
    interval_s: float | None = None
