"""Agents on real UDP sockets that answer what no agent should."""

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import NamedTuple, cast

from monitors.collect.polling.user_dialect import REPORTS
from monitors.collect.protocol import ber
from monitors.collect.protocol.message import Envelope, PduKind, assembled, pdu_octets
from tests.monitors.collect.conftest import SECRETS

COMMUNITY = SECRETS.community.encode()
ENGINE_ID = b"\x80\x00\x1f\x88\x04hostile"
UPTIME = ber.name_of("1.3.6.1.2.1.1.3.0")
BOOTS = ber.name_of("1.3.6.1.6.3.10.2.1.2.0")
ONE = ber.integer(1)
TICKS = ber.tlv(0x43, b"\x10\x00")
NO_INSTANCE, END_OF_VIEW = b"\x81\x00", b"\x82\x00"
AUTHENTICATED_AND_ENCRYPTED = 3

Variable = tuple[bytes, bytes]
"""Name, and value with its tag."""


class Asked(NamedTuple):
    """A v2c question, or the message id of a v3 one."""

    tag: int
    request_id: int
    names: Sequence[bytes]
    repetitions: int
    non_repeaters: int = 0

    @property
    def walked(self) -> bytes:
        """What follows is asked for, again and again."""
        return self.names[self.non_repeaters]


def asked(datagram: bytes) -> Asked:
    start, stop = ber.content(datagram, 0, len(datagram), ber.SEQUENCE)
    version, at = ber.number(datagram, start, stop)
    if version == 3:
        at, stop = ber.content(datagram, at, stop, ber.SEQUENCE)
        return Asked(0, ber.number(datagram, at, stop)[0], (), 0)
    _, at = ber.octets(datagram, at, stop)
    tag, start, stop = ber.head(datagram, at, stop)
    request_id, at = ber.number(datagram, start, stop)
    non_repeaters, at = ber.number(datagram, at, stop)
    repetitions, at = ber.number(datagram, at, stop)
    start, stop = ber.content(datagram, at, stop, ber.SEQUENCE)
    names = [name for name, _ in ber.variables(datagram, start, stop)]
    return Asked(tag, request_id, names, repetitions, non_repeaters)


def reply(
    request_id: int,
    variables: Sequence[Variable],
    status: int = 0,
    index: int = 0,
    *,
    community: bytes = COMMUNITY,
    tag: int = PduKind.RESPONSE,
) -> bytes:
    """A v2c message, whole and well formed."""
    bindings = b"".join(
        ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, name) + value) for name, value in variables
    )
    pdu = ber.tlv(
        tag,
        ber.integer(request_id)
        + ber.integer(status)
        + ber.integer(index)
        + ber.tlv(ber.SEQUENCE, bindings),
    )
    return ber.tlv(ber.SEQUENCE, ber.integer(1) + ber.tlv(ber.OCTETS, community) + pdu)


def report(message_id: int, counter: int, *, flags: int = 0) -> bytes:
    """A v3 Report of a usmStats counter, with a code of zeros if it claims to be authenticated."""
    name = REPORTS + bytes((counter, 0))
    variables = ber.tlv(ber.SEQUENCE, ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, name) + TICKS))
    pdu = pdu_octets(PduKind.REPORT, message_id, variables)
    scoped = ber.tlv(ber.SEQUENCE, ber.tlv(ber.OCTETS, ENGINE_ID) + ber.tlv(ber.OCTETS, b"") + pdu)
    code = bytes(12) if flags else b""
    user = SECRETS.user.encode() if flags else b""
    return assembled(Envelope(message_id, ENGINE_ID, 1, 100, user), flags, code, b"", scoped)


class HostileAgent(asyncio.DatagramProtocol):
    """Gives to each question the datagrams of ``answers``, each after its seconds."""

    def __init__(self, answers: Callable[[Asked], Sequence[tuple[float, bytes]]]) -> None:
        self._answers = answers
        self.questions = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.questions += 1
        loop = asyncio.get_running_loop()
        for delay_s, datagram in self._answers(asked(data)):
            loop.call_later(delay_s, self._send, datagram, addr)

    def _send(self, datagram: bytes, addr: tuple[str, int]) -> None:
        if not self._transport.is_closing():
            self._transport.sendto(datagram, addr)


def value_of(name: bytes) -> bytes:
    return TICKS if name == UPTIME else ONE


def rows_after(name: bytes, repetitions: int, *, rows: int = 3) -> list[Variable]:
    """The next rows of whatever column is walked, which has ``rows`` of them."""
    column, row = (name[:-1], name[-1]) if name[-2:-1] == b"\x00" else (name + b"\x00", 0)
    found = [
        (column + bytes((number,)), ONE)
        for number in range(row + 1, min(rows, row + repetitions) + 1)
    ]
    return found if len(found) == repetitions else [*found, (b"\x2b\x7f", END_OF_VIEW)]


