"""Reading real agents, and agents that misbehave."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from pysnmp.proto.rfc1902 import Integer32

from monitors.collect.plan import CollectionPlan, SnmpTarget
from monitors.collect.simulation import _Agent
from monitors.collect.snmp import AccessRefused, NoAnswer, SnmpReader
from tests.monitors.collect.conftest import SECRETS, Snmpd, answered_by, free_port

UPTIME = "1.3.6.1.2.1.1.3.0"
IF_NAME = "1.3.6.1.2.1.31.1.1.1.1"
ABSENT = "1.3.6.1.4.1.99999.1"
EXTENSION_OUTPUT = "1.3.6.1.4.1.8072.1.3.2.3.1.2"


def target(plan: CollectionPlan, port: int, version: str) -> SnmpTarget:
    return answered_by(plan, "rt-a", port, version).targets["rt-a"]


@pytest.mark.daemon
@pytest.mark.parametrize("version", ["v2c", "v3"])
async def test_a_real_agent_is_read(plan: CollectionPlan, snmpd: Snmpd, version: str) -> None:
    reader = SnmpReader(target(plan, snmpd.port, version), SECRETS)
    scalars = await reader.get([UPTIME, f"{ABSENT}.0"])
    assert scalars.keys() == {UPTIME}
    assert b"lo" in (await reader.walk(IF_NAME)).values()
    assert await reader.walk(ABSENT) == {}
    assert await reader.get([f"{ABSENT}.0"]) == {}


@pytest.mark.daemon
@pytest.mark.parametrize(
    "wrong",
    [
        replace(SECRETS, authentication_key="not-the-key"),
        replace(SECRETS, privacy_key="not-the-key"),
        replace(SECRETS, user="nobody"),
    ],
    ids=["authentication key", "privacy key", "user"],
)
async def test_a_wrong_key_is_told_from_silence_or_is_silence(
    plan: CollectionPlan, snmpd: Snmpd, wrong
) -> None:
    reader = SnmpReader(target(plan, snmpd.port, "v3"), wrong)
    with pytest.raises((AccessRefused, NoAnswer)):
        await reader.get([UPTIME])


@pytest.mark.daemon
async def test_a_wrong_community_is_silence(plan: CollectionPlan, snmpd: Snmpd) -> None:
    reader = SnmpReader(target(plan, snmpd.port, "v2c"), replace(SECRETS, community="wrong"))
    with pytest.raises(NoAnswer):
        await reader.get([UPTIME], tries=1)


async def test_an_address_where_nobody_listens_is_silence(plan: CollectionPlan) -> None:
    reader = SnmpReader(target(plan, free_port(), "v3"), SECRETS)
    with pytest.raises(NoAnswer):
        await reader.get([UPTIME])


@pytest.mark.daemon
async def test_an_agent_that_comes_back_with_another_engine_is_found_again(
    plan: CollectionPlan, start_snmpd: Callable[..., Snmpd]
) -> None:
    agent = start_snmpd("engineID first")
    reader = SnmpReader(target(plan, agent.port, "v3"), SECRETS)
    assert await reader.get([UPTIME])
    agent.stop()
    start_snmpd("engineID second", agent.port)
    assert await reader.get([UPTIME])


@pytest.mark.daemon
async def test_a_reply_too_large_for_the_library_is_asked_for_in_smaller_parts(
    plan: CollectionPlan, start_snmpd: Callable[..., Snmpd]
) -> None:
    long_line = "x" * 400
    agent = start_snmpd("\n".join(f"extend e{n:02} /bin/echo {long_line}" for n in range(30)))
    reader = SnmpReader(target(plan, agent.port, "v2c"), SECRETS)
    rows = await reader.walk(EXTENSION_OUTPUT)
    assert sum(value == long_line.encode() for value in rows.values()) == 30


class CirclingAgent(_Agent):
    """Answers every walk with the same two rows again and again."""

    def _bulk(self, _asked, repetitions):
        return [(name, self._value(name)) for name in self._order] * repetitions


async def test_a_walk_that_would_never_end_is_stopped_and_counted(plan: CollectionPlan) -> None:
    column = (1, 3, 6, 1, 2, 1, 2, 2, 1, 8)
    objects = {(*column, 1): lambda: Integer32(1), (*column, 2): lambda: Integer32(2)}
    agent = CirclingAgent(SECRETS.community.encode(), objects, lambda: False)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: agent, local_addr=("127.0.0.1", 0)
    )
    port = transport.get_extra_info("sockname")[1]
    reader = SnmpReader(target(plan, port, "v2c"), SECRETS)
    async with asyncio.timeout(3):
        rows = await reader.walk(".".join(map(str, column)))
    transport.close()
    assert rows == {"1": 1, "2": 2}
    assert reader.loops == 1


class CancellingAgent(_Agent):
    """Answers, and some turns of the loop later the task that asked is cancelled."""

    turns = 0
    asking: asyncio.Task[object] | None = None

    def _reply(self, data):
        self._cancel_after(self.turns)
        return super()._reply(data)

    def _cancel_after(self, turns: int) -> None:
        if turns == 0 and self.asking is not None:
            self.asking.cancel()
        elif turns > 0:
            asyncio.get_running_loop().call_soon(self._cancel_after, turns - 1)


@pytest.mark.parametrize("turns", range(4))
async def test_a_cancellation_that_meets_the_reply_is_not_lost(
    plan: CollectionPlan, turns: int
) -> None:
    objects = {tuple(map(int, UPTIME.split("."))): lambda: Integer32(1)}
    agent = CancellingAgent(SECRETS.community.encode(), objects, lambda: False)
    agent.turns = turns
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: agent, local_addr=("127.0.0.1", 0)
    )
    port = transport.get_extra_info("sockname")[1]
    reader = SnmpReader(target(plan, port, "v2c"), SECRETS)
    assert await reader.get([UPTIME]) == {UPTIME: 1}

    async def ask_for_ever() -> None:
        for _ in range(50):
            await reader.get([UPTIME])

    agent.asking = asyncio.create_task(ask_for_ever())
    with pytest.raises(asyncio.CancelledError):
        await agent.asking
    transport.close()
