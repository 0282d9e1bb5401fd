"""Emulated boxes that run: one SSH server each on loopback, for the time of a ``with``.

``async with`` within a loop of one's own, or ``with`` from synchronous code: then a thread of its
own runs the loop.
"""

import asyncio
import secrets
import threading
import time
import zlib
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache

import asyncssh

from device_configs.emulator.emulated_box import Clock, EmulatedBox, SentLine
from device_configs.emulator.entries import ConfigLine, empty
from device_configs.emulator.flash import FlashServer
from device_configs.emulator.kinds import KINDS, VendorKind
from device_configs.emulator.loading import load_text
from device_configs.emulator.state import BoxState, Instant, Neighbor
from device_configs.emulator.terminal_session import serve_terminal
from device_configs.emulator.traits import Traits
from device_configs.emulator.vocabulary import Vocabulary
from device_configs.grammar.views import SYSTEM_VIEW
from ops_core.kernel.made_secrets import made_secret

LOOPBACK = "127.0.0.1"
ADMIN = "admin"
_STARTED_BEFORE_S = 90_000.0


@dataclass(frozen=True)
class BoxSpec:
    """What to emulate: ``text`` is what the box runs and has saved when it starts."""

    name: str
    kind: str = "vrp8"
    text: str = ""
    traits: Traits = field(default_factory=Traits)
    peer: str | None = None
    """Name of the other half; either may name it."""
    active: bool = True
    neighbors: tuple[Neighbor, ...] = ()
    port: int = 0
    """0: any free one."""


class RunningDevice:
    """An emulated box with its SSH server."""

    def __init__(self, box: EmulatedBox, password: str) -> None:
        self.box = box
        self.name, self.host, self.port = box.name, LOOPBACK, 0
        self.user, self.password = ADMIN, password
        self._connections: set[asyncssh.SSHServerConnection] = set()
        self.run_in_loop: Callable[[Callable[[], None]], None] = lambda work: work()

    @property
    def state(self) -> BoxState:
        """The state now; deadlines that have passed are carried out."""
        self.run_in_loop(self.box.pass_time)
        return self.box.state

    def running_text(self) -> str:
        return self.box.text_of(self.state.running)

    def saved_text(self) -> str:
        return self.box.text_of(self.state.saved)

    def log_of_states(self) -> list[str]:
        """The text of every configuration that ever ran, the first one first."""
        return [self.box.text_of(one.root) for one in list(self.box.history)]

    def sent_lines(self) -> list[str]:
        """Every line that any session sent, in order."""
        return [line.text for line in self.sent()]

    def sent(self) -> list[SentLine]:
        return list(self.box.sent)

    def set_traits(self, **changed: object) -> None:
        """Switch traits by name (:class:`~device_configs.emulator.traits.Traits`)."""
        traits = replace(self.box.state.traits, **changed)  # type: ignore[arg-type]
        self.run_in_loop(lambda: self.box.set_traits(traits))

    def set_active(self, active: bool) -> None:
        """Of a pair: make this half the one where the configuration is made, or the other."""

        def change() -> None:
            self.box.state = replace(self.box.state, active=active)
            if self.box.peer is not None:
                self.box.peer.state = replace(self.box.peer.state, active=not active)

        self.run_in_loop(change)

    def set_peer_up(self, up: bool) -> None:
        """Of a pair: whether the halves reach each other."""

        def change() -> None:
            self.box.state = replace(self.box.state, peer_up=up)
            if self.box.peer is not None:
                self.box.peer.state = replace(self.box.peer.state, peer_up=up)

        self.run_in_loop(change)

    def drop_sessions(self) -> None:
        """Cut every connection at once, as a lost network does."""
        self.run_in_loop(self._drop)

    def _drop(self) -> None:
        for connection in list(self._connections):
            connection.abort()
        for number in list(self.box.state.sessions):
            self.box.logout(number)

    def sessions_gone(self) -> None:
        """Sessions ended by themselves: without one, no connection is left."""
        if not self.box.state.sessions:
            for connection in list(self._connections):
                connection.abort()

    def connected(self, connection: asyncssh.SSHServerConnection) -> None:
        self._connections.add(connection)

    def disconnected(self, connection: asyncssh.SSHServerConnection) -> None:
        self._connections.discard(connection)


class LabClock:
    """The clock of all boxes: the real one, and what :meth:`Devices.advance` added."""

    def __init__(self) -> None:
        self.added = 0.0

    def __call__(self) -> Instant:
        return time.time() + self.added


class Devices(Mapping[str, RunningDevice]):
    """The running boxes by name."""

    def __init__(self, devices: dict[str, RunningDevice], clock: LabClock) -> None:
        self._devices, self._clock = devices, clock

    def __getitem__(self, name: str) -> RunningDevice:
        return self._devices[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._devices)

    def __len__(self) -> int:
        return len(self._devices)

    def advance(self, seconds: float) -> None:
        """Move the clock of every box; what is due by then happens before this returns."""
        self._clock.added += seconds
        for device in self._devices.values():
            device.run_in_loop(device.box.pass_time)


