"""Messages on the supervisor's control socket: a JSON line each way, descriptors beside it."""

import json
import socket
from enum import StrEnum
from typing import TypeVar

from pydantic import Base64Bytes, BaseModel, ConfigDict

from device_configs.twin.state import NodeState, TwinStatus

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


class Message(BaseModel):
    """A value of the protocol: immutable and closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Request(Message):
    """One command; the fields that it does not need keep their defaults."""

    command: Command
    name: str = ""
    silent: bool = False
    on: bool = True
    argv: tuple[str, ...] = ()
    timeout: float = 30.0
    stdin: Base64Bytes = b""


class ErrorKind(StrEnum):
    """Why a command was not done; the client raises one exception for each."""

    UNKNOWN_NAME = "unknown_name"
    REFUSED = "refused"
    NOT_READY = "not_ready"
    FAILED = "failed"


class Failure(Message):
    kind: ErrorKind
    text: str
    name: str = ""
    nearest: tuple[str, ...] = ()
    state: NodeState | None = None


class Execution(Message):
    returncode: int
    stdout: Base64Bytes
    stderr: Base64Bytes


class Reply(Message):
    """The answer: a failure, or what was asked for, or nothing but that it was done."""

    failure: Failure | None = None
    status: TwinStatus | None = None
    execution: Execution | None = None
    namespaces: tuple[str, ...] = ()
    """Names of the descriptors that came with the reply, in their order."""


Received = TypeVar("Received", bound=Message)


class ConnectionLost(ConnectionError):
    """The other side went away in the middle of a message."""


def send_message(connection: socket.socket, message: Message, descriptors: tuple[int, ...]) -> None:
    """Send a message with descriptors (duplicated by the kernel; the caller's stay open)."""
    line = json.dumps(message.model_dump(mode="json", exclude_defaults=True)).encode() + b"\n"
    if descriptors:
        line = line[socket.send_fds(connection, [line], descriptors) :]
    if line:
        connection.sendall(line)


def receive_message(
    connection: socket.socket, kind: type[Received]
) -> tuple[Received, list[int]] | None:
    """Receive one message and its descriptors; None when the other side closed in between."""
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
    return kind.model_validate_json(line), descriptors
