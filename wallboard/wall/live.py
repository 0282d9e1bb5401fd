"""Keeps every open wall at the present state: pushes the tiles that changed, and a heartbeat.

The heartbeat carries the server's time and when each source was last alive. It is sent by the same
task that reads the state, so a wall that hears it knows that its figures are being looked after.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from datetime import datetime

from ops_core.kernel.clock import Clock
from ops_core.kernel.i18n import Language
from ops_core.kernel.times import epoch_ms
from wallboard.threads import Lane
from wallboard.wall.state import WallSource, WallState
from wallboard.wall.stream import EventStream, Frame, Hub, encode
from wallboard.wall.tiles import TileRenderer, sources

log = logging.getLogger(__name__)

Tiles = Mapping[str, str]
"""The inner HTML of tiles by name."""

HEARTBEAT_S = 1.0
COALESCE_S = 0.2


class LiveWall:
    """Follows the source while it runs; :meth:`stream` serves one screen."""

    def __init__(
        self,
        source: WallSource,
        renderers: Mapping[Language, TileRenderer],
        clock: Clock,
        release: str,
        lane: Lane | None = None,
    ) -> None:
        self._source, self._renderers, self._clock = source, renderers, clock
        self._release = release
        self._lane = lane or Lane("wall", 1)
        self._hub = Hub[Language]()
        self._sequence = 0
        self._shown: dict[Language, Tiles] = {}
        self._state: WallState | None = None
        self._changed = asyncio.Event()

    async def run(self, on_heartbeat: Callable[[], None] = lambda: None) -> None:
        """Push until cancelled. A source that fails is logged; its tiles then go stale."""
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(self._changed.set)

        unsubscribe = self._source.subscribe(wake)
        try:
            await self._follow(loop, on_heartbeat)
        finally:
            unsubscribe()

    async def _follow(
        self, loop: asyncio.AbstractEventLoop, on_heartbeat: Callable[[], None]
    ) -> None:
        next_heartbeat = loop.time()
        while True:
            self._changed.clear()
            await self._look()
            if loop.time() >= next_heartbeat:
                self._hub.publish((0, self._heartbeat()))
                on_heartbeat()
                next_heartbeat = loop.time() + HEARTBEAT_S
            pushed = loop.time()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(next_heartbeat):
                    await self._changed.wait()
            if self._changed.is_set():
                await asyncio.sleep(max(0.0, pushed + COALESCE_S - loop.time()))

    async def _look(self) -> None:
        languages = self._hub.channels()
        try:
            self._state, rendered = await self._lane.run(lambda: self._render(languages))
        except Exception:  # any fault of a source: the wall says 数据中断, the stream lives on
            log.exception("the state of the wall could not be shown")
            return
        for language, tiles in rendered.items():
            self._push(language, tiles)

    def _render(self, languages: set[Language]) -> tuple[WallState, dict[Language, Tiles]]:
        """The state and its tiles; in a thread, for a page takes longer than it may."""
        state = self._source.state()
        return state, {language: self._renderers[language].render(state) for language in languages}

    def _push(self, language: Language, tiles: Tiles) -> None:
        shown = self._shown.get(language, {})
        changed = {name: html for name, html in tiles.items() if shown.get(name) != html}
        self._shown[language] = tiles
        if changed:
            self._sequence += 1
            frame = encode(_message(changed), event="tiles", sequence=f"{self._sequence}")
            self._hub.publish((self._sequence, frame), (language,))

    def _heartbeat(self) -> bytes:
        alive: dict[str, int | None] = {}
        if self._state is not None:
            alive = {name: _ms(at) for name, at in sources(self._state).items()}
        heartbeat = {"now": epoch_ms(self._clock.now()), "sources": alive}
        return encode(json.dumps(heartbeat), event="beat")

    def stream(self, language: Language, release: str) -> EventStream[Language]:
        """A screen's stream. A page of another release has to load itself anew."""

        async def opening() -> AsyncIterator[Frame]:
            if release != self._release:
                yield 0, encode("", event="reload")
                return
            if self._state is None:
                await self._look()
            if self._state is not None:
                sequence = self._sequence
                tiles = self._renderers[language].render(self._state)
                self._shown.setdefault(language, tiles)
                yield sequence, encode(_message(tiles), event="tiles", sequence=f"{sequence}")
            yield 0, self._heartbeat()

        return EventStream(self._hub, language, opening)


def _ms(at: datetime | None) -> int | None:
    return None if at is None else epoch_ms(at)


def _message(tiles: Tiles) -> str:
    return json.dumps(tiles, ensure_ascii=False)
