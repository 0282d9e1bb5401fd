"""The trap port's socket: read in batches, each datagram with the instant at which it came in."""

import asyncio
import contextlib
import ctypes
import logging
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from monitors.collect.traps.inbox import Datagram
from monitors.collect.traps.sieve import INSTRUCTION
from ops_core.kernel.clock import Clock

log = logging.getLogger(__name__)

RECEIVE_BUFFER = 24 * 2**20
"""The kernel doubles it and counts about 830 octets a trap: 60,000 wait while we are starved."""
LONGEST_DATAGRAM = 16 * 1024

SO_TIMESTAMPNS = 35
SO_RCVBUFFORCE = 33
SO_MEMINFO = 55
SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27
"""asm-generic/socket.h; Python names none of them."""
MEMINFO = struct.Struct("9I")
"""linux/sock_diag.h: first what waits and its limit in octets, at the end what was dropped."""
PROGRAM = struct.Struct("HP")
"""struct sock_fprog of linux/filter.h."""
TIMESPEC = struct.Struct("qq")
ANCILLARY = socket.CMSG_SPACE(TIMESPEC.size)


@dataclass(frozen=True, slots=True)
class KernelQueue:
    """``drops`` since the socket was opened: by a full queue, and by the filter.

    ``is_short`` means that it is not by far full.
    """

    drops: int
    is_short: bool


class Reception:
    """Raises OSError when the port cannot be had. To be used on one loop, and closed."""

    def __init__(self, address: str, port: int, clock: Clock) -> None:
        self._clock = clock
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._prepare(address, port)
        except OSError:
            self._socket.close()
            raise
        self.port: int = self._socket.getsockname()[1]
        self._emptied_s = clock.monotonic()

    def _prepare(self, address: str, port: int) -> None:
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        with contextlib.suppress(OSError):  # only root may exceed net.core.rmem_max
            self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.bind((address, port))

    async def readable(self, timeout_s: float) -> None:
        """Wait for a datagram, for so long at most."""
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        loop.add_reader(self._socket, _set, ready)
        try:
            await asyncio.wait([ready], timeout=timeout_s)
        finally:
            loop.remove_reader(self._socket)

    def drain(
        self, most: int, take: Callable[[Datagram], None], refuse: Callable[[str], None]
    ) -> int:
        """Hand over what has arrived, ``most`` at a time; ``refuse`` gets senders of giants."""
        began_s, wall_s = self._clock.monotonic(), time.time()
        # Whatever is read now came after the socket was last found empty: no step of the
        # machine's clock makes an arrival older than that.
        oldest_s = max(0.0, began_s - self._emptied_s)
        for count in range(most):
            try:
                data, ancillary, flags, address = self._socket.recvmsg(LONGEST_DATAGRAM, ANCILLARY)
            except BlockingIOError:
                self._emptied_s = began_s
                return count
            except OSError as error:  # such as an ICMP error that came back for an answer
                log.debug("trap socket: %s", error)
                continue
            if flags & socket.MSG_TRUNC:
                refuse(address[0])
                continue
            age_s = min(max(0.0, wall_s - _stamp(ancillary, wall_s)), oldest_s)
            take(Datagram(address, data, began_s - age_s))
        return most

    def answer(self, data: bytes, address: tuple[str, int]) -> None:
        """Send an answer; one that cannot be sent is lost as any datagram may be."""
        with contextlib.suppress(OSError):
            self._socket.sendto(data, address)

    def kernel_queue(self) -> KernelQueue:
        """How the kernel's queue of this socket fares."""
        octets = self._socket.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, MEMINFO.size)
        waiting, limit, *_, drops = MEMINFO.unpack(octets)
        return KernelQueue(drops, is_short=waiting < limit / 2)

    def filter(self, program: bytes | None) -> None:
        """Have the kernel drop what a program refuses; None takes it away. Raises OSError."""
        if program is None:
            self._socket.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
            return
        code = ctypes.create_string_buffer(program, len(program))
        count = len(program) // INSTRUCTION.size
        described = PROGRAM.pack(count, ctypes.addressof(code))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, described)

    def close(self) -> None:
        self._socket.close()


def _set(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)


def _stamp(ancillary: list[tuple[int, int, bytes]], otherwise_s: float) -> float:
    """The kernel's instant of arrival (seconds of the machine's wall clock)."""
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = TIMESPEC.unpack(content)
            return float(seconds + nanoseconds / 1e9)
    return otherwise_s
