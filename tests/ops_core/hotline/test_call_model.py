"""A call is what the set of its events says, and nothing else."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_core.hotline.calls.model import Call, CallEvent, CallEventKind, Outcome, call_of

K = CallEventKind
START = datetime(2026, 3, 2, 1, tzinfo=UTC)


def events(*given: tuple[CallEventKind, int] | tuple[CallEventKind, int, int]) -> list[CallEvent]:
    """(kind, second, seat) in the source's numbering."""
    return [
        CallEvent(
            "acd", number, "c-1", t[0], START + timedelta(seconds=t[1]), "general",
            f"agent-{t[2]}" if len(t) == 3 else "", t[2] if len(t) == 3 else None,
        )
        for number, t in enumerate(given)
    ]  # fmt: skip


def the_call(*given: tuple[CallEventKind, int] | tuple[CallEventKind, int, int]) -> Call:
    call = call_of(events(*given))
    assert call is not None
    return call


def test_a_call_that_rang_elsewhere_first_is_one_answered_call() -> None:
    call = the_call(
        (K.ENTERQUEUE, 0), (K.RINGNOANSWER, 8, 3), (K.CONNECT, 12, 17), (K.COMPLETECALLER, 190, 17)
    )
    assert (call.outcome, call.seat, call.agent, call.rung) == (
        Outcome.ANSWERED, 17, "agent-17", 1,
    )  # fmt: skip
    assert call.waited == timedelta(seconds=12)
    assert call.left_at == START + timedelta(seconds=190)


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (K.ABANDON, Outcome.ABANDONED),
        (K.EXITWITHTIMEOUT, Outcome.TIMED_OUT),
        (K.EXITEMPTY, Outcome.OVERFLOWED),
        (K.EXITWITHKEY, Outcome.LEFT_BY_KEY),
    ],
)
def test_a_call_nobody_took_ended_as_told(kind: CallEventKind, outcome: Outcome) -> None:
    call = the_call((K.ENTERQUEUE, 0), (K.RINGNOANSWER, 5, 3), (kind, 20))
    assert (call.outcome, call.seat, call.waited) == (outcome, None, timedelta(seconds=20))


def test_a_call_that_overflowed_into_another_queue_waits_there() -> None:
    call = the_call((K.ENTERQUEUE, 0), (K.EXITWITHTIMEOUT, 60), (K.ENTERQUEUE, 60))
    assert (call.outcome, call.waited) == (Outcome.WAITING, None)


def test_a_transferred_call_stays_with_the_seat_that_took_it() -> None:
    call = the_call(
        (K.ENTERQUEUE, 0),
        (K.CONNECT, 5, 17),
        (K.BLINDTRANSFER, 65, 17),
        (K.ENTERQUEUE, 65),
        (K.CONNECT, 70, 40),
        (K.COMPLETEAGENT, 100, 40),
    )
    assert (call.seat, call.transfers, call.entered_at) == (17, 1, START)


def test_an_answered_call_whose_second_queue_nobody_answered_is_answered() -> None:
    call = the_call(
        (K.ENTERQUEUE, 0), (K.CONNECT, 5, 17), (K.BLINDTRANSFER, 9, 17), (K.ENTERQUEUE, 9),
        (K.ABANDON, 30),
    )  # fmt: skip
    assert call.outcome is Outcome.ANSWERED
    assert call.left_at == START + timedelta(seconds=30)


def test_a_call_that_is_spoken_on_has_not_left() -> None:
    assert the_call((K.ENTERQUEUE, 0), (K.CONNECT, 5, 17)).left_at is None
    moved = the_call((K.ENTERQUEUE, 0), (K.CONNECT, 5, 17), (K.BLINDTRANSFER, 9, 17))
    assert moved.left_at == START + timedelta(seconds=9)


def test_a_caller_who_never_left_the_voice_menu_is_no_call() -> None:
    assert call_of([]) is None
    (hung_up,) = events((K.ABANDON, 3))
    assert [call_of([replace(hung_up, queue=queue)]) for queue in ("", "NONE")] == [None, None]


