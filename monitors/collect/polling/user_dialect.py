"""SNMPv3 with the user security model, always authPriv (RFC 3412, RFC 3414); no I/O."""

import secrets
from collections.abc import Callable, Container

from monitors.collect.polling.dialect import (
    Discovered,
    Outcome,
    Pdu,
    Question,
    RefusedKind,
    ReplyRefused,
    Resynchronized,
    pdu_of,
    read_pdu,
)
from monitors.collect.protocol import ber
from monitors.collect.protocol.ber import Malformed
from monitors.collect.protocol.message import (
    REPORTABLE,
    Envelope,
    OtherSecurity,
    PduKind,
    UserMessage,
    Version,
    context_octets,
    decrypted,
    is_authentic,
    read_context,
    read_user_message,
    read_version,
    scoped_octets,
    secured,
)
from monitors.collect.protocol.usm import (
    ENGINE_ID_OCTETS,
    MOST_BOOTS,
    SALT_OCTETS,
    STATISTICS,
    WINDOW_S,
    EngineKeys,
)

REPORTS = ber.name_of(STATISTICS)
NOT_IN_WINDOW, UNKNOWN_ENGINE = b"\x02\x00", b"\x04\x00"
REPORT_NAMES = {
    b"\x01\x00": "unsupported security level",
    NOT_IN_WINDOW: "not in time window",
    b"\x03\x00": "unknown user",
    UNKNOWN_ENGINE: "unknown engine id",
    b"\x05\x00": "wrong authentication key",
    b"\x06\x00": "decryption error",
}


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
        protocol: str = "sha",
    ) -> None:
        self._user = user.encode()
        self._passwords = (authentication_key, privacy_key)
        self._monotonic = monotonic
        self._protocol = protocol
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
        self._salt = (self._salt + 1) % 2**64
        envelope = Envelope(
            request_id, self._engine_id, self._boots, self._engine_time(), self._user, self._keys,
            is_encrypted=True, flags=REPORTABLE,
        )  # fmt: skip
        scoped = scoped_octets(context_octets(self._engine_id), pdu_of(asked, request_id))
        return secured(envelope, scoped, self._salt.to_bytes(SALT_OCTETS, "big"))

    def discovery(self, request_id: int) -> bytes:
        """A question without engine and user (RFC 3414 section 4)."""
        # One id would do; an answer to the try before this one is as good.
        self._discovery = {*list(self._discovery)[-1:], request_id}
        empty = pdu_of(Question(PduKind.GET, b""), request_id)
        envelope = Envelope(request_id, b"", 0, 0, flags=REPORTABLE)
        return secured(envelope, scoped_octets(context_octets(b""), empty))

    def _engine_time(self) -> int:
        return self._time + int(self._monotonic() - self._heard_at)

    def read(self, datagram: bytes, pending: Container[int]) -> Outcome:
        try:
            version, at, stop = read_version(datagram, exactly=True)
            if version != Version.V3:
                return ReplyRefused(RefusedKind.VERSION)
            header = read_user_message(datagram, at, stop, exactly=True)
            if header.is_authenticated:
                return self._authenticated(datagram, header, pending)
            return self._unauthenticated(datagram, header, pending)
        except OtherSecurity:
            return ReplyRefused(RefusedKind.SECURITY_LEVEL)
        except Malformed:
            return ReplyRefused(RefusedKind.MALFORMED)

    def _unauthenticated(
        self, data: bytes, header: UserMessage, pending: Container[int]
    ) -> Outcome:
        if header.is_encrypted:
            return ReplyRefused(RefusedKind.SECURITY_LEVEL)
        tag, _, found = _read_reply(data, header.at, header.stop, pending)
        if tag != PduKind.REPORT or isinstance(found, ReplyRefused):
            return ReplyRefused(RefusedKind.SECURITY_LEVEL)
        report = _report_of(found)
        if header.message_id in self._discovery and self._keys is None:
            if report != UNKNOWN_ENGINE or len(header.engine_id) not in ENGINE_ID_OCTETS:
                return ReplyRefused(RefusedKind.REPORT)
            self._discovered(header)
            return Discovered()
        is_of_ours = header.message_id in pending
        return ReplyRefused(RefusedKind.REPORT, REPORT_NAMES.get(report, "") if is_of_ours else "")

    def _discovered(self, header: UserMessage) -> None:
        self._discovery.clear()
        self._keys = EngineKeys(*self._passwords, header.engine_id, self._protocol)
        self._engine_id = header.engine_id
        self._set_time(header)

    def _set_time(self, header: UserMessage) -> None:
        self._boots, self._time = header.boots, header.time_s
        self._heard_at = self._monotonic()

    def _authenticated(self, data: bytes, header: UserMessage, pending: Container[int]) -> Outcome:
        if self._keys is None or header.engine_id != self._engine_id:
            return ReplyRefused(RefusedKind.ENGINE)
        if header.user != self._user:
            return ReplyRefused(RefusedKind.USER)
        if not is_authentic(self._keys, header, data):
            return ReplyRefused(RefusedKind.MESSAGE_CODE)
        if not self._is_timely(header):
            return ReplyRefused(RefusedKind.TIME_WINDOW)
        tag, engine_id, found = self._opened(data, header, pending)
        if isinstance(found, ReplyRefused):
            return found
        if tag == PduKind.REPORT:
            return self._genuine_report(header, found, pending)
        if tag != PduKind.RESPONSE or header.message_id != found.request_id:
            return ReplyRefused(RefusedKind.UNASKED)
        if not header.is_encrypted:
            return ReplyRefused(RefusedKind.SECURITY_LEVEL)
        return found if engine_id == self._engine_id else ReplyRefused(RefusedKind.ENGINE)

    def _opened(
        self, data: bytes, header: UserMessage, pending: Container[int]
    ) -> tuple[int, bytes, Pdu | ReplyRefused]:
        if not header.is_encrypted:
            return _read_reply(data, header.at, header.stop, pending)
        assert self._keys is not None  # noqa: S101 - the caller looked
        plain = decrypted(self._keys, header, data, exactly=True)
        return _read_reply(plain, 0, len(plain), pending)

    def _is_timely(self, header: UserMessage) -> bool:
        """Adopt the time of a genuine message unless it is an old one (RFC 3414 3.2, 7b)."""
        ours, theirs = (self._boots, self._latest_time), (header.boots, header.time_s)
        if not self._is_time_genuine or theirs > ours:
            self._set_time(header)
            self._latest_time = header.time_s
            self._is_time_genuine = True
            return True
        is_same_life = header.boots == self._boots != MOST_BOOTS
        return is_same_life and header.time_s >= self._engine_time() - WINDOW_S

    def _genuine_report(self, header: UserMessage, found: Pdu, pending: Container[int]) -> Outcome:
        report = _report_of(found)
        if header.message_id not in pending:
            return ReplyRefused(RefusedKind.UNASKED)
        if report == NOT_IN_WINDOW:
            return Resynchronized(header.message_id)
        return ReplyRefused(RefusedKind.REPORT, REPORT_NAMES.get(report, ""))


def _report_of(found: Pdu) -> bytes:
    """The counter that a Report names, below usmStats; nothing for any other."""
    name = found.variables[0][0] if found.variables else b""
    return name.removeprefix(REPORTS) if name.startswith(REPORTS) else b""


def _read_reply(
    data: bytes, at: int, end: int, pending: Container[int]
) -> tuple[int, bytes, Pdu | ReplyRefused]:
    """Tag, context engine and PDU."""
    scoped = read_context(data, at, end)
    tag, found = read_pdu(data, scoped.pdu_at, scoped.stop, pending)
    return tag, scoped.engine_id, found
