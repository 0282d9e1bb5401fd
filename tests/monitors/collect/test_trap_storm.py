"""10,000 traps a second from one sender: bounded cost, and nobody else waits."""

import asyncio
import socket
import time
from datetime import UTC, datetime

import pytest

from monitors.collect.plan import CollectionPlan
from monitors.collect.traps import reception
from monitors.evidence import Element
from tests.monitors.collect.conftest import Record, until
from tests.monitors.collect.trap_senders import (
    ADDRESSES,
    LINK_DOWN,
    LINK_UP,
    STRANGER,
    Listening,
    listening,
    storm,
    trap_datagram,
)
from tests.profile import examples

RATE, SECONDS = 10_000, 5.0
TIMES_BARE_READING = 20
"""CPU of a storm beside that of only taking its datagrams from a socket; 6 was measured."""
FORGED = "127.9.9.9"
TIMES_USUAL = 5
"""How long another's trap takes beside a storm, and without one."""

SAME = [trap_datagram(LINK_DOWN, "egov", request_id=i, uptime=i) for i in range(50)]
FLAPPING = [
    trap_datagram(LINK_UP if i % 2 else LINK_DOWN, f"port-{i // 2}", request_id=i)
    for i in range(50)
]
GARBAGE = [b"\x30\x82" + bytes((i, 0x30, 0x84, 0xFF)) for i in range(50)]


async def time_to_deliver(receiver: Listening, kind: str) -> float:
    """Seconds from sending another sender's link trap until it is evidence."""
    before = len(receiver.record.observations)

    def is_delivered() -> bool:
        news = receiver.record.observations[before:]
        return any(seen.element == Element.port("rt-a", "egov") for seen in news)

    with receiver.sender(ADDRESSES["rt-a"]) as sender:
        began = time.monotonic()
        sender.send(trap_datagram(kind, "egov"))
        await until(is_delivered, 30)
    return time.monotonic() - began


