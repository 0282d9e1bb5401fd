"""What the wall shows of a terminal, by the judge's states of its host and its display."""

from datetime import timedelta
from itertools import product

import pytest

from monitors.alerts.model import Confidence, FaultGroup, State, Timing, Verdict
from monitors.evidence import Element
from tests.monitors.alerts.simulation import START
from wallboard.wall.conditions import seat_views
from wallboard.wall.state import SeatCondition, SeatPart, SeatView

HOST, DISPLAY = Element.seat_host(5), Element.seat_display(5)
SINCE = START - timedelta(minutes=3)
NOT_UP = [state for state in State if state not in (State.UP, State.UNREACHABLE)]


def judged(host: State | None, display: State | None, *roots: Element) -> SeatView:
    states = {HOST: host, DISPLAY: display}
    groups = tuple(
        FaultGroup((root,), State.DOWN, Confidence.HIGH, SINCE, evidence=()) for root in roots
    )
    known = {element: state for element, state in states.items() if state is not None}
    (view,) = seat_views(Verdict(START, known, groups, Timing()), [5])
    return view


@pytest.mark.parametrize(("host", "display"), [*product(NOT_UP, State)])
def test_a_display_whose_host_is_not_known_to_be_up_is_unknown_whatever_it_is(
    host: State, display: State
) -> None:
    """It hangs on the host: nobody else could say of it that it is dark."""
    view = judged(host, display, HOST, DISPLAY)
    assert view == SeatView(5, SeatCondition.UNKNOWN, SeatPart.HOST, since=SINCE)


@pytest.mark.parametrize("display", [*State, None])
def test_a_host_cut_off_by_the_network_leaves_its_display_out_of_it(display: State | None) -> None:
    view = judged(State.UNREACHABLE, display, HOST)
    assert view == SeatView(5, SeatCondition.UNREACHABLE, since=SINCE)


@pytest.mark.parametrize("display", State)
def test_the_display_of_a_host_that_is_up_speaks_for_itself(display: State) -> None:
    view = judged(State.UP, display, DISPLAY)
    if display is State.UP:
        assert view == SeatView(5, SeatCondition.OK)
    elif display is State.DOWN:
        assert view == SeatView(5, SeatCondition.FAULT, SeatPart.DISPLAY, since=SINCE)
    else:
        assert view == SeatView(5, SeatCondition.UNKNOWN, SeatPart.DISPLAY)


def test_a_terminal_nobody_judged_is_unknown_by_its_host() -> None:
    assert judged(None, None) == SeatView(5, SeatCondition.UNKNOWN, SeatPart.HOST)
    assert judged(None, State.UP) == SeatView(5, SeatCondition.UNKNOWN, SeatPart.HOST)
    assert judged(State.UP, None) == SeatView(5, SeatCondition.UNKNOWN, SeatPart.DISPLAY)


def test_a_seat_is_good_in_one_case_alone() -> None:
    good = [
        (host, display)
        for host, display in product(State, State)
        if judged(host, display).condition is SeatCondition.OK
    ]
    assert good == [(State.UP, State.UP)]
