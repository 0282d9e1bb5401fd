"""What a trap says: triggers where to look, and observations until the poll decides; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from monitors.collect.plan import CollectionPlan
from monitors.collect.polling.interpretation import (
    BGP_GOOD,
    BGP_STATE,
    OPER_STATUS,
    OPER_UP,
    OSPF_GOOD,
    OSPF_STATE,
    VRRP_GOOD,
    VRRP_STATE,
    vrrp_role,
)
from monitors.collect.polling.words import named, text, vrrp_instance
from monitors.collect.protocol.ber import Value
from monitors.evidence import Element, ElementKind, Observation, Source, VrrpRole

SNMP_TRAP_OID = "1.3.6.1.6.3.1.1.4.1.0"
COLD_START = "1.3.6.1.6.3.1.1.5.1"
WARM_START = "1.3.6.1.6.3.1.1.5.2"
LINK_DOWN = "1.3.6.1.6.3.1.1.5.3"
LINK_UP = "1.3.6.1.6.3.1.1.5.4"
OSPF_NEIGHBOUR_CHANGE = "1.3.6.1.2.1.14.16.2.2"
BGP_ESTABLISHED = frozenset({"1.3.6.1.2.1.15.0.1", "1.3.6.1.2.1.15.7.1"})
BGP_BACKWARD = frozenset({"1.3.6.1.2.1.15.0.2", "1.3.6.1.2.1.15.7.2"})
VRRP_NEW_MASTER = frozenset({"1.3.6.1.2.1.68.0.1", "1.3.6.1.2.1.207.0.1"})
VRRP_INSTANCE_CHANGE = "1.3.6.1.4.1.9586.100.5.2.10.0.2"

IF_DESCR = "1.3.6.1.2.1.2.2.1.2"
IF_OPER_STATUS = "1.3.6.1.2.1.2.2.1.8"
IF_NAME = "1.3.6.1.2.1.31.1.1.1.1"
OSPF_NEIGHBOUR = "1.3.6.1.2.1.14.10.1"
OSPF_NEIGHBOUR_ADDRESS = "1.3.6.1.2.1.14.10.1.1"
OSPF_NEIGHBOUR_STATE = "1.3.6.1.2.1.14.10.1.6"
BGP_PEER = "1.3.6.1.2.1.15.3.1"
BGP_PEER_STATE = "1.3.6.1.2.1.15.3.1.2"
VRRP_OPER = "1.3.6.1.2.1.68.1.3.1"
VRRPV3_OPER = "1.3.6.1.2.1.207.1.1.1.1"
VRRP_INSTANCE_NAME = "1.3.6.1.4.1.9586.100.5.2.3.1.2"
VRRP_INSTANCE_ROUTER_ID = "1.3.6.1.4.1.9586.100.5.2.3.1.3"
VRRP_INSTANCE_STATE = "1.3.6.1.4.1.9586.100.5.2.3.1.4"


@dataclass(frozen=True, slots=True)
class Trap:
    """A notification of a declared device: variable values by numeric OID."""

    device: str
    variables: Mapping[str, Value]

    @property
    def kind(self) -> str:
        """The notification's OID, empty when it has none."""
        return str(self.variables.get(SNMP_TRAP_OID, ""))

    def of(self, column: str) -> Value:
        """The value of a column's first variable; keepalived names columns without an index."""
        below = f"{column}."
        found = (v for name, v in self.variables.items() if f"{name}.".startswith(below))
        return next(found, None)


@dataclass(frozen=True, slots=True)
class Trigger:
    """Reason to read some devices' states at once."""

    element: Element
    devices: tuple[str, ...]
    detail: str


@dataclass(frozen=True, slots=True)
class TrapMeaning:
    trigger: Trigger
    observation: Observation | None


def meaning_of(trap: Trap, plan: CollectionPlan, at: datetime) -> TrapMeaning | None:
    """None for a trap that says nothing about a declared element."""
    finding = _read(trap, plan)
    if finding is None:
        return None
    element, ok, detail, others = finding
    value = _role(trap) if element.kind is ElementKind.VRRP else None
    devices = tuple(dict.fromkeys((trap.device, *others)))
    observation = None
    if element.kind is not ElementKind.DEVICE:
        observation = Observation(element, Source.TRAP, ok, at, detail, value=value)
    return TrapMeaning(Trigger(element, devices, detail), observation)


_TrapFinding = tuple[Element, bool | None, str, tuple[str, ...]]


def _read(trap: Trap, plan: CollectionPlan) -> _TrapFinding | None:
    kind = trap.kind
    if kind in (LINK_DOWN, LINK_UP):
        return _link(trap, plan)
    if kind == OSPF_NEIGHBOUR_CHANGE:
        return _ospf(trap, plan)
    if kind in BGP_ESTABLISHED | BGP_BACKWARD:
        return _bgp(trap, plan)
    if kind == VRRP_INSTANCE_CHANGE:
        return _vrrp_instance(trap, plan)
    if kind in VRRP_NEW_MASTER:
        return _new_master(trap, plan)
    if kind in (COLD_START, WARM_START):
        return Element.device(trap.device), None, "agent started", ()
    return None


