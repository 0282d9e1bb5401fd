"""All collectors together on one loop."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from device_configs.site import Site
from device_configs.site.model import Check
from monitors.collect.collector import Collector
from monitors.collect.echo import EchoSocket
from monitors.collect.plan import PingTarget, ServiceCheck, plan_collection
from monitors.collect.simulation import SimulatedSite
from monitors.evidence import Element, Source
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.workers import Workers, WorkerState
from tests.monitors.collect.conftest import SECRETS, Record, free_port, until
from tests.monitors.collect.test_traps import LINK_DOWN, V2C, link

CLOCK = SystemClock()


@contextlib.asynccontextmanager
async def collecting(collector: Collector) -> AsyncIterator[None]:
    task = asyncio.create_task(collector.run())
    try:
        yield
    finally:
        collector.stop()
        async with asyncio.timeout(3):
            await task


@pytest.fixture
async def agents(site: Site) -> AsyncIterator[SimulatedSite]:
    simulated = SimulatedSite(site, SECRETS.community, CLOCK)
    yield simulated
    simulated.stop()


async def test_the_whole_simulated_site_is_known_within_one_interval(
    site: Site, agents: SimulatedSite, record: Record
) -> None:
    plan = plan_collection(site, SECRETS, interval_s=3.0, simulated_ports=await agents.start())
    collector = Collector(
        plan,
        record.samples.extend,
        record.observations.extend,
        record.triggers.append,
        CLOCK,
        with_traps=False,
    )
    expected = {target.element for target in plan.targets.values()}
    async with collecting(collector):
        await until(lambda: expected <= {o.element for o in record.observations}, limit_s=4.0)
        state = collector.state()
        assert Source.SNMP in collector.heartbeat()
    assert all(observation.ok for observation in record.observations)
    assert (state.polling.failures, state.polling.skipped) == (0, 0)
    assert state.polling.polls >= len(plan.targets)


@pytest.mark.daemon
async def test_a_trap_makes_the_poller_look_at_once(
    site: Site, agents: SimulatedSite, record: Record
) -> None:
    ports = await agents.start()
    plan = plan_collection(site, SECRETS, interval_s=3_600.0, simulated_ports=ports)
    plan = replace(plan, devices_by_address={"127.0.0.1": "rt-a"})
    trap_port = free_port(socket.SOCK_DGRAM)
    collector = Collector(
        plan,
        record.samples.extend,
        record.observations.extend,
        record.triggers.append,
        CLOCK,
        trap_address="127.0.0.1",
        trap_port=trap_port,
    )
    async with collecting(collector):
        await until(lambda: Source.TRAP in collector.heartbeat())
        for name in ("rt-a:fwi-a", "fwi-a:rt-a"):
            agents.set_port(name, up=False)
        variables = link(LINK_DOWN, "fwi-a")
        sender = await asyncio.create_subprocess_exec(
            "snmptrap", *V2C, f"127.0.0.1:{trap_port}", *variables
        )
        assert await sender.wait() == 0
        await until(lambda: record.last(Element.port("fwi-a", "rt-a")) is not None)
    assert record.triggers[0].devices == ("rt-a", "fwi-a")
    by_source = {
        (str(o.element), o.source): o.ok
        for o in record.observations
        if o.element.name in ("rt-a:fwi-a", "fwi-a:rt-a")
    }
    assert by_source == {
        ("port/rt-a:fwi-a", Source.TRAP): False,
        ("port/rt-a:fwi-a", Source.SNMP): False,
        ("port/fwi-a:rt-a", Source.SNMP): False,
    }


async def test_every_source_shows_that_it_works(
    site: Site, agents: SimulatedSite, record: Record
) -> None:
    plan = plan_collection(site, SECRETS, interval_s=1.0, simulated_ports=await agents.start())
    loopback = Check(kind="icmp", address="127.0.0.1")
    plan = replace(
        plan,
        targets={"rt-a": plan.targets["rt-a"]},
        liveness=(PingTarget(Element.device("rt-a"), "127.0.0.1"),),
        checks=(ServiceCheck("platform", 0, loopback),),
    )
    collector = Collector(
        plan,
        record.samples.extend,
        record.observations.extend,
        record.triggers.append,
        CLOCK,
        trap_address="127.0.0.1",
        trap_port=0,
    )
    async with collecting(collector):
        await until(lambda: len(collector.heartbeat()) == 4)
    assert collector.heartbeat().keys() == {
        Source.SNMP,
        Source.ICMP,
        Source.TRAP,
        Source.PROBE,
    }
    assert collector.state().ping_rounds >= 1


async def test_a_trap_port_that_cannot_be_had_stops_nothing_else_and_is_had_later(
    site: Site, record: Record
) -> None:
    plan = plan_collection(site, SECRETS, simulated_ports={})
    plan = replace(plan, liveness=(PingTarget(Element.device("rt-a"), "127.0.0.1"),))
    workers = Workers(CLOCK)

    def traps() -> WorkerState:
        return next(state for state in workers.states() if state.name == "traps")

    with socket.socket(type=socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        collector = Collector(
            plan,
            record.samples.extend,
            record.observations.extend,
            record.triggers.append,
            CLOCK,
            trap_address="127.0.0.1",
            trap_port=other.getsockname()[1],
            workers=workers,
        )
        async with collecting(collector):
            await until(lambda: len(record.observations) > 2)
            assert traps().restarts >= 1
            assert "in use" in traps().last_error
            other.close()
            await until(lambda: Source.TRAP in collector.heartbeat())
            assert traps().is_alive


async def test_a_part_of_the_collector_that_fails_starts_again_alone(
    site: Site, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_collection(site, SECRETS, simulated_ports={})
    plan = replace(
        plan,
        liveness=(PingTarget(Element.device("rt-a"), "127.0.0.1"),),
        checks=(ServiceCheck("platform", 0, Check(kind="icmp", address="127.0.0.1")),),
    )
    sent = EchoSocket.send
    refused = iter([True])

    def send(echo: EchoSocket, address: str, sequence: int) -> bool:
        if next(refused, False):
            raise PanicException("as an extension module panics")
        return sent(echo, address, sequence)

    monkeypatch.setattr(EchoSocket, "send", send)
    workers = Workers(CLOCK)
    collector = Collector(
        plan,
        record.samples.extend,
        record.observations.extend,
        record.triggers.append,
        CLOCK,
        with_traps=False,
        workers=workers,
    )
    async with collecting(collector):
        await until(lambda: len(collector.heartbeat()) == 2)
        states = {state.name: state for state in workers.states()}
    assert states.keys() == {"icmp", "probes", "beat"}
    assert states["icmp"].restarts == 1
    assert (states["probes"].restarts, states["beat"].restarts) == (0, 0)
    assert all(state.last_success for state in states.values())


class PanicException(BaseException):
    """What pyo3 raises is no Exception either."""
