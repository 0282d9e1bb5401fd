"""From what an agent answered to samples and observations; pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitors.collect.plan import CollectionPlan, SnmpTarget, TargetKind
from monitors.collect.polling.answers import AgentAnswer, TableRead
from monitors.collect.polling.measured_tables import measure_rows
from monitors.collect.polling.measuring import (
    Readings,
    measure_table,
    scalar_samples,
    system_sample,
)
from monitors.collect.polling.rates import NoRate
from monitors.collect.polling.words import extension_name, named, row_name, vrrp_instance
from monitors.collect.profiles import Meaning
from monitors.collect.protocol.ber import Value
from monitors.evidence import Element, Observation, Source, VrrpRole
from monitors.samples import Sample

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
LIFETIME_IN_CYCLES = 3


@dataclass(frozen=True, slots=True)
class AgentMemory:
    """What must be kept from one poll to the next: counters, and neighbours once seen.

    Agents drop the row of a lost OSPF neighbour, so absence is evidence only for those seen.
    """

    readings: Readings = field(default_factory=dict)
    neighbours: frozenset[tuple[Meaning, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Findings:
    """``no_rates`` counts counters without a rate by reason, ``duplicates`` names rows left out."""

    samples: tuple[Sample, ...]
    observations: tuple[Observation, ...]
    memory: AgentMemory
    no_rates: Mapping[NoRate, int] = field(default_factory=dict)
    duplicates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _RowFinding:
    """What a row says about an element, and when, before a source is put to it."""

    element: Element
    ok: bool | None
    detail: str
    at: datetime
    value: str | None = None


def interpret(
    target: SnmpTarget, plan: CollectionPlan, answer: AgentAnswer, memory: AgentMemory
) -> Findings:
    """Samples, observations and the next memory from one poll's answer."""
    system = system_sample(target, answer)
    samples = [system] if system is not None else []
    samples += scalar_samples(target, answer)
    readings = dict(memory.readings)
    no_rates: Counter[NoRate] = Counter()
    duplicates: list[str] = []
    findings = [_RowFinding(target.element, True, "agent answers", answer.at)]
    neighbours = set(memory.neighbours)
    for read in answer.tables:
        if read.table.meaning is Meaning.MEASURED:
            measured = measure_rows(target, answer, read, memory.readings)
        else:
            measured = measure_table(target, plan, answer, read, memory.readings)
        samples += measured.samples
        if measured.readings or not read.rows:
            # Rows that are gone are forgotten: their names come from outside.
            old = [key for key in readings if key[0] == read.table.name]
            for key in old:
                del readings[key]
            readings |= measured.readings
        no_rates += measured.no_rates
        duplicates += measured.duplicates
        if read.table.meaning in (Meaning.OSPF, Meaning.BGP):
            found = _neighbours(target, plan, answer, read)
            neighbours |= {(read.table.meaning, peer) for peer in found}
            findings += _neighbour_findings(target, answer, read, found, neighbours)
        elif read.table.meaning in _READERS:
            findings += _READERS[read.table.meaning](target, answer, read)
    return Findings(
        samples=tuple(samples),
        observations=tuple(
            Observation(
                s.element,
                Source.SNMP,
                s.ok,
                s.at,
                s.detail,
                value=s.value,
                lifetime=lifetime_of(answer.interval_s or target.interval_s),
            )
            for s in _joined(findings)
        ),
        memory=AgentMemory(readings, frozenset(neighbours)),
        no_rates=no_rates,
        duplicates=tuple(duplicates),
    )


def silence(
    target: SnmpTarget,
    at: datetime,
    detail: str,
    *,
    ok: bool | None = False,
    interval_s: float | None = None,
) -> tuple[Observation, ...]:
    """What no answer says: the agent is silent, and a seat's display is unknown.

    ``ok`` is None when it is not known whether the agent is silent; ``interval_s`` is that at which
    it is polled now, if not the declared one.
    """
    kept = lifetime_of(interval_s or target.interval_s)
    found = [Observation(target.element, Source.SNMP, ok, at, detail, lifetime=kept)]
    if target.kind is TargetKind.SEAT:
        display = Element.seat_display(target.element.number)
        found.append(
            Observation(display, Source.SNMP, None, at, "seat host does not answer", lifetime=kept)
        )
    return tuple(found)


def lifetime_of(interval_s: float) -> timedelta:
    """How long a poll's word counts: so many of the intervals at which the agent is polled now."""
    return LIFETIME_IN_CYCLES * timedelta(seconds=interval_s)


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


def _ports(target: SnmpTarget, answer: AgentAnswer, read: TableRead) -> Iterable[_RowFinding]:
    names = {index: row_name(row, read.table.tag) for index, row in read.rows.items()}
    uses = Counter(names.values())
    findings: set[str] = set()
    for index, name in names.items():
        if name not in target.ports or name in findings:
            continue
        findings.add(name)
        row = read.rows[index]
        ok, detail = port_state(row.get("ifAdminStatus"), row.get("ifOperStatus"))
        if uses[name] > 1:
            ok, detail = None, f"{uses[name]} interfaces have this name"
        at = read.state_at(index, "ifOperStatus") or answer.at
        yield _RowFinding(Element.port(target.name, name), ok, detail, at)


