"""Samples and rates from what an agent answered; pure."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from monitors.collect.plan import CollectionPlan, SnmpTarget
from monitors.collect.polling.answers import AgentAnswer, ReadTime, Row, TableRead
from monitors.collect.polling.rates import (
    SMALLEST_FRAME_BITS,
    CounterReading,
    NoRate,
    RowClock,
    rates,
)
from monitors.collect.polling.words import extension_name, row_name, vrrp_instance
from monitors.collect.profiles import Meaning
from monitors.collect.protocol.ber import Value
from monitors.samples import FieldValue, Sample, tags_of

LARGEST_INTEGER = 2**63 - 1
MEGABIT = 1_000_000
SPEED_BEYOND_32_BITS = 2**32 - 1
"""ifSpeed of an interface whose speed it cannot express (RFC 2863)."""
OCTET_BITS = 8
GAP_IN_CYCLES = 3

RowKey = tuple[str, str]
"""Table and name of a row."""
Readings = Mapping[RowKey, Mapping[str, CounterReading]]


@dataclass(slots=True)
class Measured:
    """Samples of one poll, the counters to keep, and what is not in the samples, and why."""

    samples: list[Sample] = field(default_factory=list)
    readings: dict[RowKey, Mapping[str, CounterReading]] = field(default_factory=dict)
    no_rates: Counter[NoRate] = field(default_factory=Counter)
    duplicates: tuple[str, ...] = ()
    """Rows of one name in one table; none of them is measured."""


def system_sample(target: SnmpTarget, answer: AgentAnswer) -> Sample | None:
    fields: dict[str, FieldValue] = {}
    if answer.uptime_cs is not None:
        fields["sysUpTime"] = answer.uptime_cs
    if answer.boots is not None:
        fields["snmpEngineBoots"] = answer.boots
    return Sample("system", tags_of(agent_host=target.name), fields, answer.at) if fields else None


def scalar_samples(target: SnmpTarget, answer: AgentAnswer) -> list[Sample]:
    samples = []
    for read in answer.scalars:
        fields: dict[str, FieldValue] = {}
        for scalar in read.group.fields:
            value = read.values.get(scalar.oid)
            if isinstance(value, int | float) and _is_storable(value):
                stored = scalar.value_of(value)
                if stored is not None:
                    fields[scalar.name] = stored
        if fields:
            tags = tags_of(agent_host=target.name)
            samples.append(Sample(read.group.measurement, tags, fields, read.at))
    return samples


def measure_table(
    target: SnmpTarget,
    plan: CollectionPlan,
    answer: AgentAnswer,
    read: TableRead,
    before: Readings,
) -> Measured:
    """A table's samples; rows without a name, or with that of another row, have none."""
    tags = row_tags(target, plan, read)
    uses = Counter(tag for tag in tags.values())
    measured = Measured(duplicates=tuple(sorted(tag[1] for tag, n in uses.items() if n > 1)))
    for index, tag in tags.items():
        if uses[tag] == 1:
            _measure_row(target, answer, read, index, tag, before, measured)
    if not read.is_complete:
        # What this poll did not reach may be read at the next one.
        old = {key: row for key, row in before.items() if key[0] == read.table.name}
        if len(old) <= 2 * len(tags):
            measured.readings = {**old, **measured.readings}
    return measured


def row_tags(
    target: SnmpTarget, plan: CollectionPlan, read: TableRead
) -> dict[str, tuple[str, str]]:
    """The tag that names each row, never its index where a name exists."""
    if read.table.meaning in (Meaning.OSPF, Meaning.BGP):
        return _neighbour_tags(plan, read)
    key = {Meaning.VRRP: "instance", Meaning.DISPLAY: "extension"}.get(
        read.table.meaning, read.table.tag or "row"
    )
    names = {index: _name_of(target, read, index, row) for index, row in read.rows.items()}
    return {index: (key, name) for index, name in names.items() if name}


def _name_of(target: SnmpTarget, read: TableRead, index: str, row: Row) -> str:
    if read.table.meaning is Meaning.VRRP:
        router_id = row.get("vrrpInstanceVirtualRouterId")
        return vrrp_instance(target.router_ids, router_id, row.get("vrrpInstanceName"))
    if read.table.meaning is Meaning.DISPLAY:
        return extension_name(index)
    return row_name(row, read.table.tag)


