"""How long a seat was cut off: a datagram (or a line) at a steady beat, and the longest silence.

The sender is a program of its own in the seat's network namespace; it ends when its input
closes and then prints its :class:`GapMeasurement`. It starts dozens of times while a change is
watched: nothing but the standard library is imported here. (``ping -w`` ends at the first ICMP
error and then reports no gap, so it is no instrument for this.)
"""

import argparse
import itertools
import json
import select
import socket
import subprocess
import sys
import time
from collections.abc import Container, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from ipaddress import IPv4Address
from typing import Self

from device_configs.twin.namespace import start_in_network

_LAST_REPLIES_S = 0.5
STOOD_STILL_MS = 1_000.0
"""A sender that could not send for as long stood on a machine that stood still, and so did the
routers of its twin: neighbours gave each other up, and what was lost then is no fault of theirs."""
HEALED_WITHIN_MS = 5_000.0
"""Afterwards they have found each other again."""
_DATAGRAM_OCTETS = 8


class Transport(StrEnum):
    UDP = "udp"
    TCP = "tcp"


INTERVALS_S = {Transport.UDP: 0.02, Transport.TCP: 0.05}


@dataclass(frozen=True, slots=True)
class GapMeasurement:
    """What one observation found."""

    sent: int
    lost: int
    longest_gap_ms: float
    """Longest time without a reply; one that is missing at the beginning or the end counts."""
    session_ended: bool = False
    """TCP only: the session broke, or could not be made."""
    longest_loss_ms: float = 0.0
    """Longest time in which everything sent was lost. Unlike the gap it does not grow when the
    machine keeps the sender or the answerer from running: what is late is not lost."""
    longest_pause_ms: float = 0.0
    """Longest time from one sending to the next: how long the machine kept the sender waiting."""

    @property
    def stood_still(self) -> bool:
        """See :func:`stood_still`."""
        return stood_still(self.longest_pause_ms, self.longest_gap_ms)


def stood_still(pause_ms: float, gap_ms: float) -> bool:
    """Whether the machine stood still meanwhile, and for long enough to explain the silence: the
    network cannot be judged by it. A silence that outlasts it is the network's own."""
    return pause_ms >= STOOD_STILL_MS and gap_ms <= pause_ms + HEALED_WITHIN_MS


def measure_gap(
    sent: Sequence[float], replied: Sequence[tuple[int, float]], session_ended: bool = False
) -> GapMeasurement:
    """Find the longest gap; pure.

    ``sent`` are the times of sending in seconds, ascending; ``replied`` are (index into ``sent``,
    time of the reply) in any order. The gap runs from the first sending over every reply to the
    last sending. The second reply to one sending (a duplicate) is no reply.
    """
    if not sent:
        return GapMeasurement(sent=0, lost=0, longest_gap_ms=0.0, session_ended=session_ended)
    first: dict[int, float] = {}
    for index, at in replied:
        first[index] = min(at, first.get(index, at))
    end = sent[-1]
    heard = [sent[0], *(at for at in sorted(first.values()) if at < end), end]
    longest = max(later - earlier for earlier, later in itertools.pairwise(heard)) \
        if len(heard) > 1 else 0.0  # fmt: skip
    return GapMeasurement(
        sent=len(sent),
        lost=len(sent) - len(first),
        longest_gap_ms=max(0.0, longest) * 1000,
        session_ended=session_ended,
        longest_loss_ms=_longest_loss(sent, first) * 1000,
        longest_pause_ms=max((b - a for a, b in itertools.pairwise(sent)), default=0.0) * 1000,
    )


def _longest_loss(sent: Sequence[float], answered: Container[int]) -> float:
    """Seconds from the first lost sending to the next that was answered, or to the last one."""
    longest, since = 0.0, None
    for index, at in enumerate(sent):
        if since is None and index not in answered:
            since = at
        elif since is not None and (index in answered or index == len(sent) - 1):
            longest = max(longest, at - since)
            since = None if index in answered else since
    return longest


