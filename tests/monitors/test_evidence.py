"""The evidence register: order and repetition of signals cannot matter."""

from datetime import UTC, datetime, timedelta

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
