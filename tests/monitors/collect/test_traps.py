"""Real snmptrap and snmpinform against the receiver, and whatever else may reach its port."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitors.collect.plan import CollectionPlan
from monitors.collect.trap_meaning import Trap, meaning_of
from monitors.collect.traps import TrapReceiver
from monitors.evidence import Element, Source
from ops_core.kernel.clock import SystemClock
from tests.monitors.collect.conftest import SECRETS, Record, until

ENGINE = "8000000001020304"
V2C = ("-v2c", "-c", SECRETS.trap_community)
V3 = (
    *("-v3", "-l", "authPriv", "-u", SECRETS.user),
    *("-a", "SHA", "-A", SECRETS.authentication_key),
    *("-x", "AES", "-X", SECRETS.privacy_key),
)
LINK_DOWN, LINK_UP = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4"


def link(kind: str, port: str = "egov") -> tuple[str, ...]:
    oper = "1" if kind == LINK_UP else "2"
    return (
        *("", kind, "1.3.6.1.2.1.2.2.1.1.7", "i", "7"),
        *("1.3.6.1.2.1.2.2.1.2.7", "s", port, "1.3.6.1.2.1.2.2.1.8.7", "i", oper),
    )


class Listening:
    """A receiver that takes the loopback address for rt-a."""

    def __init__(self, receiver: TrapReceiver, record: Record) -> None:
        self.receiver = receiver
        self.record = record

    async def send(self, *arguments: str, expected: int) -> None:
        """Run snmptrap, then wait until so many datagrams have been received and handled."""
        options, variables = arguments[: arguments.index("")], arguments[arguments.index("") :]
        address = f"127.0.0.1:{self.receiver.port}"
        process = await asyncio.create_subprocess_exec("snmptrap", *options, address, *variables)
        assert await process.wait() == 0
        await self.handled(expected)

    async def handled(self, expected: int) -> None:
        def is_done() -> bool:
            state = self.receiver.state
            return state.received >= expected and not state.waiting

        await until(is_done)


@contextlib.asynccontextmanager
async def listening(
    plan: CollectionPlan, record: Record, sender: str = "rt-a"
) -> AsyncIterator[Listening]:
    known = replace(plan, devices_by_address={**plan.devices_by_address, "127.0.0.1": sender})
    receiver = TrapReceiver(
        known,
        record.outlet,
        record.hints.append,
        SystemClock(),
        address="127.0.0.1",
        port=0,
        engine_ids={"rt-a": bytes.fromhex(ENGINE)},
    )
    task = asyncio.create_task(receiver.run())
    await receiver.is_listening.wait()
    try:
        yield Listening(receiver, record)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.mark.daemon
@pytest.mark.parametrize(
    "options", [V2C, (*V3, "-e", f"0x{ENGINE}")], ids=["v2c", "v3 of a known engine"]
)
async def test_a_link_trap_is_evidence_and_a_hint_to_look_at_both_ends(
    plan: CollectionPlan, record: Record, options: tuple[str, ...]
) -> None:
    async with listening(plan, record) as receiver:
        await receiver.send(*options, *link(LINK_DOWN), expected=1)
        await receiver.send(*options, *link(LINK_UP), expected=2)
    found = [(str(o.element), o.source, o.ok) for o in record.observations]
    assert found == [
        ("port/rt-a:egov", Source.TRAP, False),
        ("port/rt-a:egov", Source.TRAP, True),
    ]
    assert [hint.devices for hint in record.hints] == [("rt-a", "egov")] * 2


@pytest.mark.daemon
async def test_an_inform_is_answered(plan: CollectionPlan, record: Record) -> None:
    async with listening(plan, record) as receiver:
        await receiver.send(*V2C, "-Ci", *link(LINK_DOWN), expected=1)
    assert len(record.hints) == 1


@pytest.mark.daemon
@pytest.mark.parametrize(
    "options",
    [
        ("-v2c", "-c", "wrong"),
        (*V3[:-1], "wrong-key", "-e", f"0x{ENGINE}"),
        (*V3, "-e", "0x8000000009999999"),
    ],
    ids=["community", "privacy key", "engine"],
)
async def test_what_is_not_authentic_is_dropped_and_counted(
    plan: CollectionPlan, record: Record, options: tuple[str, ...]
) -> None:
    async with listening(plan, record) as receiver:
        await receiver.send(*options, *link(LINK_DOWN), expected=1)
        assert receiver.receiver.state.refused == 1
    assert record.observations == []
    assert [hint for hint in record.hints if hint.detail != "1 traps not read"] == []


@pytest.mark.daemon
async def test_a_sender_that_nobody_declared_is_dropped_and_counted(
    plan: CollectionPlan, record: Record
) -> None:
    receiver = TrapReceiver(
        plan, record.outlet, record.hints.append, SystemClock(), address="127.0.0.1", port=0
    )
    task = asyncio.create_task(receiver.run())
    await receiver.is_listening.wait()
    await Listening(receiver, record).send(*V2C, *link(LINK_DOWN), expected=1)
    task.cancel()
    assert receiver.state.unknown_source == 1
    assert record.hints == []


@pytest.mark.daemon
async def test_a_repetition_is_no_news_and_a_change_always_is(
    plan: CollectionPlan, record: Record
) -> None:
    async with listening(plan, record) as receiver:
        for count, kind in enumerate((LINK_DOWN, LINK_DOWN, LINK_UP, LINK_DOWN), start=1):
            await receiver.send(*V2C, *link(kind), expected=count)
        state = receiver.receiver.state
        assert state.repeated + state.duplicates == 1
    assert [o.ok for o in record.observations] == [False, True, False]


async def test_a_port_that_is_taken_is_an_error_that_says_so(
    plan: CollectionPlan, record: Record
) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        receiver = TrapReceiver(
            plan, record.outlet, record.hints.append, SystemClock(), address="127.0.0.1", port=port
        )
        with pytest.raises(OSError, match="in use"):
            await receiver.run()


AT = datetime(2026, 3, 1, tzinfo=UTC)
TRAP_OID = "1.3.6.1.6.3.1.1.4.1.0"
OSPF_ROW = "1.3.6.1.2.1.14.10.1"
VRRP_ROW = "1.3.6.1.4.1.9586.100.5.2.3.1"


@pytest.mark.parametrize(
    ("sender", "variables", "element", "ok", "devices"),
    [
        (
            "rt-a",
            {
                TRAP_OID: "1.3.6.1.2.1.14.16.2.2",
                f"{OSPF_ROW}.1.10.253.2.3.0": "10.253.2.3",
                f"{OSPF_ROW}.6.10.253.2.3.0": 1,
            },
            Element.neighbour("rt-a", "fwi-a"),
            False,
            ("rt-a", "fwi-a"),
        ),
        (
            "rt-a",
            {TRAP_OID: "1.3.6.1.2.1.15.0.2", "1.3.6.1.2.1.15.3.1.2.10.253.1.1": 1},
            Element.neighbour("rt-a", "egov"),
            False,
            ("rt-a", "egov"),
        ),
        (
            "rt-a",
            {TRAP_OID: "1.3.6.1.2.1.15.7.1", "1.3.6.1.2.1.15.3.1.14.10.253.1.1": b"\0\0"},
            Element.neighbour("rt-a", "egov"),
            True,
            ("rt-a", "egov"),
        ),
        (
            "core-b",
            {
                TRAP_OID: "1.3.6.1.4.1.9586.100.5.2.10.0.2",
                f"{VRRP_ROW}.2": b"seats-1",
                f"{VRRP_ROW}.4": 2,
            },
            Element.vrrp("core-b", "seats-1"),
            True,
            ("core-b", "core-a"),
        ),
        (
            "gap-b",
            {TRAP_OID: "1.3.6.1.2.1.68.0.1"},
            Element.device("gap-b"),
            None,
            ("gap-b", "gap-a"),
        ),
        (
            "core-b",
            {TRAP_OID: "1.3.6.1.2.1.68.0.1", "1.3.6.1.2.1.68.1.3.1.7.12.11": "10.20.1.3"},
            Element.vrrp("core-b", "seats-1"),
            True,
            ("core-b", "core-a"),
        ),
        (
            "core-b",
            {TRAP_OID: "1.3.6.1.2.1.207.0.1", "1.3.6.1.2.1.207.1.1.1.1.3.12.11.1": b"\n\x14\1\3"},
            Element.vrrp("core-b", "seats-1"),
            True,
            ("core-b", "core-a"),
        ),
        ("rt-a", {TRAP_OID: "1.3.6.1.6.3.1.1.5.1"}, Element.device("rt-a"), None, ("rt-a",)),
    ],
    ids=[
        "OSPF neighbour",
        "BGP lost",
        "BGP established",
        "keepalived",
        "new master",
        "VRRP-MIB",
        "VRRPV3-MIB",
        "restart",
    ],
)
def test_what_a_trap_means(plan, sender, variables, element, ok, devices) -> None:
    meaning = meaning_of(Trap(sender, variables), plan, AT)
    assert meaning.hint.element == element
    assert meaning.hint.devices == devices
    if ok is None:
        assert meaning.observation is None
    else:
        assert (meaning.observation.element, meaning.observation.ok) == (element, ok)


oids = st.lists(st.integers(0, 400), min_size=1, max_size=6).map(
    lambda numbers: ".".join(map(str, numbers))
)
known = st.sampled_from(
    ["1.3.6.1.2.1.68.0.1", LINK_DOWN, LINK_UP, "1.3.6.1.2.1.14.16.2.2", "1.3.6.1.2.1.15.0.2"]
)
prefixes = st.sampled_from(
    [
        "1.3.6.1.2.1.68.1.3.1.",
        "1.3.6.1.2.1.2.2.1.2.",
        "1.3.6.1.2.1.2.2.1.8.",
        f"{OSPF_ROW}.",
        "1.3.6.1.2.1.15.3.1.",
    ]
)


@given(
    kind=known | oids,
    variables=st.dictionaries(
        st.builds(lambda prefix, rest: prefix + rest, prefixes, oids),
        st.none() | st.integers() | st.binary(max_size=9) | st.text(max_size=9),
        max_size=6,
    ),
)
def test_no_variables_break_the_reading_of_a_trap(plan, kind, variables) -> None:
    meaning_of(Trap("rt-a", {**variables, TRAP_OID: kind}), plan, AT)


@settings(
    max_examples=1, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(garbage=st.lists(st.binary(max_size=200), min_size=200, max_size=200))
async def test_garbage_is_refused_and_the_next_trap_is_read(
    plan: CollectionPlan, record: Record, garbage: list[bytes]
) -> None:
    record.hints.clear()
    async with listening(plan, record) as receiver:
        with socket.socket(type=socket.SOCK_DGRAM) as sender:
            sender.connect(("127.0.0.1", receiver.receiver.port))
            for datagram in garbage:
                sender.send(datagram)
        await receiver.send(*V2C, *link(LINK_DOWN), expected=len(garbage) + 1)
        state = receiver.receiver.state
        assert state.refused + state.duplicates == len(garbage)
    assert len(record.hints) == 1


def test_an_interface_above_a_port_makes_its_device_be_read_and_is_no_evidence(
    plan: CollectionPlan,
) -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    variables = {
        "1.3.6.1.6.3.1.1.4.1.0": LINK_DOWN,
        "1.3.6.1.2.1.2.2.1.2.9": "svi-seats-1",
        "1.3.6.1.2.1.2.2.1.8.9": 2,
    }
    meaning = meaning_of(Trap("core-a", variables), plan, at)
    assert meaning is not None
    assert meaning.observation is None
    assert meaning.hint.devices == ("core-a",)
    assert meaning.hint.detail == "interface svi-seats-1 down"
