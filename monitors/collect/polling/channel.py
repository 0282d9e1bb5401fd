"""Questions to one agent and their replies, over one connected UDP socket.

Several questions may be under way; each is sent again while tries are left, always under the same
id, so that a reply to any of its tries is the answer. What is no reply is counted and otherwise
ignored: it neither ends nor lengthens the waiting.
"""

import asyncio
import os
import socket
import struct
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import time

from monitors.collect.polling.dialect import (
    Dialect,
    Discovered,
    Pdu,
    Question,
    RefusedKind,
    ReplyRefused,
    Resynchronized,
    new_request_id,
)
from monitors.collect.protocol.ber import Missing, Name, Value
from ops_core.kernel.clock import Clock
from ops_core.kernel.workers import ENDINGS

LARGEST_DATAGRAM = 65_535
SO_TIMESTAMPNS = 35
TIMESTAMP = struct.Struct("@ll")
ANCILLARY_OCTETS = socket.CMSG_SPACE(TIMESTAMP.size)
READ_AT_ONCE = 8
NOISE_AT_ONCE = 100
NOISE_PAUSE_S = 0.05
"""An agent that sends without being asked is read 2,000 times a second at most."""
UNREACHABLE_PAUSE_S = 0.2
"""Before the next try when nobody listens: the agent may be starting."""
LATE_S = 0.25
"""A timer or a reply that this process attends to so late is no proof of the agent's silence."""
MOST_RESYNCHRONIZATIONS = 2
ENDED_KEPT = 64
"""Questions whose replies may still come, and are then no offence."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. ``at`` is when its datagram came to this machine, ``sent_at`` is monotonic."""

    at: datetime
    arrived_s: float
    status: int
    index: int
    variables: Sequence[tuple[Name, Value | Missing]]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Why there is no answer to a question.

    ``is_lost`` when no reply came; ``is_ours`` when that proves nothing about the agent, because
    this process was late itself or gave it no time.
    """

    text: str
    is_lost: bool = False
    is_ours: bool = False


class BrokenReading(Exception):
    """Something of ours failed while a reply was awaited."""


@dataclass(slots=True)
class _Pending:
    question: Question
    names: Sequence[Name] | None
    most_variables: int
    tries_left: int
    due_s: float
    outcome: "asyncio.Future[Reply | Unanswered]"
    timer: asyncio.TimerHandle | None = None
    sent_s: float = 0.0
    resynchronizations: int = 0
    was_late: bool = False


class SnmpChannel:
    """One agent's socket; all calls on one event loop.

    ``refused`` counts datagrams by why they were no reply, ``late_replies`` and ``late_timers``
    what this process attended to late.
    """

    def __init__(self, address: str, port: int, dialect: Dialect, clock: Clock) -> None:
        self._address = (address, port)
        self._dialect = dialect
        self._clock = clock
        self._socket: socket.socket | None = None
        self._pending: dict[int, _Pending] = {}
        self._noise = 0
        self._refused_now: Counter[RefusedKind] = Counter()
        self._claim = ""
        self._error = ""
        self.timeout_s = 1.0
        self.tries = 2
        self.deadline_s = float("inf")
        self._ended: deque[int] = deque(maxlen=ENDED_KEPT)
        self.refused: Counter[RefusedKind] = Counter()
        self.late_replies = 0
        self.late_timers = 0

    def begin(self, *, timeout_s: float, tries: int, deadline_s: float) -> None:
        """Set bounds for the questions that follow; ``deadline_s`` is monotonic."""
        self.timeout_s, self.tries, self.deadline_s = timeout_s, tries, deadline_s
        self._refused_now.clear()
        self._claim = self._error = ""

    def ask(
        self, question: Question, names: Sequence[Name] | None, most_variables: int
    ) -> "asyncio.Future[Reply | Unanswered]":
        """Send a question; a reply must have exactly these names, or at most so many variables."""
        outcome: asyncio.Future[Reply | Unanswered] = asyncio.get_running_loop().create_future()
        request_id = new_request_id()
        pending = _Pending(question, names, most_variables, self.tries, 0.0, outcome)
        self._pending[request_id] = pending
        self._try(request_id, pending)
        return outcome

    def close(self) -> None:
        """Give the socket back, and forget an engine that may have changed.

        A reply that still comes finds nobody: the next question has a new port.
        """
        self._disconnect()
        self._dialect.forget_engine()
        for request_id in list(self._pending):
            self._end(request_id, Unanswered("closed", is_lost=True, is_ours=True))

    def _disconnect(self) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def _connected(self) -> socket.socket:
        if self._socket is None:
            opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
            try:
                opened.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
                opened.connect(self._address)
            except OSError:
                opened.close()
                raise
            self._socket = opened
            self._noise = 0
            asyncio.get_running_loop().add_reader(opened.fileno(), self._readable, opened)
        return self._socket

    def _try(self, request_id: int, pending: _Pending) -> None:
        pending.tries_left -= 1
        now = self._clock.monotonic()
        self._wait(request_id, pending, now + self.timeout_s)
        self._transmit(request_id, pending)

    def _wait(self, request_id: int, pending: _Pending, until_s: float) -> None:
        """(Re)start the timer of a question; the deadline bounds it."""
        if pending.timer is not None:
            pending.timer.cancel()
        pending.due_s = min(until_s, self.deadline_s)
        delay_s = max(0.0, pending.due_s - self._clock.monotonic())
        loop = asyncio.get_running_loop()
        pending.timer = loop.call_later(delay_s, self._expired, request_id)

    def _transmit(self, request_id: int, pending: _Pending) -> None:
        ready = self._dialect.is_ready
        datagram = (
            self._dialect.request(pending.question, request_id)
            if ready
            else self._dialect.discovery(request_id)
        )
        pending.sent_s = pending.sent_s or self._clock.monotonic()
        try:
            self._connected().send(datagram)
        except OSError as error:
            self._unreachable(error)

    def _unreachable(self, error: OSError) -> None:
        """A try that failed at once is given up soon, not at once: the next one needs a chance."""
        self._error = os.strerror(error.errno) if error.errno else str(error)
        soon_s = self._clock.monotonic() + UNREACHABLE_PAUSE_S
        for request_id, pending in self._pending.items():
            if pending.due_s > soon_s:
                self._wait(request_id, pending, soon_s)

    def _expired(self, request_id: int) -> None:
        try:
            self._end_or_try_again(request_id, self._pending[request_id])
        except ENDINGS:
            raise
        except BaseException as error:  # noqa: BLE001 - the task that asks raises it
            self._broke(error)

    def _broke(self, error: BaseException) -> None:
        """What fails outside of the task that asks is that task's trouble: it must not wait."""
        broken = BrokenReading(f"{type(error).__name__}: {error}")
        broken.__cause__ = error
        for request_id in list(self._pending):
            pending = self._pending.pop(request_id)
            if pending.timer is not None:
                pending.timer.cancel()
            if not pending.outcome.done():
                pending.outcome.set_exception(broken)

    def _end_or_try_again(self, request_id: int, pending: _Pending) -> None:
        now = self._clock.monotonic()
        is_late = now - pending.due_s > LATE_S
        self.late_timers += is_late
        pending.was_late |= is_late
        if now >= self.deadline_s:
            self._end(request_id, self._out_of_time(pending))
        elif pending.tries_left == 0:
            self._end(request_id, self._silent(pending))
        else:
            if self._claim == "unknown engine id":
                self._dialect.forget_engine()
            self._try(request_id, pending)

    def _out_of_time(self, pending: _Pending) -> Unanswered:
        waited_s = self._clock.monotonic() - pending.sent_s
        has_had_its_time = waited_s >= self.timeout_s * self.tries and not pending.was_late
        return Unanswered(
            f"no reply before the deadline{self._circumstances()}",
            is_lost=True,
            is_ours=not has_had_its_time,
        )

    def _silent(self, pending: _Pending) -> Unanswered:
        if pending.was_late:
            return Unanswered("the collector was late itself", is_lost=True, is_ours=True)
        text = f"no answer to {self.tries} requests" if self.tries > 1 else "no answer"
        if self._claim:
            text = f"SNMP access refused: {self._claim}"
        return Unanswered(f"{text}{self._circumstances()}", is_lost=True)

    def _circumstances(self) -> str:
        refused = ", ".join(sorted(self._refused_now))
        words = [self._error] if self._error else []
        words += [f"replies refused: {refused}"] if refused else []
        return f" ({'; '.join(words)})" if words else ""

    def _end(self, request_id: int, result: Reply | Unanswered) -> None:
        pending = self._pending.pop(request_id)
        self._ended.append(request_id)
        if pending.timer is not None:
            pending.timer.cancel()
        if not pending.outcome.done():
            pending.outcome.set_result(result)

    def _readable(self, source: socket.socket) -> None:
        for _ in range(READ_AT_ONCE):
            try:
                datagram, ancillary, _, _ = source.recvmsg(LARGEST_DATAGRAM, ANCILLARY_OCTETS)
            except BlockingIOError:
                return
            except OSError as error:
                self._unreachable(error)
                return
            try:
                self._received(datagram, _age_s(ancillary))
            except ENDINGS:
                raise
            except BaseException as error:  # noqa: BLE001 - the task that asks raises it
                self._broke(error)
            if not self._pending or source is not self._socket:
                return

    def _received(self, datagram: bytes, age_s: float) -> None:
        match self._dialect.read(datagram, self._pending):
            case Pdu() as pdu:
                self._answered(pdu, age_s)
            case ReplyRefused() as refused:
                self._refuse(self._judged(refused))
            case Discovered():
                for request_id, pending in list(self._pending.items()):
                    self._transmit(request_id, pending)
            case Resynchronized(request_id):
                self._ask_again(request_id)

    def _judged(self, refused: ReplyRefused) -> ReplyRefused:
        """A late reply is no offence; when nobody asked, others end the listening."""
        if refused.request_id in self._ended:
            return ReplyRefused(RefusedKind.LATE)
        if self._pending:
            return refused
        # The kernel drops what comes to a socket that is closed.
        self._disconnect()
        return ReplyRefused(RefusedKind.UNSOLICITED)

    def _answered(self, pdu: Pdu, age_s: float) -> None:
        pending = self._pending[pdu.request_id]
        if not _fits(pending, pdu):
            self._refuse(ReplyRefused(RefusedKind.OTHER_NAMES))
            return
        self._noise = 0
        self.late_replies += age_s > LATE_S
        now = self._clock.monotonic()
        age_s = min(age_s, max(0.0, now - pending.sent_s))
        at = self._clock.now() - timedelta(seconds=age_s)
        reply = Reply(at, now - age_s, pdu.status, pdu.index, pdu.variables)
        self._end(pdu.request_id, reply)

    def _ask_again(self, request_id: int) -> None:
        pending = self._pending[request_id]
        pending.resynchronizations += 1
        if pending.resynchronizations <= MOST_RESYNCHRONIZATIONS:
            self._transmit(request_id, pending)

    def _refuse(self, refused: ReplyRefused) -> None:
        self.refused[refused.kind] += 1
        self._refused_now[refused.kind] += 1
        self._claim = refused.claim or self._claim
        self._noise += 1
        if self._noise % NOISE_AT_ONCE == 0 and self._socket is not None:
            self._listen_later(self._socket)

    def _listen_later(self, source: socket.socket) -> None:
        """Leave a flood to the kernel for a moment: it costs nothing there."""
        self.refused[RefusedKind.FLOOD] += 1
        loop = asyncio.get_running_loop()
        loop.remove_reader(source.fileno())
        loop.call_later(NOISE_PAUSE_S, self._listen_again, source)

    def _listen_again(self, source: socket.socket) -> None:
        if source is self._socket:
            asyncio.get_running_loop().add_reader(source.fileno(), self._readable, source)


def _fits(pending: _Pending, pdu: Pdu) -> bool:
    """Whether a reply answers the question: the same objects, or no more than were asked for."""
    if pdu.status != 0:
        return True
    if pending.names is None:
        return 0 < len(pdu.variables) <= pending.most_variables
    return [name for name, _ in pdu.variables] == pending.names


def _age_s(ancillary: list[tuple[int, int, bytes]]) -> float:
    """Seconds since the kernel received the datagram, by the same clock as the kernel's stamp."""
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS and len(data) >= TIMESTAMP.size:
            seconds, nanoseconds = TIMESTAMP.unpack_from(data)
            return max(0.0, time() - int(seconds) - int(nanoseconds) / 1e9)
    return 0.0
