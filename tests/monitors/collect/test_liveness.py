"""Echo requests in a network namespace of the test's own, where packets can be lost on purpose."""

import asyncio
import contextlib
import time
from collections.abc import Iterator

import pytest

from monitors.collect.echo import EchoSocket
from monitors.collect.kernel_drops import drops_from, read_drops
from monitors.collect.liveness import ANSWER_WITHIN_S, ROUND_S, LivenessProber
from monitors.collect.plan import PingTarget
from monitors.evidence import Element, Source
from ops_core.kernel.clock import SystemClock
from tests.monitors.collect.conftest import Record, in_own_network, run

SILENT = "nft add rule inet loss input ip daddr 127.0.0.9 drop"
EVERY_OTHER_LOST = "nft add rule inet loss input icmp type echo-request numgen inc mod 2 == 0 drop"

pytestmark = pytest.mark.lab


def prepare_losses() -> None:
    run("nft add table inet loss")
    run("nft add chain inet loss input { type filter hook input priority 0 ; }")


@contextlib.contextmanager
def pinging(record: Record, *addresses: str) -> Iterator[asyncio.Runner]:
    """A loop on which these addresses (devices d0, d1 ...) are being pinged."""
    targets = [PingTarget(Element.device(f"d{n}"), a) for n, a in enumerate(addresses)]
    prober = LivenessProber(targets, record.outlet, SystemClock())
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        task = loop.create_task(prober.run())
        yield runner
        task.cancel()


def test_who_answers_is_up_and_who_does_not_is_down(record: Record) -> None:
    def work() -> None:
        prepare_losses()
        run(SILENT)
        with pinging(record, "127.0.0.1", "127.0.0.9") as loop:
            loop.run(asyncio.sleep(1.2))

    in_own_network(work)
    assert record.last(Element.device("d0")).ok is True
    assert record.last(Element.device("d1")).ok is False
    assert {o.source for o in record.observations} == {Source.ICMP}
    assert record.measured("ping", target="d0")
    assert not record.measured("ping", target="d1")


def test_a_lost_packet_is_no_failure(record: Record) -> None:
    def work() -> None:
        prepare_losses()
        run(EVERY_OTHER_LOST)
        with pinging(record, "127.0.0.1") as loop:
            loop.run(asyncio.sleep(3.2))

    in_own_network(work)
    assert len(record.observations) >= 6
    assert all(observation.ok for observation in record.observations)


def test_a_device_that_falls_silent_is_known_within_a_second(record: Record) -> None:
    silent_at = 0.0
    known_at = 0.0

    async def until_known() -> None:
        nonlocal silent_at, known_at
        await asyncio.sleep(0.7)
        prepare_losses()
        run(SILENT)
        silent_at = time.monotonic()
        while not record.observations or record.observations[-1].ok:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        known_at = time.monotonic()

    def work() -> None:
        with pinging(record, "127.0.0.9") as loop:
            loop.run(until_known())

    in_own_network(work)
    assert known_at - silent_at < ROUND_S + ANSWER_WITHIN_S + 0.15


def test_a_network_that_is_gone_is_silence_and_no_crash(record: Record) -> None:
    def work() -> None:
        with pinging(record, "192.0.2.1") as loop:
            loop.run(asyncio.sleep(1.2))

    in_own_network(work)
    assert record.observations
    assert not any(observation.ok for observation in record.observations)


def test_a_hundred_targets_cost_little(record: Record) -> None:
    spent = 0.0

    def work() -> None:
        nonlocal spent
        with pinging(record, *(f"127.0.1.{n}" for n in range(1, 101))) as loop:
            loop.run(asyncio.sleep(0.6))
            before = time.thread_time()
            loop.run(asyncio.sleep(3))
            spent = (time.thread_time() - before) / 3

    in_own_network(work)
    assert all(observation.ok for observation in record.observations)
    assert spent < 0.1, f"{spent:.1%} of a core"
    print(f"100 targets twice a second: {spent:.1%} of a core")


def test_replies_that_are_read_late_are_answers_with_the_time_they_came(record: Record) -> None:
    held_s = 1.3

    async def hold_the_loop() -> None:
        await asyncio.sleep(0.7)
        time.sleep(held_s)  # noqa: ASYNC251 - the lateness that is tested
        await asyncio.sleep(0.6)

    def work() -> None:
        with pinging(record, *(f"127.0.1.{n}" for n in range(1, 51))) as loop:
            loop.run(hold_the_loop())

    in_own_network(work)
    assert all(observation.ok for observation in record.observations)
    stamps = sorted(o.observed_at for o in record.observations if o.element.name == "d0")
    assert len(stamps) >= 3


def test_each_answer_is_passed_on_when_it_comes_and_not_with_the_rounds_last(
    record: Record,
) -> None:
    def work() -> None:
        prepare_losses()
        run(SILENT)
        with pinging(record, "127.0.0.1", "127.0.0.9") as loop:
            loop.run(asyncio.sleep(1.2))

    in_own_network(work)
    first_answer = next(o for o in record.observations if o.ok)
    first_silence = next(o for o in record.observations if not o.ok)
    wait_s = (first_silence.observed_at - first_answer.observed_at).total_seconds()
    assert wait_s > ANSWER_WITHIN_S / 2, "the answer is older than the end of its round"


def test_a_clock_that_is_set_between_request_and_reply_makes_no_silence(record: Record) -> None:
    off_s = [0.0]
    real = time.time_ns

    def work() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(time, "time_ns", lambda: real() + int(off_s[0] * 1e9))
            with pinging(record, "127.0.0.1") as loop:
                for off in (0.0, 600.0, -600.0):
                    off_s[0] = off
                    loop.run(asyncio.sleep(0.6))

    in_own_network(work)
    assert len(record.observations) >= 3
    assert all(observation.ok for observation in record.observations)
    times = [s.fields["average_response_ms"] for s in record.measured("ping")]
    assert all(0 <= float(t) < 450 for t in times)


async def test_another_programs_echo_replies_are_not_ours() -> None:
    ours, theirs = EchoSocket(), EchoSocket()
    try:
        assert theirs.send("127.0.0.1", 7)
        assert ours.send("127.0.0.1", 8)
        async with asyncio.timeout(5):
            found = []
            while not found:
                await asyncio.sleep(0.01)
                found += ours.receive()
        assert [(reply.address, reply.sequence) for reply in found] == [("127.0.0.1", 8)]
        assert ours.dropped() == 0
    finally:
        ours.close()
        theirs.close()


def test_drops_of_the_poller_s_sockets_are_read_from_the_kernels_table() -> None:
    table = (
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
        "timeout inode ref pointer drops\n"
        " 100: 0100007F:1F90 0200007F:00A1 01 00000000:00000000 00:00000000 00000000  0 0 1 2 0 4\n"
        " 101: 0100007F:1F91 0300007F:00A1 01 00000000:00000000 00:00000000 00000000  0 0 1 2 0 1\n"
        " 102: 00000000:00A2 00000000:0000 07 00000000:00000000 00:00000000 00000000  0 0 1 2 0 9\n"
    )
    assert drops_from(table, 161) == 5
    assert read_drops(161) is not None