@pytest.mark.parametrize(
    ("given", "outcome", "entered"),
    [
        ([(K.ABANDON, 20)], Outcome.ABANDONED, 20),
        ([(K.RINGNOANSWER, 5, 3), (K.ABANDON, 20)], Outcome.ABANDONED, 5),
        ([(K.EXITWITHTIMEOUT, 60)], Outcome.TIMED_OUT, 60),
        ([(K.AGENTDUMP, 9, 3)], Outcome.DROPPED, 9),
        ([(K.EXITEMPTY, 9), (K.COMPLETECALLER, 30, 3)], Outcome.UNKNOWN, 9),
        ([(K.CONNECT, 5, 3), (K.COMPLETECALLER, 30, 3)], Outcome.ANSWERED, 5),
        ([(K.ABANDON, 20), (K.CONNECT, 25, 3)], Outcome.ANSWERED, 20),
    ],
)
def test_a_call_that_was_taken_or_lost_in_a_queue_was_in_it_though_the_word_of_its_entry_is_lost(
    given: list[tuple[CallEventKind, int]], outcome: Outcome, entered: int
) -> None:
    call = the_call(*given)
    assert (call.outcome, call.entered_at) == (outcome, START + timedelta(seconds=entered))
    assert the_call(*given, (K.ENTERQUEUE, 0)).entered_at == START


@pytest.mark.parametrize("given", [[(K.RINGNOANSWER, 5, 3)], [(K.COMPLETECALLER, 30, 3)]])
def test_what_may_be_the_rest_of_another_call_makes_none(
    given: list[tuple[CallEventKind, int]],
) -> None:
    """An attended transfer gives a call that is counted already another identifier."""
    assert call_of(events(*given)) is None


def has_entry(given: list[tuple[CallEventKind, int, int]]) -> bool:
    return any(kind is K.ENTERQUEUE for kind, *_ in given)


def was_in_a_queue(given: list[tuple[CallEventKind, int, int]]) -> bool:
    """By its entry, or by what happens in a queue alone."""
    kinds = {K.ENTERQUEUE, K.CONNECT, K.ABANDON, K.EXITWITHTIMEOUT, K.EXITEMPTY, K.EXITWITHKEY,
             K.AGENTDUMP}  # fmt: skip
    return any(kind in kinds for kind, *_ in given)


def share_of(found: list[Call | None]) -> Fraction | None:
    """Answered, of all that entered: once nothing runs any more."""
    calls = [call for call in found if call is not None]
    good = sum(call.outcome is Outcome.ANSWERED for call in calls)
    return Fraction(good, len(calls)) if calls else None


def start(second: int, sequence: int = 99, source: str = "acd") -> CallEvent:
    return CallEvent(source, sequence, "", K.QUEUESTART, START + timedelta(seconds=second))


@pytest.mark.parametrize(
    ("second", "sequence", "source", "over"),
    [
        (60, 99, "acd", 60),
        (5, 99, "acd", 5),
        (5, -1, "acd", None),
        (3, 99, "acd", None),
        (60, 99, "another", None),
    ],
    ids=["later", "in its second, given after it", "given before it", "before it", "elsewhere"],
)
def test_a_start_of_the_telephone_system_ends_what_went_on_there(
    second: int, sequence: int, source: str, over: int | None
) -> None:
    end = None if over is None else START + timedelta(seconds=over)
    waiting = call_of(events((K.ENTERQUEUE, 5)), [start(second, sequence, source)])
    assert waiting is not None
    assert waiting.outcome is (Outcome.WAITING if end is None else Outcome.UNKNOWN)
    assert waiting.left_at == end
    talking = events((K.ENTERQUEUE, 0), (K.CONNECT, 5, 17))
    taken = call_of(talking, [start(second, sequence, source)])
    assert taken is not None
    assert (taken.outcome, taken.left_at) == (Outcome.ANSWERED, end)


