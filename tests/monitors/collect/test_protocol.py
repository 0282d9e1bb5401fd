"""BER and user security, which reading agents and receiving traps have in common."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder

from monitors.collect.protocol import ber
from monitors.collect.protocol.ber import Malformed, Missing, index_of, name_of, value_of
from monitors.collect.protocol.message import (
    Envelope,
    UserMessage,
    Version,
    is_authentic,
    read_version,
    secured,
)
from monitors.collect.protocol.usm import EngineKeys, key_of, localized
from monitors.collect.traps.notification import dotted_of, read_message
from tests.monitors.collect.trap_senders import LINK_DOWN, trap_datagram

numbers = st.integers(0, 2**32 - 1)
oids = st.builds(
    lambda first, second, rest: ".".join(map(str, (first, second, *rest))),
    st.integers(0, 1),
    st.integers(0, 39),
    st.lists(numbers, max_size=20),
)


def test_keys_are_those_of_the_standard() -> None:
    """RFC 3414 section A.3.2."""
    engine_id = bytes(11) + b"\x02"
    assert key_of("maplesyrup").hex() == "9fb5cc0381497b3793528939ff788d5d79145211"
    found = localized(key_of("maplesyrup"), engine_id)
    assert found.hex() == "6695febc9288e36282235fc7151f128497b38f3f"


def test_messages_signed_by_sha_256_are_those_that_another_implementation_makes() -> None:
    """RFC 7860 has no examples; pysnmp's localized key stands for another reading of it."""
    from pyasn1.type.univ import OctetString
    from pysnmp.proto.secmod.rfc3414 import service  # noqa: F401 - before the next, which needs it
    from pysnmp.proto.secmod.rfc7860.auth.hmacsha2 import HmacSha2

    engine = OctetString(ENGINE)
    other = HmacSha2(HmacSha2.SHA256_SERVICE_ID)
    key = other.localize_key(other.hash_passphrase(b"maplesyrup"), engine)
    assert localized(key_of("maplesyrup", "sha-256"), ENGINE, "sha-256") == bytes(key)
    keys = EngineKeys("maplesyrup", "priv-pass-1234", ENGINE, "sha-256")
    envelope = Envelope(7, ENGINE, 3, 400, b"poller", keys, is_encrypted=True)
    message = secured(envelope, ber.sequence(trap_datagram(LINK_DOWN, "egov")))
    found = read_message(message)
    assert isinstance(found, UserMessage)
    assert found.mac_octets == 24
    assert is_authentic(keys, found, message)
    assert not is_authentic(KEYS, found, message)
    assert bytes(other.authenticate_outgoing_message(key, _unsigned(message, found))) == message


def _unsigned(message: bytes, read: UserMessage) -> bytes:
    return message[: read.mac_at] + bytes(24) + message[read.mac_at + 24 :]


@given(oids, numbers)
def test_what_we_encode_pysnmp_reads(oid: str, number: int) -> None:
    assert str(decoder.decode(ber.identifier(oid))[0]) == oid
    read, rest = decoder.decode(ber.integer(number))
    assert (int(read), rest) == (number, b"")


@pytest.mark.parametrize("tag", range(0x40, 0x47))
@pytest.mark.parametrize("length", [0, 1, 4, 5, 8, 9, 10, 200])
def test_a_value_of_odd_form_is_unreadable_and_no_other(tag: int, length: int) -> None:
    value = value_of(tag, b"\xff" * length)
    assert value is Missing.UNREADABLE or isinstance(value, int | str | bytes)
    if isinstance(value, int):
        assert 0 <= value < 2**64


sub_ids = st.lists(st.integers(0, 2**32 - 1), max_size=20)


@given(sub_ids)
def test_an_index_is_what_its_encoding_says(index: list[int]) -> None:
    dotted = ".".join(map(str, [1, 3, *index]))
    assert index_of(name_of(dotted)[1:]) == tuple(index)
    assert ber.dotted_of(name_of(dotted)) == dotted


def test_a_reply_has_one_form_and_a_notification_may_have_others() -> None:
    for data in (
        ber.sequence(ber.integer(Version.V2C)) + b"\0",
        ber.sequence(ber.tlv(ber.INTEGER, bytes((0, 0, 0, 0, 0, Version.V2C)))),
    ):
        version, _, _ = read_version(data, exactly=False)
        assert version == Version.V2C
        with pytest.raises(Malformed):
            read_version(data, exactly=True)


def test_a_padded_identifier_is_no_name_in_a_reply_and_one_in_a_notification() -> None:
    padded = name_of("1.3.6.1") + b"\x80\x02"
    assert dotted_of(padded) == "1.3.6.1.2"
    with pytest.raises(Malformed):
        ber.dotted_of(padded)


ENGINE = bytes.fromhex("8000000001020304")
KEYS = EngineKeys("auth-pass-1234", "priv-pass-1234", ENGINE)


@given(st.integers(0, 5_000), st.integers(0, 7), st.booleans())
def test_no_changed_bit_of_a_signed_message_goes_unnoticed(at: int, bit: int, is_hidden) -> None:
    envelope = Envelope(7, ENGINE, 3, 400, b"poller", KEYS, is_encrypted=is_hidden)
    data = bytearray(secured(envelope, ber.sequence(trap_datagram(LINK_DOWN, "egov"))))
    data[at % len(data)] ^= 1 << bit
    try:
        message = read_message(bytes(data))
    except Malformed:
        return
    assert not (
        isinstance(message, UserMessage)
        and message.is_authenticated
        and is_authentic(KEYS, message, bytes(data))
    )
