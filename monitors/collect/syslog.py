"""Log lines that devices send about sign-ins and changes (RFC 3164 and 5424 over UDP).

Nothing is stored of them: a line is a reason to look at its device. What comes is read in small
shares, and what exceeds them is the kernel's to drop: the regular check finds it, too.
"""

import asyncio
import socket
from collections.abc import Callable, Mapping

from monitors.collect.configuration_notices import ConfigurationNotice, notice_of_line
from ops_core.kernel.clock import Clock
from ops_core.kernel.health import Measure, MeasureKind
from ops_core.kernel.workers import Worker

SYSLOG_PORT = 514
LONGEST_LINE = 2_048
"""Octets (RFC 5424, 6.1, asks receivers to take so many)."""
RECEIVE_BUFFER = 256 * 1024
LINES_A_CYCLE = 64
CYCLE_S = 0.05
"""Both together: 1,280 lines a second, some 15 ms of the loop."""
IDLE_S = 1.0


class SyslogReceiver:
    """Receives the lines of declared devices, told apart by the addresses they come from."""

    def __init__(
        self,
        devices_by_address: Mapping[str, str],
        on_notice: Callable[[ConfigurationNotice], None],
        clock: Clock,
        *,
        address: str = "0.0.0.0",  # noqa: S104 - the device side's namespace, not the machine
        port: int = SYSLOG_PORT,
    ) -> None:
        self._devices_by_address, self._on_notice, self._clock = (
            devices_by_address, on_notice, clock,
        )  # fmt: skip
        self._address, self.port = address, port
        self._lines = self._notices = self._unknown = 0
        self.is_listening = asyncio.Event()

    async def run(self, worker: Worker) -> None:
        """Receive until cancelled. Raises OSError when the port cannot be had."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard:
            heard.setblocking(False)
            heard.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            heard.bind((self._address, self.port))
            self.port = heard.getsockname()[1]
            self.is_listening.set()
            try:
                while True:
                    await _readable(heard)
                    self._read_share(heard, worker)
                    worker.succeeded()
                    await asyncio.sleep(CYCLE_S)
            finally:
                self.is_listening.clear()

    def measures(self) -> list[Measure]:
        counter = MeasureKind.COUNTER
        return [
            Measure("zhishou_syslog_lines_total", "Log lines read.", self._lines, counter),
            Measure(
                "zhishou_syslog_notices_total", "Log lines about sign-ins and changes.",
                self._notices, counter,
            ),
            Measure(
                "zhishou_syslog_undeclared_total", "Log lines from undeclared addresses.",
                self._unknown, counter,
            ),
        ]  # fmt: skip

    def _read_share(self, heard: socket.socket, worker: Worker) -> None:
        for _ in range(LINES_A_CYCLE):
            try:
                octets, sender = heard.recvfrom(LONGEST_LINE)
            except BlockingIOError:
                return
            with worker.boundary("line"):
                self._take(octets, sender[0])

    def _take(self, octets: bytes, address: str) -> None:
        device = self._devices_by_address.get(address)
        if device is None:
            self._unknown += 1
            return
        self._lines += 1
        line = octets.decode("utf-8", errors="replace")
        notice = notice_of_line(device, line, self._clock.now())
        if notice is not None:
            self._notices += 1
            self._on_notice(notice)


async def _readable(heard: socket.socket) -> None:
    """Wait for a line, for a second at most."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(heard, ready.set)
    try:
        async with asyncio.timeout(IDLE_S):
            await ready.wait()
    except TimeoutError:
        pass
    finally:
        loop.remove_reader(heard)
