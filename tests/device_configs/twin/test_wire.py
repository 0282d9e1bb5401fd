"""The control protocol on the wire: what is sent arrives, and nothing else is taken."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.twin.protocol import (
    Command,
    Completed,
    ErrorKind,
    Failure,
    Request,
    TwinReply,
)
from device_configs.twin.state import (
    DisplayState,
    LinkState,
    NodeState,
    Progress,
    SeatStatus,
    TwinPhase,
    TwinStatus,
)
from device_configs.twin.wire import NotOfTheProtocol, decode, encode, encode_whole

NAMES = st.text(max_size=12)
REQUESTS = st.builds(
    Request,
    command=st.sampled_from(Command),
    name=NAMES,
    silent=st.booleans(),
    on=st.booleans(),
    argv=st.lists(NAMES, max_size=3).map(tuple),
    timeout=st.floats(0, 1e6),
    stdin=st.binary(max_size=32),
)
STATUSES = st.builds(
    TwinStatus,
    phase=st.sampled_from(TwinPhase),
    progress=st.builds(Progress, NAMES, st.integers(0, 99), st.integers(0, 99)),
    devices=st.dictionaries(NAMES, st.sampled_from(NodeState), max_size=3),
    links=st.dictionaries(NAMES, st.sampled_from(LinkState), max_size=3),
    seats=st.dictionaries(
        NAMES,
        st.builds(SeatStatus, st.sampled_from(NodeState), st.sampled_from(DisplayState)),
        max_size=3,
    ),
    supervisor_pid=st.integers(1, 2**22),
    boot_seconds=st.none() | st.floats(0, 1e3),
)
FAILURES = st.builds(
    Failure,
    kind=st.sampled_from(ErrorKind),
    text=NAMES,
    name=NAMES,
    nearest=st.lists(NAMES, max_size=3).map(tuple),
    state=st.none() | st.sampled_from(NodeState),
)
REPLIES = st.builds(
    TwinReply,
    failure=st.none() | FAILURES,
    status=st.none() | STATUSES,
    execution=st.none()
    | st.builds(Completed, st.integers(0, 255), st.binary(max_size=32), st.binary(max_size=32)),
    namespaces=st.lists(NAMES, max_size=3).map(tuple),
)


@given(REQUESTS | REPLIES)
def test_what_is_sent_arrives(message: Request | TwinReply) -> None:
    line = json.dumps(encode(message))
    assert decode(type(message), json.loads(line)) == message


@given(STATUSES)
def test_a_status_shown_whole_has_every_field(status: TwinStatus) -> None:
    shown = json.loads(json.dumps(encode_whole(status)))
    assert set(shown) == set(TwinStatus.__dataclass_fields__)
    assert decode(TwinStatus, shown) == status


def test_what_has_its_default_is_not_sent() -> None:
    assert encode(Request(Command.CUT, "a--b")) == {"command": "cut", "name": "a--b"}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        pytest.param({}, "Request: command missing", id="no command"),
        pytest.param([], "Request: expected dict", id="no object"),
        pytest.param({"command": "explode"}, "'explode' is no Command", id="no such command"),
        pytest.param(
            {"command": "cut", "force": True}, "no field is named force", id="an unknown field"
        ),
        pytest.param({"command": "cut", "name": 7}, "Request.name: expected str", id="a number"),
        pytest.param({"command": "cut", "silent": 1}, "expected bool, found 1", id="no flag"),
        pytest.param({"command": "execute", "argv": "ls"}, "expected list", id="a text as list"),
        pytest.param({"command": "execute", "argv": [1]}, "argv: expected str", id="a wrong item"),
        pytest.param({"command": "execute", "stdin": "*"}, "Request.stdin", id="no base64"),
        pytest.param({"command": "execute", "stdin": "你"}, "Request.stdin", id="no ASCII"),
        pytest.param({"command": "execute", "timeout": "1"}, "expected float", id="no number"),
    ],
)
def test_what_is_no_request_is_refused_by_its_place(found: object, said: str) -> None:
    with pytest.raises(NotOfTheProtocol, match=said):
        decode(Request, found)


def test_a_whole_number_is_a_time_as_well() -> None:
    assert decode(Request, {"command": "execute", "timeout": 3}).timeout == 3.0
