"""Who answers an ICMP echo: every target twice a second, each observation with its own tries."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitors.collect.echo import EchoReply, EchoSocket
from monitors.collect.plan import PingTarget
from monitors.collect.polling.poller import Outlet
from monitors.evidence import Observation, Source
from monitors.samples import Sample, tags_of
from ops_core.kernel.clock import Clock

ROUND_S = 0.5
TRIES_AT_S = (0.0, 0.15, 0.3)
"""When the tries of one round are sent; one answer to any of them is enough."""
ANSWER_WITHIN_S = 0.45
LAST_TRY_WAITS_S = ANSWER_WITHIN_S - TRIES_AT_S[-1]
ROUNDS_PER_SAMPLE = 10
DROPS_EVERY_ROUNDS = 10
SEQUENCES = 2**16


@dataclass(slots=True)
class _Asked:
    """One target within the current round; instants on the monotonic clock, seconds."""

    target: PingTarget
    sent: dict[int, float] = field(default_factory=dict)
    """When each try was sent, by sequence number."""
    answered_at: float | None = None
    time_s: float | None = None


class LivenessProber:
    """Pings all targets in rounds of half a second.

    Each answer is stamped with its arrival and passed on at once. A device that falls silent is
    known after at most one round and ``ANSWER_WITHIN_S``, 0.95 s; one or two lost packets are no
    failure. When this loop is late its tries are, and so is the end of the round: each try has
    its time to be answered, and what has arrived is read before anybody counts as silent.
    Round-trip times are sampled every fifth second.
    """

    def __init__(
        self,
        targets: Sequence[PingTarget],
        outlet: Outlet,
        clock: Clock,
        on_drops: Callable[[str, int], None] | None = None,
    ) -> None:
        """``on_drops`` is given how many packets the kernel dropped on the socket so far."""
        self._targets = targets
        self._outlet = outlet
        self._clock = clock
        self._on_drops = on_drops
        self._asked: list[_Asked] = []
        self._waiting: dict[int, _Asked] = {}
        self._sequence = 0
        self.rounds = 0

    async def run(self) -> None:
        """Ping until cancelled. Needs CAP_NET_RAW; raises OSError without."""
        echo = EchoSocket()
        loop = asyncio.get_running_loop()
        loop.add_reader(echo.fileno(), self._read, echo)
        started = self._clock.monotonic()
        try:
            while True:
                await self._round(echo)
                self.rounds += 1
                if self._on_drops is not None and self.rounds % DROPS_EVERY_ROUNDS == 0:
                    self._on_drops("icmp", echo.dropped())
                # A round that came late shifts none of those after it.
                behind = (self._clock.monotonic() - started) % ROUND_S
                await asyncio.sleep(ROUND_S - behind)
        finally:
            loop.remove_reader(echo.fileno())
            echo.close()

    async def _round(self, echo: EchoSocket) -> None:
        begun = self._clock.monotonic()
        self._asked = [_Asked(target) for target in self._targets]
        self._waiting = {}
        last_try = begun
        for after_s in TRIES_AT_S:
            await asyncio.sleep(max(0.0, begun + after_s - self._clock.monotonic()))
            self._read(echo)
            if self._send(echo):
                last_try = self._clock.monotonic()
        end = max(begun + ANSWER_WITHIN_S, last_try + LAST_TRY_WAITS_S)
        await asyncio.sleep(max(0.0, end - self._clock.monotonic()))
        self._read(echo)
        self._end_round()

    def _send(self, echo: EchoSocket) -> bool:
        """A try to each target that has not answered yet; whether any was sent."""
        unanswered = [asked for asked in self._asked if asked.answered_at is None]
        for asked in unanswered:
            self._sequence = (self._sequence + 1) % SEQUENCES
            asked.sent[self._sequence] = self._clock.monotonic()
            self._waiting[self._sequence] = asked
            echo.send(asked.target.address, self._sequence)
        return bool(unanswered)

    def _read(self, echo: EchoSocket) -> None:
        """Note the answers that have arrived, and pass them on."""
        read_at, now = self._clock.monotonic(), self._clock.now()
        found = []
        for reply in echo.receive():
            asked = self._waiting.get(reply.sequence)
            if asked is None or asked.answered_at is not None:
                continue
            if reply.address == asked.target.address:
                late_s = self._note(asked, reply, read_at)
                at = now - timedelta(seconds=late_s)
                found.append(Observation(asked.target.element, Source.ICMP, True, at))
        if found:
            self._outlet.observations(found)

    def _note(self, asked: _Asked, reply: EchoReply, read_at: float) -> float:
        """How long the answer lay unread; its age cannot be greater than that of the request."""
        sent = asked.sent[reply.sequence]
        age_s = reply.age_s if reply.age_s <= read_at - sent else 0.0
        asked.answered_at = read_at - age_s
        asked.time_s = asked.answered_at - sent
        return age_s

    def _end_round(self) -> None:
        """Who has not answered is silent now."""
        at = self._clock.now()
        detail = f"no reply to {len(TRIES_AT_S)} requests"
        silent = [
            Observation(asked.target.element, Source.ICMP, False, at, detail)
            for asked in self._asked
            if asked.answered_at is None
        ]
        if silent:
            self._outlet.observations(silent)
        if self.rounds % ROUNDS_PER_SAMPLE == 0:
            self._outlet.samples(_samples(self._asked, at))


def _samples(asked: Sequence[_Asked], at: datetime) -> list[Sample]:
    return [
        Sample(
            "ping",
            tags_of(target=one.target.element.name, kind=one.target.element.kind),
            {"average_response_ms": one.time_s * 1_000},
            at,
        )
        for one in asked
        if one.time_s is not None
    ]
