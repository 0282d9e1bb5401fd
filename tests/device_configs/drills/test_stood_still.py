"""A drill beside which the machine stood still is done anew, a few times."""

from collections.abc import Callable

import pytest

from device_configs.drills.measuring import TRIES, DrillRepeat, StoodStill, undisturbed
from device_configs.twin.gap import GapMeasurement

STILL_MS = 4_000.0


def seen(pause_ms: float) -> GapMeasurement:
    return GapMeasurement(100, 0, 24.0, longest_pause_ms=pause_ms)


def a_repeat(gap_pause_ms: float = 21.0, back_pause_ms: float = 21.0) -> DrillRepeat:
    return DrillRepeat(22.0, seen(gap_pause_ms), seen(back_pause_ms), survived=True)


def in_turn(*repeats: DrillRepeat) -> Callable[[], DrillRepeat]:
    left = list(repeats)
    return lambda: left.pop(0)


@pytest.mark.parametrize(
    "disturbed", [a_repeat(gap_pause_ms=STILL_MS), a_repeat(back_pause_ms=STILL_MS)]
)
def test_it_is_done_anew(disturbed: DrillRepeat) -> None:
    good = a_repeat()
    assert undisturbed(in_turn(disturbed, good)) is good
    assert undisturbed(in_turn(good)) is good


def test_a_late_sender_is_no_machine_that_stood_still() -> None:
    late = a_repeat(gap_pause_ms=400.0)
    assert undisturbed(in_turn(late)) is late


def test_a_machine_that_stands_still_time_and_again_gives_no_figure() -> None:
    with pytest.raises(StoodStill, match="in each of 3 tries, for up to 4000 ms"):
        undisturbed(in_turn(*[a_repeat(gap_pause_ms=STILL_MS)] * TRIES))
