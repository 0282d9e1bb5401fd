"""Every sender's share: datagrams wait by sender, so that a noisy one is never in another's way.

A declared sender has a queue and a token bucket of its own; all undeclared addresses together have
one small one. Memory is bounded by the number of declared senders, whatever addresses are claimed.
"""

import math
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from monitors.collect.traps.notification import repetition_key

SAME_TRAP_WITHIN_S = 1.0
"""A sender's copies of its last trap are one within this time."""
LIMITED_FOR_S = 5.0
"""A spell of limiting ends when nothing was dropped for so long."""
ASK_AGAIN_AFTER_S = 5.0
"""While a sender's traps are dropped it is polled once in this time."""
ADDRESSES_KEPT = 32


@dataclass(frozen=True, slots=True)
class SenderShare:
    """What a sender may claim: traps a second, at once, and octets that wait."""

    per_s: float
    burst: int
    octets: int


DECLARED = SenderShare(per_s=50.0, burst=500, octets=512 * 1024)
"""A switch that loses its power supply sends two traps for each of its ports and neighbours."""
UNDECLARED = SenderShare(per_s=5.0, burst=20, octets=64 * 1024)


class Datagram(NamedTuple):
    """``arrived_s`` is when it came in, by the monotonic clock: not when anybody read it."""

    address: tuple[str, int]
    data: bytes
    arrived_s: float


class Admission(StrEnum):
    QUEUED = "queued"
    DUPLICATE = "duplicate"
    LIMITED = "limited"


@dataclass(slots=True)
class Sender:
    """One sender's queue and counts since the start; ``name`` is empty for all undeclared ones."""

    name: str
    share: SenderShare
    received: int = 0
    decoded: int = 0
    duplicates: int = 0
    limited: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    waiting: deque[Datagram] = field(default_factory=deque)
    unread: int = 0
    """Dropped, or unreadable, since the sender was last asked."""
    _waiting_octets: int = 0
    _tokens: float = 0.0
    _refilled_s: float | None = None
    _limited_s: float = -math.inf
    _limited_since_s: float = 0.0
    _last_key: bytes | None = None
    _last_key_s: float = 0.0
    _asked_s: float | None = None

    def admit(self, datagram: Datagram) -> Admission:
        """Queue a datagram unless it is a copy of the one before, or beyond the share."""
        self.received += 1
        now_s = datagram.arrived_s
        key = repetition_key(datagram.data)
        is_recent = now_s - self._last_key_s < SAME_TRAP_WITHIN_S
        if key is not None and key == self._last_key and is_recent:
            self.duplicates += 1
            return Admission.DUPLICATE
        if not self._has_room(datagram, now_s):
            self._count_dropped(1, now_s)
            return Admission.LIMITED
        self._last_key, self._last_key_s = key, now_s
        self._tokens -= 1
        self._waiting_octets += len(datagram.data)
        self.waiting.append(datagram)
        return Admission.QUEUED

    def filtered(self, count: int, now_s: float) -> None:
        """So many did not even come in."""
        self.received += count
        self._count_dropped(count, now_s)

    def take(self) -> Datagram:
        datagram = self.waiting.popleft()
        self._waiting_octets -= len(datagram.data)
        return datagram

    def limited_since(self, now_s: float) -> float | None:
        """When the spell began in which this sender's traps are dropped; None without one."""
        return self._limited_since_s if now_s - self._limited_s < LIMITED_FOR_S else None

    def unread_to_ask_for(self, now_s: float) -> int:
        """How many were dropped since the last time this said so; 0 while it is too soon."""
        if not self.unread or (
            self._asked_s is not None and now_s - self._asked_s < ASK_AGAIN_AFTER_S
        ):
            return 0
        unread, self.unread, self._asked_s = self.unread, 0, now_s
        return unread

    def _has_room(self, datagram: Datagram, now_s: float) -> bool:
        share = self.share
        if self._refilled_s is None:
            self._tokens = share.burst
        else:
            passed_s = max(0.0, now_s - self._refilled_s)
            self._tokens = min(share.burst, self._tokens + passed_s * share.per_s)
        self._refilled_s = now_s
        return self._tokens >= 1 and self._waiting_octets + len(datagram.data) <= share.octets

    def _count_dropped(self, count: int, now_s: float) -> None:
        self.limited += count
        self.unread += count
        # A trap that was not read lies between the last one and its next copy.
        self._last_key = None
        if self.limited_since(now_s) is None:
            self._limited_since_s = now_s
        self._limited_s = now_s


class Inbox:
    """All senders; datagrams are taken from one after the other, one at a time."""

    def __init__(self, declared: Iterable[str]) -> None:
        self._declared = {name: Sender(name, DECLARED) for name in declared}
        self._undeclared = Sender("", UNDECLARED)
        self._cycle: deque[Sender] = deque()
        self._unread: dict[str, Sender] = {}
        self._addresses: OrderedDict[str, int] = OrderedDict()

    def admit(self, device: str | None, datagram: Datagram) -> Admission:
        """Take a datagram of a declared device, or of an address that no device has."""
        if device is None:
            self._note(datagram.address[0])
        sender = self.sender(device)
        admission = sender.admit(datagram)
        if admission is Admission.QUEUED and len(sender.waiting) == 1:
            self._cycle.append(sender)
        if admission is Admission.LIMITED and device is not None:
            self._unread[device] = sender
        return admission

    def filtered(self, name: str, count: int, now_s: float) -> None:
        """So many datagrams of a sender, or of undeclared ones (empty name), did not come in."""
        sender = self.sender(name or None)
        sender.filtered(count, now_s)
        if name:
            self._unread[name] = sender

    def could_not_read(self, sender: Sender) -> None:
        """A trap that may say something was not read: its device is to be asked."""
        if sender.name:
            sender.unread += 1
            self._unread[sender.name] = sender

    def to_ask(self, now_s: float) -> list[tuple[str, int]]:
        """Devices whose dropped traps make a poll due now, and how many were dropped."""
        due = [(name, sender.unread_to_ask_for(now_s)) for name, sender in self._unread.items()]
        self._unread = {name: s for name, s in self._unread.items() if s.unread}
        return [(name, unread) for name, unread in due if unread]

    def sender(self, device: str | None) -> Sender:
        return self._undeclared if device is None else self._declared[device]

    def take(self) -> tuple[Sender, Datagram] | None:
        """The next sender's first datagram; senders that have more get their turn again."""
        if not self._cycle:
            return None
        sender = self._cycle.popleft()
        datagram = sender.take()
        if sender.waiting:
            self._cycle.append(sender)
        return sender, datagram

    @property
    def depth(self) -> int:
        return sum(len(sender.waiting) for sender in tuple(self._cycle))

    @property
    def has_waiting(self) -> bool:
        return bool(self._cycle)

    @property
    def addresses(self) -> dict[str, int]:
        """Undeclared addresses that sent last, and how many datagrams each; a bounded number."""
        return dict(self._addresses)

    def __iter__(self) -> Iterator[Sender]:
        """Every declared sender, then the undeclared ones as one."""
        yield from self._declared.values()
        yield self._undeclared

    def _note(self, address: str) -> None:
        self._addresses[address] = self._addresses.pop(address, 0) + 1
        if len(self._addresses) > ADDRESSES_KEPT:
            self._addresses.popitem(last=False)
