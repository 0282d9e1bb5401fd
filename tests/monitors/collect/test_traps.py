"""Real snmptrap and snmpinform against the receiver, and what their traps mean."""

import socket
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.collect.plan import CollectionPlan
from monitors.collect.polling.poller import Outlet
from monitors.collect.trap_meaning import Trap, meaning_of
from monitors.collect.traps import TrapReceiver, reception
from monitors.evidence import Element, Observation, Source
from ops_core.kernel.clock import SystemClock
from tests.monitors.collect.conftest import SECRETS, Record, until
from tests.monitors.collect.trap_senders import (
    LINK_DOWN,
    LINK_UP,
    STRANGER,
    V2C,
    V3,
    link,
    listening,
    trap_datagram,
    v3,
)

ENGINE = "8000000001020304"
DECLARED_ENGINE = {"rt-a": bytes.fromhex(ENGINE)}


@pytest.mark.daemon
@pytest.mark.parametrize(
    "options", [V2C, (*V3, "-e", f"0x{ENGINE}")], ids=["v2c", "v3 of a declared engine"]
)
async def test_a_link_trap_is_evidence_and_a_hint_to_look_at_both_ends(
    plan: CollectionPlan, record: Record, options: tuple[str, ...]
) -> None:
    async with listening(plan, record, engine_ids=DECLARED_ENGINE) as receiver:
        await receiver.send(*options, "-Z", "1,1", variables=link(LINK_DOWN), expected=1)
        await receiver.send(*options, "-Z", "1,2", variables=link(LINK_UP), expected=2)
    found = [(str(o.element), o.source, o.ok) for o in record.observations]
    assert found == [
        ("port/rt-a:egov", Source.TRAP, False),
        ("port/rt-a:egov", Source.TRAP, True),
    ]
    assert [trigger.devices for trigger in record.triggers] == [("rt-a", "egov")] * 2


@pytest.mark.daemon
async def test_a_trap_of_version_1_says_the_same(plan: CollectionPlan, record: Record) -> None:
    generic_link_down, uptime = "2", "42"
    variables = (
        *("", "127.0.0.1", generic_link_down, "0", uptime),
        *("1.3.6.1.2.1.2.2.1.2.7", "s", "egov", "1.3.6.1.2.1.2.2.1.8.7", "i", "2"),
    )
    async with listening(plan, record) as receiver:
        await receiver.send("-v1", "-c", SECRETS.trap_community, variables=variables, expected=1)
    assert record.ok(Element.port("rt-a", "egov")) is False


@pytest.mark.daemon
async def test_an_inform_is_answered_and_counts_once(plan: CollectionPlan, record: Record) -> None:
    async with listening(plan, record) as receiver:
        assert await receiver.run("snmpinform", *V2C, variables=link(LINK_DOWN)) == 0
    assert len(record.triggers) == 1


@pytest.mark.daemon
@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (("-v2c", "-c", "wrong"), "community"),
        ((*v3(privacy="wrong-key"), "-e", f"0x{ENGINE}"), "privacy"),
        ((*v3(authentication="wrong-key"), "-e", f"0x{ENGINE}"), "mac"),
        ((*v3(level="authNoPriv"), "-e", f"0x{ENGINE}"), "level"),
        ((*v3(level="noAuthNoPriv"), "-e", f"0x{ENGINE}"), "level"),
        ((*v3(user="nobody"), "-e", f"0x{ENGINE}"), "user"),
        ((*V3, "-e", "0x8000000009999999"), "engine"),
    ],
    ids=[
        "community",
        "privacy key",
        "signing key",
        "not encrypted",
        "not signed",
        "user",
        "engine",
    ],
)
async def test_what_is_not_authentic_is_refused_and_counted_by_its_kind(
    plan: CollectionPlan, record: Record, options: tuple[str, ...], kind: str
) -> None:
    async with listening(plan, record, engine_ids=DECLARED_ENGINE) as receiver:
        await receiver.send(*options, variables=link(LINK_DOWN), expected=1)
        assert receiver.receiver.state.senders["rt-a"].refused == {kind: 1}
    assert record.observations == []


async def test_a_sender_that_nobody_declared_is_dropped_and_counted(
    plan: CollectionPlan, record: Record
) -> None:
    async with listening(plan, record) as receiver:
        with receiver.sender(STRANGER) as stranger:
            stranger.send(trap_datagram(LINK_DOWN, "egov"))
        await receiver.handled(1)
        state = receiver.receiver.state
    assert state.unknown_source == 1
    assert state.undeclared == {STRANGER: 1}
    assert record.triggers == []


