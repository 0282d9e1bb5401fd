"""Reading real agents, and agents that misbehave."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto.rfc1902 import Integer32

from monitors.collect.plan import AgentLimits, CollectionPlan, SnmpTarget
from monitors.collect.polling.snmp import SnmpReader, TroubleKind
from monitors.collect.protocol.ber import name_of
from monitors.collect.simulation import _Agent, v2c
from ops_core.kernel.clock import SystemClock
from tests.monitors.collect.conftest import SECRETS, Snmpd, answered_by, free_port

CLOCK = SystemClock()
UPTIME = name_of("1.3.6.1.2.1.1.3.0")
IF_NAME = name_of("1.3.6.1.2.1.31.1.1.1.1")
ABSENT = name_of("1.3.6.1.4.1.99999.1")
EXTENSION_OUTPUT = name_of("1.3.6.1.4.1.8072.1.3.2.3.1.2")
COLUMN = (1, 3, 6, 1, 2, 1, 2, 2, 1, 8)
COLUMN_NAME = name_of(".".join(map(str, COLUMN)))
PATIENCE_S = 60.0


def target(plan: CollectionPlan, port: int, version: str, **limits: float) -> SnmpTarget:
    found = answered_by(plan, "rt-a", port, version).targets["rt-a"]
    return replace(found, polling=replace(AgentLimits(), **limits))


def reader_of(
    plan: CollectionPlan, port: int, version: str = "v2c", secrets=SECRETS, **limits: float
) -> SnmpReader:
    """A reader in the midst of a poll that may take long."""
    reader = SnmpReader(target(plan, port, version, **limits), secrets, CLOCK)
    reader.begin(CLOCK.monotonic() + PATIENCE_S)
    return reader


@contextlib.asynccontextmanager
async def listening(agent: asyncio.DatagramProtocol) -> AsyncIterator[int]:
    """The port at which a simulated agent answers."""
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: agent, local_addr=("127.0.0.1", 0)
    )
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


def column(rows: int) -> dict[tuple[int, ...], Callable[[], object]]:
    return {(*COLUMN, row): lambda row=row: Integer32(row) for row in range(1, rows + 1)}


def objects_of(rows: int) -> list[list[bytes]]:
    return [[COLUMN_NAME + bytes([row])] for row in range(1, rows + 1)]


@pytest.mark.daemon
@pytest.mark.parametrize("version", ["v2c", "v3"])
async def test_a_real_agent_is_read(plan: CollectionPlan, snmpd: Snmpd, version: str) -> None:
    reader = reader_of(plan, snmpd.port, version)
    got = await reader.get([[UPTIME, ABSENT + b"\x00"]])
    assert got.values().keys() == {UPTIME}
    assert got.batches[0].absent == {ABSENT + b"\x00"}
    walked = await reader.walk(IF_NAME)
    assert b"lo" in walked.rows.values()
    assert walked.is_complete
    nothing = await reader.walk(ABSENT)
    assert (nothing.rows, nothing.is_complete, nothing.failure) == ({}, True, None)
    assert not reader.refused


@pytest.mark.daemon
async def test_a_real_agent_that_signs_by_sha_256_is_read_by_it_alone(
    plan: CollectionPlan, snmpd: Snmpd
) -> None:
    secrets = replace(SECRETS, user=f"{SECRETS.user}-256")
    signing = replace(target(plan, snmpd.port, "v3"), authentication="sha-256")
    reader = SnmpReader(signing, secrets, CLOCK)
    reader.begin(CLOCK.monotonic() + PATIENCE_S)
    assert (await reader.get([[UPTIME]])).values().keys() == {UPTIME}
    weaker = reader_of(plan, snmpd.port, "v3", secrets)
    assert not (await weaker.get([[UPTIME]])).batches


@pytest.mark.daemon
@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (replace(SECRETS, authentication_key="not-the-key"), "wrong authentication key"),
        (replace(SECRETS, user="nobody"), "unknown user"),
        (replace(SECRETS, privacy_key="not-the-key"), ""),
    ],
    ids=["authentication key", "user", "privacy key"],
)
async def test_who_is_refused_by_an_agent_hears_why(
    plan: CollectionPlan, snmpd: Snmpd, wrong, reason: str
) -> None:
    reader = reader_of(plan, snmpd.port, "v3", wrong)
    got = await reader.get([[UPTIME]])
    assert not got.batches
    assert reason in got.failure.text
    assert not got.failure.is_ours


@pytest.mark.daemon
async def test_a_wrong_community_is_silence(plan: CollectionPlan, snmpd: Snmpd) -> None:
    reader = reader_of(plan, snmpd.port, secrets=replace(SECRETS, community="wrong"), tries=1)
    got = await reader.get([[UPTIME]])
    assert got.failure.text == "no answer"


@pytest.mark.parametrize("version", ["v2c", "v3"])
async def test_an_address_where_nobody_listens_is_silence_with_its_reason(
    plan: CollectionPlan, version: str
) -> None:
    got = await reader_of(plan, free_port(), version).get([[UPTIME]])
    assert "Connection refused" in got.failure.text
    assert got.failure.is_lost


@pytest.mark.daemon
async def test_an_agent_that_comes_back_with_another_engine_is_found_again(
    plan: CollectionPlan, start_snmpd: Callable[..., Snmpd]
) -> None:
    agent = start_snmpd("engineID first")
    reader = reader_of(plan, agent.port, "v3")
    assert (await reader.get([[UPTIME]])).values()
    agent.stop()
    start_snmpd("engineID second", agent.port)
    assert (await reader.get([[UPTIME]])).values()


@pytest.mark.daemon
async def test_an_agent_that_restarted_tells_its_new_time_by_a_genuine_report(
    plan: CollectionPlan, start_snmpd: Callable[..., Snmpd]
) -> None:
    agent = start_snmpd("engineID the-same")
    reader = reader_of(plan, agent.port, "v3")
    assert (await reader.get([[UPTIME]])).values()
    agent.stop()
    agent.start()
    assert (await reader.get([[UPTIME]])).values()
    assert not reader.refused


@pytest.mark.daemon
async def test_replies_of_many_kilobytes_are_read(
    plan: CollectionPlan, start_snmpd: Callable[..., Snmpd]
) -> None:
    long_line = "x" * 400
    agent = start_snmpd("\n".join(f"extend e{n:02} /bin/echo {long_line}" for n in range(30)))
    walked = await reader_of(plan, agent.port).walk(EXTENSION_OUTPUT)
    assert sum(value == long_line.encode() for value in walked.rows.values()) == 30
    assert walked.is_complete


class CirclingAgent(_Agent):
    """Answers every walk with the same two rows again and again."""

    def _bulk(self, _asked, repetitions):
        return ([(name, self._value(name)) for name in self._order] * repetitions)[:repetitions]


class EndlessAgent(_Agent):
    """Has always one more row."""

    def _bulk(self, asked, repetitions):
        start = asked[0][len(COLUMN) :] or (0,)
        rows = range(start[0] + 1, start[0] + 1 + repetitions)
        return [((*COLUMN, row), Integer32(1)) for row in rows]


@pytest.mark.parametrize(
    ("agent", "kind", "rows"),
    [
        (CirclingAgent, TroubleKind.NOT_INCREASING, 2),
        (EndlessAgent, TroubleKind.ENDLESS, AgentLimits().most_rows),
    ],
    ids=["names that do not increase", "a table without an end"],
)
async def test_a_walk_that_would_never_end_is_stopped_and_counted(
    plan: CollectionPlan, agent: type[_Agent], kind: TroubleKind, rows: int
) -> None:
    circling = agent(SECRETS.community.encode(), column(2), lambda: False)
    async with listening(circling) as port:
        reader = reader_of(plan, port)
        walked = await reader.walk(COLUMN_NAME)
    assert len(walked.rows) == rows
    assert not walked.is_complete
    assert reader.troubles[kind] == 1


class ErrorAgent(_Agent):
    """Answers a GET that holds a certain object with an error at its position."""

    status, poisoned, with_index = 5, (*COLUMN, 3), True

    def _reply(self, data):
        request, _ = decoder.decode(data, asn1Spec=v2c.Message())
        asked = v2c.apiPDU.get_varbinds(v2c.apiMessage.get_pdu(request))
        names = [tuple(name) for name, _ in asked]
        self.largest = max(getattr(self, "largest", 0), len(names))
        if not self._is_wrong(names):
            return super()._reply(data)
        reply = v2c.apiMessage.get_response(request)
        pdu = v2c.apiMessage.get_pdu(reply)
        v2c.apiPDU.set_error_status(pdu, self.status)
        if self.with_index and self.poisoned in names:
            v2c.apiPDU.set_error_index(pdu, names.index(self.poisoned) + 1)
        return bytes(encoder.encode(reply))

    def _is_wrong(self, names):
        return self.poisoned in names


class SmallAgent(ErrorAgent):
    """Says tooBig to more than five objects."""

    status, with_index = 1, False

    def _is_wrong(self, names):
        return len(names) > 5


class TinyAgent(ErrorAgent):
    """Says tooBig to everything."""

    status, with_index = 1, False

    def _is_wrong(self, _names):
        return True


@pytest.mark.parametrize("status", [2, 5], ids=["noSuchName", "genErr"])
@pytest.mark.parametrize("with_index", [True, False], ids=["said which", "not said which"])
async def test_an_error_for_one_object_costs_one_value(
    plan: CollectionPlan, status: int, with_index: bool
) -> None:
    agent = ErrorAgent(SECRETS.community.encode(), column(20), lambda: False)
    agent.status, agent.with_index = status, with_index
    async with listening(agent) as port:
        reader = reader_of(plan, port)
        got = await reader.get(objects_of(20))
    assert got.failure is None
    assert sorted(got.values().values()) == [row for row in range(1, 21) if row != 3]
    assert not any(batch.absent for batch in got.batches), "an error is not the object's absence"


async def test_too_big_halves_the_question_and_the_size_is_remembered(plan: CollectionPlan) -> None:
    agent = SmallAgent(SECRETS.community.encode(), column(40), lambda: False)
    async with listening(agent) as port:
        reader = reader_of(plan, port)
        assert len((await reader.get(objects_of(40))).values()) == 40
        agent.largest = 0
        assert len((await reader.get(objects_of(40))).values()) == 40
    assert agent.largest <= 5


async def test_an_agent_for_which_all_is_too_big_is_given_up_in_few_questions(
    plan: CollectionPlan,
) -> None:
    agent = TinyAgent(SECRETS.community.encode(), column(40), lambda: False)
    async with listening(agent) as port:
        reader = reader_of(plan, port)
        got = await reader.get(objects_of(40))
    assert not got.batches
    assert "too many errors" in got.failure.text


class SlowAgent(_Agent):
    """Each reply comes a while after its question, as over a long line."""

    delay_s = 0.3

    def datagram_received(self, data, addr):
        reply = super().datagram_received
        asyncio.get_running_loop().call_later(self.delay_s, reply, data, addr)


async def test_questions_over_a_long_line_do_not_wait_for_each_other(plan: CollectionPlan) -> None:
    agent = SlowAgent(SECRETS.community.encode(), column(120), lambda: False)
    async with listening(agent) as port:
        elapsed = []
        for window in (1, 4):
            reader = reader_of(plan, port, objects=15, window=window)
            started = time.monotonic()
            assert len((await reader.get(objects_of(120))).values()) == 120
            elapsed.append(time.monotonic() - started)
    assert elapsed[1] < elapsed[0] / 2


async def test_what_was_read_before_the_deadline_counts(plan: CollectionPlan) -> None:
    agent = SlowAgent(SECRETS.community.encode(), column(120), lambda: False)
    async with listening(agent) as port:
        reader = reader_of(plan, port, objects=15, window=1)
        reader.begin(CLOCK.monotonic() + 1.0)
        got = await reader.get(objects_of(120))
    assert 15 <= len(got.values()) < 120
    assert got.failure is not None
    assert got.failure.is_ours, "the agent was not given its time"


async def test_a_reply_after_the_first_try_is_an_answer_to_it(plan: CollectionPlan) -> None:
    agent = SlowAgent(SECRETS.community.encode(), column(1), lambda: False)
    async with listening(agent) as port:
        got = await reader_of(plan, port, timeout_s=0.2, tries=3).get(objects_of(1))
    assert got.values() == {objects_of(1)[0][0]: 1}


async def test_an_answer_that_waited_in_the_kernel_is_stamped_when_it_came(
    plan: CollectionPlan,
) -> None:
    agent = _Agent(SECRETS.community.encode(), column(1), lambda: False)
    with socket.socket(type=socket.SOCK_DGRAM) as elsewhere:
        elsewhere.bind(("127.0.0.1", 0))

        def answer() -> None:
            question, sender = elsewhere.recvfrom(2_000)
            elsewhere.sendto(agent._reply(question), sender)

        thread = threading.Thread(target=answer)
        thread.start()
        reader = reader_of(plan, elsewhere.getsockname()[1])
        asking = asyncio.create_task(reader.get(objects_of(1)))
        await asyncio.sleep(0)
        thread.join()
        time.sleep(0.6)  # noqa: ASYNC251 - this process stands still while the reply waits
        got = await asking
    assert (CLOCK.now() - got.batches[0].at).total_seconds() >= 0.5
    assert reader.late >= 1


async def test_a_cancelled_reading_ends_at_once(plan: CollectionPlan) -> None:
    silent = _Agent(SECRETS.community.encode(), column(1), lambda: True)
    async with listening(silent) as port:
        reader = reader_of(plan, port, timeout_s=30)
        asking = asyncio.create_task(reader.get(objects_of(1)))
        await asyncio.sleep(0.05)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        reader.close()
