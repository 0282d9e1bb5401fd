"""Ten good agents beside one of each hostile kind: the good ones notice nothing."""

import asyncio
import contextlib
import random
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitors.collect.plan import CollectionPlan, SnmpTarget
from monitors.collect.polling.dialect import CommunityDialect, ReplyRefused
from monitors.collect.polling.poller import Outlet, SnmpPoller
from monitors.collect.polling.user_dialect import UserDialect
from monitors.collect.protocol.message import PduKind
from monitors.evidence import Element
from monitors.samples import Sample
from ops_core.kernel.clock import SystemClock
from tests.monitors.collect import hostile
from tests.monitors.collect.conftest import SECRETS, Record, Snmpd, until
from tests.monitors.collect.hostile import HostileAgent
from tests.profile import examples, is_nightly

CLOCK = SystemClock()
GOOD = 10
POLLS = 120 if is_nightly() else 10
CONTROL_POLLS = 4
ON_TIME = 0.4
"""Of the polls a second that the good agents have without the others, on the same machine."""
LIMIT_S = 400.0
KINDS: dict[str, tuple[str, Callable[..., object], tuple[str, str]]] = {
    "two-octets": ("v2c", hostile.two_octets, ("refused", "malformed")),
    "two-octets-v3": ("v3", hostile.two_octets, ("refused", "malformed")),
    "random-octets": ("v2c", hostile.random_octets, ("refused", "malformed")),
    "random-octets-v3": ("v3", hostile.random_octets, ("refused", "malformed")),
    "another-request": ("v2c", hostile.of_another_request, ("refused", "unasked")),
    "another-community": ("v2c", hostile.of_another_community, ("refused", "community")),
    "other-objects": ("v2c", hostile.of_other_objects, ("refused", "other_names")),
    "huge": ("v2c", hostile.huge, ("refused", "other_names")),
    "flood": ("v2c", hostile.flood, ("refused", "flood")),
    "wrong-code": ("v3", hostile.wrong_code, ("refused", "message_code")),
    "forged-reports": ("v3", hostile.forged_reports, ("refused", "report")),
    "too-big": ("v2c", hostile.too_big, ("troubles", "too_big")),
    "error-for-one": ("v2c", hostile.error_for_one, ("troubles", "general_error")),
    "endless": ("v2c", hostile.endless, ("troubles", "endless")),
    "not-increasing": ("v2c", hostile.not_increasing, ("troubles", "not_increasing")),
    "slow-drip": ("v2c", hostile.slow_drip, ("partial", "")),
    "closed-port": ("v2c", hostile.two_octets, ("failures", "")),
    "huge-index": ("v2c", hostile.index_of_four_gigabytes, ("polls", "")),
}
SILENT = {name for name, (_, _, (what, _)) in KINDS.items() if what == "refused"} | {
    "too-big",
    "closed-port",
}
BREAKING = "breaks-our-side"


class Panic(BaseException):
    """What an extension module raises."""


@pytest.fixture(scope="module")
def good_agents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Snmpd]]:
    folder: Path = tmp_path_factory.mktemp("good")
    agents = [Snmpd(folder / str(n)) for n in range(GOOD)]
    for agent in agents:
        agent.start()
    yield agents
    for agent in agents:
        agent.stop()


def target(plan: CollectionPlan, name: str, port: int, version: str) -> SnmpTarget:
    return replace(
        plan.targets["rt-a"],
        name=name,
        element=Element.device(name),
        address="127.0.0.1",
        port=port,
        version=version,
        interval_s=1.0,
        ports=frozenset({"lo"}),
    )


@contextlib.asynccontextmanager
async def hostile_targets(plan: CollectionPlan) -> AsyncIterator[dict[str, SnmpTarget]]:
    loop = asyncio.get_running_loop()
    transports, targets = [], {}
    for name, (version, answers, _) in KINDS.items():
        transport, _ = await loop.create_datagram_endpoint(
            lambda answers=answers: HostileAgent(answers), local_addr=("127.0.0.1", 0)
        )
        transports.append(transport)
        port = transport.get_extra_info("sockname")[1]
        if name == "closed-port":
            transport.close()
        targets[name] = target(plan, name, port, version)
    # This one answers with an index of 4294967295 in the table of a seat's display.
    seat = replace(targets["huge-index"], name="seat-007", element=Element.seat_host(7))
    targets["seat-007"] = replace(
        seat, kind=plan.targets["seat-007"].kind, profile=plan.targets["seat-007"].profile
    )
    try:
        yield targets
    finally:
        for transport in transports:
            transport.close()


