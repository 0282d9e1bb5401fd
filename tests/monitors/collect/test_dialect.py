"""Datagrams that are replies, and all those that are not."""

import contextlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.collect.polling.dialect import (
    CommunityDialect,
    Discovered,
    Pdu,
    RefusedKind,
    ReplyRefused,
    Resynchronized,
    question,
)
from monitors.collect.polling.user_dialect import UserDialect
from monitors.collect.protocol import ber
from monitors.collect.protocol.ber import (
    Malformed,
    index_of,
    name_of,
    variables,
)
from monitors.collect.protocol.message import (
    AUTHENTICATED,
    ENCRYPTED,
    Envelope,
    PduKind,
    assembled,
)
from monitors.collect.protocol.usm import PROTOCOLS, EngineKeys
from tests.monitors.collect import hostile
from tests.monitors.collect.conftest import SECRETS
from tests.profile import examples

REQUEST = 0x0102_0304
PENDING = {REQUEST}
UPTIME = name_of("1.3.6.1.2.1.1.3.0")
ENGINE_ID = hostile.ENGINE_ID
SALT = b"saltsalt"
NOT_IN_WINDOW, UNKNOWN_USER, UNKNOWN_ENGINE = 2, 3, 4

MAC_OCTETS = PROTOCOLS["sha"].mac_octets


class Now:
    """A clock that a test moves."""

    seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


class Engine:
    """The agent's side of v3: genuine messages, and what a forger makes of them."""

    def __init__(self, secrets=SECRETS, engine_id: bytes = ENGINE_ID) -> None:
        self.keys = EngineKeys(secrets.authentication_key, secrets.privacy_key, engine_id)
        self.engine_id, self.user = engine_id, SECRETS.user.encode()
        self.boots, self.time = 3, 500

    def response(self, request_id: int = REQUEST, message_id: int = REQUEST, **how) -> bytes:
        pdu = ber.tlv(
            PduKind.RESPONSE,
            ber.integer(request_id)
            + ber.integer(0)
            + ber.integer(0)
            + ber.tlv(
                ber.SEQUENCE,
                ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, UPTIME) + hostile.TICKS),
            ),
        )
        return self.message(message_id, pdu, **how)

    def report(self, counter: int, **how) -> bytes:
        plain = hostile.report(REQUEST, counter)
        # The PDU is the last element of the plain Report.
        return self.message(REQUEST, plain[plain.rindex(b"\xa8") :], **how)

    def message(
        self,
        message_id: int,
        pdu: bytes,
        flags: int = AUTHENTICATED | ENCRYPTED,
        code: Callable[[bytes], bytes] | None = None,
    ) -> bytes:
        scoped = ber.tlv(
            ber.SEQUENCE, ber.tlv(ber.OCTETS, self.engine_id) + ber.tlv(ber.OCTETS, b"") + pdu
        )
        data = scoped
        if flags & ENCRYPTED:
            data = ber.tlv(ber.OCTETS, self.keys.encrypted(scoped, self.boots, self.time, SALT))
        zeros = bytes(MAC_OCTETS)
        envelope = Envelope(message_id, self.engine_id, self.boots, self.time, self.user)
        message = assembled(envelope, flags, zeros, SALT, data)
        at = len(message) - len(data) - len(SALT) - 2 - MAC_OCTETS
        made = (code or self.keys.mac)(message)
        return message[:at] + made + message[at + MAC_OCTETS :]


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def manager(now: Now) -> UserDialect:
    """Our side after the discovery of the engine."""
    dialect = UserDialect(SECRETS.user, SECRETS.authentication_key, SECRETS.privacy_key, now)
    dialect.discovery(REQUEST)
    assert dialect.read(hostile.report(REQUEST, UNKNOWN_ENGINE), PENDING) == Discovered()
    return dialect


def test_a_genuine_response_is_an_answer(manager: UserDialect) -> None:
    answer = manager.read(Engine().response(), PENDING)
    assert isinstance(answer, Pdu)
    assert answer.variables == [(UPTIME, 4096)]


def forger() -> Engine:
    return Engine(replace(SECRETS, authentication_key="a guess", privacy_key="a guess"))


