"""From what an agent answered to samples and observations; pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitors.collect.plan import CollectionPlan, SnmpTarget, TargetKind
from monitors.collect.profiles import Column, ColumnKind, Meaning, ScalarGroup, Table
from monitors.collect.rates import Reading, rate
from monitors.collect.snmp import Value
from monitors.evidence import Element, Observation, Source, VrrpRole
from monitors.samples import FieldValue, Sample, tags_of

Row = Mapping[str, Value]

OPER_STATUS = {
    1: "up",
    2: "down",
    3: "testing",
    4: "unknown",
    5: "dormant",
    6: "notPresent",
    7: "lowerLayerDown",
}
OPER_UP = 1
OPER_DOWN = frozenset({2, 6, 7})
ADMIN_DOWN = 2
OSPF_STATE = (
    "",
    "down",
    "attempt",
    "init",
    "twoWay",
    "exchangeStart",
    "exchange",
    "loading",
    "full",
)
OSPF_GOOD = frozenset({4, 8})
BGP_STATE = ("", "idle", "connect", "active", "openSent", "openConfirm", "established")
BGP_GOOD = frozenset({6})
VRRP_STATE = (VrrpRole.INIT, VrrpRole.BACKUP, VrrpRole.MASTER, VrrpRole.FAULT)
VRRP_GOOD = frozenset({1, 2})
DISPLAY_ROW = "display"
MEGABIT_OCTETS = 125_000
GAP_IN_TURNS = 3
LIFETIME_IN_TURNS = 3


@dataclass(frozen=True, slots=True)
class TableRead:
    """The rows of one table by index, as far as its due columns were read."""

    table: Table
    columns: tuple[Column, ...]
    rows: Mapping[str, Row]


@dataclass(frozen=True, slots=True)
class AgentAnswer:
    """One poll of one agent. ``at`` is when its first reply came."""

    at: datetime
    uptime_cs: int
    boots: int | None
    scalars: tuple[tuple[ScalarGroup, Mapping[str, Value]], ...] = ()
    tables: tuple[TableRead, ...] = ()


@dataclass(frozen=True, slots=True)
class AgentMemory:
    """What must be kept from one poll to the next: counters, and neighbours once seen.

    Agents drop the row of a lost OSPF neighbour, so absence is evidence only for those seen.
    """

    readings: Mapping[tuple[str, str, str], Reading] = field(default_factory=dict)
    neighbours: frozenset[tuple[Meaning, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Findings:
    samples: tuple[Sample, ...]
    observations: tuple[Observation, ...]
    memory: AgentMemory


@dataclass(frozen=True, slots=True)
class _Said:
    """What a row says about an element before a source and a time are put to it."""

    element: Element
    ok: bool | None
    detail: str
    value: str | None = None


def interpret(
    target: SnmpTarget, plan: CollectionPlan, answer: AgentAnswer, memory: AgentMemory
) -> Findings:
    """Samples, observations and the next memory from one poll's answer."""
    samples = [_system_sample(target, answer)]
    samples += _scalar_samples(target, answer)
    readings = dict(memory.readings)
    said: list[_Said] = [_Said(target.element, True, "agent answers")]
    neighbours = set(memory.neighbours)
    for read in answer.tables:
        samples += _table_samples(target, plan, answer, read, memory, readings)
        if read.table.meaning in (Meaning.OSPF, Meaning.BGP):
            found = _neighbours(target, plan, read)
            neighbours |= {(read.table.meaning, peer) for peer in found}
            said += _with_the_missing(target, read.table.meaning, found, neighbours)
        else:
            said += _READERS[read.table.meaning](target, read)
    return Findings(
        samples=tuple(samples),
        observations=tuple(
            Observation(
                s.element,
                Source.SNMP,
                s.ok,
                answer.at,
                s.detail,
                value=s.value,
                lifetime=lifetime_of(target),
            )
            for s in _joined(said)
        ),
        memory=AgentMemory(readings, frozenset(neighbours)),
    )


def silence(target: SnmpTarget, at: datetime, detail: str) -> tuple[Observation, ...]:
    """What no answer says: the agent is silent, and a seat's display is unknown."""
    kept = lifetime_of(target)
    found = [Observation(target.element, Source.SNMP, False, at, detail, lifetime=kept)]
    if target.kind is TargetKind.SEAT:
        display = Element.seat_display(target.element.number)
        found.append(
            Observation(display, Source.SNMP, None, at, "seat host does not answer", lifetime=kept)
        )
    return tuple(found)


def lifetime_of(target: SnmpTarget) -> timedelta:
    """How long a poll's word counts: so many of the target's own intervals."""
    return LIFETIME_IN_TURNS * timedelta(seconds=target.interval_s)


