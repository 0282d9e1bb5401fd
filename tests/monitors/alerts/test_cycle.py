"""The judge's cycle: what it makes of a sleep of its own."""

import pytest

from monitors.alerts.cycle import JudgeCycle
from monitors.evidence import Element, Observation, Source
from monitors.impairment.guard import EvidenceGuard
from tests.monitors.alerts.simulation import START, after
from tests.monitors.alerts.test_fresh_words import CABLE, GRAPH, pings, seen

PORT = Element.port("a", "d")


class Turns:
    """The cycle turned with these words, as if each turn were stored."""

    def __init__(self) -> None:
        self.cycle = JudgeCycle(GRAPH, EvidenceGuard(GRAPH, None), START)
        for second in range(6):
            self.turn(second + 0.1, pings(second))

    def turn(self, second: float, words: list[Observation]) -> list[Element]:
        judged = self.cycle.judged(words, after(second))
        self.cycle.keep(judged)
        return [root for fault in self.cycle.faults for root in fault.group.roots]


def test_what_a_judge_finds_on_waking_is_named_only_when_it_is_said_again() -> None:
    """A device was restarted while it slept: of its silence nothing is left in the register."""
    turns = Turns()
    trap = seen(PORT, False, 8, Source.TRAP)
    assert turns.turn(9.1, [*pings(9), trap]) == []
    assert turns.turn(9.3, []) == []
    assert turns.turn(9.5, [seen(PORT, True, 9.4)]) == []


def test_what_is_said_again_after_waking_is_named_with_its_true_start() -> None:
    turns = Turns()
    turns.turn(9.1, [*pings(9), seen(PORT, False, 8, Source.TRAP)])
    assert turns.turn(9.6, [*pings(9.5), seen(PORT, False, 9.4)]) == [CABLE]
    assert turns.cycle.faults[0].group.since == after(8)


@pytest.mark.parametrize("late_s", [1.8, 4.0])
def test_a_judge_that_is_late_every_time_still_names_what_lasts(late_s: float) -> None:
    turns, named = Turns(), []
    for number in range(1, 9):
        second = 5 + number * late_s
        named = turns.turn(second, [*pings(second - 0.2), seen(PORT, False, second - 0.3)])
    assert named == [CABLE]