class _Login(asyncssh.SSHServer):
    def __init__(self, device: RunningDevice, keys: str) -> None:
        self._device, self._keys = device, keys
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._device.connected(conn)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        if self._connection is not None:
            self._device.disconnected(self._connection)

    def begin_auth(self, username: str) -> bool:
        if self._keys and self._connection is not None and username == self._device.user:
            self._connection.set_authorized_keys(asyncssh.import_authorized_keys(self._keys))
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        device = self._device
        return username == device.user and secrets.compare_digest(
            password.encode(), device.password.encode()
        )


@asynccontextmanager
async def devices_in_loop(
    specs: Sequence[BoxSpec], password: str = "", authorized_keys: str = ""
) -> AsyncIterator[Devices]:
    """Run boxes in the running loop. Without a ``password`` one is made up for all of them.

    ``authorized_keys`` is a text in OpenSSH's form: their holders sign in without a password.
    Raises KeyError for an unknown kind and OSError for a port in use; nothing runs then.
    """
    clock = LabClock()
    secret = password or made_secret(12)
    boxes = {spec.name: box_of(spec, clock) for spec in specs}
    for spec in specs:
        if spec.peer is not None and spec.peer in boxes:
            boxes[spec.name].peer, boxes[spec.peer].peer = boxes[spec.peer], boxes[spec.name]
    devices = {spec.name: RunningDevice(boxes[spec.name], secret) for spec in specs}
    listeners: list[asyncssh.SSHAcceptor] = []
    watch: asyncio.Task[None] | None = None
    try:
        for spec in specs:
            listener = await _listen(devices[spec.name], spec.port, authorized_keys)
            listeners.append(listener)
            devices[spec.name].port = listener.get_port()
        watch = asyncio.create_task(_watch(boxes.values()))
        yield Devices(devices, clock)
    finally:
        if watch is not None:
            watch.cancel()
        for device in devices.values():
            device.drop_sessions()
        for listener in listeners:
            listener.close()
        for listener in listeners:
            await listener.wait_closed()


async def _listen(device: RunningDevice, port: int, keys: str) -> asyncssh.SSHAcceptor:
    box = device.box
    box.on_sessions_gone = device.sessions_gone
    return await asyncssh.listen(
        LOOPBACK,
        port,
        server_factory=lambda: _Login(device, keys),
        server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        process_factory=lambda process: serve_terminal(box, process),
        sftp_factory=lambda channel: FlashServer(channel, box),
        allow_scp=True,
        line_editor=False,
        login_timeout=60,
    )


async def _watch(boxes: Collection[EmulatedBox]) -> None:
    """Let deadlines pass while nobody asks the boxes anything."""
    while True:
        for box in boxes:
            if box.next_deadline is not None:
                box.pass_time()
        await asyncio.sleep(0.2)


@contextmanager
def running_devices(
    specs: Sequence[BoxSpec], password: str = "", authorized_keys: str = ""
) -> Iterator[Devices]:
    """The same for synchronous code: a thread runs the boxes until the ``with`` ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="emulated boxes", daemon=True)
    thread.start()
    context = devices_in_loop(specs, password, authorized_keys)
    try:
        devices = asyncio.run_coroutine_threadsafe(context.__aenter__(), loop).result()
        for device in devices.values():
            device.run_in_loop = lambda work: _in_loop(loop, work)
        try:
            yield devices
        finally:
            for device in devices.values():
                device.run_in_loop = lambda work: work()
            asyncio.run_coroutine_threadsafe(context.__aexit__(None, None, None), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _in_loop(loop: asyncio.AbstractEventLoop, work: Callable[[], None]) -> None:
    async def done() -> None:
        work()

    asyncio.run_coroutine_threadsafe(done(), loop).result()


def box_of(spec: BoxSpec, clock: Clock) -> EmulatedBox:
    """A box without a network, as its server would hold it. Raises KeyError for no such kind."""
    return EmulatedBox(spec.name, _state(spec, clock()), clock)


def _state(spec: BoxSpec, now: Instant) -> BoxState:
    kind: VendorKind = KINDS[spec.kind]
    text = spec.text or f"sysname {spec.name}\n"
    root = _loaded(kind.vocabulary, text)
    serial = f"EMULATED{zlib.crc32(spec.name.encode()):010}"
    return BoxState(
        kind, serial, root, root, now - _STARTED_BEFORE_S, now,
        traits=spec.traits, active=spec.active, neighbors=spec.neighbors,
    )  # fmt: skip


@lru_cache(maxsize=64)
def _loaded(vocabulary: Vocabulary, text: str) -> ConfigLine:
    """Boxes that start alike share their configuration."""
    return load_text(vocabulary, text, empty(SYSTEM_VIEW)).root