def vrrp_instance(router_ids: Mapping[int, str], router_id: Value, name: Value) -> str:
    """The declared network of a VRRP group, or the instance's own name where none is declared."""
    if isinstance(router_id, int) and router_id in router_ids:
        return router_ids[router_id]
    return text(name)


def text(value: Value) -> str:
    """A display string, in the encodings that agents use, fit to be a tag."""
    words = _decoded(value) if isinstance(value, bytes) else str(value or "")
    cleaned = "".join(character if character.isprintable() else " " for character in words)
    return cleaned.replace("\\", "/").strip()


def _decoded(octets: bytes) -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("gb18030", errors="replace")


def named(states: tuple[str, ...], value: Value) -> str:
    """The MIB's word for an enumerated value, else the number itself."""
    if isinstance(value, int) and 0 <= value < len(states) and states[value]:
        return states[value]
    return text(value) if isinstance(value, bytes) else str(value)


def vrrp_role(state: Value) -> VrrpRole | None:
    """The role in keepalived's enumeration (KEEPALIVED-MIB VrrpState); None for another number."""
    is_known = isinstance(state, int) and 0 <= state < len(VRRP_STATE)
    return VRRP_STATE[state] if is_known and isinstance(state, int) else None


def port_state(admin: Value, oper: Value) -> tuple[bool | None, str]:
    """Whether a port carries traffic, by ifAdminStatus and ifOperStatus (RFC 2863)."""
    if admin == ADMIN_DOWN:
        return False, "administratively down"
    if not isinstance(oper, int) or oper not in OPER_STATUS:
        return None, "state not known"
    if oper == OPER_UP:
        return True, OPER_STATUS[oper]
    return (False if oper in OPER_DOWN else None), OPER_STATUS[oper]


def _ports(target: SnmpTarget, read: TableRead) -> Iterable[_Said]:
    for row in read.rows.values():
        name = text(row.get("ifName"))
        if name in target.ports:
            ok, detail = port_state(row.get("ifAdminStatus"), row.get("ifOperStatus"))
            yield _Said(Element.port(target.name, name), ok, detail)


def _vrrp_roles(target: SnmpTarget, read: TableRead) -> Iterable[_Said]:
    for row in read.rows.values():
        instance = vrrp_instance(
            target.router_ids, row.get("vrrpInstanceVirtualRouterId"), row.get("vrrpInstanceName")
        )
        state = row.get("vrrpInstanceState")
        if instance and state is not None:
            element = Element.vrrp(target.name, instance)
            yield _Said(
                element, state in VRRP_GOOD, named(VRRP_STATE, state), value=vrrp_role(state)
            )


def _displays(target: SnmpTarget, read: TableRead) -> Iterable[_Said]:
    results = {_extension_name(index): row for index, row in read.rows.items()}
    result = results.get(DISPLAY_ROW, {}).get("nsExtendResult")
    ok = {0: True, 1: False}.get(result) if isinstance(result, int) else None
    detail = {True: "connected", False: "not connected", None: "state not known"}[ok]
    yield _Said(Element.seat_display(target.element.number), ok, detail)


_READERS: Mapping[Meaning, Callable[[SnmpTarget, TableRead], Iterable[_Said]]] = {
    Meaning.PORT: _ports,
    Meaning.VRRP: _vrrp_roles,
    Meaning.DISPLAY: _displays,
}


def _extension_name(index: str) -> str:
    """The name in an index of NET-SNMP-EXTEND-MIB: its length, then its characters."""
    return "".join(chr(int(code)) for code in index.split(".")[1:])


def _neighbours(
    target: SnmpTarget, plan: CollectionPlan, read: TableRead
) -> dict[str, tuple[bool, str]]:
    """State by declared peer; two adjacencies with one peer count as good if one is."""
    is_ospf = read.table.meaning is Meaning.OSPF
    states, good = (OSPF_STATE, OSPF_GOOD) if is_ospf else (BGP_STATE, BGP_GOOD)
    found: dict[str, tuple[bool, str]] = {}
    for index, row in read.rows.items():
        peer = plan.devices_by_address.get(".".join(index.split(".")[:4]))
        state = row.get(read.columns[0].name)
        if peer is not None and peer != target.name and not found.get(peer, (False, ""))[0]:
            found[peer] = (state in good, f"{read.table.meaning} {named(states, state)}")
    return found


