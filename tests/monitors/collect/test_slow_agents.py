"""Agents over long lines, slow ones and old ones: read as well as they allow, and said."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pysnmp.proto.rfc1902 import Counter32, Gauge32, Integer32, OctetString, TimeTicks

from device_configs.site.model import Polling
from monitors.collect.plan import AgentLimits, CollectionPlan, SnmpTarget, limits_of
from monitors.collect.polling.pace import EASY_POLLS, LONGEST_FACTOR, Pace
from monitors.collect.polling.poller import SnmpPoller
from monitors.collect.simulation import IF_TABLE, IFX_TABLE, SYS_UPTIME, Objects, _Agent
from monitors.evidence import Element
from ops_core.kernel.clock import SystemClock
from tests.monitors.collect.conftest import SECRETS, Record, answered_by, until

CLOCK = SystemClock()
IF_DESCR, IF_SPEED, IF_IN_OCTETS, ADMIN, OPER = 2, 5, 10, 7, 8
DEVICE = Element.device("rt-a")


class SlowAgent(_Agent):
    """Answers after a while; one question at a time, or as many as come."""

    delay_s, is_serial = 0.3, False
    free_at = 0.0

    def datagram_received(self, data, addr):
        loop = asyncio.get_running_loop()
        begins = max(loop.time(), self.free_at) if self.is_serial else loop.time()
        self.free_at = begins + self.delay_s
        loop.call_at(self.free_at, super().datagram_received, data, addr)


def started() -> Callable[[], object]:
    at = time.monotonic()
    return lambda: TimeTicks(int((time.monotonic() - at) * 100))


def modern(interfaces: int) -> Objects:
    """An agent with ifXTable."""
    found = {SYS_UPTIME: started()}
    for row in range(1, interfaces + 1):
        name = "lo" if row == 1 else f"port-{row}"
        found[(*IFX_TABLE, 1, row)] = lambda name=name: OctetString(name.encode())
        for column in (6, 10, 15, 19):
            found[(*IFX_TABLE, column, row)] = lambda: Gauge32(1_000)
        for column in (ADMIN, OPER, 13, 14, 19, 20):
            found[(*IF_TABLE, column, row)] = lambda: Integer32(1)
    return found


def old(interfaces: int, name: str = "port-{row}") -> Objects:
    """An agent with ifTable only: 32 bits, and names in ifDescr."""
    found = {SYS_UPTIME: started()}
    for row in range(1, interfaces + 1):
        text = "lo" if row == 1 else name.format(row=row)
        found[(*IF_TABLE, IF_DESCR, row)] = lambda text=text: OctetString(text.encode())
        found[(*IF_TABLE, IF_SPEED, row)] = lambda: Gauge32(100_000_000)
        for column in (IF_IN_OCTETS, 13, 14, 16, 19, 20):
            found[(*IF_TABLE, column, row)] = lambda: Counter32(5_000)
        for column in (ADMIN, OPER):
            found[(*IF_TABLE, column, row)] = lambda: Integer32(1)
    return found


@contextlib.asynccontextmanager
async def polled(
    plan: CollectionPlan, agent: _Agent, record: Record, interval_s: float, **limits: float
) -> AsyncIterator[SnmpPoller]:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: agent, local_addr=("127.0.0.1", 0)
    )
    port = transport.get_extra_info("sockname")[1]
    target: SnmpTarget = answered_by(plan, "rt-a", port, "v2c").targets["rt-a"]
    target = replace(target, interval_s=interval_s, polling=replace(AgentLimits(), **limits))
    poller = SnmpPoller(replace(plan, targets={"rt-a": target}), record.outlet, CLOCK)
    task = asyncio.create_task(poller.run())
    try:
        yield poller
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        transport.close()


def agent_of(kind: type[_Agent], objects: Objects, **attributes: object) -> _Agent:
    agent = kind(SECRETS.community.encode(), objects, lambda: False)
    for name, value in attributes.items():
        setattr(agent, name, value)
    return agent


async def test_sixty_interfaces_behind_a_third_of_a_second_are_read_in_each_interval(
    plan: CollectionPlan, record: Record
) -> None:
    agent = agent_of(SlowAgent, modern(60))
    async with polled(plan, agent, record, 5.0) as poller:
        await until(lambda: poller.state().polls >= 2, 30)
        await until(lambda: len(record.measured("interface", ifName="port-60")) >= 2, 30)
    assert poller.state().failures == 0
    assert "ifHCInOctets" in record.measured("interface", ifName="port-60")[0].fields
    assert record.ok(DEVICE) is True
    assert record.ok(Element.port("rt-a", "lo")) is True


async def test_an_agent_slower_than_its_interval_has_a_longer_one_and_that_is_said(
    plan: CollectionPlan, record: Record
) -> None:
    """One question at a time: its first poll is partial, and it is never called silent."""
    agent = agent_of(SlowAgent, modern(60), delay_s=0.25, is_serial=True)
    async with polled(plan, agent, record, 1.0, window=1) as poller:
        await until(lambda: bool(record.measured("interface", ifName="port-60")), 60)
        interval_s = poller.intervals_s()["rt-a"]
        concerns = [concern.key for concern in poller.concerns(CLOCK.now())]
        shown = {m.name: m.value for m in poller.measures()}
    assert interval_s > 1.0
    assert concerns == ["snmp/slow/rt-a"]
    assert shown["zhishou_snmp_interval_seconds"] == interval_s
    assert shown["zhishou_snmp_partial_total"] >= 1
    assert all(o.ok for o in record.observations if o.element == DEVICE)


async def test_a_declared_time_out_makes_a_very_slow_agent_answer(
    plan: CollectionPlan, record: Record
) -> None:
    agent = agent_of(SlowAgent, modern(1), delay_s=2.6)
    async with polled(plan, agent, record, 1.0, timeout_s=6.0):
        await until(lambda: record.last(DEVICE) is not None, 40)
    assert record.ok(DEVICE) is True


async def test_an_agent_without_ifxtable_is_known_by_description_and_32_bits(
    plan: CollectionPlan, record: Record
) -> None:
    async with polled(plan, agent_of(_Agent, old(3)), record, 1.0):

        def has_rate() -> bool:
            found = record.measured("interface", ifName="port-3")
            return any("ifInOctets_rate" in sample.fields for sample in found)

        await until(has_rate, 30)
    assert record.ok(Element.port("rt-a", "lo")) is True
    assert "ifHCInOctets" not in record.measured("interface", ifName="port-3")[-1].fields


async def test_descriptions_that_are_all_the_same_are_counted_and_not_measured(
    plan: CollectionPlan, record: Record
) -> None:
    agent = agent_of(_Agent, old(4, name="Ethernet"))
    async with polled(plan, agent, record, 1.0) as poller:
        await until(lambda: bool(record.measured("interface", ifName="lo")), 30)
        shown = {m.name: m.value for m in poller.measures()}
    assert shown["zhishou_snmp_duplicate_names"] == 1
    assert not record.measured("interface", ifName="Ethernet")


async def test_a_process_that_stood_still_calls_no_agent_silent(
    plan: CollectionPlan, record: Record
) -> None:
    agent = agent_of(SlowAgent, modern(1), delay_s=0.3)
    async with polled(plan, agent, record, 1.0, tries=1) as poller:
        await until(lambda: agent.free_at > 0, 10)
        # The question is out; its time passes while nobody can attend to it.
        time.sleep(2.0)  # noqa: ASYNC251
        await until(lambda: poller.state().polls >= 2, 30)
    assert all(o.ok is not False for o in record.observations if o.element == DEVICE)


polls = st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=60)


@given(st.floats(1, 60), polls)
def test_an_interval_is_a_power_of_two_of_what_was_declared(declared_s: float, taken) -> None:
    pace = Pace(declared_s)
    for took_s, was_cut in taken:
        pace = pace.after(took_s, was_cut=was_cut)
        assert 1 <= pace.factor <= LONGEST_FACTOR
        assert pace.factor & (pace.factor - 1) == 0


@given(st.floats(1, 60), polls)
def test_an_agent_that_is_quick_again_gets_its_interval_back(declared_s: float, taken) -> None:
    pace = Pace(declared_s)
    for took_s, was_cut in taken:
        pace = pace.after(took_s, was_cut=was_cut)
    for _ in range(EASY_POLLS * 5):
        pace = pace.after(0.01, was_cut=False)
    assert not pace.is_stretched


@pytest.mark.parametrize(
    ("declared", "timeout_s", "repetitions"),
    [
        ((), 1.0, 20),
        ((Polling(timeout_s=5, repetitions=3), None), 5.0, 3),
        ((Polling(timeout_s=5, repetitions=3), Polling(timeout_s=25)), 25.0, 3),
    ],
    ids=["as most agents", "as its profile says", "as the device says, and else its profile"],
)
def test_how_an_agent_is_asked(declared, timeout_s: float, repetitions: int) -> None:
    limits = limits_of(*declared)
    assert (limits.timeout_s, limits.repetitions) == (timeout_s, repetitions)
