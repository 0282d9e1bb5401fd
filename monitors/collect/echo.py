"""Echo requests and replies (RFC 792) on one raw socket, stamped by the kernel on arrival.

A reply's stamp is the kernel's, so reading it late does not make it late.
"""

import errno
import os
import secrets
import socket
import struct
import time
from dataclasses import dataclass

ECHO_REPLY, ECHO_REQUEST = 0, 8
HEADER = struct.Struct("!BBHHH")
"""Type, code, checksum, identifier, sequence number."""
PADDING = b"zhishou".ljust(20, b".")
IP_HEADER_WORDS = 0x0F
IP_SOURCE = slice(12, 16)
SOL_RAW, ICMP_FILTER = 255, 1
SO_TIMESTAMPNS = getattr(socket, "SO_TIMESTAMPNS", 35)
SO_MEMINFO, MEMINFO_VALUES, MEMINFO_DROPS = 55, 9, 8
"""Linux: nine 32-bit figures of a socket's memory, the last one its drops."""
STAMP = struct.Struct("@ll")
RECEIVE_BUFFER = 2**21
LARGEST = 512
TOKEN_BYTES = 8
NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class EchoReply:
    """A reply to one of our requests; ``age_s`` says how long ago the kernel received it."""

    address: str
    sequence: int
    age_s: float


class EchoSocket:
    """Sends and receives without ever blocking. Needs CAP_NET_RAW."""

    def __init__(self) -> None:
        """Raises OSError (PermissionError) when no raw socket can be had."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        only_replies = ~(1 << ECHO_REPLY) & 0xFFFFFFFF
        self._socket.setsockopt(SOL_RAW, ICMP_FILTER, struct.pack("I", only_replies))
        self._identifier = int.from_bytes(os.urandom(2))
        self._token = secrets.token_bytes(TOKEN_BYTES)

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def send(self, address: str, sequence: int) -> bool:
        """Ask once; False when the network refuses to carry it (no route, no neighbour)."""
        try:
            self._socket.sendto(self._request(sequence), (address, 0))
        except OSError:
            return False
        return True

    def receive(self) -> list[EchoReply]:
        """Everything that has arrived."""
        found: list[EchoReply] = []
        while True:
            try:
                packet, ancillary, _, _ = self._socket.recvmsg(LARGEST, socket.CMSG_SPACE(16))
            except OSError as error:
                if error.errno in (errno.EAGAIN, errno.EWOULDBLOCK, errno.EINTR):
                    return found
                continue  # an error of an earlier request; it is used up by reading it
            reply = self._reply(packet, _age_s(ancillary))
            if reply is not None:
                found.append(reply)

    def dropped(self) -> int:
        """Packets the kernel dropped because this socket's buffer was full."""
        figures = self._socket.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 4 * MEMINFO_VALUES)
        if len(figures) < 4 * MEMINFO_VALUES:
            return 0
        drops: int = struct.unpack(f"{MEMINFO_VALUES}I", figures)[MEMINFO_DROPS]
        return drops

    def _request(self, sequence: int) -> bytes:
        content = self._token + PADDING
        head = HEADER.pack(ECHO_REQUEST, 0, 0, self._identifier, sequence)
        return (
            HEADER.pack(ECHO_REQUEST, 0, checksum(head + content), self._identifier, sequence)
            + content
        )

    def _reply(self, packet: bytes, age_s: float) -> EchoReply | None:
        header_size = (packet[0] & IP_HEADER_WORDS) * 4 if packet else 0
        if len(packet) < header_size + HEADER.size + TOKEN_BYTES:
            return None
        kind, _, _, identifier, sequence = HEADER.unpack_from(packet, header_size)
        content = packet[header_size + HEADER.size :]
        is_ours = identifier == self._identifier and content.startswith(self._token)
        if kind != ECHO_REPLY or not is_ours:
            return None
        address = socket.inet_ntoa(packet[IP_SOURCE])
        return EchoReply(address, sequence, age_s)


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _age_s(ancillary: list[tuple[int, int, bytes]]) -> float:
    """How long ago the kernel received the packet; 0 when it does not say.

    The stamp is of the machine's clock, which may have been set since: whoever knows when the
    request was sent holds the age against that.
    """
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS and len(content) >= STAMP.size:
            seconds, nanoseconds = STAMP.unpack_from(content)
            age_ns: int = time.time_ns() - (seconds * NANOSECONDS + nanoseconds)
            return max(0.0, age_ns / NANOSECONDS)
    return 0.0
