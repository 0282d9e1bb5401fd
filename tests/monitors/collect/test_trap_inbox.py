"""Shares of senders: pure rules, tried with whatever may come in."""

from hypothesis import given
from hypothesis import strategies as st

from monitors.collect.trap_meaning import Trigger
from monitors.collect.traps.inbox import (
    ASK_AGAIN_AFTER_S,
    DECLARED,
    LIMITED_FOR_S,
    UNDECLARED,
    Admission,
    Datagram,
    Inbox,
)
from monitors.collect.traps.triggers import TRIGGERS_AT_ONCE, TRIGGERS_PER_S, TriggerPacer
from monitors.evidence import Element
from tests.monitors.collect.trap_senders import LINK_DOWN, LINK_UP, trap_datagram

NOISY, QUIET = "rt-b", "rt-a"


def datagram(at_s: float, data: bytes) -> Datagram:
    return Datagram(("127.0.0.1", 1), data, at_s)


def distinct(number: int, at_s: float = 0.0) -> Datagram:
    return datagram(at_s, trap_datagram(LINK_DOWN, f"port-{number}"))


def filled(count: int) -> Inbox:
    inbox = Inbox([NOISY, QUIET])
    for number in range(count):
        inbox.admit(NOISY, distinct(number))
    return inbox


def test_a_quiet_sender_is_next_however_much_a_noisy_one_sent() -> None:
    inbox = filled(10_000)
    inbox.admit(QUIET, distinct(1))
    taken = [inbox.take() for _ in range(2)]
    assert QUIET in {found[0].name for found in taken if found is not None}


def test_no_more_waits_than_a_share() -> None:
    assert filled(10_000).depth == DECLARED.burst
    inbox = Inbox([NOISY])
    for number in range(10_000):
        inbox.admit(None, distinct(number))
    assert inbox.depth == UNDECLARED.burst
    large = bytes(DECLARED.octets // 3)
    for number in range(10):
        inbox.admit(NOISY, datagram(0.0, bytes((number,)) + large))
    assert sum(len(d.data) for d in inbox.sender(NOISY).waiting) <= DECLARED.octets


def test_a_share_grows_again_with_time() -> None:
    inbox = filled(10_000)
    second = [inbox.admit(NOISY, distinct(number, 1.0)) for number in range(100)]
    assert second.count(Admission.QUEUED) == DECLARED.per_s


def test_copies_of_the_last_trap_are_one_and_a_change_between_them_is_kept() -> None:
    inbox = Inbox([NOISY])
    said = [
        inbox.admit(NOISY, datagram(number / 100, trap_datagram(kind, "egov", request_id=number)))
        for number, kind in enumerate([LINK_DOWN, LINK_DOWN, LINK_UP, LINK_DOWN, LINK_DOWN])
    ]
    queued, copy = Admission.QUEUED, Admission.DUPLICATE
    assert said == [queued, copy, queued, queued, copy]


def test_the_device_of_dropped_traps_is_asked_at_once_and_again_while_it_goes_on() -> None:
    inbox = filled(DECLARED.burst + 3)
    assert inbox.to_ask(0.0) == [(NOISY, 3)]
    inbox.admit(NOISY, distinct(9_999))
    assert inbox.to_ask(ASK_AGAIN_AFTER_S - 0.1) == []
    assert inbox.to_ask(ASK_AGAIN_AFTER_S) == [(NOISY, 1)]
    assert inbox.to_ask(10 * ASK_AGAIN_AFTER_S) == []


def test_a_sender_is_limited_until_nothing_was_dropped_for_a_while() -> None:
    sender = filled(DECLARED.burst + 1).sender(NOISY)
    assert sender.limited_since(LIMITED_FOR_S - 0.1) == 0.0
    assert sender.limited_since(LIMITED_FOR_S) is None


sends = st.lists(
    st.tuples(
        st.sampled_from([NOISY, QUIET, None]),
        st.integers(0, 5),
        st.floats(0, 0.5),
        st.booleans(),
    ),
    max_size=200,
)


@given(sends)
def test_every_datagram_is_taken_once_or_counted(said) -> None:
    inbox = Inbox([NOISY, QUIET])
    at_s, taken = 0.0, 0
    for device, number, later_s, is_read in said:
        at_s += later_s
        inbox.admit(device, distinct(number, at_s))
        if is_read and inbox.take() is not None:
            taken += 1
    while inbox.take() is not None:
        taken += 1
    assert inbox.depth == 0
    dropped = sum(sender.duplicates + sender.limited for sender in inbox)
    assert taken + dropped == len(said) == sum(sender.received for sender in inbox)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.floats(0, 1)), max_size=120))
def test_hints_are_bounded_in_number_and_every_device_of_one_is_read_in_the_end(said) -> None:
    pacer = TriggerPacer()
    at_s, passed, hinted = 0.0, 0, set()
    for peer, later_s in said:
        at_s += later_s
        trigger = Trigger(Element.device("rt-b"), ("rt-b", peer), "")
        found = [trigger] if pacer.passes("rt-b", trigger, at_s) else []
        found += pacer.due(at_s)
        passed += len(found)
        hinted |= {device for each in found for device in each.devices}
    assert passed <= TRIGGERS_AT_ONCE + at_s * TRIGGERS_PER_S
    for each in pacer.due(at_s + 1 / TRIGGERS_PER_S):
        hinted |= set(each.devices)
    assert hinted >= {peer for peer, _ in said}
