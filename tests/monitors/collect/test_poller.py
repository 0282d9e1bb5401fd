"""Polling in turns: phases, deadlines, silence, and readings on demand."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from device_configs.site import Site
from monitors.collect.plan import CollectionPlan, plan_collection
from monitors.collect.polling.poller import AgentPolling, SnmpPoller, phase_of
from monitors.collect.simulation import SimulatedSite
from monitors.evidence import Element
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.containment import Containment
from tests.monitors.collect.conftest import SECRETS, Record, Snmpd, answered_by, until

CLOCK = SystemClock()


@contextlib.asynccontextmanager
async def running(poller: SnmpPoller) -> AsyncIterator[None]:
    task = asyncio.create_task(poller.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def with_two_displays(site: Site, name: str) -> Site:
    seat = site.seats[name]
    both = seat.model_copy(update={"display_asset": f"{seat.display_asset}+DP-900"})
    return site.model_copy(update={"seats": {**site.seats, name: both}})


@pytest.fixture
async def simulated(site: Site) -> AsyncIterator[tuple[SimulatedSite, CollectionPlan]]:
    agents = SimulatedSite(site, SECRETS.community, CLOCK)
    ports = await agents.start()
    plan = plan_collection(site, SECRETS, interval_s=1.0, simulated_ports=ports)
    chosen = {name: plan.targets[name] for name in ("rt-a", "sw-1", "seat-003")}
    yield agents, replace(plan, targets=chosen)
    agents.stop()


def test_phases_are_stable_and_spread(site: Site) -> None:
    names = [*site.devices, *(seat.name for seat in site.seats.values())]
    phases = [phase_of(name, 5.0) for name in names]
    assert phases == [phase_of(name, 5.0) for name in names]
    assert all(0 <= phase < 5 for phase in phases)
    per_second = [sum(second <= phase < second + 1 for phase in phases) for second in range(5)]
    assert min(per_second) > len(names) / 5 / 2


@pytest.mark.daemon
@pytest.mark.parametrize("version", ["v2c", "v3"])
async def test_a_real_agent_is_polled_and_its_rates_follow(
    plan: CollectionPlan, snmpd: Snmpd, record: Record, version: str
) -> None:
    poller = SnmpPoller(answered_by(plan, "rt-a", snmpd.port, version), record.outlet, CLOCK)

    def has_rate() -> bool:
        loopback = record.measured("interface", agent_host="rt-a", ifName="lo")
        return any("ifHCInOctets_rate" in sample.fields for sample in loopback)

    async with running(poller):
        await until(has_rate)
    assert record.last(Element.device("rt-a")).ok is True
    assert record.last(Element.port("rt-a", "lo")).ok is True
    assert {"memTotalReal", "laLoad1"} <= record.measured("host")[0].fields.keys()
    assert poller.state().failures == 0


async def test_faults_of_the_site_become_evidence(simulated, record: Record) -> None:
    agents, plan = simulated
    poller = SnmpPoller(plan, record.outlet, CLOCK)
    async with running(poller):
        await until(lambda: poller.state().polls >= 3)
        agents.set_port("rt-a:egov", up=False)
        agents.set_display("seat-003", connected=False)
        await until(lambda: record.ok(Element.port("rt-a", "egov")) is False)
        await until(lambda: record.ok(Element.seat_display(3)) is False)
    assert record.last(Element.seat_host(3)).ok is True


@pytest.mark.parametrize("failing", [1, 2])
async def test_of_two_displays_on_one_host_either_one_is_missed(
    site: Site, record: Record, failing: int
) -> None:
    agents = SimulatedSite(with_two_displays(site, "seat-003"), SECRETS.community, CLOCK)
    plan = plan_collection(
        with_two_displays(site, "seat-003"),
        SECRETS,
        interval_s=1.0,
        simulated_ports=await agents.start(),
    )
    seats = {name: plan.targets[name] for name in ("seat-003", "seat-004")}
    try:
        async with running(SnmpPoller(replace(plan, targets=seats), record.outlet, CLOCK)):
            await until(lambda: record.ok(Element.seat_display(3)) is True)
            agents.set_display("seat-003", connected=False, number=failing)
            await until(lambda: record.ok(Element.seat_display(3)) is False)
            agents.set_display("seat-003", connected=True, number=failing)
            await until(lambda: record.ok(Element.seat_display(3)) is True)
            agents.set_display("seat-004", connected=False, number=2)  # it has no second one
            polled = len(record.observations)
            await until(lambda: len(record.observations) > polled + 8)
    finally:
        agents.stop()
    assert record.last(Element.seat_host(3)).ok is True
    assert record.ok(Element.seat_display(4)) is True


async def test_a_silent_agent_is_probed_cheaply_until_it_answers(simulated, record: Record) -> None:
    agents, plan = simulated
    agents.set_answering("seat-003", answering=False)
    poller = SnmpPoller(plan, record.outlet, CLOCK)
    async with running(poller):
        await until(lambda: record.last(Element.seat_host(3)) is not None)
        assert record.last(Element.seat_host(3)).ok is False
        assert record.last(Element.seat_display(3)).ok is None
        assert not record.measured("seat", agent_host="seat-003")
        agents.set_answering("seat-003", answering=True)
        await until(lambda: record.ok(Element.seat_display(3)) is True)
    assert record.measured("seat", agent_host="seat-003")
    assert poller.state().failures >= 1


async def test_states_are_read_on_demand_without_waiting_for_the_turn(
    simulated, record: Record
) -> None:
    agents, plan = simulated
    slow = {name: replace(t, interval_s=3_600.0) for name, t in plan.targets.items()}
    poller = SnmpPoller(replace(plan, targets=slow), record.outlet, CLOCK)
    agents.set_port("rt-a:egov", up=False)
    async with asyncio.timeout(60):  # their turn is an hour away
        assert await poller.poll_now(["rt-a", "sw-1", "egov"]) == {"rt-a": True, "sw-1": True}
    assert record.last(Element.port("rt-a", "egov")).ok is False
    agents.set_answering("rt-a", answering=False)
    assert await poller.poll_now(["rt-a"]) == {"rt-a": False}
    assert record.last(Element.device("rt-a")).ok is False


async def test_those_who_ask_at_once_share_one_reading(simulated, record: Record) -> None:
    _, plan = simulated
    containment = Containment("polling", CLOCK)
    agent = AgentPolling(plan.targets["rt-a"], plan, record.outlet, CLOCK, containment)
    assert await asyncio.gather(*(agent.poll_urgently() for _ in range(10))) == [True] * 10
    assert agent.state.urgent == 1
    assert await agent.poll_urgently()
    assert agent.state.urgent == 2


async def test_turns_missed_are_skipped_and_counted_and_never_stacked(
    simulated, record: Record
) -> None:
    _, plan = simulated
    poller = SnmpPoller(replace(plan, targets={"rt-a": plan.targets["rt-a"]}), record.outlet, CLOCK)
    async with running(poller):
        await until(lambda: poller.state().polls == 1)
        time.sleep(3.2)  # noqa: ASYNC251 - the whole loop stands still, as on a machine asleep
        before = poller.state().polls
        await asyncio.sleep(0.5)
        assert poller.state().polls - before <= 1
        await until(lambda: poller.state().polls >= before + 1)
    assert 2 <= poller.state().skipped <= 4
