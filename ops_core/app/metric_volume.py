"""How many values a day the declaration makes us store, and what they cost; pure.

What a declaration does not say is left out: neighbours that routing learns (a few rows a device),
and ports of a device that no link uses.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from monitors.collect.liveness import ROUND_S
from monitors.collect.liveness import ROUNDS_PER_SAMPLE as PINGS_A_SAMPLE
from monitors.collect.plan import CollectionPlan, SnmpTarget
from monitors.collect.probes import INTERVAL_S
from monitors.collect.probes import ROUNDS_PER_SAMPLE as PROBES_A_SAMPLE
from monitors.collect.profiles import Column, ColumnKind, Meaning, Table
from monitors.store.rolling import RAW_KEPT
from monitors.store.rollup import RollupWidth

DAY_S = 86_400
BYTES_A_VALUE = 23.2
BYTES_A_ROLLUP = 53.0
"""Measured on SQLite, indexes and free space included (docs/sizing.md says how)."""
SYSTEM_FIELDS = 2
"""sysUpTime and snmpEngineBoots come with every poll."""


@dataclass(frozen=True, slots=True)
class Volume:
    """Series of one measurement, and the values that come of them in a day."""

    measurement: str
    series: int
    values_a_day: int


def volumes(plan: CollectionPlan) -> list[Volume]:
    """By measurement, in the order of their names."""
    found = sorted(_all(plan), key=lambda volume: volume.measurement)
    return [
        _added(measurement, list(of_one))
        for measurement, of_one in groupby(found, key=lambda volume: volume.measurement)
    ]


def raw_bytes(series: Iterable[Volume]) -> float:
    """What the raw values take once they are as old as they get."""
    return sum(v.values_a_day for v in series) * BYTES_A_VALUE * RAW_KEPT.days


def rollup_bytes(series: Iterable[Volume], width: RollupWidth, days: int) -> float:
    """What roll-ups of a width take after so many days, at most those that it is kept for."""
    buckets = min(days, width.kept.days) * DAY_S // width.seconds
    return sum(v.series for v in series) * buckets * BYTES_A_ROLLUP


def _all(plan: CollectionPlan) -> Iterator[Volume]:
    for target in plan.targets.values():
        yield from _of_target(target)
    yield _every("ping", len(plan.liveness), ROUND_S * PINGS_A_SAMPLE)
    yield _every("service_check", len(plan.checks), INTERVAL_S * PROBES_A_SAMPLE)


def _of_target(target: SnmpTarget) -> Iterator[Volume]:
    interval_s = target.interval_s
    yield _every("system", SYSTEM_FIELDS, interval_s)
    for group in target.profile.scalars:
        yield _every(group.measurement, len(group.fields), interval_s * group.every)
    for table in target.profile.tables:
        for column in table.columns:
            fields = _rows(target, table) * _fields(column)
            yield _every(table.measurement, fields, interval_s * column.every)


def _rows(target: SnmpTarget, table: Table) -> int:
    """Rows that the declaration knows of."""
    if table.meaning is Meaning.VRRP:
        return len(target.router_ids)
    if table.meaning is Meaning.DISPLAY:
        return 1
    return len(target.ports) if table.meaning is Meaning.PORT else 0


def _fields(column: Column) -> int:
    """A counter has its rate beside it; names and clocks are not stored."""
    if column.kind in (ColumnKind.TEXT, ColumnKind.DISCONTINUITY):
        return 0
    return 1 if column.bits is None else 2


def _every(measurement: str, series: int, interval_s: float) -> Volume:
    return Volume(measurement, series, round(series * DAY_S / interval_s))


def _added(measurement: str, parts: list[Volume]) -> Volume:
    return Volume(measurement, sum(p.series for p in parts), sum(p.values_a_day for p in parts))