def breaking_for(name: str, record: Record) -> Outlet:
    """Takes everything, but raises what is no Exception for one agent's samples."""

    def take(samples: list[Sample]) -> None:
        if any(("agent_host", name) in sample.tags for sample in samples):
            raise Panic(name)
        record.samples.extend(samples)

    return Outlet(take, record.observations.extend)


def total(poller: SnmpPoller, agent: str, what: str, kind: str = "") -> float:
    """A counter of one agent, as /metrics shows it."""
    return sum(
        measure.value
        for measure in poller.measures()
        if measure.name == f"zhishou_snmp_{what}_total"
        and measure.labels["agent"] == agent
        and kind in (measure.labels.get("kind"), "")
    )


@contextlib.asynccontextmanager
async def running(poller: SnmpPoller) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(poller.run())
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def fewest_polls(poller: SnmpPoller, agents: Iterable[str]) -> float:
    return min(total(poller, name, "polls") for name in agents)


async def polls_a_second(plan: CollectionPlan, agents: Iterable[str]) -> float:
    """The control: how often these agents are polled while there are no others."""
    poller = SnmpPoller(plan, Record().outlet, CLOCK)
    async with running(poller):
        started = CLOCK.monotonic()
        await until(lambda: fewest_polls(poller, agents) >= CONTROL_POLLS, LIMIT_S)
        return CONTROL_POLLS / (CLOCK.monotonic() - started)


@pytest.mark.daemon
@pytest.mark.timeout(2_400)
async def test_hostile_agents_cost_good_ones_nothing_and_are_named(
    plan: CollectionPlan, good_agents: list[Snmpd], record: Record
) -> None:
    async with hostile_targets(plan) as bad:
        good = {
            f"good-{n}": target(plan, f"good-{n}", agent.port, "v3" if n % 2 else "v2c")
            for n, agent in enumerate(good_agents)
        }
        breaking = target(plan, BREAKING, good_agents[0].port, "v2c")
        everyone = {**good, **bad, BREAKING: breaking}
        poller = SnmpPoller(replace(plan, targets=everyone), breaking_for(BREAKING, record), CLOCK)
        good_alone = replace(plan, targets=good)
        before = await polls_a_second(good_alone, good)
        async with running(poller) as task:
            started = CLOCK.monotonic()
            await until(lambda: fewest_polls(poller, good) >= POLLS, LIMIT_S)
            beside_others = POLLS / (CLOCK.monotonic() - started)
            assert not task.done()
            concerns = {c.key: c for c in poller.concerns(CLOCK.now())}
        after = await polls_a_second(good_alone, good)
        assert beside_others >= ON_TIME * min(before, after)

        for name in good:
            assert total(poller, name, "failures") == 0, name
            rates = [s for s in record.measured("interface", agent_host=name, ifName="lo")
                     if "ifHCInOctets_rate" in s.fields]  # fmt: skip
            assert len(rates) >= POLLS / 3 - 2, name
            assert record.ok(Element.port(name, "lo")) is True
            assert not any(name in key.split("/") for key in concerns)
        for name, (_, _, (what, kind)) in KINDS.items():
            assert total(poller, name, what, kind) >= 1, (name, poller.measures())
            expected = name not in SILENT
            assert record.ok(Element.device(name)) is expected, name
            if what == "refused":
                assert not concerns[f"snmp/refused/{name}"].is_vital
        assert record.ok(Element.seat_host(7)) is True
        assert record.ok(Element.seat_display(7)) is None
        assert total(poller, BREAKING, "broken") >= POLLS / 2
        assert f"snmp/broken/{BREAKING}" in concerns


@pytest.mark.daemon
async def test_a_poll_that_breaks_is_logged_once_a_spell(
    plan: CollectionPlan, good_agents: list[Snmpd], record: Record, caplog: pytest.LogCaptureFixture
) -> None:
    one = {BREAKING: target(plan, BREAKING, good_agents[0].port, "v2c")}
    poller = SnmpPoller(replace(plan, targets=one), breaking_for(BREAKING, record), CLOCK)
    for _ in range(5):
        assert await poller.poll_now([BREAKING]) == {BREAKING: False}
    assert total(poller, BREAKING, "broken") == 5
    failures = [entry for entry in caplog.records if entry.exc_info]
    assert len(failures) == 1
    assert BREAKING in failures[0].getMessage()


