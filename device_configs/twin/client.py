"""Command a running twin through its control socket."""

import os
import select
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from device_configs.twin.protocol import (
    SOCKET,
    Command,
    Completed,
    Request,
    TwinReply,
    receive_message,
    send_message,
)
from device_configs.twin.refusals import (
    TwinError,
    TwinNotReady,
    TwinNotRunning,
    error_of,
)
from device_configs.twin.state import TwinPhase, TwinStatus

Value = TypeVar("Value")

START_PATIENCE_S = 300.0
"""Generous: a twin that ends is seen at once, and a busy machine only needs its time."""


class TwinClient:
    """One connection a command, so a client may be shared by threads and outlive a twin.

    Every method returns when the effect is in the kernel, and raises a :class:`TwinError`.
    """

    def __init__(self, socket_path: Path) -> None:
        self._path = socket_path

    @classmethod
    def of(cls, state_directory: Path) -> "TwinClient":
        """The client of the twin that runs in a state directory."""
        return cls(state_directory / SOCKET)

    def status(self) -> TwinStatus:
        """Every device, link and seat; answers while the twin starts, too."""
        reply, _ = self._ask(Request(command=Command.STATUS))
        return _present(reply.status)

    def wait_until_ready(
        self,
        on_progress: Callable[[TwinStatus], None] = lambda _: None,
        supervisor: subprocess.Popen[bytes] | None = None,
    ) -> TwinStatus:
        """Wait for the end of the start.

        Raises :class:`TwinNotReady` after :data:`START_PATIENCE_S`.

        With ``supervisor`` (from ``start_supervisor``) it waits for that twin, not for one that
        is just being ended, and gives up as soon as the supervisor has.
        """
        deadline = time.monotonic() + START_PATIENCE_S
        while time.monotonic() < deadline and (supervisor is None or supervisor.poll() is None):
            with suppress(TwinNotRunning):
                status = self.status()
                if supervisor is None or status.supervisor_pid == supervisor.pid:
                    on_progress(status)
                    if status.phase is TwinPhase.READY:
                        return status
            time.sleep(0.05)
        raise TwinNotReady

    def cut(self, link: str, silent: bool = False) -> None:
        """Cut a cable; ``silent``: frames vanish while both ends keep their carrier."""
        self._ask(Request(command=Command.CUT, name=link, silent=silent))

    def heal(self, link: str) -> None:
        """Undo :meth:`cut`."""
        self._ask(Request(command=Command.HEAL, name=link))

    def kill(self, name: str) -> None:
        """Take the power from a device or a seat's host."""
        self._ask(Request(command=Command.KILL, name=name))

    def hang(self, name: str) -> None:
        """Let a device or seat fall silent on all ports while its links stay up."""
        self._ask(Request(command=Command.HANG, name=name))

    def start(self, name: str) -> None:
        """Undo :meth:`kill` or :meth:`hang`."""
        self._ask(Request(command=Command.START, name=name))

    def display(self, seat: str, on: bool) -> None:
        """Connect or disconnect a seat's display."""
        self._ask(Request(command=Command.DISPLAY, name=seat, on=on))

    def network_namespace(self, name: str) -> int:
        """Descriptor of a node's network namespace; the caller closes it.

        An open descriptor keeps the namespace, and so the cables in it, after the twin's end.
        """
        _, descriptors = self._ask(Request(command=Command.NETWORK, name=name))
        return descriptors[0]

    def namespaces(self, name: str) -> dict[str, int]:
        """Descriptors of all namespaces of a node (``net``, ``pid``, ``mnt``, ``root`` ...)."""
        reply, descriptors = self._ask(Request(command=Command.NAMESPACES, name=name))
        return dict(zip(reply.namespaces, descriptors, strict=True))

    def execute(
        self, name: str, argv: Sequence[str], timeout_s: float = 30.0, stdin: bytes = b""
    ) -> Completed:
        """Run a command in a device or seat; ``returncode`` 124 means that time ran out."""
        request = Request(
            command=Command.EXECUTE, name=name, argv=tuple(argv), timeout=timeout_s, stdin=stdin
        )
        reply, _ = self._ask(request)
        return _present(reply.execution)

    def down(self) -> None:
        """End the twin; returns when the kernel has ended its last process."""
        with self._connect() as connection:
            site = _first_process_of_peer(connection)
            watch = os.pidfd_open(site)
            try:
                send_message(connection, Request(command=Command.DOWN), ())
                receive_message(connection, TwinReply)
                if not select.select([watch], [], [], 30)[0]:
                    raise TwinError("孪生网络未能在 30 秒内结束", detail=f"PID {site}")
            finally:
                os.close(watch)

    def _connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(self._path))
        except OSError:
            connection.close()
            raise TwinNotRunning from None
        return connection

    def _ask(self, request: Request) -> tuple[TwinReply, list[int]]:
        try:
            with self._connect() as connection:
                send_message(connection, request, ())
                received = receive_message(connection, TwinReply)
        except OSError:
            received = None
        if received is None:
            raise TwinNotRunning
        reply, descriptors = received
        if reply.failure is not None:
            raise error_of(reply.failure)
        return reply, descriptors


def running_twin(state_directory: Path) -> TwinClient | None:
    """The twin that runs in this state directory, if one does."""
    client = TwinClient.of(state_directory)
    try:
        client.status()
    except TwinNotRunning:
        return None
    return client


def _present(value: Value | None) -> Value:
    if value is None:
        raise TwinError("孪生网络的答复不完整", remedy="停止并重新启动孪生网络")
    return value


def _first_process_of_peer(connection: socket.socket) -> int:
    """Process id, on this machine, of the site's process 1, the parent of the server."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    server = struct.unpack("=iII", credentials)[0]
    status = Path(f"/proc/{server}/stat").read_text()
    return int(status.rsplit(")", 1)[1].split()[1])
