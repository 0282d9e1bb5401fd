"""What a device says of its draining."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.draining.state import DrainState, Participation, forwarded_a_second, read_state

DRAINED = "state drained\nseconds_left 12\nwho N-7\nvirtual 10.0.0.1 10.0.0.2 \nforwarded 40\n"


def test_a_drained_device() -> None:
    assert read_state("rt-a", 0, DRAINED) == DrainState(
        "rt-a", Participation.DRAINED, 12, "N-7", ("10.0.0.1", "10.0.0.2"), 40
    )


def test_a_serving_device() -> None:
    found = read_state("rt-a", 0, "state serving\nvirtual \nforwarded 0\n")
    assert found == DrainState("rt-a", Participation.SERVING, forwarded=0)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        pytest.param(255, "Connection refused", id="not reached"),
        pytest.param(127, "sh: device-drain: not found", id="nothing deployed yet"),
        pytest.param(1, DRAINED, id="it failed"),
        pytest.param(0, "", id="it says nothing"),
        pytest.param(0, "state drained\n", id="drained, nobody knows how long"),
        pytest.param(0, "state drained\nseconds_left soon\n", id="a time that is none"),
        pytest.param(0, "state dra\0ined\nseconds_left 4\n", id="garbage"),
    ],
)
def test_whatever_else_it_says_is_unknown(code: int, text: str) -> None:
    assert read_state("rt-a", code, text).participation is Participation.UNKNOWN


@given(st.integers(-2, 256), st.text())
def test_no_answer_breaks_the_reader(code: int, text: str) -> None:
    found = read_state("rt-a", code, text)
    assert code == 0 or found.participation is Participation.UNKNOWN


def test_packets_a_second() -> None:
    before, after = (read_state("a", 0, f"state serving\nforwarded {n}") for n in (100, 150))
    silent = read_state("a", 0, "state serving")
    assert forwarded_a_second(before, after, 0.5) == 100
    assert forwarded_a_second(after, before, 0.5) == 0, "it has been started anew"
    assert forwarded_a_second(before, silent, 0.5) is None
    assert forwarded_a_second(before, after, 0) is None