@pytest.mark.daemon
async def test_a_trap_that_was_passed_on_is_of_the_device_that_it_names(
    plan: CollectionPlan, record: Record
) -> None:
    passed_on = (*link(LINK_DOWN), "1.3.6.1.6.3.18.1.3.0", "a", "127.0.0.2")
    async with listening(plan, record) as receiver:
        await receiver.send(*V2C, variables=passed_on, expected=1)
    assert record.ok(Element.port("rt-b", "egov")) is False


@pytest.mark.daemon
async def test_a_repetition_is_no_news_and_a_change_always_is(
    plan: CollectionPlan, record: Record
) -> None:
    async with listening(plan, record) as receiver:
        for count, kind in enumerate((LINK_DOWN, LINK_DOWN, LINK_UP, LINK_DOWN), start=1):
            await receiver.send(*V2C, variables=link(kind), expected=count)
        state = receiver.receiver.state
    assert state.repeated + state.duplicates == 1
    assert [o.ok for o in record.observations] == [False, True, False]


@pytest.fixture
async def stamping_kernel() -> AsyncIterator[None]:
    """A kernel that stamps datagrams: it begins a moment after the first socket asks for it."""
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, reception.SO_TIMESTAMPNS, 1)
        probe.bind(("127.0.0.1", 0))

        def stamps() -> bool:
            probe.sendto(b"", probe.getsockname())
            sent_s = time.time()
            time.sleep(0.05)
            _, ancillary, _, _ = probe.recvmsg(16, reception.ANCILLARY)
            seconds, nanoseconds = reception.TIMESPEC.unpack(ancillary[0][2])
            return bool(seconds + nanoseconds / 1e9 <= sent_s)

        await until(stamps, 30)
        yield


@pytest.mark.usefixtures("stamping_kernel")
async def test_evidence_is_as_old_as_its_datagram_however_late_it_is_read(
    plan: CollectionPlan, record: Record
) -> None:
    late_s = 0.6
    async with listening(plan, record) as receiver:
        with receiver.sender("127.0.0.1") as sender:
            sender.send(trap_datagram(LINK_DOWN, "egov"))
            sent_at = datetime.now(UTC)
            time.sleep(late_s)  # noqa: ASYNC251 - the loop itself is late
        await receiver.handled(1)
    [observation] = record.observations
    assert (observation.observed_at - sent_at).total_seconds() < late_s / 2


async def test_a_port_that_is_taken_is_an_error_that_says_so(
    plan: CollectionPlan, record: Record
) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        receiver = TrapReceiver(
            plan,
            record.outlet,
            record.triggers.append,
            SystemClock(),
            address="127.0.0.1",
            port=port,
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
    assert meaning.trigger.element == element
    assert meaning.trigger.devices == devices
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
    assert meaning.trigger.devices == ("core-a",)
    assert meaning.trigger.detail == "interface svi-seats-1 down"


def test_no_element_is_made_of_a_name_that_only_a_trap_has_said(plan: CollectionPlan) -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    variables = {
        TRAP_OID: "1.3.6.1.4.1.9586.100.5.2.10.0.2",
        f"{VRRP_ROW}.2": b"made up 4711",
        f"{VRRP_ROW}.4": 2,
    }
    meaning = meaning_of(Trap("core-b", variables), plan, at)
    assert meaning is not None
    assert meaning.observation is None
    assert meaning.trigger.element == Element.device("core-b")


class FailsOnce(Record):
    """A judge that is broken when the first observation comes."""

    has_failed = False

    @property
    def outlet(self) -> Outlet:
        def take(observations: list[Observation]) -> None:
            if not self.has_failed:
                self.has_failed = True
                raise RuntimeError("the judge is broken")
            self.observations.extend(observations)

        return Outlet(self.samples.extend, take)


async def test_a_trap_that_could_not_be_handed_over_ends_nothing_and_its_device_is_polled(
    plan: CollectionPlan,
) -> None:
    record = FailsOnce()
    async with listening(plan, record) as receiver:
        with receiver.sender("127.0.0.1") as sender:
            sender.send(trap_datagram(LINK_DOWN, "egov"))
            await until(lambda: bool(record.triggers))
            sender.send(trap_datagram(LINK_DOWN, "egov", uptime=2))
            sender.send(trap_datagram(LINK_UP, "egov", uptime=3))
            await until(lambda: record.ok(Element.port("rt-a", "egov")) is True)
        assert receiver.receiver.state.refused_by_kind == {"fault": 1}
    assert record.triggers[0].detail == "1 traps not read"
