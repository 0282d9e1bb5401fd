"""The control socket's server: one thread a connection, commands by :class:`Twin`."""

import logging
import os
import socket
import threading
from pathlib import Path

from device_configs.twin.names import UnknownName
from device_configs.twin.node import RunningNode
from device_configs.twin.plan import DevicePlan
from device_configs.twin.protocol import (
    Command,
    ErrorKind,
    Failure,
    Request,
    TwinReply,
    receive_message,
    send_message,
)
from device_configs.twin.state import TwinPhase
from device_configs.twin.twin import Twin, TwinRefused

log = logging.getLogger(__name__)


class ControlServer:
    """Serves the commands of one twin until :attr:`stopped` is set."""

    def __init__(self, twin: Twin, path: Path) -> None:
        self._twin = twin
        self._path = path
        self.stopped = threading.Event()
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            self._listener.bind(str(path))
        finally:
            os.umask(before)
        self._listener.listen(64)

    def start(self) -> None:
        """Accept connections in a thread of its own."""
        threading.Thread(target=self._accept, name="control", daemon=True).start()

    def close(self) -> None:
        """Take the socket's name away; nothing new is accepted."""
        self._path.unlink(missing_ok=True)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                while (received := receive_message(connection, Request)) is not None:
                    request, _ = received
                    self._answer(connection, request)
            except (OSError, ValueError) as broken:
                log.warning("control connection dropped: %s", broken)

    def _answer(self, connection: socket.socket, request: Request) -> None:
        opened: list[int] = []
        try:
            reply, descriptors = self._handle(request, opened)
        except (UnknownName, TwinRefused, RuntimeError, OSError) as error:
            reply, descriptors = TwinReply(failure=_failure(error)), ()
        try:
            send_message(connection, reply, descriptors)
        finally:
            for descriptor in opened:
                os.close(descriptor)
        if request.command is Command.DOWN and reply.failure is None:
            self.stopped.set()

    def _handle(self, request: Request, opened: list[int]) -> tuple[TwinReply, tuple[int, ...]]:
        twin = self._twin
        if request.command is Command.STATUS:
            return TwinReply(status=twin.status()), ()
        if request.command is Command.DOWN:
            return TwinReply(), ()
        if twin.status().phase is not TwinPhase.READY:
            return TwinReply(failure=Failure(kind=ErrorKind.NOT_READY, text="still starting")), ()
        if request.command is Command.NETWORK:
            return TwinReply(namespaces=("net",)), (twin.network(request.name),)
        if request.command is Command.NAMESPACES:
            names = _open_namespaces(twin.powered(request.name), opened)
            return TwinReply(namespaces=names), tuple(opened)
        if request.command is Command.EXECUTE:
            done = twin.execute(request.name, request.argv, request.timeout, request.stdin)
            return TwinReply(execution=done), ()
        self._change(request)
        return TwinReply(), ()

    def _change(self, request: Request) -> None:
        match request.command:
            case Command.CUT:
                self._twin.cut(request.name, silent=request.silent)
            case Command.HEAL:
                self._twin.heal(request.name)
            case Command.KILL:
                self._twin.kill(request.name)
            case Command.HANG:
                self._twin.hang(request.name)
            case Command.START:
                self._twin.start(request.name)
            case Command.DISPLAY:
                self._twin.display(request.name, on=request.on)
            case _:
                raise AssertionError(request.command)


def _failure(error: Exception) -> Failure:
    text = str(error)
    match error:
        case UnknownName(name=name, nearest=nearest):
            return Failure(
                kind=ErrorKind.UNKNOWN_NAME, text=text, name=name, nearest=tuple(nearest)
            )
        case TwinRefused(name=name, state=state):
            return Failure(kind=ErrorKind.REFUSED, text=text, name=name, state=state)
        case _:
            return Failure(kind=ErrorKind.FAILED, text=text)


def _open_namespaces(node: RunningNode, opened: list[int]) -> tuple[str, ...]:
    names = ["net", "uts", "ipc", "pid"]
    if isinstance(node.plan, DevicePlan):
        names += ["mnt", "root"]
    for name in names:
        below = "root" if name == "root" else f"ns/{name}"
        opened.append(os.open(f"/proc/{node.first_process}/{below}", os.O_RDONLY | os.O_CLOEXEC))
    return tuple(names)
