"""Messages on the supervisor's control socket: a JSON line each way, descriptors beside it."""

import json
import socket
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from device_configs.twin.state import NodeState, TwinStatus
from device_configs.twin.wire import decode, encode

SOCKET = "twin.sock"
MAXIMUM_DESCRIPTORS = 8


class Command(StrEnum):
    STATUS = "status"
    CUT = "cut"
    HEAL = "heal"
    KILL = "kill"
    HANG = "hang"
    START = "start"
    DISPLAY = "display"
    NETWORK = "network"
    NAMESPACES = "namespaces"
    EXECUTE = "execute"
    DOWN = "down"


@dataclass(frozen=True)
class Request:
    """One command; the fields that it does not need keep their defaults."""

    command: Command
    name: str = ""
    silent: bool = False
    on: bool = True
    argv: tuple[str, ...] = ()
    timeout: float = 30.0
    stdin: bytes = b""


class ErrorKind(StrEnum):
    """Why a command was not done; the client raises one exception for each."""

    UNKNOWN_NAME = "unknown_name"
    REFUSED = "refused"
    NOT_READY = "not_ready"
    FAILED = "failed"


@dataclass(frozen=True)
class Failure:
    kind: ErrorKind
    text: str
    name: str = ""
    nearest: tuple[str, ...] = ()
    state: NodeState | None = None


@dataclass(frozen=True)
class Completed:
    """Result of a command in a device. ``returncode`` 124: it ran into its time limit."""

    returncode: int
    stdout: bytes
    stderr: bytes


@dataclass(frozen=True)
class TwinReply:
    """The answer: a failure, or what was asked for, or nothing but that it was done."""

    failure: Failure | None = None
    status: TwinStatus | None = None
    execution: Completed | None = None
    namespaces: tuple[str, ...] = ()
    """Names of the descriptors that came with the reply, in their order."""


Received = TypeVar("Received", Request, TwinReply)


class ConnectionLost(ConnectionError):
    """The other side went away in the middle of a message."""


def send_message(
    connection: socket.socket, message: Request | TwinReply, descriptors: tuple[int, ...]
) -> None:
    """Send a message with descriptors (duplicated by the kernel; the caller's stay open)."""
    line = json.dumps(encode(message)).encode() + b"\n"
    if descriptors:
        line = line[socket.send_fds(connection, [line], descriptors) :]
    if line:
        connection.sendall(line)


def receive_message(
    connection: socket.socket, kind: type[Received]
) -> tuple[Received, list[int]] | None:
    """Receive one message and its descriptors; None when the other side closed in between.

    Raises ValueError for what is no message of that kind.
    """
    line = b""
    descriptors: list[int] = []
    while not line.endswith(b"\n"):
        chunk, received, _, _ = socket.recv_fds(connection, 65536, MAXIMUM_DESCRIPTORS)
        descriptors += received
        if not chunk and not line:
            return None
        if not chunk:
            raise ConnectionLost("connection closed within a message")
        line += chunk
    return decode(kind, json.loads(line)), descriptors