def _vrrp_roles(target: SnmpTarget, answer: AgentAnswer, read: TableRead) -> Iterable[_RowFinding]:
    for index, row in read.rows.items():
        instance = vrrp_instance(
            target.router_ids, row.get("vrrpInstanceVirtualRouterId"), row.get("vrrpInstanceName")
        )
        state = row.get("vrrpInstanceState")
        if instance and isinstance(state, int):
            element = Element.vrrp(target.name, instance)
            at = read.state_at(index, "vrrpInstanceState") or answer.at
            yield _RowFinding(
                element, state in VRRP_GOOD, named(VRRP_STATE, state), at, vrrp_role(state)
            )


def display_row(number: int) -> str:
    """The name under which a host reports its displays: ``display``, ``display-2`` ..."""
    return DISPLAY_ROW if number == 1 else f"{DISPLAY_ROW}-{number}"


def _displays(target: SnmpTarget, answer: AgentAnswer, read: TableRead) -> Iterable[_RowFinding]:
    """One word of all displays: one that is off says so, one that is not reported is not known.

    It is as old as the oldest state that it rests on.
    """
    rows = [display_row(number) for number in range(1, target.displays + 1)]
    indexes = [index for index in read.rows if extension_name(index) in rows]
    results = [read.rows[index].get("nsExtendResult") for index in indexes]
    states = [{0: True, 1: False}.get(r) if isinstance(r, int) else None for r in results]
    is_known = len(states) == target.displays and None not in states
    ok = False if False in states else True if is_known else None
    detail = {True: "connected", False: "not connected", None: "state not known"}[ok]
    came = [
        read.state_at(i, "nsExtendResult") for i, s in zip(indexes, states, strict=True) if s is ok
    ]
    at = min(filter(None, came), default=read.began or answer.at)
    yield _RowFinding(Element.seat_display(target.element.number), ok, detail, at)


_READERS: Mapping[
    Meaning, Callable[[SnmpTarget, AgentAnswer, TableRead], Iterable[_RowFinding]]
] = {
    Meaning.PORT: _ports,
    Meaning.VRRP: _vrrp_roles,
    Meaning.DISPLAY: _displays,
}


def _neighbours(
    target: SnmpTarget, plan: CollectionPlan, answer: AgentAnswer, read: TableRead
) -> dict[str, _RowFinding]:
    """State by declared peer; two adjacencies with one peer count as good if one is."""
    is_ospf = read.table.meaning is Meaning.OSPF
    states, good = (OSPF_STATE, OSPF_GOOD) if is_ospf else (BGP_STATE, BGP_GOOD)
    column = read.columns[0].name
    found: dict[str, _RowFinding] = {}
    for index, row in read.rows.items():
        peer = plan.devices_by_address.get(".".join(index.split(".")[:4]))
        if peer is None or peer == target.name:
            continue
        state = row.get(column)
        ok = state in good if isinstance(state, int) else None
        word = named(states, state) if isinstance(state, int) else "state not known"
        findings = _RowFinding(
            Element.neighbour(target.name, peer),
            ok,
            f"{read.table.meaning} {word}",
            read.state_at(index, column) or answer.at,
        )
        other = found.get(peer)
        if other is None or (_CERTAINTY[ok] > _CERTAINTY[other.ok]):
            found[peer] = findings
    return found


_CERTAINTY: Mapping[bool | None, int] = {False: 0, None: 1, True: 2}


def _neighbour_findings(
    target: SnmpTarget,
    answer: AgentAnswer,
    read: TableRead,
    found: Mapping[str, _RowFinding],
    known: Iterable[tuple[Meaning, str]],
) -> list[_RowFinding]:
    """With those that are gone, if the whole table was read."""
    meaning = read.table.meaning
    missing = {peer for kind, peer in known if kind is meaning} - found.keys()
    if not read.is_complete:
        missing = set()
    at = read.began or answer.at
    gone = {
        peer: _RowFinding(Element.neighbour(target.name, peer), False, f"{meaning} gone", at)
        for peer in missing
    }
    return [findings for _, findings in sorted({**found, **gone}.items())]


def _joined(findings: Iterable[_RowFinding]) -> Iterable[_RowFinding]:
    """One finding an element: OSPF and BGP with one peer are one neighbour, bad if one is bad.

    It is as old as the older of the two.
    """
    joined: dict[Element, _RowFinding] = {}
    for one in findings:
        other = joined.get(one.element)
        if other is None:
            joined[one.element] = one
            continue
        both = {one.ok, other.ok}
        ok = False if False in both else None if None in both else True
        detail, value = f"{other.detail}, {one.detail}", one.value or other.value
        joined[one.element] = _RowFinding(one.element, ok, detail, min(one.at, other.at), value)
    return joined.values()
