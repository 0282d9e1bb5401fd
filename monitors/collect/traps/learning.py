"""Engine ids are learned from the agents: all once at the start, one again when its traps need it.

An engine id may change while we run (an agent set up anew), and an engine may lose its boots: then
its traps are unreadable until it is asked again, which its next trap brings about.
"""

import asyncio
import logging
import math
from collections.abc import Mapping

from monitors.collect.plan import SnmpSecrets, SnmpTarget
from monitors.collect.traps.engines import Engines, ask_engine
from monitors.collect.traps.inbox import Datagram
from ops_core.kernel.clock import Clock
from ops_core.kernel.workers import ENDINGS

log = logging.getLogger(__name__)

ASK_AGAIN_AFTER_S = 5.0
HELD_A_DEVICE = 8
"""Traps that wait for their device's engine id."""
PAUSE_AT_START_S = 0.02
"""Between the first questions: a large site answers them one by one."""


class EngineLearning:
    """Asks agents for their engines; keeps the few traps that cannot be read before."""

    def __init__(
        self,
        agents: Mapping[str, SnmpTarget],
        secrets: SnmpSecrets,
        engines: Engines,
        clock: Clock,
    ) -> None:
        self._agents = agents
        self._secrets = secrets
        self._engines = engines
        self._clock = clock
        self._asked_s: dict[str, float] = {}
        self._asking: set[str] = set()
        self._tasks: asyncio.TaskGroup | None = None
        self._held: dict[str, list[Datagram]] = {}
        self._readable: list[tuple[str, Datagram]] = []

    async def run(self) -> None:
        """Ask all agents once, then those whose traps need it, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            # A question that was cancelled before it began leaves its device here.
            self._asking.clear()
            try:
                for device in self._agents:
                    self.ask(device)
                    await asyncio.sleep(PAUSE_AT_START_S)
                await asyncio.Event().wait()
            finally:
                self._tasks = None

    def ask(self, device: str) -> bool:
        """Have a device's agent asked, once in a while only; False when there is none to ask."""
        if self._tasks is None or device not in self._agents:
            return False
        if device not in self._asking:
            asked_s = self._asked_s.get(device, -math.inf)
            wait_s = max(0.0, asked_s + ASK_AGAIN_AFTER_S - self._clock.monotonic())
            self._asking.add(device)
            self._tasks.create_task(self._learn(device, wait_s), name=f"trap engine of {device}")
        return True

    def hold(self, device: str, datagram: Datagram) -> bool:
        """Keep a trap until its device has been asked; False when it is to be refused."""
        held = self._held.get(device, [])
        if len(held) >= HELD_A_DEVICE or not self.ask(device):
            return False
        self._held[device] = [*held, datagram]
        return True

    def taken(self) -> list[tuple[str, Datagram]]:
        """Held traps whose device has been asked since: they are read now, or refused for good."""
        taken, self._readable = self._readable, []
        return taken

    @property
    def held(self) -> int:
        return sum(map(len, tuple(self._held.values()))) + len(self._readable)

    async def _learn(self, device: str, wait_s: float) -> None:
        try:
            await asyncio.sleep(wait_s)
            found = await ask_engine(self._agents[device], self._secrets, self._clock)
            if found is not None:
                self._engines.learn(device, found.engine_id, found.time)
        except ENDINGS:
            raise
        except BaseException as error:  # one agent never ends the others
            log.error("the engine id of %s could not be learned", device, exc_info=error)
        finally:
            self._asking.discard(device)
            self._asked_s[device] = self._clock.monotonic()
            self._readable += [(device, held) for held in self._held.pop(device, [])]
