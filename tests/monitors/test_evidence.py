"""The evidence register: order and repetition of signals cannot matter."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.evidence import Element, EvidenceRegister, Observation, Source

START = datetime(2026, 3, 1, tzinfo=UTC)
PORT = Element.port("rt-a", "egov")


def seen(second: int, ok: bool | None, source: str = Source.SNMP, detail: str = "") -> Observation:
    return Observation(PORT, source, ok, START + timedelta(seconds=second), detail)


observations = st.builds(
    Observation,
    element=st.sampled_from([PORT, Element.device("rt-a"), Element.seat_host(7)]),
    source=st.sampled_from([Source.SNMP, Source.TRAP]),
    ok=st.sampled_from([True, False, None]),
    observed_at=st.integers(0, 5).map(lambda second: START + timedelta(seconds=second)),
    detail=st.sampled_from(["", "up", "down"]),
)


@given(st.lists(observations, max_size=30), st.randoms())
def test_any_order_and_repetition_gives_the_same_register(found, random) -> None:
    once = EvidenceRegister().merged(found)
    shuffled = [*found, *found]
    random.shuffle(shuffled)
    one_by_one = EvidenceRegister()
    for observation in shuffled:
        one_by_one = one_by_one.merged([observation])
    assert dict(one_by_one.entries) == dict(once.entries)


def test_the_later_observation_wins_whatever_it_says() -> None:
    register = EvidenceRegister().merged([seen(1, True), seen(2, None)])
    assert register.get(PORT, Source.SNMP).ok is None


def test_at_one_instant_good_outranks_bad_and_bad_outranks_unknown() -> None:
    register = EvidenceRegister().merged([seen(1, None), seen(1, False)])
    assert register.get(PORT, Source.SNMP).ok is False
    assert register.merged([seen(1, True)]).get(PORT, Source.SNMP).ok is True


def test_sources_do_not_overwrite_each_other() -> None:
    register = EvidenceRegister().merged([seen(1, True), seen(2, False, Source.TRAP)])
    assert [entry.ok for entry in register.of(PORT)] == [True, False]


def test_nothing_newer_leaves_the_register_itself() -> None:
    register = EvidenceRegister().merged([seen(2, True)])
    assert register.merged([seen(1, False), seen(2, True)]) is register


names = st.text("abcxyz-0189", min_size=1, max_size=8)


@given(names, st.text("ab:>/ 19", min_size=1, max_size=8), names)
def test_an_element_says_what_it_is_about_whatever_characters_a_port_has(
    device: str, part: str, peer: str
) -> None:
    port, vrrp = Element.port(device, part), Element.vrrp(device, part)
    assert (port.device_name, port.part) == (vrrp.device_name, vrrp.part) == (device, part)
    neighbour = Element.neighbour(device, peer)
    assert (neighbour.device_name, neighbour.peer) == (device, peer)
    condition = Element.condition("cpu_busy", device, part)
    assert (condition.rule, condition.device_name, condition.part) == ("cpu_busy", device, part)


@given(names, names)
def test_an_element_read_from_its_stored_text_is_the_same_element(device: str, peer: str) -> None:
    for element in (
        Element.device(device),
        Element.port(device, peer),
        Element.neighbour(device, peer),
        Element.condition("cpu_busy", device),
        Element.seat_host(17),
    ):
        stored = Element(element.kind, element.name)
        assert stored == element
        assert hash(stored) == hash(element)
        assert (stored.device_name, stored.part, stored.peer, stored.rule) == (
            element.device_name,
            element.part,
            element.peer,
            element.rule,
        )


def test_only_a_seat_has_a_number() -> None:
    assert Element.seat_display(17).number == 17
    with pytest.raises(ValueError, match="device/rt-a is not part of a seat"):
        _ = Element.device("rt-a").number


def test_entries_can_be_left_out() -> None:
    register = EvidenceRegister().merged([seen(1, True), seen(2, False, Source.TRAP)])
    left = register.without([(PORT, Source.TRAP)])
    assert [entry.source for entry in left.of(PORT)] == [Source.SNMP]
    assert left.without([(PORT, Source.TRAP)]) is left
