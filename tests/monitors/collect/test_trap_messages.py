"""Our reading of BER and SNMP beside pysnmp's, which encodes and decodes by other code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber import encoder
from pysnmp.proto import api
from pysnmp.proto.rfc1902 import (
    Counter32,
    Counter64,
    Gauge32,
    Integer32,
    IpAddress,
    ObjectIdentifier,
    OctetString,
    Opaque,
    TimeTicks,
    Unsigned32,
)

from monitors.collect.protocol.ber import Malformed
from monitors.collect.protocol.message import PduKind
from monitors.collect.traps import engine_time
from monitors.collect.traps.engine_time import EngineTime, is_timely
from monitors.collect.traps.notification import (
    CommunityMessage,
    dotted_of,
    read_message,
    read_pdu,
)
from tests.monitors.collect.test_protocol import numbers, oids

SECOND_VERSION = api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]

values = st.one_of(
    st.integers(-(2**31), 2**31 - 1).map(lambda n: (Integer32(n), n)),
    numbers.map(lambda n: (Counter32(n), n)),
    numbers.map(lambda n: (Gauge32(n), n)),
    numbers.map(lambda n: (TimeTicks(n), n)),
    numbers.map(lambda n: (Unsigned32(n), n)),
    st.integers(0, 2**64 - 1).map(lambda n: (Counter64(n), n)),
    st.binary(max_size=300).map(lambda octets: (OctetString(octets), octets)),
    st.binary(max_size=30).map(lambda octets: (Opaque(octets), octets)),
    oids.map(lambda oid: (ObjectIdentifier(oid), oid)),
    st.tuples(*(st.integers(0, 255),) * 4).map(
        lambda octets: (IpAddress(".".join(map(str, octets))), ".".join(map(str, octets)))
    ),
)


@given(
    community=st.binary(max_size=20),
    variables=st.dictionaries(oids, values, max_size=8),
    request_id=st.integers(-(2**31), 2**31 - 1),
)
def test_a_trap_that_pysnmp_encodes_reads_the_same(community, variables, request_id) -> None:
    pdu = SECOND_VERSION.SNMPv2TrapPDU()
    SECOND_VERSION.apiTrapPDU.set_defaults(pdu)
    SECOND_VERSION.apiTrapPDU.set_request_id(pdu, request_id)
    pairs = [(ObjectIdentifier(oid), value) for oid, (value, _) in variables.items()]
    SECOND_VERSION.apiTrapPDU.set_varbinds(pdu, pairs)
    message = SECOND_VERSION.Message()
    SECOND_VERSION.apiMessage.set_defaults(message)
    SECOND_VERSION.apiMessage.set_community(message, community)
    SECOND_VERSION.apiMessage.set_pdu(message, pdu)
    data = encoder.encode(message)

    read = read_message(data)
    assert isinstance(read, CommunityMessage)
    assert read.community == community
    found = read_pdu(data, read.pdu_at, len(data))
    assert (found.kind, found.request_id) == (PduKind.TRAP, request_id)
    assert found.variables == {oid: plain for oid, (_, plain) in variables.items()}


@given(st.binary(max_size=300))
def test_any_octets_are_a_message_or_refused(data: bytes) -> None:
    try:
        read_message(data)
    except Malformed:
        return


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x30\x82",
        b"\x30\x80\x02\x01\x01\x00\x00",
        b"\x30\x84\xff\xff\xff\xff\x02",
        b"\x30\x89\x01\x02\x03\x04\x05\x06\x07\x08\x09\x02",
        b"\x1f\xff\xff\xff\x01\x00",
        b"\x30\x82\x01\x00" + b"\x30\x80" * 128,
        b"\x30" * 1_000,
        b"\x30\x03\x02\x01\x07",
        b"\x30\x05\x02\x03\xff\xff\xff",
    ],
    ids=[
        "nothing",
        "no length",
        "length cut off",
        "indefinite length",
        "4 GB claimed",
        "length of nine octets",
        "tag of many octets",
        "nested without an end",
        "one octet again and again",
        "version 7",
        "negative version",
    ],
)
def test_malformed_datagrams_are_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        read_message(data)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x80", b"\x2b\x81", b"\x2b" + b"\x01" * 200, b"\x2b\x9f\xff\xff\xff\xff\x7f"],
    ids=["empty", "unfinished", "unfinished later", "200 numbers", "a number of 40 bits"],
)
def test_an_object_identifier_beyond_all_bounds_is_refused(content: bytes) -> None:
    with pytest.raises(Malformed):
        dotted_of(content)


def test_a_great_object_identifier_costs_its_octets_only() -> None:
    with pytest.raises(Malformed):
        dotted_of(b"\xff" * 16_000 + b"\x7f")


@pytest.mark.parametrize(
    ("boots", "time_s", "is_accepted"),
    [
        (5, 1_000, True),
        (5, 851, True),
        (5, 849, False),
        (4, 9_999, False),
        (6, 0, True),
        (2**31 - 1, 1_000, False),
    ],
    ids=["now", "149 s old", "151 s old", "a former boot", "the next boot", "boots at their end"],
)
def test_the_time_window_is_that_of_the_rfc(boots: int, time_s: int, is_accepted: bool) -> None:
    known = EngineTime(5, 900, at_s=50.0)
    assert is_timely(known, boots, time_s, at_s=150.0) is is_accepted


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1_000), st.floats(0, 500)), max_size=30)
)
def test_an_engine_time_never_goes_back(heard) -> None:
    known: EngineTime | None = None
    at_s = 0.0
    for boots, time_s, later_s in heard:
        at_s += later_s
        before = (known.boots, known.now(at_s)) if known is not None else (-1, -1)
        if is_timely(known, boots, time_s, at_s):
            known = engine_time.heard(known, boots, time_s, at_s)
            assert (known.boots, known.now(at_s)) >= before
