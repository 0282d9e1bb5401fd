"""What a terminal shows, sent when it waits for keys: a packet an echoed line, not one a key."""

import asyncssh


class TypedScreen:
    """The output of one session's process; nothing is shown later than the next wait."""

    def __init__(self, output: asyncssh.SSHWriter[str]) -> None:
        self._output, self._waiting = output, ""

    def write(self, text: str) -> None:
        self._waiting += text

    def flush(self) -> None:
        if self._waiting:
            self._output.write(self._waiting)
            self._waiting = ""

    async def drain(self) -> None:
        """Send all, and wait while the other side is slower."""
        self.flush()
        await self._output.drain()