def _link(trap: Trap, plan: CollectionPlan) -> _TrapFinding | None:
    port = text(trap.of(IF_NAME)) or text(trap.of(IF_DESCR))
    element = Element.port(trap.device, port)
    is_up = trap.kind == LINK_UP
    peer = plan.peers.get(element.name)
    if peer is None:
        # Not a cable's port, as an interface above an access port: what depends on it, such as
        # VRRP, is worth reading at once.
        finding = f"interface {port} {'up' if is_up else 'down'}"
        return Element.device(trap.device), None, finding, ()
    oper = trap.of(IF_OPER_STATUS)
    # The state in the trap is the newer truth: some senders pair a linkUp with an old varbind,
    # so both must agree before a port counts as up.
    ok = is_up and oper in (OPER_UP, None)
    state = OPER_STATUS.get(oper, "") if isinstance(oper, int) else ""
    return element, ok, state or ("up" if is_up else "down"), (peer,)


def _ospf(trap: Trap, plan: CollectionPlan) -> _TrapFinding | None:
    address = text(trap.of(OSPF_NEIGHBOUR_ADDRESS)) or _address_in_index(trap, OSPF_NEIGHBOUR, 1)
    peer = plan.devices_by_address.get(address)
    state = trap.of(OSPF_NEIGHBOUR_STATE)
    if peer is None or state is None:
        return None
    detail = f"ospf {named(OSPF_STATE, state)}"
    return Element.neighbour(trap.device, peer), state in OSPF_GOOD, detail, (peer,)


def _bgp(trap: Trap, plan: CollectionPlan) -> _TrapFinding | None:
    peer = plan.devices_by_address.get(_address_in_index(trap, BGP_PEER, 1))
    if peer is None:
        return None
    is_established = trap.kind in BGP_ESTABLISHED
    state = trap.of(BGP_PEER_STATE)
    ok = is_established and (state is None or state in BGP_GOOD)
    word = named(BGP_STATE, state) if state is not None else ""
    detail = f"bgp {word or ('established' if is_established else 'lost')}"
    return Element.neighbour(trap.device, peer), ok, detail, (peer,)


def _vrrp_instance(trap: Trap, plan: CollectionPlan) -> _TrapFinding | None:
    router_ids = plan.router_ids.get(trap.device, {})
    name = trap.of(VRRP_INSTANCE_NAME)
    instance = vrrp_instance(router_ids, trap.of(VRRP_INSTANCE_ROUTER_ID), name)
    state = trap.of(VRRP_INSTANCE_STATE)
    if not instance or state is None:
        return None
    partners = _vrrp_partners(trap, plan)
    if instance not in router_ids.values():
        # Its name is the sender's own: no element is made of what only a trap has said.
        return Element.device(trap.device), None, f"vrrp {named(VRRP_STATE, state)}", partners
    return (
        Element.vrrp(trap.device, instance),
        state in VRRP_GOOD,
        named(VRRP_STATE, state),
        partners,
    )


def _new_master(trap: Trap, plan: CollectionPlan) -> _TrapFinding:
    """The group by its router id, the second part of the index in both of the IETF's MIBs."""
    partners = _vrrp_partners(trap, plan)
    router_ids = plan.router_ids.get(trap.device, {})
    for table in (VRRP_OPER, VRRPV3_OPER):
        for name in trap.variables:
            index = name.removeprefix(f"{table}.").split(".")
            if name.startswith(f"{table}.") and len(index) > 2 and int(index[2]) in router_ids:
                element = Element.vrrp(trap.device, router_ids[int(index[2])])
                return element, True, "master", partners
    return Element.device(trap.device), None, "new VRRP master", partners


def _role(trap: Trap) -> VrrpRole | None:
    """The role a trap about a VRRP group announces."""
    if trap.kind in VRRP_NEW_MASTER:
        return VrrpRole.MASTER
    return vrrp_role(trap.of(VRRP_INSTANCE_STATE))


def _vrrp_partners(trap: Trap, plan: CollectionPlan) -> tuple[str, ...]:
    own = set(plan.router_ids.get(trap.device, {}).items())
    return tuple(name for name, groups in plan.router_ids.items() if own & set(groups.items()))


def _address_in_index(trap: Trap, table: str, columns: int) -> str:
    """The IPv4 address that follows the column number in the first OID of a table."""
    for name in trap.variables:
        if name.startswith(f"{table}."):
            index = name.removeprefix(f"{table}.").split(".")[columns:]
            return ".".join(index[:4])
    return ""
