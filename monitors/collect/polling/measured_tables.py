"""Samples of the tables that are measured only, as their profile says; pure."""

import math
from collections.abc import Iterator, Mapping

from monitors.collect.plan import SnmpTarget
from monitors.collect.polling.answers import AgentAnswer, ReadTime, Row, TableRead
from monitors.collect.polling.measuring import (
    GAP_IN_CYCLES,
    LARGEST_INTEGER,
    Measured,
    Readings,
)
from monitors.collect.polling.rates import CounterReading, NoRate, RowClock, rates
from monitors.collect.polling.words import text
from monitors.collect.profiles import Column, ColumnKind, DerivedField, Table
from monitors.collect.protocol.ber import Value
from monitors.samples import FieldValue, Sample

ROW_TAG = "row"
UNITS = 9
"""EntitySensorDataScale of 10^0 (RFC 3433)."""
OCTET_BITS = 8


def measure_rows(
    target: SnmpTarget, answer: AgentAnswer, read: TableRead, before: Readings
) -> Measured:
    """A table's samples, one a row; the row is known by its name, else by its index."""
    measured = Measured()
    for index, name in _names(read).items():
        row = read.rows[index]
        fields = dict(_fields(read.table, row))
        readings = dict(_readings(answer, read, index))
        if readings:
            key = (read.table.name, name)
            _add_rates(answer.interval_s or target.interval_s, read, before.get(key), readings,
                       fields, measured)  # fmt: skip
            measured.readings[key] = {**before.get(key, {}), **readings}
        if fields:
            tags = (("agent_host", target.name), (ROW_TAG, name), *_labels(read.table, row))
            at = read.state_at(index, read.columns[0].name) or answer.at
            measured.samples.append(Sample(read.table.measurement, tags, fields, at))
    return measured


def _names(read: TableRead) -> dict[str, str]:
    """A second row of one name has its index in its name."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for index in sorted(read.rows):
        name = text(read.rows[index].get(read.table.tag or "")) or index
        found[index] = name if name not in taken else f"{name} {index}"
        taken.add(name)
    return {index: name for index, name in found.items() if name}


def _labels(table: Table, row: Row) -> Iterator[tuple[str, str]]:
    for column in table.columns:
        if column.label and column.name in row:
            value = row[column.name]
            word = column.states.get(value) if isinstance(value, int) else None
            yield column.name, word or text(value) or "-"


def _fields(table: Table, row: Row) -> Iterator[tuple[str, FieldValue]]:
    for column in table.columns:
        if column.measured and not column.label and column.name in row:
            yield from _measured(column, row[column.name])
    for derived in table.fields:
        value = _derived(derived, row)
        if value is not None:
            yield derived.name, value


def _measured(column: Column, value: Value) -> Iterator[tuple[str, FieldValue]]:
    if column.kind is ColumnKind.BITS:
        yield from _bits(column, value)
    elif column.kind is not ColumnKind.TEXT:
        number = _number(value)
        stored = None if number is None else column.value_of(number)
        if stored is not None:
            yield column.name, stored


def _bits(column: Column, value: Value) -> Iterator[tuple[str, FieldValue]]:
    """A field for each bit that has a word, 1 where it is set; a missing octet is all zero."""
    if isinstance(value, bytes):
        for number, word in column.states.items():
            octet, bit = divmod(number, OCTET_BITS)
            is_set = octet < len(value) and value[octet] & (1 << (OCTET_BITS - 1 - bit))
            yield f"{column.name}_{word}", int(bool(is_set))


def _derived(derived: DerivedField, row: Row) -> float | None:
    if any(row.get(name) not in numbers for name, numbers in derived.where.items()):
        return None
    number = _number(row.get(derived.column))
    if number is None or number in derived.none:
        return None
    if derived.sensor is not None:
        scale, places = row.get(derived.sensor.scale), row.get(derived.sensor.precision)
        if not isinstance(scale, int) or not isinstance(places, int):
            return None
        exponent = 3 * (scale - UNITS) - places
        if abs(exponent) > 2 * OCTET_BITS * UNITS:
            return None
        number = number * 10**exponent if exponent >= 0 else number / 10**-exponent
    return number if derived.scale is None else number * derived.scale


def _number(value: Value) -> float | None:
    if isinstance(value, int) and abs(value) <= LARGEST_INTEGER:
        return value
    return value if isinstance(value, float) and math.isfinite(value) else None


def _readings(
    answer: AgentAnswer, read: TableRead, index: str
) -> Iterator[tuple[str, CounterReading]]:
    row = read.rows[index]
    for column in read.table.columns:
        value = row.get(column.name)
        if column.bits and isinstance(value, int):
            time = (read.later.get((index, column.name)) or read.read.get(index)
                    or ReadTime(answer.at, None, answer.uptime_cs))  # fmt: skip
            clock = RowClock(time.uptime_cs, answer.boots, None, time.arrived_s)
            yield column.name, CounterReading(value, clock, column.bits, column.at_most_per_s)


def _add_rates(
    interval_s: float,
    read: TableRead,
    before: Mapping[str, CounterReading] | None,
    now: Mapping[str, CounterReading],
    fields: dict[str, FieldValue],
    measured: Measured,
) -> None:
    if not before:
        return
    gap_s = GAP_IN_CYCLES * read.cycles_between * interval_s
    for name, found in rates(before, now, longest_gap_s=gap_s).items():
        if isinstance(found, NoRate):
            measured.no_rates[found] += 1
        else:
            fields[f"{name}_rate"] = found
