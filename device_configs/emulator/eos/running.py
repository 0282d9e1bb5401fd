"""Emulated EOS boxes that run: one SSH server each on loopback, for the time of a ``with``."""

import asyncio
import secrets
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import asyncssh

from device_configs.emulator.eos.configuration import shown_lines
from device_configs.emulator.eos.switch import EosBox, eos_box
from device_configs.emulator.eos.terminal import serve_eos_terminal
from ops_core.kernel.made_secrets import made_secret

_LOOPBACK, _ADMIN = "127.0.0.1", "admin"


@dataclass
class RunningEosBox:
    """A box with its SSH server; ``password`` is made up at each start."""

    box: EosBox
    password: str
    host: str = _LOOPBACK
    port: int = 0
    user: str = _ADMIN
    connections: set[asyncssh.SSHServerConnection] = field(default_factory=set)

    def running_text(self) -> str:
        self.box.pass_time()
        return "".join(f"{line}\n" for line in shown_lines(self.box.running))

    def saved_text(self) -> str:
        return "".join(f"{line}\n" for line in shown_lines(self.box.startup))


@dataclass
class EosBoxes:
    """The running boxes; ``advanced_s`` is what their clock is ahead of the real one."""

    boxes: Mapping[str, RunningEosBox]
    advanced_s: float = 0.0

    def __getitem__(self, name: str) -> RunningEosBox:
        return self.boxes[name]

    def advance(self, seconds: float) -> None:
        """Move the clock of every box."""
        self.advanced_s += seconds


class _EosSignIn(asyncssh.SSHServer):
    def __init__(self, box: RunningEosBox) -> None:
        self._box = box
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._box.connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._connection is not None:
            self._box.connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        del username
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        right = secrets.compare_digest(password.encode(), self._box.password.encode())
        admitted = username == self._box.user and right
        if admitted and self._connection is not None:
            self._box.box.signed_in(username, self._connection.get_extra_info("peername")[0])
        return admitted


@contextmanager
def running_eos_boxes(texts: Mapping[str, str], password: str = "") -> Iterator[EosBoxes]:
    """Run boxes that have these configurations, by name, in a thread of their own. Without a
    ``password`` one is made up for all of them.

    Raises ValueError for a text with a line that they do not know.
    """
    found, secret = EosBoxes({}), password or made_secret(12)

    def clock() -> float:
        return time.time() + found.advanced_s

    found.boxes = {
        name: RunningEosBox(eos_box(name, text, clock), secret) for name, text in texts.items()
    }
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="emulated EOS boxes", daemon=True)
    thread.start()
    context = _listening(found)
    try:
        asyncio.run_coroutine_threadsafe(context.__aenter__(), loop).result()
        try:
            yield found
        finally:
            asyncio.run_coroutine_threadsafe(context.__aexit__(None, None, None), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@asynccontextmanager
async def _listening(boxes: EosBoxes) -> AsyncIterator[None]:
    listeners = [await _listen(one) for one in boxes.boxes.values()]
    try:
        yield
    finally:
        for one in boxes.boxes.values():
            for connection in list(one.connections):
                connection.abort()
        for listener in listeners:
            listener.close()
            await listener.wait_closed()


async def _listen(one: RunningEosBox) -> asyncssh.SSHAcceptor:
    listener = await asyncssh.listen(
        one.host, 0,
        server_factory=lambda: _EosSignIn(one),
        server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        process_factory=lambda process: serve_eos_terminal(one.box, process),
        line_editor=False,
    )  # fmt: skip
    one.port = listener.get_port()
    return listener