class GapObserver:
    """Observes from a network namespace while a block runs.

    >>> with GapObserver(seat_network, IPv4Address("10.100.0.10")) as observer:  # doctest: +SKIP
    ...     client.cut("rt-a--egov")
    ...     time.sleep(2)
    >>> observer.measurement.longest_gap_ms  # doctest: +SKIP
    """

    def __init__(
        self,
        network: int,
        address: IPv4Address,
        transport: Transport = Transport.UDP,
        interval_s: float | None = None,
    ) -> None:
        target = f"{address}:{_port(transport)}"
        self._argv = [sys.executable, "-m", "device_configs.twin.gap", transport, target]
        if interval_s is not None:
            self._argv += ["--interval", str(interval_s)]
        self._network = network
        self._process: subprocess.Popen[bytes] | None = None
        self.measurement: GapMeasurement | None = None

    def __enter__(self) -> Self:
        """Start sending; returns when the first datagram has left, answered or not."""
        self._process = start_in_network(
            self._network, self._argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        if self._process.stdout is not None:
            self._process.stdout.readline()
        return self

    def __exit__(self, *raised: object) -> None:
        """Stop sending, wait for the last replies, take the measurement."""
        if self._process is None:
            return
        answer = self._process.communicate()[0]
        self.measurement = GapMeasurement(**json.loads(answer))


def _port(transport: Transport) -> int:
    """Where a provider of the twin sends back what it gets."""
    from device_configs.twin import services  # the sender needs neither it nor its event loop

    return services.LINE_ECHO_PORT if transport is Transport.TCP else services.ECHO_PORT


class _Probe:
    """Sends numbered beats over one socket and notes when each comes back."""

    def __init__(self, transport: Transport, address: str, port: int) -> None:
        self.sent: list[float] = []
        self.replied: list[tuple[int, float]] = []
        self.broken = False
        self._stream = transport is Transport.TCP
        kind = socket.SOCK_STREAM if self._stream else socket.SOCK_DGRAM
        self._socket = socket.socket(socket.AF_INET, kind)
        self._pending = b""
        try:
            self._socket.settimeout(5)
            self._socket.connect((address, port))
        except OSError:
            self.broken = True
        self._socket.setblocking(False)

    def send(self) -> None:
        """Send the next datagram. A datagram the kernel refuses to route is sent and lost."""
        datagram = f"{len(self.sent):0{_DATAGRAM_OCTETS - 1}d}\n".encode()
        self.sent.append(time.monotonic())
        try:
            self._socket.send(datagram)
        except OSError:
            self.broken = self._stream

    def receive_until(self, deadline: float) -> bool:
        """Note replies until the deadline; True when standard input has closed meanwhile."""
        while (left := deadline - time.monotonic()) > 0:
            watched = [sys.stdin] if self.broken else [sys.stdin, self._socket]
            ready, _, _ = select.select(watched, [], [], left)
            if self._socket in ready:
                self._receive()
            if sys.stdin in ready:
                return True
        return False

    def drain(self, seconds: float) -> None:
        """Note late replies for a while."""
        deadline = time.monotonic() + seconds
        while not self.broken and (left := deadline - time.monotonic()) > 0:
            if select.select([self._socket], [], [], left)[0]:
                self._receive()

    def _receive(self) -> None:
        try:
            data = self._socket.recv(65536)
        except OSError:
            # UDP: an ICMP error about an earlier datagram. TCP: the session is over.
            self.broken = self._stream
            return
        if self._stream and not data:
            self.broken = True
        self._pending += data
        now = time.monotonic()
        while len(self._pending) >= _DATAGRAM_OCTETS:
            datagram, self._pending = (
                self._pending[:_DATAGRAM_OCTETS],
                self._pending[_DATAGRAM_OCTETS:],
            )
            self.replied.append((int(datagram), now))


def observe(
    transport: Transport, address: str, port: int, interval_s: float | None = None
) -> GapMeasurement:
    """Send from this process's namespace until standard input closes."""
    interval = interval_s or INTERVALS_S[transport]
    probe = _Probe(transport, address, port)
    due = time.monotonic()
    ended = False
    while not ended:
        probe.send()
        if len(probe.sent) == 1:
            print("sending", flush=True)
        due = max(due + interval, time.monotonic())
        ended = probe.receive_until(due)
    probe.drain(_LAST_REPLIES_S)
    session_ended = probe.broken and transport is Transport.TCP
    return measure_gap(probe.sent, probe.replied, session_ended)


def main() -> None:
    """Command line of the sender."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("transport", type=Transport)
    parser.add_argument("target", help="address:port of what sends each beat back")
    parser.add_argument("--interval", type=float, help="seconds from one sending to the next")
    given = parser.parse_args()
    address, _, port = given.target.rpartition(":")
    print(json.dumps(asdict(observe(given.transport, address, int(port), given.interval))))


if __name__ == "__main__":
    main()
