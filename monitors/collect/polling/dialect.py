"""SNMP questions as datagrams, and datagrams as replies; version 2c here, 3 in user_dialect.

A datagram is a reply only if all of it proves so: version, community or user, engine, security
level, message code, time window and request id. Anything else is :class:`Refused` with its kind.
"""

import secrets
from collections.abc import Container, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from monitors.collect.protocol import ber
from monitors.collect.protocol.ber import Malformed, Missing, Name, Value
from monitors.collect.protocol.message import (
    PduKind,
    Version,
    community_head,
    pdu_octets,
    read_version,
)

LOWEST_ID, IDS = 0x0100_0000, 0x7F00_0000
"""Request ids of four octets each, so that they are unlike any that an agent could know."""


class RefusedKind(StrEnum):
    """Why a datagram is not taken as a reply."""

    MALFORMED = "malformed"
    VERSION = "version"
    COMMUNITY = "community"
    USER = "user"
    ENGINE = "engine"
    SECURITY_LEVEL = "security_level"
    MESSAGE_CODE = "message_code"
    TIME_WINDOW = "time_window"
    REPORT = "report"
    UNASKED = "unasked"
    LATE = "late"
    """To a question that has its answer, or was given up: an agent slower than its time-out."""
    OTHER_NAMES = "other_names"
    UNSOLICITED = "unsolicited"
    FLOOD = "flood"


@dataclass(frozen=True, slots=True)
class ReplyRefused:
    """``hint`` is what a Report that cannot be trusted claims about a question of ours.

    ``request_id`` is that of a reply to a question that is not under way.
    """

    kind: RefusedKind
    claim: str = ""
    request_id: int | None = None


@dataclass(frozen=True, slots=True)
class Discovered:
    """The engine became known by the reply to a discovery."""


@dataclass(frozen=True, slots=True)
class Resynchronized:
    """The engine's genuine Report corrected our notion of its time: ask again."""

    request_id: int


@dataclass(frozen=True, slots=True)
class Pdu:
    """A reply that proved to be one."""

    request_id: int
    status: int
    index: int
    variables: Sequence[tuple[Name, Value | Missing]]


Outcome = Pdu | ReplyRefused | Discovered | Resynchronized


@dataclass(frozen=True, slots=True)
class Question:
    """``first`` and ``second`` are non-repeaters and max-repetitions of a GETBULK, else 0."""

    tag: int
    variables: bytes
    second: int = 0
    first: int = 0


def question(
    tag: int, names: Sequence[Name], repetitions: int = 0, non_repeaters: int = 0
) -> Question:
    """A question for objects by their names."""
    return Question(tag, b"".join(map(_asked, names)), repetitions, non_repeaters)


@lru_cache(maxsize=ber.NAMES_KEPT)
def _asked(name: Name) -> bytes:
    return ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, name) + b"\x05\x00")


def new_request_id() -> int:
    """An id that nobody can guess."""
    return LOWEST_ID + secrets.randbelow(IDS)


class Dialect(Protocol):
    """One version of SNMP towards one agent."""

    @property
    def is_ready(self) -> bool:
        """Whether a question can be put, or the engine has to be discovered first."""
        ...

    def request(self, asked: Question, request_id: int) -> bytes: ...

    def discovery(self, request_id: int) -> bytes: ...

    def read(self, datagram: bytes, pending: Container[int]) -> Outcome: ...

    def forget_engine(self) -> None: ...


def pdu_of(asked: Question, request_id: int) -> bytes:
    """A question's PDU."""
    listed = ber.tlv(ber.SEQUENCE, asked.variables)
    return pdu_octets(asked.tag, request_id, listed, asked.first, asked.second)


def read_pdu(
    data: bytes, at: int, end: int, pending: Container[int]
) -> tuple[int, Pdu | ReplyRefused]:
    """Tag and contents of the PDU that fills ``at`` to ``end``."""
    tag, start, stop = ber.head(data, at, end)
    if stop != end:
        raise Malformed("octets after the PDU")
    request_id, at = ber.number(data, start, stop)
    if tag == PduKind.RESPONSE and request_id not in pending:
        return tag, ReplyRefused(RefusedKind.UNASKED, request_id=request_id)
    status, at = ber.number(data, at, stop)
    index, at = ber.number(data, at, stop)
    start, end = ber.content(data, at, stop, ber.SEQUENCE)
    if end != stop:
        raise Malformed("octets after the variables")
    return tag, Pdu(request_id, status, index, ber.variables(data, start, end))


class CommunityDialect:
    """SNMPv2c (RFC 3416)."""

    is_ready = True

    def __init__(self, community: str) -> None:
        self._community = community.encode()
        self._head = community_head(Version.V2C, self._community)

    def request(self, asked: Question, request_id: int) -> bytes:
        return ber.tlv(ber.SEQUENCE, self._head + pdu_of(asked, request_id))

    def discovery(self, request_id: int) -> bytes:
        raise NotImplementedError(f"no discovery in v2c ({request_id})")

    def forget_engine(self) -> None:
        """There is none."""

    def read(self, datagram: bytes, pending: Container[int]) -> Outcome:
        try:
            version, at, stop = read_version(datagram, exactly=True)
            community, at = ber.octets(datagram, at, stop)
            if version != Version.V2C:
                return ReplyRefused(RefusedKind.VERSION)
            if community != self._community:
                return ReplyRefused(RefusedKind.COMMUNITY)
            tag, found = read_pdu(datagram, at, stop, pending)
        except Malformed:
            return ReplyRefused(RefusedKind.MALFORMED)
        return found if tag == PduKind.RESPONSE else ReplyRefused(RefusedKind.REPORT)