def fair(question: Asked, *, rows: int = 3) -> list[Variable]:
    """What an agent of three rows in each table answers."""
    if question.tag == PduKind.GET:
        return [(name, value_of(name)) for name in question.names]
    repetitions = question.repetitions if question.tag == PduKind.GET_BULK else 1
    walked = rows_after(question.walked, repetitions, rows=rows)[:repetitions]
    return scalars_of(question) + walked


def scalars_of(question: Asked) -> list[Variable]:
    """What a GetBulk asks for once."""
    names = [name + b"\x00" for name in question.names[: question.non_repeaters]]
    return [(name, value_of(name)) for name in names]


def is_walk(question: Asked) -> bool:
    return question.tag in (PduKind.GET_BULK, PduKind.GET_NEXT)


def at_once(datagram: bytes) -> list[tuple[float, bytes]]:
    return [(0.0, datagram)]


def two_octets(_question: Asked) -> list[tuple[float, bytes]]:
    return [(0.0, octets) for octets in (b"\x30\x82", b"\x1f\xff", b"\x3f\x81", b"")]


def random_octets(_question: Asked) -> list[tuple[float, bytes]]:
    return at_once(random.randbytes(random.randrange(200)))


def of_another_request(question: Asked) -> list[tuple[float, bytes]]:
    return at_once(reply(question.request_id ^ 1, fair(question)))


def of_another_community(question: Asked) -> list[tuple[float, bytes]]:
    return at_once(reply(question.request_id, fair(question), community=b"strangers"))


def of_other_objects(question: Asked) -> list[tuple[float, bytes]]:
    variables = [(name + b"\x01", ONE) for name in question.names]
    return at_once(reply(question.request_id, variables))


def huge(question: Asked) -> list[tuple[float, bytes]]:
    many = [(question.names[0] + b"\x01" + bytes((n % 127,)), ONE) for n in range(3_000)]
    return at_once(reply(question.request_id, many))


def flood(question: Asked) -> list[tuple[float, bytes]]:
    return [(n / 1_000, b"\x30\x02\x02\x00") for n in range(900)]


def too_big(question: Asked) -> list[tuple[float, bytes]]:
    return at_once(reply(question.request_id, (), status=1))


def error_for_one(question: Asked) -> list[tuple[float, bytes]]:
    """genErr for whatever object ends on row 2."""
    for position, name in enumerate(question.names, start=1):
        if question.tag == PduKind.GET and name.endswith(b"\x00\x02"):
            failed = [(name, b"\x05\x00") for name in question.names]
            return at_once(reply(question.request_id, failed, 5, position))
    return at_once(reply(question.request_id, fair(question)))


def endless(question: Asked) -> list[tuple[float, bytes]]:
    if not is_walk(question):
        return at_once(reply(question.request_id, fair(question)))
    name = question.walked
    column = name if len(name) < 12 else name[:-4]
    row = int.from_bytes(name[-4:], "big") if len(name) >= 12 else 0x01010100
    rows = []
    while len(rows) < question.repetitions:
        row += 1
        octets = row.to_bytes(4, "big")
        if all(0 < octet < 0x80 for octet in octets):
            rows.append((column + octets, ONE))
    return at_once(reply(question.request_id, scalars_of(question) + rows))


def not_increasing(question: Asked) -> list[tuple[float, bytes]]:
    if not is_walk(question):
        return at_once(reply(question.request_id, fair(question)))
    rows = rows_after(question.walked, 2, rows=9)
    return at_once(reply(question.request_id, [*scalars_of(question), rows[1], rows[0]]))


def slow_drip(question: Asked) -> list[tuple[float, bytes]]:
    """One row a reply, each just before the time-out, without an end."""
    if question.names == [UPTIME, BOOTS]:
        return at_once(reply(question.request_id, fair(question)))
    variables = fair(question, rows=120)
    if question.non_repeaters:
        return at_once(reply(question.request_id, variables[: question.non_repeaters + 1]))
    variables = variables[:1] if is_walk(question) else variables
    return [(0.8, reply(question.request_id, variables))]


def index_of_four_gigabytes(question: Asked) -> list[tuple[float, bytes]]:
    """Rows whose index is 4294967295."""
    if not is_walk(question):
        return at_once(reply(question.request_id, fair(question)))
    name = question.walked + b"\x01\x8f\xff\xff\xff\x7f"
    rows = [(name, ONE), (b"\x2b\x7f", END_OF_VIEW)][: question.repetitions]
    return at_once(reply(question.request_id, scalars_of(question) + rows))


def wrong_code(question: Asked) -> list[tuple[float, bytes]]:
    """Discovery as it should be, then messages whose code is zeros."""
    forged = report(question.request_id, 2, flags=AUTHENTICATED_AND_ENCRYPTED)
    return [(0.0, report(question.request_id, 4)), (0.0, forged)]


def forged_reports(question: Asked) -> list[tuple[float, bytes]]:
    """Every Report there is, none of them authenticated."""
    order = (4, 2, 1, 3, 5, 6)
    return [(0.0, report(question.request_id, counter)) for counter in order]