def mutated(datagram: bytes, chance: random.Random) -> bytes:
    """A reply as a broken or ill-meaning agent would send it."""
    octets = bytearray(datagram)
    for _ in range(chance.randrange(1, 6)):
        position = chance.randrange(len(octets)) if octets else 0
        match chance.randrange(5):
            case 0 if octets:
                octets[position] = chance.randrange(256)
            case 1 if octets:
                octets[position] ^= 1 << chance.randrange(8)
            case 2:
                del octets[position : position + chance.randrange(1, 20)]
            case 3:
                octets[position:position] = chance.randbytes(chance.randrange(1, 20))
            case _ if octets:
                octets[position] = chance.choice((0x00, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xFF))
    return bytes(octets)


def mutating(seed: int) -> Callable[[hostile.Asked], list[tuple[float, bytes]]]:
    chance = random.Random(seed)

    def answers(question: hostile.Asked) -> list[tuple[float, bytes]]:
        right = hostile.reply(question.request_id, hostile.fair(question))
        return [(0.0, mutated(right, chance)) for _ in range(6)] + [(0.001, right)]

    return answers


@pytest.mark.daemon
@pytest.mark.timeout(3_000)
async def test_mutated_replies_neither_crash_nor_pile_up_nor_delay_others(
    plan: CollectionPlan, good_agents: list[Snmpd], record: Record
) -> None:
    """Replies of an agent are mutated on their way; the unharmed one comes last."""
    replies = examples(2_000, 100_000)
    loop = asyncio.get_running_loop()
    agent = HostileAgent(mutating(7))
    transport, _ = await loop.create_datagram_endpoint(lambda: agent, local_addr=("127.0.0.1", 0))
    fuzzed = target(plan, "fuzzed", transport.get_extra_info("sockname")[1], "v2c")
    good = target(plan, "good", good_agents[0].port, "v3")
    outlet = Outlet(lambda _samples: None, lambda _observations: None)
    poller = SnmpPoller(replace(plan, targets={"fuzzed": fuzzed}), outlet, CLOCK)
    control = SnmpPoller(replace(plan, targets={"good": good}), record.outlet, CLOCK)
    alone = await polls_a_second(replace(plan, targets={"good": good}), ["good"])
    async with running(control):
        started, peak = CLOCK.monotonic(), 0
        while agent.questions * 6 < replies or total(control, "good", "polls") < CONTROL_POLLS:
            await poller.poll_now(["fuzzed"])
            if not tracemalloc.is_tracing() and agent.questions * 6 >= replies / 4:
                tracemalloc.start()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        beside_it = total(control, "good", "polls") / (CLOCK.monotonic() - started)
    transport.close()
    assert total(poller, "fuzzed", "broken") == 0, poller.measures()
    assert total(poller, "fuzzed", "refused") >= agent.questions
    assert peak < 30_000_000
    assert total(control, "good", "failures") == 0
    assert beside_it >= ON_TIME * alone


def test_mutated_replies_are_taken_or_refused_and_never_raise() -> None:
    """Straight to both dialects, before and after discovery."""
    chance = random.Random(11)
    user = UserDialect(
        SECRETS.user, SECRETS.authentication_key, SECRETS.privacy_key, time.monotonic
    )
    community = CommunityDialect(SECRETS.community)
    question = hostile.Asked(PduKind.GET, 0x0102_0304, [hostile.UPTIME, hostile.BOOTS], 0)
    right = hostile.reply(question.request_id, hostile.fair(question))
    reports = [
        hostile.report(question.request_id, counter, flags=flags)
        for counter in range(1, 7)
        for flags in (0, 1, 3)
    ]
    pending = {question.request_id}
    for _ in range(examples(2_000, 100_000)):
        community.read(mutated(right, chance), pending)
        user.read(mutated(chance.choice(reports), chance), pending)
        if chance.random() < 0.01:
            user.forget_engine()
            user.discovery(question.request_id)
        result = user.read(chance.randbytes(chance.randrange(80)), pending)
        assert isinstance(result, ReplyRefused)