def bare_reading_s(count: int) -> float:
    """CPU seconds for taking so many datagrams from a socket, and no more."""
    with (
        socket.socket(type=socket.SOCK_DGRAM) as taking,
        socket.socket(type=socket.SOCK_DGRAM) as s,
    ):
        taking.bind(("127.0.0.1", 0))
        s.connect(taking.getsockname())
        used_s = 0.0
        for _ in range(count // 100):
            for _ in range(100):
                s.send(SAME[0])
            began = time.thread_time()
            for _ in range(100):
                taking.recvmsg(2048, 64)
            used_s += time.thread_time() - began
    return used_s


@pytest.mark.parametrize(
    ("address", "datagrams"),
    [("127.0.0.2", SAME), ("127.0.0.2", FLAPPING), ("127.0.0.2", GARBAGE), (FORGED, FLAPPING)],
    ids=["one trap again and again", "a flapping sender", "garbage", "an undeclared address"],
)
async def test_a_storm_is_bounded_in_cost_and_hides_no_other_sender(
    plan: CollectionPlan, record: Record, address: str, datagrams: list[bytes]
) -> None:
    """Another receiver on the same loop, which has no storm, is the control."""
    async with listening(plan, Record()) as control, listening(plan, record) as receiver:
        delivered_s: list[float] = []
        usual_s: list[float] = []
        used_s = time.thread_time()
        port = receiver.receiver.port
        async with storm(address, port, datagrams, rate=RATE, seconds=SECONDS) as process:
            while process.returncode is None:
                kind = LINK_UP if len(usual_s) % 2 else LINK_DOWN
                usual_s.append(await time_to_deliver(control, kind))
                delivered_s.append(await time_to_deliver(receiver, kind))
                await asyncio.sleep(0.05)
        await receiver.handled(len(delivered_s) + int(RATE * SECONDS), 60)
        used_s = time.thread_time() - used_s
        bare_s = bare_reading_s(int(RATE * SECONDS))
        state = receiver.receiver.state
    noisy = state.senders["" if address == FORGED else "rt-b"]
    assert noisy.received == RATE * SECONDS
    assert noisy.decoded + sum(noisy.refused.values()) < 1_000
    assert used_s < TIMES_BARE_READING * bare_s
    assert state.senders["rt-a"].decoded == len(delivered_s)
    assert state.kernel_drops == 0
    assert sum(delivered_s) < TIMES_USUAL * sum(usual_s)


async def test_a_limited_sender_is_polled_instead_and_said(
    plan: CollectionPlan, record: Record
) -> None:
    """A linkDown among what was dropped is not lost: the poll sees it."""
    async with listening(plan, record) as receiver:
        with receiver.sender(ADDRESSES["rt-b"]) as sender:
            for i in range(2_000):
                sender.send(trap_datagram(LINK_DOWN, f"port-{i}"))
        await receiver.handled(2_000)
        await until(lambda: any("not read" in trigger.detail for trigger in record.triggers))
        now = datetime.now(UTC)
        concerns = list(receiver.receiver.concerns(now))
        limited = receiver.receiver.state.limited
    [asked] = [trigger for trigger in record.triggers if "not read" in trigger.detail]
    assert asked.devices == ("rt-b",)
    assert limited > 1_000
    assert [(c.key, c.is_vital) for c in concerns] == [("traps/limited/rt-b", False)]
    assert concerns[0].since is not None
    assert concerns[0].since <= now


async def test_what_the_kernel_drops_while_we_are_late_is_counted_and_said(
    plan: CollectionPlan, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reception, "RECEIVE_BUFFER", 64 * 1024)
    datagram = trap_datagram(LINK_DOWN, "egov")
    async with listening(plan, record) as receiver:
        with receiver.sender(ADDRESSES["rt-b"]) as sender:
            for _ in range(2_000):
                sender.send(datagram)  # the loop does not run meanwhile
        await until(lambda: receiver.receiver.state.kernel_drops > 0)
        await until(lambda: not receiver.receiver.state.waiting)
        state = receiver.receiver.state
        keys = [concern.key for concern in receiver.receiver.concerns(datetime.now(UTC))]
    assert state.received + state.kernel_drops == 2_000
    assert keys == ["traps/kernel-drops"]


async def test_forged_addresses_cost_no_memory(plan: CollectionPlan, record: Record) -> None:
    addresses = examples(300, 20_000)
    datagram = trap_datagram(LINK_DOWN, "egov")
    async with listening(plan, record) as receiver:
        for i in range(addresses):
            with receiver.sender(f"127.1.{i // 250}.{i % 250 + 1}") as sender:
                sender.send(datagram)
            if i % 500 == 0:
                await asyncio.sleep(0.02)
        await receiver.handled(addresses, 60)
        state = receiver.receiver.state
        names = {measure.labels.get("sender") for measure in receiver.receiver.measures()}
    assert state.received == addresses
    assert len(state.undeclared) == 32
    assert names == {None, "(undeclared)"}


async def test_every_count_is_a_measure(plan: CollectionPlan, record: Record) -> None:
    async with listening(plan, record) as receiver:
        with receiver.sender(ADDRESSES["rt-a"]) as sender, receiver.sender(STRANGER) as stranger:
            for datagram in (SAME[0], SAME[1], GARBAGE[0]):
                sender.send(datagram)
            stranger.send(SAME[0])
        await receiver.handled(4)
        found = {
            (measure.name, *sorted(measure.labels.values())): measure.value
            for measure in receiver.receiver.measures()
        }
    assert found["zhishou_trap_received_total", "rt-a"] == 3
    assert found["zhishou_trap_decoded_total", "rt-a"] == 1
    assert found["zhishou_trap_duplicates_total", "rt-a"] == 1
    assert found["zhishou_trap_refused_total", "not_snmp", "rt-a"] == 1
    assert found["zhishou_trap_received_total", "(undeclared)"] == 1
    assert found["zhishou_trap_unknown_source_total",] == 1
    assert found["zhishou_trap_decode_seconds_total",] > 0
