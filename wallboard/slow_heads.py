"""The HTTP protocol of the server, which drops connections that do not say what they want.

uvicorn bounds the rest between two requests and not a head that comes a byte at a time: some
hundred such connections would hold the file descriptors of the process.
"""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 10.0
"""From the connection, or the first byte of a further request, to the end of the head."""


class PromptH11Protocol(H11Protocol):
    """Closes a connection whose head is not whole in time."""

    head_s = HEAD_S
    _awaited: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_has_come()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        if before is not None and before.response_complete and self._awaited is None:
            self._await_head()
        super().data_received(data)
        if self.cycle is not before:
            self._head_has_come()

    def _await_head(self) -> None:
        self._awaited = self.loop.call_later(self.head_s, self._drop)

    def _head_has_come(self) -> None:
        if self._awaited is not None:
            self._awaited.cancel()
            self._awaited = None

    def _drop(self) -> None:
        self._awaited = None
        self.transport.abort()
