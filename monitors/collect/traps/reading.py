"""From a datagram to what is in it, verified: a notification, or an answer, or a refusal."""

import socket
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from monitors.collect.plan import SnmpSecrets
from monitors.collect.protocol import ber
from monitors.collect.protocol.ber import Malformed
from monitors.collect.protocol.message import (
    REPORTABLE,
    Envelope,
    PduKind,
    UserMessage,
    community_message,
    context_octets,
    decrypted,
    is_authentic,
    pdu_octets,
    scoped_octets,
    secured,
)
from monitors.collect.protocol.usm import PROTOCOLS, STATISTICS, WINDOW_S, EngineKeys
from monitors.collect.traps.engine_time import is_timely
from monitors.collect.traps.engines import Engine, Engines
from monitors.collect.traps.inbox import Datagram
from monitors.collect.traps.notification import (
    CommunityMessage,
    NotificationPdu,
    UnknownVersion,
    read_message,
    read_pdu,
    read_scoped,
)
from monitors.collect.traps.state import Refusal
from ops_core.kernel.clock import Clock

UNKNOWN_ENGINES = f"{STATISTICS}.4.0"
NOT_IN_WINDOW = f"{STATISTICS}.2.0"
"""usmStatsUnknownEngineIDs and usmStatsNotInTimeWindows (RFC 3414 section 5)."""
BOOTS_COUNT_FROM = datetime(2020, 1, 1, tzinfo=UTC)
SALTS_KEPT = 8_192
ENTERPRISE = 32473
"""For documentation (RFC 5612): the product has no number of its own."""


class TrapRefused(Exception):
    """A datagram that is not read, by kind; ``answer`` goes back where the RFC asks for one."""

    def __init__(self, kind: Refusal, answer: bytes | None = None) -> None:
        super().__init__(str(kind))
        self.kind = kind
        self.answer = answer


class Discovery(Exception):
    """No notification: a sender of informs asks for our engine id; ``answer`` has it."""

    def __init__(self, answer: bytes) -> None:
        super().__init__("discovery")
        self.answer = answer


class EngineUnknown(TrapRefused):
    """A version 3 trap of an engine that is not known, or not yet."""

    def __init__(self) -> None:
        super().__init__(Refusal.ENGINE)


class Untimely(TrapRefused):
    """An authentic trap outside the time window of this device's engine."""

    def __init__(self, device: str) -> None:
        super().__init__(Refusal.TIME)
        self.device = device


@dataclass(frozen=True, slots=True)
class TrapNotice:
    """An authentic notification. ``signer`` is the device whose engine signed it, if one did."""

    pdu: NotificationPdu
    signer: str | None
    acknowledgement: bytes | None
    """What an inform's sender waits for."""


@dataclass(frozen=True, slots=True)
class OwnEngine:
    """Ourselves as the engine to which informs are sent.

    ``boots`` must grow with each start (RFC 3414 section 2.2): the seconds since 2020 do, without
    a file that could be lost.
    """

    engine_id: bytes
    boots: int
    started_s: float

    @staticmethod
    def of(clock: Clock) -> "OwnEngine":
        name = f"zhishou {socket.gethostname()}".encode()[:27]
        engine_id = (ENTERPRISE | 1 << 31).to_bytes(4, "big") + b"\x04" + name
        boots = int((clock.now() - BOOTS_COUNT_FROM).total_seconds())
        return OwnEngine(engine_id, max(1, boots), clock.monotonic())

    def time_s(self, at_s: float) -> int:
        return max(0, int(at_s - self.started_s))


