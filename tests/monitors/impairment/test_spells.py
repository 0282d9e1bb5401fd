"""Spells of lateness follow from their signs alone, and what is said of them never flaps."""

import itertools
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.impairment.model import (
    ImpairmentSettings,
    Lateness,
    Notice,
    NoticeStep,
    Sign,
    SignKind,
    Spell,
    next_notice,
    spells_of,
)

START = datetime(2026, 11, 29, tzinfo=UTC)
SETTINGS = ImpairmentSettings()
LONGEST_S = 120


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def late(end: float, lasted: float, kind: SignKind = SignKind.COLLECTOR) -> Sign:
    return Sign(at(end), at(end - lasted), kind)


def spells(*signs: Sign) -> list[tuple[float, float]]:
    """(start, end) of the spells, in seconds."""
    return [
        ((s.start - START).total_seconds(), (s.end - START).total_seconds())
        for s in spells_of(signs, SETTINGS)
    ]


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        pytest.param([late(30, 20)], [(10, 33)], id="a process that stood for 20 s"),
        pytest.param([late(10, 0.9)], [], id="late once, by less than a second"),
        pytest.param([late(n, 0.3) for n in (1, 2, 3)], [], id="slightly late three times"),
        pytest.param([late(n, 0.3) for n in (1, 2, 3, 4)], [(0.7, 7)], id="again and again"),
        pytest.param([late(n, 0.3) for n in (0, 20, 40, 60)], [], id="slightly late now and then"),
        pytest.param([late(n, 0.2) for n in range(30)], [], id="always a little late"),
        pytest.param([late(5, 2), late(7, 0.3)], [(3, 10)], id="slightly late in a spell"),
        pytest.param([late(5, 2), late(30, 2)], [(3, 8), (28, 33)], id="two spells"),
    ],
)
def test_spells_follow_from_signs(signs: list[Sign], expected: list[tuple[float, float]]) -> None:
    assert spells(*signs) == expected


signs_of_a_time = st.lists(
    st.tuples(st.integers(0, 10 * LONGEST_S), st.integers(1, 80)).map(
        lambda drawn: late(drawn[0] / 10, drawn[1] / 10)
    ),
    max_size=25,
)


@given(signs_of_a_time, st.randoms(use_true_random=False))
def test_the_order_of_signs_makes_no_difference(signs: list[Sign], chance: random.Random) -> None:
    mixed = signs + signs
    chance.shuffle(mixed)
    assert spells_of(mixed, SETTINGS) == spells_of(signs, SETTINGS)


@given(signs_of_a_time, st.lists(st.integers(0, LONGEST_S), max_size=10))
def test_how_often_somebody_looks_makes_no_difference(signs: list[Sign], looks: list[int]) -> None:
    lateness, left = Lateness(), sorted(signs)
    for moment in [*sorted(looks), LONGEST_S]:
        fresh = [sign for sign in left if sign.end <= at(moment)]
        left = left[len(fresh) :]
        lateness = lateness.with_signs(fresh, at(moment), SETTINGS)
    assert lateness.spells == spells_of(signs, SETTINGS)


@given(signs_of_a_time)
def test_every_hard_sign_lies_in_a_spell_and_spells_never_touch(signs: list[Sign]) -> None:
    found = spells_of(signs, SETTINGS)
    for sign in signs:
        if sign.lasted >= SETTINGS.hard:
            assert any(s.start <= sign.start and sign.end < s.end for s in found)
    for one, other in itertools.pairwise(found):
        assert one.end < other.start


def steps_over(signs: list[Sign], until: int) -> list[tuple[NoticeStep, float]]:
    """What is said over time, looking twice a second."""
    lateness, notice, said = Lateness(), None, []
    left = sorted(signs)
    for half_seconds in range(2 * until):
        now = at(half_seconds / 2)
        fresh = [sign for sign in left if sign.end <= now]
        left = left[len(fresh) :]
        lateness = lateness.with_signs(fresh, now, SETTINGS)
        notice, step = next_notice(notice, lateness, now, SETTINGS)
        if step is not None:
            said.append((step, half_seconds / 2))
    return said


def test_a_stopped_process_is_said_once_and_taken_back_once() -> None:
    assert steps_over([late(30, 20)], 120) == [
        (NoticeStep.IMPAIRED, 30),
        (NoticeStep.RESTORED, 50),
    ]


def test_lateness_that_comes_and_goes_is_one_notice() -> None:
    signs = [late(n, 4) for n in range(10, 100, 15)]
    assert [step for step, _ in steps_over(signs, 150)] == [
        NoticeStep.IMPAIRED,
        NoticeStep.RESTORED,
    ]


def test_slight_lateness_that_turns_out_to_be_a_spell_is_the_same_notice() -> None:
    """The first sign comes before the end of the quiet time, the fourth after it."""
    signs = [late(10, 4), *(late(n, 0.3) for n in (28, 29.5, 31, 32.5, 34, 35.5))]
    assert [step for step, _ in steps_over(signs, 120)] == [
        NoticeStep.IMPAIRED,
        NoticeStep.RESTORED,
    ]


def test_single_signs_without_an_end_do_not_keep_the_notice_for_ever() -> None:
    signs = [late(10, 4), *(late(n, 0.3) for n in range(20, 200, 8))]
    steps = steps_over(signs, 120)
    assert [step for step, _ in steps] == [NoticeStep.IMPAIRED, NoticeStep.RESTORED]
    assert steps[-1][1] <= 10 + 4 + 20 + 30 + 1


def test_one_short_stall_is_counted_and_not_said() -> None:
    assert steps_over([late(10, 1.5)], 60) == []


@given(signs_of_a_time)
def test_impaired_and_restored_alternate(signs: list[Sign]) -> None:
    said = steps_over(signs, LONGEST_S + 30)
    expected = [NoticeStep.IMPAIRED, NoticeStep.RESTORED] * len(said)
    assert [step for step, _ in said] == expected[: len(said)]
    assert not said or said[-1][0] is NoticeStep.RESTORED


def test_a_notice_names_everything_that_was_late_in_its_time() -> None:
    spell = Spell(at(0), at(4), at(7), frozenset({SignKind.DATABASE}))
    before = Notice(at(-10), at(-5), frozenset({SignKind.COLLECTOR}))
    notice, step = next_notice(before, Lateness((), (spell,)), at(5), SETTINGS)
    assert (notice, step) == (
        Notice(at(-10), at(4), frozenset({SignKind.COLLECTOR, SignKind.DATABASE})),
        None,
    )
