"""Who answers an ICMP echo: every target twice a second, each observation with its own tries."""

import asyncio
from collections.abc import Sequence

from gufo.ping import Ping

from monitors.collect.plan import PingTarget
from monitors.collect.poller import Outlet
from monitors.evidence import Observation, Source
from monitors.samples import Sample, tags_of
from ops_core.kernel.clock import Clock

ROUND_S = 0.5
TRIES_AT_S = (0.0, 0.15, 0.3)
"""When the tries of one round are sent; one answer to any of them is enough."""
ANSWER_WITHIN_S = 0.45
ROUNDS_PER_SAMPLE = 10
TICK_S = 0.02
LATE_S = 0.1
"""A loop that woke later than this within a round may have missed replies that came in time."""
CERTAIN_AFTER = 4
"""Rounds in a row without a reply that count even if each of them was late."""


class LivenessProber:
    """Pings all targets in rounds of half a second.

    A device that falls silent is known after at most one round and ``ANSWER_WITHIN_S``, 0.95 s;
    one or two lost packets are no failure. A round in which this loop itself was held up proves
    no silence: its missing replies are told only when they have been missing for some rounds.
    Round-trip times are sampled every fifth second.
    """

    def __init__(self, targets: Sequence[PingTarget], outlet: Outlet, clock: Clock) -> None:
        self._targets = targets
        self._outlet = outlet
        self._clock = clock
        self._missed = [0] * len(targets)
        self._pending: set[asyncio.Task[float | None]] = set()
        self.rounds = 0

    async def run(self) -> None:
        """Ping until cancelled. Needs CAP_NET_RAW."""
        if not self._targets:
            return
        pinger = Ping(timeout=ANSWER_WITHIN_S, size=64)
        started = self._clock.monotonic()
        while True:
            await self._round(pinger)
            self.rounds += 1
            # A round that came late shifts none of those after it.
            behind = (self._clock.monotonic() - started) % ROUND_S
            await asyncio.sleep(ROUND_S - behind)

    async def _round(self, pinger: Ping) -> None:
        async with _Lateness(self._clock) as lateness:
            times = await asyncio.gather(
                *(_answer_time(pinger, t.address, self._pending) for t in self._targets)
            )
        at = self._clock.now()
        certain = CERTAIN_AFTER if lateness.worst_s > LATE_S else 1
        observations = []
        for position, (target, time_s) in enumerate(zip(self._targets, times, strict=True)):
            self._missed[position] = 0 if time_s is not None else self._missed[position] + 1
            if time_s is not None or self._missed[position] >= certain:
                detail = "" if time_s is not None else f"no reply to {len(TRIES_AT_S)} requests"
                observations.append(
                    Observation(target.element, Source.ICMP, time_s is not None, at, detail)
                )
        self._outlet.observations(observations)
        if self.rounds % ROUNDS_PER_SAMPLE == 0:
            self._outlet.samples(
                [
                    Sample(
                        "ping",
                        tags_of(target=target.element.name, kind=target.element.kind),
                        {"average_response_ms": time_s * 1_000},
                        at,
                    )
                    for target, time_s in zip(self._targets, times, strict=True)
                    if time_s is not None
                ]
            )


class _Lateness:
    """How late the loop woke, at the worst, while a block ran."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.worst_s = 0.0

    async def __aenter__(self) -> "_Lateness":
        self._due = self._clock.monotonic() + TICK_S
        self._task = asyncio.create_task(self._tick())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        self._look()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._due - self._clock.monotonic())
            self._look()
            self._due = self._clock.monotonic() + TICK_S

    def _look(self) -> None:
        self.worst_s = max(self.worst_s, self._clock.monotonic() - self._due)


async def _answer_time(
    pinger: Ping, address: str, pending: set[asyncio.Task[float | None]]
) -> float | None:
    """Seconds until the first reply, None when no try was answered in the round's time.

    Tries that are no longer needed stay in ``pending`` until they end by themselves: the library
    cannot bear a cancelled one, and would lose the replies read together with it.
    """
    tries: set[asyncio.Task[float | None]] = set()
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            for position, sent_at_s in enumerate(TRIES_AT_S):
                attempt = asyncio.create_task(pinger.ping(address))
                pending.add(attempt)
                attempt.add_done_callback(pending.discard)
                tries.add(attempt)
                is_last = position == len(TRIES_AT_S) - 1
                patience_s = None if is_last else TRIES_AT_S[position + 1] - sent_at_s
                time_s = await _first_reply(tries, patience_s)
                if time_s is not None:
                    return time_s
    except TimeoutError:
        return None
    return None


async def _first_reply(
    tries: set[asyncio.Task[float | None]], patience_s: float | None
) -> float | None:
    done, _ = await asyncio.wait(tries, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
    replies = [attempt.result() for attempt in done]
    return min((time_s for time_s in replies if time_s is not None), default=None)