def _neighbour_tags(plan: CollectionPlan, read: TableRead) -> dict[str, tuple[str, str]]:
    """By device; a second adjacency with the same one has its address in its name."""
    found: dict[str, tuple[str, str]] = {}
    named: set[str] = set()
    for index in filter(None, sorted(read.rows)):
        address = ".".join(index.split(".")[:4])
        peer = plan.devices_by_address.get(address, address)
        found[index] = ("neighbour", peer if peer not in named else f"{peer} {index}")
        named.add(peer)
    return found


def _measure_row(
    target: SnmpTarget,
    answer: AgentAnswer,
    read: TableRead,
    index: str,
    tag: tuple[str, str],
    before: Readings,
    measured: Measured,
) -> None:
    row = read.rows[index]
    fields: dict[str, FieldValue] = {}
    readings: dict[str, CounterReading] = {}
    clocks = _RowClocks(answer, read, index)
    octets_ceiling, packets_ceiling = clocks.octets_ceiling, clocks.packets_ceiling
    for name, bits, counts_octets, is_measured in read.fields:
        value = row.get(name)
        if value is None:
            continue
        if isinstance(value, int):
            if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
                continue
            if bits:
                ceiling = octets_ceiling if counts_octets else packets_ceiling
                clock = clocks.of(name) if read.later else clocks.of_row
                readings[name] = CounterReading(value, clock, bits, ceiling)
        elif not isinstance(value, float) or not math.isfinite(value):
            continue
        if is_measured:
            fields[name] = value
    if readings:
        key = (read.table.name, tag[1])
        known = before.get(key)
        measured.readings[key] = {**known, **readings} if known else readings
        if known:
            interval_s = answer.interval_s or target.interval_s
            _add_rates(interval_s, read, known, readings, fields, measured)
    if fields:
        time = read.read.get(index)
        at = time.at if time is not None else read.walked.get(index, answer.at)
        tags = (("agent_host", target.name), tag)
        measured.samples.append(Sample(read.table.measurement, tags, fields, at))


class _RowClocks:
    """What bounds a row's counters, and the clocks of the reply that each came with."""

    def __init__(self, answer: AgentAnswer, read: TableRead, index: str) -> None:
        row = read.rows[index]
        discontinuity = row.get("ifCounterDiscontinuityTime")
        self._discontinuity = discontinuity if isinstance(discontinuity, int) else None
        self._boots = answer.boots
        self._later, self._index = read.later, index
        self.of_row = self._made(
            read.read.get(index) or ReadTime(answer.at, None, answer.uptime_cs)
        )
        bits = speed_bits(row)
        self.octets_ceiling = None if bits is None else bits / OCTET_BITS
        self.packets_ceiling = None if bits is None else bits / SMALLEST_FRAME_BITS

    def of(self, column: str) -> RowClock:
        later = self._later.get((self._index, column))
        return self.of_row if later is None else self._made(later)

    def _made(self, time: ReadTime) -> RowClock:
        return RowClock(time.uptime_cs, self._boots, self._discontinuity, time.arrived_s)


def _add_rates(
    interval_s: float,
    read: TableRead,
    before: Mapping[str, CounterReading],
    now: Mapping[str, CounterReading],
    fields: dict[str, FieldValue],
    measured: Measured,
) -> None:
    gap_s = GAP_IN_CYCLES * read.cycles_between * interval_s
    for name, found in rates(before, now, longest_gap_s=gap_s).items():
        if isinstance(found, NoRate):
            measured.no_rates[found] += 1
        else:
            fields[f"{name}_rate"] = found


def speed_bits(row: Row) -> float | None:
    """Bits a second by ifHighSpeed, else by ifSpeed; None where neither says it."""
    high, low = row.get("ifHighSpeed"), row.get("ifSpeed")
    if isinstance(high, int) and high > 0:
        return float(high * MEGABIT)
    if isinstance(low, int) and 0 < low < SPEED_BEYOND_32_BITS:
        return float(low)
    return None


def _is_storable(value: Value) -> bool:
    if isinstance(value, int):
        return abs(value) <= LARGEST_INTEGER
    return isinstance(value, float) and math.isfinite(value)
