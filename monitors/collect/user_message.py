"""SNMPv3 with the user security model, always authPriv (RFC 3412, RFC 3414); no I/O."""

import secrets
from collections.abc import Callable, Container
from dataclasses import dataclass

from monitors.collect import ber
from monitors.collect.ber import Malformed
from monitors.collect.message import (
    GET,
    REPORT,
    RESPONSE,
    Discovered,
    Outcome,
    Pdu,
    Question,
    Refused,
    RefusedKind,
    Resynchronized,
    pdu_of,
    read_pdu,
)
from monitors.collect.usm import MAC_OCTETS, SALT_OCTETS, EngineKeys

V3, USM = 3, 3
AUTHENTICATED, ENCRYPTED, REPORTABLE = 1, 2, 4
LARGEST_MESSAGE = 65_507
WINDOW_S = 150
"""RFC 3414 section 2.2.3."""
MOST_BOOTS = 2**31 - 1
ENGINE_ID_OCTETS = range(5, 33)
REPORTS = ber.name_of("1.3.6.1.6.3.15.1.1")
NOT_IN_WINDOW, UNKNOWN_ENGINE = b"\x02\x00", b"\x04\x00"
REPORT_NAMES = {
    b"\x01\x00": "unsupported security level",
    NOT_IN_WINDOW: "not in time window",
    b"\x03\x00": "unknown user",
    UNKNOWN_ENGINE: "unknown engine id",
    b"\x05\x00": "wrong authentication key",
    b"\x06\x00": "decryption error",
}


@dataclass(frozen=True, slots=True)
class _Header:
    """What precedes the scoped PDU in a v3 message; ``code_at`` is where its MAC is."""

    message_id: int
    flags: int
    engine_id: bytes
    boots: int
    time: int
    user: bytes
    code_at: int
    code_octets: int
    salt: bytes
    at: int
    stop: int