@pytest.mark.parametrize(
    ("datagram", "kind"),
    [
        (Engine().response(code=lambda _: bytes(MAC_OCTETS)), RefusedKind.MESSAGE_CODE),
        (forger().response(), RefusedKind.MESSAGE_CODE),
        (Engine().response(flags=0), RefusedKind.SECURITY_LEVEL),
        (Engine().response(flags=ENCRYPTED), RefusedKind.SECURITY_LEVEL),
        (Engine().response(flags=AUTHENTICATED), RefusedKind.SECURITY_LEVEL),
        (Engine(engine_id=b"\x80\x00\x1f\x88\x04other").response(), RefusedKind.ENGINE),
        (Engine().response(request_id=REQUEST + 1), RefusedKind.UNASKED),
        (Engine().response(message_id=REQUEST + 1), RefusedKind.UNASKED),
        (hostile.report(REQUEST, NOT_IN_WINDOW), RefusedKind.REPORT),
        (hostile.report(REQUEST, UNKNOWN_USER), RefusedKind.REPORT),
        (hostile.report(REQUEST, UNKNOWN_ENGINE), RefusedKind.REPORT),
        (hostile.report(REQUEST, NOT_IN_WINDOW, flags=AUTHENTICATED), RefusedKind.MESSAGE_CODE),
        (hostile.reply(REQUEST, [(UPTIME, hostile.TICKS)]), RefusedKind.VERSION),
        (Engine().response() + b"\x00", RefusedKind.MALFORMED),
        (b"\x30\x82", RefusedKind.MALFORMED),
    ],
    ids=[
        "a code of zeros",
        "other keys",
        "neither authenticated nor encrypted",
        "encrypted and not authenticated",
        "authenticated and not encrypted",
        "another engine",
        "another request inside",
        "another message outside",
        "a forged report of the time",
        "a forged report of the user",
        "a forged report of the engine",
        "a report with a code of zeros",
        "a reply of v2c",
        "one octet too many",
        "two octets",
    ],
)
def test_what_does_not_prove_itself_is_refused(
    manager: UserDialect, datagram: bytes, kind: RefusedKind
) -> None:
    refused = manager.read(datagram, PENDING)
    assert isinstance(refused, ReplyRefused)
    assert refused.kind is kind
    assert isinstance(manager.read(Engine().response(), PENDING), Pdu), "and changes nothing"


def test_only_a_genuine_report_corrects_the_time(manager: UserDialect, now: Now) -> None:
    engine = Engine()
    assert isinstance(manager.read(engine.response(), PENDING), Pdu)
    engine.boots, engine.time = 4, 1
    assert isinstance(manager.read(hostile.report(REQUEST, NOT_IN_WINDOW), PENDING), ReplyRefused)
    corrected = manager.read(engine.report(NOT_IN_WINDOW, flags=AUTHENTICATED), PENDING)
    assert corrected == Resynchronized(REQUEST)
    asked = manager.request(question(PduKind.GET, [UPTIME]), REQUEST)
    assert ber.tlv(ber.OCTETS, ENGINE_ID) + ber.integer(4) + ber.integer(1) in asked


def test_a_message_older_than_the_window_is_refused(manager: UserDialect, now: Now) -> None:
    engine = Engine()
    assert isinstance(manager.read(engine.response(), PENDING), Pdu)
    now.seconds += 151
    refused = manager.read(engine.response(), PENDING)
    assert isinstance(refused, ReplyRefused)
    assert refused.kind is RefusedKind.TIME_WINDOW
    engine.time += 151
    assert isinstance(manager.read(engine.response(), PENDING), Pdu)


@given(st.binary(max_size=60))
@settings(max_examples=examples(500, 50_000))
def test_octets_of_any_kind_are_read_or_refused(octets: bytes) -> None:
    for read in (
        lambda: variables(octets, 0, len(octets)),
        lambda: index_of(octets),
        lambda: ber.dotted_of(octets),
    ):
        with contextlib.suppress(Malformed):
            read()
    community = CommunityDialect(SECRETS.community)
    assert isinstance(community.read(octets, PENDING), ReplyRefused)