def _with_the_missing(
    target: SnmpTarget,
    meaning: Meaning,
    found: Mapping[str, tuple[bool, str]],
    known: Iterable[tuple[Meaning, str]],
) -> list[_Said]:
    missing = {peer for kind, peer in known if kind is meaning} - found.keys()
    everyone = {**found, **dict.fromkeys(missing, (False, f"{meaning} gone"))}
    return [
        _Said(Element.neighbour(target.name, peer), ok, detail)
        for peer, (ok, detail) in sorted(everyone.items())
    ]


def _joined(said: Iterable[_Said]) -> Iterable[_Said]:
    """One finding an element: OSPF and BGP with one peer are one neighbour, bad if one is bad."""
    joined: dict[Element, _Said] = {}
    for one in said:
        other = joined.get(one.element)
        if other is None:
            joined[one.element] = one
            continue
        both = {one.ok, other.ok}
        ok = False if False in both else None if None in both else True
        detail, value = f"{other.detail}, {one.detail}", one.value or other.value
        joined[one.element] = _Said(one.element, ok, detail, value)
    return joined.values()


def _system_sample(target: SnmpTarget, answer: AgentAnswer) -> Sample:
    fields: dict[str, FieldValue] = {"sysUpTime": answer.uptime_cs}
    if answer.boots is not None:
        fields["snmpEngineBoots"] = answer.boots
    return Sample("system", tags_of(agent_host=target.name), fields, answer.at)


def _scalar_samples(target: SnmpTarget, answer: AgentAnswer) -> list[Sample]:
    samples = []
    for group, values in answer.scalars:
        fields: dict[str, FieldValue] = {}
        for scalar in group.fields:
            value = values.get(scalar.oid)
            if isinstance(value, int | float):
                fields[scalar.name] = value if scalar.scale is None else value * scalar.scale
        if fields:
            tags = tags_of(agent_host=target.name)
            samples.append(Sample(group.measurement, tags, fields, answer.at))
    return samples


def _table_samples(
    target: SnmpTarget,
    plan: CollectionPlan,
    answer: AgentAnswer,
    read: TableRead,
    memory: AgentMemory,
    readings: dict[tuple[str, str, str], Reading],
) -> list[Sample]:
    samples = []
    for index, row in read.rows.items():
        tag = _row_tag(target, plan, read, index, row)
        if tag is None:
            continue
        fields: dict[str, FieldValue] = {}
        for column in read.columns:
            value = row.get(column.name)
            if isinstance(value, int | float) and column.kind is not ColumnKind.DISCONTINUITY:
                fields[column.name] = value
            if isinstance(value, int) and column.bits is not None:
                key = (read.table.name, tag[1], column.name)
                readings[key] = reading = _reading(answer, row, value)
                derived = _rate(target, column, row, memory.readings.get(key), reading)
                if derived is not None:
                    fields[f"{column.name}_rate"] = derived
        if fields:
            tags = tags_of(agent_host=target.name, **{tag[0]: tag[1]})
            samples.append(Sample(read.table.measurement, tags, fields, answer.at))
    return samples


def _row_tag(
    target: SnmpTarget, plan: CollectionPlan, read: TableRead, index: str, row: Row
) -> tuple[str, str] | None:
    """Tag that names the row, never its index where a name exists; None when it has no name."""
    match read.table.meaning:
        case Meaning.OSPF | Meaning.BGP:
            address = ".".join(index.split(".")[:4])
            return ("neighbour", plan.devices_by_address.get(address, address))
        case Meaning.VRRP:
            router_id = row.get("vrrpInstanceVirtualRouterId")
            name = vrrp_instance(target.router_ids, router_id, row.get("vrrpInstanceName"))
            return ("instance", name) if name else None
        case Meaning.DISPLAY:
            name = text(_extension_name(index))
            return ("extension", name) if name else None
        case Meaning.PORT:
            name = text(row.get(read.table.tag or ""))
            return (read.table.tag or "row", name) if name else None


def _reading(answer: AgentAnswer, row: Row, value: int) -> Reading:
    discontinuity = row.get("ifCounterDiscontinuityTime")
    return Reading(
        value=value,
        uptime_cs=answer.uptime_cs,
        boots=answer.boots,
        discontinuity=discontinuity if isinstance(discontinuity, int) else None,
    )


def _rate(
    target: SnmpTarget, column: Column, row: Row, previous: Reading | None, current: Reading
) -> float | None:
    if previous is None or column.bits is None:
        return None
    speed = row.get("ifHighSpeed")
    has_ceiling = column.octets and isinstance(speed, int) and speed > 0
    return rate(
        previous,
        current,
        bits=column.bits,
        longest_gap_s=GAP_IN_TURNS * column.every * target.interval_s,
        ceiling=float(speed * MEGABIT_OCTETS) if has_ceiling and isinstance(speed, int) else None,
    )