class UserDialect:
    """SNMPv3 with the user security model, always authPriv (RFC 3412, RFC 3414).

    An unauthenticated Report is believed in one case only, the discovery of the engine's id; its
    time is then a first guess that the next genuine message corrects.
    """

    def __init__(
        self,
        user: str,
        authentication_key: str,
        privacy_key: str,
        monotonic: Callable[[], float],
    ) -> None:
        self._user = user.encode()
        self._passwords = (authentication_key, privacy_key)
        self._monotonic = monotonic
        self._salt = secrets.randbits(64)
        self._discovery: set[int] = set()
        self.forget_engine()

    @property
    def is_ready(self) -> bool:
        return self._keys is not None

    def forget_engine(self) -> None:
        """Discover the engine before the next question: it may be another one."""
        self._keys: EngineKeys | None = None
        self._engine_id = b""
        self._boots = self._time = self._latest_time = 0
        self._is_time_genuine = False
        self._heard_at = self._monotonic()

    def request(self, asked: Question, request_id: int) -> bytes:
        if self._keys is None:
            raise NotImplementedError("the engine is not known yet")
        time = self._engine_time()
        self._salt = (self._salt + 1) % 2**64
        salt = self._salt.to_bytes(SALT_OCTETS, "big")
        scoped = self._scoped(self._engine_id, pdu_of(asked, request_id))
        secret = ber.tlv(ber.OCTETS, self._keys.encrypted(scoped, self._boots, time, salt))
        flags = AUTHENTICATED | ENCRYPTED | REPORTABLE
        message = user_message(
            request_id,
            flags,
            (self._engine_id, self._boots, time, self._user, bytes(MAC_OCTETS), salt),
            secret,
        )
        # The code is followed by the salt (with its head) and the secret.
        end = len(message) - len(secret) - SALT_OCTETS - 2
        code = self._keys.mac(message)
        return b"".join((message[: end - MAC_OCTETS], code, message[end:]))

    def discovery(self, request_id: int) -> bytes:
        """A question without engine and user (RFC 3414 section 4)."""
        # One id would do; an answer to the try before this one is as good.
        self._discovery = {*list(self._discovery)[-1:], request_id}
        scoped = self._scoped(b"", pdu_of(Question(GET, b""), request_id))
        return user_message(request_id, REPORTABLE, (b"", 0, 0, b"", b"", b""), scoped)

    @staticmethod
    def _scoped(engine_id: bytes, pdu: bytes) -> bytes:
        return ber.tlv(ber.SEQUENCE, ber.tlv(ber.OCTETS, engine_id) + b"\x04\x00" + pdu)

    def _engine_time(self) -> int:
        return self._time + int(self._monotonic() - self._heard_at)

    def read(self, datagram: bytes, pending: Container[int]) -> Outcome:
        try:
            header = _header(datagram)
            if isinstance(header, Refused):
                return header
            if header.flags & AUTHENTICATED:
                return self._authenticated(datagram, header, pending)
            return self._unauthenticated(datagram, header, pending)
        except Malformed:
            return Refused(RefusedKind.MALFORMED)

    def _unauthenticated(self, data: bytes, header: _Header, pending: Container[int]) -> Outcome:
        if header.flags & ENCRYPTED:
            return Refused(RefusedKind.SECURITY_LEVEL)
        tag, _, found = _read_scoped(data[header.at : header.stop], pending)
        if tag != REPORT or isinstance(found, Refused):
            return Refused(RefusedKind.SECURITY_LEVEL)
        report = _report_of(found)
        if header.message_id in self._discovery and self._keys is None:
            if report != UNKNOWN_ENGINE or len(header.engine_id) not in ENGINE_ID_OCTETS:
                return Refused(RefusedKind.REPORT)
            self._discovered(header)
            return Discovered()
        is_of_ours = header.message_id in pending
        return Refused(RefusedKind.REPORT, REPORT_NAMES.get(report, "") if is_of_ours else "")

    def _discovered(self, header: _Header) -> None:
        self._discovery.clear()
        self._keys = EngineKeys(*self._passwords, header.engine_id)
        self._engine_id = header.engine_id
        self._set_time(header)

    def _set_time(self, header: _Header) -> None:
        self._boots, self._time = header.boots, header.time
        self._heard_at = self._monotonic()

    def _authenticated(self, data: bytes, header: _Header, pending: Container[int]) -> Outcome:
        if self._keys is None or header.engine_id != self._engine_id:
            return Refused(RefusedKind.ENGINE)
        if header.user != self._user:
            return Refused(RefusedKind.USER)
        is_genuine = header.code_octets == MAC_OCTETS and self._keys.is_genuine(
            data, header.code_at
        )
        if not is_genuine:
            return Refused(RefusedKind.MESSAGE_CODE)
        if not self._is_timely(header):
            return Refused(RefusedKind.TIME_WINDOW)
        tag, engine_id, found = self._opened(data, header, pending)
        if isinstance(found, Refused):
            return found
        if tag == REPORT:
            return self._genuine_report(header, found, pending)
        if tag != RESPONSE or header.message_id != found.request_id:
            return Refused(RefusedKind.UNASKED)
        if not header.flags & ENCRYPTED:
            return Refused(RefusedKind.SECURITY_LEVEL)
        return found if engine_id == self._engine_id else Refused(RefusedKind.ENGINE)

    def _opened(
        self, data: bytes, header: _Header, pending: Container[int]
    ) -> tuple[int, bytes, Pdu | Refused]:
        if not header.flags & ENCRYPTED:
            return _read_scoped(data[header.at : header.stop], pending)
        assert self._keys is not None  # noqa: S101 - the caller looked
        secret, end = ber.octets(data, header.at, header.stop)
        if end != header.stop or len(header.salt) != SALT_OCTETS:
            raise Malformed("encrypted part of unknown form")
        plain = self._keys.decrypted(secret, header.boots, header.time, header.salt)
        return _read_scoped(plain, pending)

    def _is_timely(self, header: _Header) -> bool:
        """Adopt the time of a genuine message unless it is an old one (RFC 3414 3.2, 7b)."""
        ours, theirs = (self._boots, self._latest_time), (header.boots, header.time)
        if not self._is_time_genuine or theirs > ours:
            self._set_time(header)
            self._latest_time = header.time
            self._is_time_genuine = True
            return True
        is_same_life = header.boots == self._boots != MOST_BOOTS
        return is_same_life and header.time >= self._engine_time() - WINDOW_S

    def _genuine_report(self, header: _Header, found: Pdu, pending: Container[int]) -> Outcome:
        report = _report_of(found)
        if header.message_id not in pending:
            return Refused(RefusedKind.UNASKED)
        if report == NOT_IN_WINDOW:
            return Resynchronized(header.message_id)
        return Refused(RefusedKind.REPORT, REPORT_NAMES.get(report, ""))


