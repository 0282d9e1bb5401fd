import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.twin.gap import measure_gap, stood_still
from device_configs.twin.services import sip_answer

STEP = 0.02


def beats(count: int) -> list[float]:
    return [STEP * number for number in range(count)]


def answered(sent: list[float], lost: set[int], delay: float = 0.001) -> list[tuple[int, float]]:
    return [(index, at + delay) for index, at in enumerate(sent) if index not in lost]


@pytest.mark.parametrize(
    ("lost", "longest_ms"),
    [
        pytest.param(set(), 20, id="nothing lost: one beat"),
        pytest.param({4, 5, 6}, 80, id="three lost in the middle: four beats"),
        pytest.param({0, 1, 2}, 61, id="the beginning counts"),
        pytest.param({7, 8, 9}, 59, id="a reply missing at the end counts"),
        pytest.param(set(range(10)), 180, id="no reply at all: the whole time"),
    ],
)
def test_the_longest_gap(lost: set[int], longest_ms: float) -> None:
    found = measure_gap(beats(10), answered(beats(10), lost))
    assert found.longest_gap_ms == pytest.approx(longest_ms)
    assert found.lost == len(lost)


def test_a_duplicate_is_no_reply() -> None:
    replies = [*answered(beats(10), {5, 6}), (4, 0.11), (4, 0.12)]
    assert measure_gap(beats(10), replies).longest_gap_ms == pytest.approx(60)


@given(count=st.integers(1, 60), data=st.data())
def test_the_gap_is_never_shorter_than_the_losses_in_a_row(count: int, data: st.DataObject) -> None:
    lost = data.draw(st.sets(st.integers(0, count - 1)))
    delay = data.draw(st.floats(0, STEP / 2))
    sent = beats(count)
    found = measure_gap(sent, answered(sent, lost, delay))
    runs = [len(list(run)) for gone, run in itertools.groupby(range(count), lost.__contains__)
            if gone]  # fmt: skip
    assert found.lost == len(lost)
    assert found.longest_gap_ms <= (sent[-1] - sent[0]) * 1000 + 1e-6
    assert found.longest_gap_ms >= ((max(runs, default=1) - 1) * STEP - delay) * 1000 - 1e-6


@pytest.mark.parametrize(
    ("lost", "longest_ms"),
    [
        pytest.param(set(), 0, id="nothing lost"),
        pytest.param({4}, 20, id="one lost"),
        pytest.param({1, 4, 5, 6}, 60, id="the longest of two"),
        pytest.param({7, 8, 9}, 40, id="the end counts up to the last sending"),
        pytest.param(set(range(10)), 180, id="no reply at all: the whole time"),
    ],
)
def test_the_longest_loss(lost: set[int], longest_ms: float) -> None:
    """Two seconds' delay of every reply is none."""
    for delay in (0.001, 2.0):
        found = measure_gap(beats(10), answered(beats(10), lost, delay))
        assert found.longest_loss_ms == pytest.approx(longest_ms)


@given(data=st.data())
def test_the_order_in_which_replies_are_noted_does_not_matter(data: st.DataObject) -> None:
    sent = beats(20)
    replies = answered(sent, data.draw(st.sets(st.integers(0, 19))))
    shuffled = data.draw(st.permutations(replies))
    assert measure_gap(sent, shuffled) == measure_gap(sent, replies)


def test_a_sip_options_request_is_answered_with_its_own_headers() -> None:
    request = "\r\n".join(
        [
            "OPTIONS sip:trunk@10.252.0.1 SIP/2.0",
            "Via: SIP/2.0/UDP 10.252.0.0:5060;branch=z9hG4bK1",
            "From: <sip:vg@10.252.0.0>;tag=1",
            "To: <sip:trunk@10.252.0.1>",
            "Call-ID: a",
            "CSeq: 1 OPTIONS",
            "Max-Forwards: 70",
            "",
            "",
        ]
    )
    answer = sip_answer(request)
    assert answer is not None
    assert answer.startswith("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.252.0.0:5060;branch=z9hG4bK1")
    assert "To: <sip:trunk@10.252.0.1>;tag=twin\r\n" in answer
    assert "Max-Forwards" not in answer


@pytest.mark.parametrize("text", ["", "ACK sip:a SIP/2.0\r\n", "SIP/2.0 200 OK\r\n"])
def test_what_wants_no_answer_gets_none(text: str) -> None:
    assert sip_answer(text) is None


def test_a_sender_that_could_not_send_says_for_how_long() -> None:
    sent = [*beats(5), *(at + 4.1 for at in beats(5))]
    found = measure_gap(sent, answered(sent, {5, 6}))
    assert found.longest_pause_ms == pytest.approx(4_020, abs=1)
    assert found.stood_still
    late = [*beats(5), *(at + 0.7 for at in beats(5))]
    assert not measure_gap(late, answered(late, {5, 6})).stood_still
    assert measure_gap([], []).longest_pause_ms == 0


@pytest.mark.parametrize(
    ("pause_ms", "gap_ms", "explained"),
    [(4_000, 1_600, True), (999, 1_600, False), (1_000, 6_000, True), (1_000, 6_001, False)],
)
def test_a_silence_that_outlasts_a_pause_is_the_networks_own(
    pause_ms: float, gap_ms: float, explained: bool
) -> None:
    assert stood_still(pause_ms, gap_ms) is explained