class TrapReader:
    """Verifies and reads one datagram after the other; keeps only engines of declared devices."""

    def __init__(self, secrets: SnmpSecrets, engines: Engines, own: OwnEngine) -> None:
        self._secrets = secrets
        self._engines = engines
        self._own = own
        self._community = secrets.trap_community.encode()
        self._user = secrets.user.encode()
        self._salts: OrderedDict[tuple[bytes, int, bytes], None] = OrderedDict()
        passwords = (secrets.authentication_key, secrets.privacy_key)
        own_keys = (EngineKeys(*passwords, own.engine_id, protocol) for protocol in PROTOCOLS)
        self._own_keys = {keys.mac_octets: keys for keys in own_keys}

    def read(self, device: str | None, datagram: Datagram) -> TrapNotice:
        """Raises Refused, and Discovery."""
        data = datagram.data
        try:
            message = read_message(data)
            if isinstance(message, CommunityMessage):
                return self._of_community(message, data)
        except UnknownVersion:
            raise TrapRefused(Refusal.VERSION) from None
        except Malformed:
            raise TrapRefused(Refusal.NOT_SNMP) from None
        return self._of_user(device, message, datagram)

    def _of_community(self, message: CommunityMessage, data: bytes) -> TrapNotice:
        if message.community != self._community:
            raise TrapRefused(Refusal.COMMUNITY)
        pdu = _notification(read_pdu(data, message.pdu_at, len(data)))

        def acknowledged(response: bytes) -> bytes:
            return community_message(message.version, message.community, response)

        return TrapNotice(pdu, None, _acknowledgement(pdu, acknowledged))

    def _of_user(self, device: str | None, message: UserMessage, datagram: Datagram) -> TrapNotice:
        if message.engine_id == self._own.engine_id:
            return self._sent_to_us(message, datagram)
        if not message.is_authenticated and message.flags & REPORTABLE:
            raise Discovery(self._report(message, UNKNOWN_ENGINES, datagram.arrived_s, None))
        if not message.is_authenticated:
            raise TrapRefused(Refusal.LEVEL)
        engine = self._engines.signer(device, message.engine_id)
        if engine is None and message.flags & REPORTABLE:
            # An inform, which is for us: its sender knows us by an engine id that is not ours.
            report = self._report(message, UNKNOWN_ENGINES, datagram.arrived_s, None)
            raise TrapRefused(Refusal.ENGINE, report)
        if engine is None:
            raise EngineUnknown
        pdu = self._verified(engine, message, datagram)
        self._engines.heard(engine, message.boots, message.time_s, datagram.arrived_s)
        self._check_novelty(message)
        if pdu.kind == PduKind.INFORM:
            raise TrapRefused(Refusal.NO_NOTIFICATION)  # signed for another than us
        return TrapNotice(pdu, engine.device, None)

    def _verified(
        self, engine: Engine, message: UserMessage, datagram: Datagram
    ) -> NotificationPdu:
        """RFC 3414 section 3.2, in its order: user, level, MAC, time, privacy."""
        self._check_signature(engine.keys, message, datagram.data)
        if not is_timely(engine.time, message.boots, message.time_s, datagram.arrived_s):
            raise Untimely(engine.device)
        return self._revealed(engine.keys, message, datagram.data)

    def _check_novelty(self, message: UserMessage) -> None:
        """No two messages of an engine have one salt (RFC 3826 section 3.1.2.1)."""
        key = (message.engine_id, message.boots, message.salt)
        if key in self._salts:
            raise TrapRefused(Refusal.REPLAY)
        self._salts[key] = None
        if len(self._salts) > SALTS_KEPT:
            self._salts.popitem(last=False)

    def _check_signature(self, keys: EngineKeys, message: UserMessage, data: bytes) -> None:
        if message.user != self._user:
            raise TrapRefused(Refusal.USER)
        if not (message.is_authenticated and message.is_encrypted):
            raise TrapRefused(Refusal.LEVEL)
        if not is_authentic(keys, message, data):
            raise TrapRefused(Refusal.MAC)

    def _revealed(self, keys: EngineKeys, message: UserMessage, data: bytes) -> NotificationPdu:
        try:
            pdu = read_scoped(decrypted(keys, message, data, exactly=False))
        except Malformed:
            raise TrapRefused(Refusal.PRIVACY) from None
        return _notification(pdu)

    def _sent_to_us(self, message: UserMessage, datagram: Datagram) -> TrapNotice:
        """An inform: we are its authoritative engine, so its time is ours."""
        at_s = datagram.arrived_s
        # Who informs us signs as its device is declared: the length of its code says how.
        keys = self._own_keys.get(message.mac_octets, self._own_keys[PROTOCOLS["sha"].mac_octets])
        self._check_signature(keys, message, datagram.data)
        off_s = abs(message.time_s - self._own.time_s(at_s))
        if message.boots != self._own.boots or off_s > WINDOW_S:
            raise TrapRefused(Refusal.TIME, self._report(message, NOT_IN_WINDOW, at_s, keys))
        pdu = self._revealed(keys, message, datagram.data)
        if pdu.kind != PduKind.INFORM:
            raise TrapRefused(Refusal.NO_NOTIFICATION)

        def acknowledged(response: bytes) -> bytes:
            envelope = self._envelope(message, at_s, keys, is_encrypted=True)
            return secured(envelope, scoped_octets(pdu.context_octets, response))

        return TrapNotice(pdu, None, _acknowledgement(pdu, acknowledged))

    def _report(
        self, message: UserMessage, counter: str, at_s: float, keys: EngineKeys | None
    ) -> bytes:
        one = ber.integer(1, ber.COUNTER32)
        variables = ber.sequence(ber.sequence(ber.identifier(counter), one))
        pdu = pdu_octets(PduKind.REPORT, 0, variables)
        envelope = self._envelope(message, at_s, keys, is_encrypted=False)
        return secured(envelope, scoped_octets(context_octets(self._own.engine_id), pdu))

    def _envelope(
        self, message: UserMessage, at_s: float, keys: EngineKeys | None, *, is_encrypted: bool
    ) -> Envelope:
        return Envelope(
            message.message_id,
            self._own.engine_id,
            self._own.boots,
            self._own.time_s(at_s),
            message.user if keys is not None else b"",
            keys,
            is_encrypted,
        )


def _notification(pdu: NotificationPdu) -> NotificationPdu:
    if not pdu.is_notification:
        raise TrapRefused(Refusal.NO_NOTIFICATION)
    return pdu


def _acknowledgement(pdu: NotificationPdu, whole: Callable[[bytes], bytes]) -> bytes | None:
    """The response to an inform, with the variables as they came (RFC 3416 section 4.2.7)."""
    if pdu.kind != PduKind.INFORM:
        return None
    return whole(pdu_octets(PduKind.RESPONSE, pdu.request_id, pdu.variable_octets))