def _report_of(found: Pdu) -> bytes:
    """The counter that a Report names, below usmStats; nothing for any other."""
    name = found.variables[0][0] if found.variables else b""
    return name.removeprefix(REPORTS) if name.startswith(REPORTS) else b""


def user_message(
    message_id: int,
    flags: int,
    security: tuple[bytes, int, int, bytes, bytes, bytes],
    data: bytes,
) -> bytes:
    engine_id, boots, time, user, code, salt = security
    head = (
        b"\x02\x04"
        + message_id.to_bytes(4, "big")
        + ber.integer(LARGEST_MESSAGE)
        + bytes((ber.OCTETS, 1, flags))
        + ber.integer(USM)
    )
    parameters = (
        ber.tlv(ber.OCTETS, engine_id)
        + ber.integer(boots)
        + ber.integer(time)
        + ber.tlv(ber.OCTETS, user)
        + ber.tlv(ber.OCTETS, code)
        + ber.tlv(ber.OCTETS, salt)
    )
    return ber.tlv(
        ber.SEQUENCE,
        ber.integer(V3)
        + ber.tlv(ber.SEQUENCE, head)
        + ber.tlv(ber.OCTETS, ber.tlv(ber.SEQUENCE, parameters))
        + data,
    )


def _header(data: bytes) -> _Header | Refused:
    start, stop = ber.content(data, 0, len(data), ber.SEQUENCE)
    if stop != len(data):
        raise Malformed("octets after the message")
    version, at = ber.number(data, start, stop)
    if version != V3:
        return Refused(RefusedKind.VERSION)
    inner, after_head = ber.content(data, at, stop, ber.SEQUENCE)
    message_id, at = ber.number(data, inner, after_head)
    _, at = ber.number(data, at, after_head)
    flags, at = ber.octets(data, at, after_head)
    model, at = ber.number(data, at, after_head)
    if len(flags) != 1 or at != after_head:
        raise Malformed("header of unknown form")
    if model != USM:
        return Refused(RefusedKind.SECURITY_LEVEL)
    wrapped, after_security = ber.content(data, after_head, stop, ber.OCTETS)
    inner, end = ber.content(data, wrapped, after_security, ber.SEQUENCE)
    engine_id, at = ber.octets(data, inner, end)
    boots, at = ber.number(data, at, end)
    time, at = ber.number(data, at, end)
    user, at = ber.octets(data, at, end)
    code_at, at = ber.content(data, at, end, ber.OCTETS)
    salt, after_salt = ber.octets(data, at, end)
    is_in_range = 0 <= boots <= MOST_BOOTS and 0 <= time <= MOST_BOOTS
    if after_salt != end or end != after_security or not is_in_range:
        raise Malformed("security parameters of unknown form")
    return _Header(
        message_id, flags[0] & 3, engine_id, boots, time, user,
        code_at, at - code_at, salt, after_security, stop,
    )  # fmt: skip


def _read_scoped(data: bytes, pending: Container[int]) -> tuple[int, bytes, Pdu | Refused]:
    """Tag, context engine and PDU; padding after the scoped PDU is allowed (RFC 3414 8.1.1)."""
    start, stop = ber.content(data, 0, len(data), ber.SEQUENCE)
    engine_id, at = ber.octets(data, start, stop)
    _, at = ber.octets(data, at, stop)
    tag, found = read_pdu(data, at, stop, pending)
    return tag, engine_id, found
