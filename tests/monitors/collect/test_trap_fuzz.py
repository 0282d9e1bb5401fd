"""Mutated traps: 2,000 in the suite, 100,000 in the nightly profile."""

import random
import time
import tracemalloc
from collections import Counter
from datetime import UTC, datetime

from monitors.collect.plan import CollectionPlan
from monitors.collect.protocol import ber
from monitors.collect.protocol.message import (
    REPORTABLE,
    Envelope,
    PduKind,
    Version,
    community_message,
    context_octets,
    pdu_octets,
    scoped_octets,
    secured,
)
from monitors.collect.protocol.usm import EngineKeys
from monitors.collect.trap_meaning import Trap, meaning_of
from monitors.collect.traps.engines import Engines
from monitors.collect.traps.inbox import Datagram
from monitors.collect.traps.reading import Discovery, OwnEngine, TrapReader, TrapRefused
from monitors.evidence import Element
from ops_core.kernel.clock import SystemClock
from tests.monitors.collect.conftest import SECRETS, Record, until
from tests.monitors.collect.trap_senders import (
    ADDRESSES,
    LINK_DOWN,
    LINK_UP,
    Listening,
    listening,
    trap_datagram,
    trap_pdu,
)
from tests.profile import examples

MUTATIONS = examples(2_000, 100_000)
ENGINE = bytes.fromhex("8000000001020304")
SEED = 20_261_129
MEMORY = 4 * 2**20
"""Octets that may be kept after all of them: the salts that were seen, and Python's own caches."""
INTERESTING = (b"\x30\x82", b"\x30\x80", b"\x84\xff\xff\xff\xff", b"\x1f\xff", b"\x06\x7f", b"\x04")


def seeds() -> list[bytes]:
    """One good datagram of each kind."""
    keys = EngineKeys(SECRETS.authentication_key, SECRETS.privacy_key, ENGINE)
    user, community = SECRETS.user.encode(), SECRETS.trap_community.encode()
    scoped = scoped_octets(context_octets(ENGINE), trap_pdu(LINK_DOWN, "egov"))
    discovery = scoped_octets(context_octets(b""), pdu_octets(PduKind.GET, 1, ber.sequence()))
    first_version = ber.sequence(
        ber.identifier("1.3.6.1.4.1.9"),
        ber.tlv(ber.ADDRESS, bytes((127, 0, 0, 1))),
        ber.integer(2),
        ber.integer(0),
        ber.integer(99, ber.TIME_TICKS),
        ber.sequence(),
        tag=PduKind.TRAP_V1,
    )
    inform = trap_pdu(LINK_UP, "egov", pdu=PduKind.INFORM)
    return [
        trap_datagram(LINK_DOWN, "egov"),
        community_message(Version.V1, community, first_version),
        community_message(Version.V2C, community, inform),
        secured(Envelope(1, ENGINE, 1, 10, user, keys, is_encrypted=True), scoped),
        secured(Envelope(1, b"", 0, 0, flags=REPORTABLE), discovery),
    ]


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Cut, flipped, stuffed or doubled in a few places."""
    octets = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(octets) + 1)
        match chance.randrange(6):
            case 0:
                del octets[at:]
            case 1 if at < len(octets):
                octets[at] ^= 1 << chance.randrange(8)
            case 2 if at < len(octets):
                octets[at] = chance.choice((0, 0x7F, 0x80, 0x82, 0xFF))
            case 3:
                octets[at:at] = chance.choice(INTERESTING)
            case 4:
                octets[at:at] = octets[at : at + chance.randrange(200)] * chance.randint(1, 20)
            case _:
                del octets[at : at + chance.randrange(20)]
    return bytes(octets)


def resigned(data: bytes) -> bytes:
    """An authentic message whose content is hostile: a sender that knows the keys."""
    keys = EngineKeys(SECRETS.authentication_key, SECRETS.privacy_key, ENGINE)
    user = SECRETS.user.encode()
    return secured(Envelope(1, ENGINE, 1, 10, user, keys, is_encrypted=True), data)


def test_mutated_traps_are_read_or_refused_and_leave_nothing_behind(plan: CollectionPlan) -> None:
    clock, chance, good = SystemClock(), random.Random(SEED), seeds()
    reader = TrapReader(SECRETS, Engines(SECRETS, {"rt-a": ENGINE}), OwnEngine.of(clock))
    outcomes: Counter[str] = Counter()

    def read(data: bytes) -> None:
        datagram = Datagram(("127.0.0.1", 1), data, clock.monotonic())
        try:
            notice = reader.read("rt-a", datagram)
        except TrapRefused as refused:
            outcomes[refused.kind] += 1
        except Discovery:
            outcomes["discovery"] += 1
        else:
            outcomes["read"] += 1
            meaning_of(Trap("rt-a", notice.pdu.variables), plan, datetime.now(UTC))

    def mutation(number: int) -> bytes:
        data = mutated(good[number % len(good)], chance)
        return resigned(data) if number % 7 == 0 else data

    for number in range(200):
        read(mutation(number))
    tracemalloc.start()
    try:
        for number in range(MUTATIONS):
            read(mutation(number))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert outcomes.total() == MUTATIONS + 200
    assert kept < MEMORY
    assert len(outcomes) > 6, outcomes
    assert "fault" not in outcomes


async def test_beside_mutated_traps_another_sender_is_heard_as_soon_as_without(
    plan: CollectionPlan, record: Record
) -> None:
    """Through the socket, from a declared address: what its share lets in is read."""
    chance, good = random.Random(SEED), seeds()
    port = next(name for name in plan.peers if name.startswith("core-a:")).partition(":")[2]

    async def delivered_s(receiver: Listening, kind: str) -> float:
        seen = receiver.record.observations
        before = len(seen)
        element = Element.port("core-a", port)
        with receiver.sender(ADDRESSES["core-a"]) as sender:
            began = time.monotonic()
            sender.send(trap_datagram(kind, port))
            await until(lambda: any(each.element == element for each in seen[before:]), 30)
        return time.monotonic() - began

    usual_s, besides_s = [], []
    async with (
        listening(plan, Record()) as control,
        listening(plan, record, engine_ids={"rt-b": ENGINE}) as receiver,
    ):
        with receiver.sender(ADDRESSES["rt-b"]) as hostile:
            for number in range(MUTATIONS):
                hostile.send(mutated(good[number % len(good)], chance)[:60_000])
                if number % 100 == 0:
                    kind = LINK_UP if len(besides_s) % 2 else LINK_DOWN
                    usual_s.append(await delivered_s(control, kind))
                    besides_s.append(await delivered_s(receiver, kind))
        await receiver.handled(len(besides_s) + MUTATIONS, 60)
        state = receiver.receiver.state
    assert state.refused_by_kind.get("fault", 0) == 0
    assert state.senders["core-a"].decoded == len(besides_s)
    assert sum(besides_s) < 5 * sum(usual_s)