@pytest.mark.parametrize("kind", [K.ATTENDEDTRANSFER, K.BLINDTRANSFER, K.COMPLETECALLER])
def test_what_only_a_taken_call_can_come_to_ends_one_that_nobody_is_known_to_have_taken(
    kind: CallEventKind,
) -> None:
    call = the_call((K.ENTERQUEUE, 0), (kind, 20))
    assert (call.outcome, call.left_at) == (Outcome.UNKNOWN, START + timedelta(seconds=20))
    again = the_call((K.ENTERQUEUE, 0), (kind, 20), (K.ENTERQUEUE, 20))
    assert again.outcome is Outcome.WAITING


HISTORIES = st.lists(
    st.tuples(
        st.sampled_from([kind for kind in K if kind is not K.QUEUESTART]),
        st.integers(0, 30),
        st.integers(1, 72),
    ),
    max_size=9,
)


@given(HISTORIES, st.data())
def test_an_event_that_is_lost_never_raises_the_share(
    given: list[tuple[CallEventKind, int, int]], data: st.DataObject
) -> None:
    """Beside one call that was answered and one that was not, whichever event goes missing."""
    known = events((K.ENTERQUEUE, 0), *given)
    others = [the_call((K.ENTERQUEUE, 0), (K.CONNECT, 5, 17)), the_call((K.ENTERQUEUE, 0))]
    left = known.copy()
    lost = left.pop(data.draw(st.integers(0, len(known) - 1)))
    before, after = share_of([*others, call_of(known)]), share_of([*others, call_of(left)])
    assert before is not None
    assert after is not None
    # Of a call that came to nothing more, or to what a call under another identifier comes to,
    # the entry is the only trace there is.
    assert after <= before or (lost.kind is K.ENTERQUEUE and call_of(left) is None)


@given(HISTORIES, st.data())
def test_neither_order_nor_repetition_of_events_matters(
    given: list[tuple[CallEventKind, int, int]], data: st.DataObject
) -> None:
    known = events(*given)
    again = data.draw(st.lists(st.sampled_from(known))) if known else []
    assert call_of(data.draw(st.permutations(known + again))) == call_of(known)


@given(HISTORIES, st.lists(st.integers(-5, 40), min_size=1, max_size=3))
def test_a_start_ends_a_call_and_changes_nothing_else_of_it(
    given: list[tuple[CallEventKind, int, int]], seconds: list[int]
) -> None:
    known, starts = events(*given), [start(second) for second in seconds]
    call, ended = call_of(known), call_of(known, starts)
    assert call_of(known, [*reversed(starts), *starts]) == ended
    if call is None or call.left_at is not None:
        assert ended == call
        return
    assert ended is not None
    assert (ended.outcome is Outcome.ANSWERED) == (call.outcome is Outcome.ANSWERED)
    assert replace(ended, outcome=call.outcome, left_at=None) == call
    if ended.left_at is not None:
        assert ended.left_at in {s.at for s in starts}
        assert ended.left_at >= max(event.at for event in known)


@given(HISTORIES)
def test_how_often_it_rang_changes_no_outcome(given: list[tuple[CallEventKind, int, int]]) -> None:
    known = events(*given)
    quiet = [event for event in known if event.kind is not K.RINGNOANSWER]
    call, without = call_of(known), call_of(quiet)
    assert (call is None) == (without is None)
    if call is not None and without is not None:
        assert replace(call, rung=0, entered_at=without.entered_at) == without
        assert call.entered_at == without.entered_at or not has_entry(given)


@given(st.lists(HISTORIES, max_size=12))
def test_every_call_that_entered_has_one_outcome(
    histories: list[list[tuple[CallEventKind, int, int]]],
) -> None:
    """Invariant: answered + abandoned + timed out + other exits + waiting = entered."""
    calls = [call_of(events(*given)) for given in histories]
    entered = sum(was_in_a_queue(given) for given in histories)
    outcomes = Counter(call.outcome for call in calls if call is not None)
    assert outcomes.total() == entered
    answered = sum(any(kind is K.CONNECT for kind, *_ in given) for given in histories)
    assert outcomes[Outcome.ANSWERED] == answered
