"""What the evidence about a seat's host and display makes of its terminal, to the microsecond."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.evidence import Element, EvidenceRegister, Observation
from seat_assets.evidence import changes_by
from seat_assets.model import Change, Part, TerminalCondition
from tests.monitors.alerts.simulation import after

OK, BAD, UNKNOWN = TerminalCondition
HOST, DISPLAY = Part
STALE = timedelta(seconds=15)
INSTANT = timedelta(microseconds=1)
IN_ORDER = {(5, HOST): OK, (5, DISPLAY): OK}
NOTHING: Mapping[tuple[int, Part], TerminalCondition] = {}


def host(ok: bool | None, seconds: float = 0, source: str = "snmp") -> Observation:
    return Observation(Element.seat_host(5), source, ok, after(seconds))


def display(ok: bool | None, seconds: float = 0, source: str = "snmp") -> Observation:
    return Observation(Element.seat_display(5), source, ok, after(seconds))


def changed(
    *said: Observation,
    current: Mapping[tuple[int, Part], TerminalCondition] = NOTHING,
    age: timedelta = timedelta(0),
) -> list[tuple[Part, TerminalCondition, float]]:
    """Changes of seat 5: part, condition, and since which second."""
    found = changes_by(current, EvidenceRegister().merged(said), [5], after(0) + age, STALE)
    assert all(change.seat == 5 for change in found)
    return [(c.part, c.condition, (c.at - after(0)).total_seconds()) for c in found]


def test_a_word_counts_for_three_intervals_to_the_microsecond() -> None:
    said = host(True), display(True)
    assert changed(*said, current=IN_ORDER, age=STALE) == []
    assert changed(*said, current=IN_ORDER, age=STALE + INSTANT) == [
        (HOST, UNKNOWN, 15.0),
        (DISPLAY, UNKNOWN, 15.0),
    ]


def test_silence_is_dated_by_the_end_of_the_last_word_and_not_by_who_noticed() -> None:
    said = host(True, -3), display(True, -3)
    late = changed(*said, current=IN_ORDER, age=timedelta(hours=2))
    assert late == [(HOST, UNKNOWN, 12.0), (DISPLAY, UNKNOWN, 12.0)]


def test_a_bad_word_grows_as_old_as_a_good_one() -> None:
    said = host(True, 5), display(False)
    held = {(5, HOST): OK, (5, DISPLAY): BAD}
    assert changed(*said, current=held, age=STALE) == []
    assert changed(*said, current=held, age=STALE + INSTANT) == [(DISPLAY, UNKNOWN, 15.0)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (True, [(HOST, OK, 0), (DISPLAY, OK, 0)]),
        (False, [(HOST, OK, 0), (DISPLAY, BAD, 0)]),
        (None, [(HOST, OK, 0)]),
    ],
    ids=["good is in order", "bad is not", "unknown is no news of what was never known"],
)
def test_the_display_of_a_host_in_order_is_what_is_said_of_it(
    said: bool | None, expected: list[tuple[Part, TerminalCondition, float]]
) -> None:
    assert changed(host(True), display(said)) == expected


@pytest.mark.parametrize("said_of_display", [True, False, None])
@pytest.mark.parametrize(("said_of_host", "condition"), [(False, BAD), (None, UNKNOWN)])
def test_nobody_knows_the_display_of_a_host_that_is_not_in_order(
    said_of_host: bool | None, condition: TerminalCondition, said_of_display: bool | None
) -> None:
    """Whatever is said of the display, and since the host is so."""
    said = host(said_of_host, 7), display(said_of_display, 9)
    assert changed(*said, current=IN_ORDER, age=timedelta(seconds=10)) == [
        (HOST, condition, 7),
        (DISPLAY, UNKNOWN, 7),
    ]


def test_a_display_is_unknown_with_a_host_that_grew_silent_though_it_was_seen_later() -> None:
    said = host(True), display(True, 10)
    assert changed(*said, current=IN_ORDER, age=STALE + INSTANT) == [
        (HOST, UNKNOWN, 15.0),
        (DISPLAY, UNKNOWN, 15.0),
    ]


def test_a_display_alone_that_nobody_reports_on_is_unknown_since_its_last_word() -> None:
    said = host(True, 10), display(True)
    found = changed(*said, current=IN_ORDER, age=STALE + INSTANT)
    assert found == [(DISPLAY, UNKNOWN, 15.0)]


def test_what_no_source_mentions_any_more_is_unknown_from_now_on() -> None:
    found = changed(current=IN_ORDER, age=timedelta(seconds=4))
    assert found == [(HOST, UNKNOWN, 4), (DISPLAY, UNKNOWN, 4)]


def test_what_was_never_known_needs_no_record_to_be_unknown() -> None:
    assert changed() == []
    assert changed(host(None), display(None)) == []
    assert changed(host(True), display(True), age=STALE + INSTANT) == []


def test_the_newest_word_decides_whichever_source_it_is_of() -> None:
    said = host(True, 2, "snmp"), host(False, 3, "icmp"), display(True, 2)
    assert changed(*said, age=timedelta(seconds=4))[0] == (HOST, BAD, 3)
    said = host(True, 3, "snmp"), host(False, 2, "icmp"), display(True, 3)
    assert changed(*said, age=timedelta(seconds=4))[0] == (HOST, OK, 3)


def test_of_words_of_one_instant_good_goes_before_bad_and_bad_before_unknown() -> None:
    said = host(True), display(None, 0, "icmp"), display(False, 0, "snmp")
    assert (DISPLAY, BAD, 0) in changed(*said)
    said = host(True), display(False, 0, "icmp"), display(True, 0, "snmp")
    assert (DISPLAY, OK, 0) in changed(*said)


def test_only_what_differs_is_a_change() -> None:
    said = host(True), display(False)
    assert changed(*said, current=IN_ORDER) == [(DISPLAY, BAD, 0)]
    assert changed(*said, current={(5, HOST): OK, (5, DISPLAY): BAD}) == []
    assert changed(*said, current={(5, HOST): BAD, (5, DISPLAY): BAD}) == [(HOST, OK, 0)]


def test_only_declared_seats_change_in_the_order_of_the_declaration() -> None:
    said = [
        Observation(element(seat), "snmp", True, after(0))
        for seat in (9, 2, 5)
        for element in (Element.seat_host, Element.seat_display)
    ]
    found = changes_by(NOTHING, EvidenceRegister().merged(said), [5, 2], after(0), STALE)
    assert [(change.seat, change.part) for change in found] == [
        (5, HOST), (5, DISPLAY), (2, HOST), (2, DISPLAY),
    ]  # fmt: skip


words = st.tuples(
    st.sampled_from([host, display]),
    st.sampled_from([True, False, None]),
    st.integers(0, 60),
    st.sampled_from(["snmp", "icmp", "rule"]),
)


@given(st.lists(words, max_size=12), st.lists(st.integers(0, 90), min_size=1, max_size=8))
def test_whatever_is_said_only_a_fresh_good_word_of_both_is_available(
    said: list[tuple[object, bool | None, int, str]], looks: list[int]
) -> None:
    """Looking again and again, what is recorded never holds a terminal for good without reason."""
    current: dict[tuple[int, Part], TerminalCondition] = {}
    heard: list[Observation] = [make(ok, at, source) for make, ok, at, source in said]  # type: ignore[operator]
    for second in sorted(looks):
        now = after(second)
        known = [word for word in heard if word.observed_at <= now]
        register = EvidenceRegister().merged(known)
        found = changes_by(current, register, [5], now, STALE)
        current |= {(c.seat, c.part): c.condition for c in found}
        assert changes_by(current, register, [5], now, STALE) == (), "looking twice changes nothing"
        assert all(change.at <= now for change in found), "nothing is dated ahead"
        for part, element in ((HOST, Element.seat_host(5)), (DISPLAY, Element.seat_display(5))):
            if current.get((5, part)) is OK:
                fresh = [w for w in known if w.element == element and now - w.observed_at <= STALE]
                assert any(word.ok for word in fresh)
        if current.get((5, HOST)) is not OK:
            assert current.get((5, DISPLAY), UNKNOWN) is UNKNOWN


def test_a_change_names_its_seat_and_part_and_its_instant() -> None:
    found = changes_by(NOTHING, EvidenceRegister().merged([host(True)]), [5], after(1), STALE)
    assert found == (Change(5, HOST, OK, after(0)),)
