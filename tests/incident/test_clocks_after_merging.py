"""From when the clocks of an incident run that took another one in."""

from datetime import datetime, timedelta

import pytest

from incident.model import IncidentCommand, IncidentState, read_clocks
from incident.service import acknowledge
from tests.incident.story import LI, Story

MINUTE = timedelta(minutes=1)


def due(story: Story, number: str) -> list[datetime]:
    """When each clock of the incident runs out."""
    found = story.find(number)
    now = story.clock.now()
    return [r.due_at for r in read_clocks(story.site.contract, found.classes, found.stamps, now)]


def two(story: Story, first: str = "rt-a", second: str = "rt-b") -> tuple[str, str, datetime]:
    """Two incidents seven minutes apart, and when the earlier one began."""
    began = story.clock.now()
    early = story.opened(first).number
    story.clock.advance(7 * MINUTE)
    late = story.opened(second).number
    story.clock.advance(3 * MINUTE)
    return early, late, began


def test_an_incident_that_takes_in_an_earlier_one_counts_from_that_ones_start(story: Story) -> None:
    _early, late, began = two(story)
    late_due = due(story, late)
    story.merged("rt-a", 2, "rt-b")
    assert story.find(late).stamps.detected_at == began
    assert due(story, late) == [at - 7 * MINUTE for at in late_due]


def test_an_incident_that_takes_in_a_later_one_keeps_its_start(story: Story) -> None:
    early, _late, began = two(story)
    early_due = due(story, early)
    story.merged("rt-b", 2, "rt-a")
    assert story.find(early).stamps.detected_at == began
    assert due(story, early) == early_due


def test_what_was_merged_keeps_its_own_start_and_asks_for_nothing_more(story: Story) -> None:
    early, late, began = two(story)
    story.merged("rt-b", 2, "rt-a")
    gone = story.find(late)
    assert gone.stamps.detected_at == began + 7 * MINUTE
    assert gone.stamps.closed_at == story.clock.now()
    assert (gone.state, gone.cleared, gone.merged_into) == (IncidentState.CLOSED, True, early)
    assert gone.allowed == ()


def test_the_earliest_start_of_several_counts_in_whatever_order_they_merge(story: Story) -> None:
    _early, late, began = two(story)
    last = story.opened("core-a").number
    story.merged("rt-a", 2, "rt-b")
    story.merged("rt-b", 2, "core-a")
    assert story.find(last).stamps.detected_at == began
    assert story.find(late).stamps.detected_at == began


def test_what_people_did_before_the_merge_stays_and_is_allowed_on(story: Story) -> None:
    _early, late, _ = two(story)
    with story.work(LI) as uow:
        acknowledge(uow, late)
    seen_at = story.clock.now()
    story.clock.advance(MINUTE)
    story.merged("rt-a", 2, "rt-b")
    found = story.find(late)
    assert found.stamps.acknowledged_at == seen_at
    assert found.state is IncidentState.ACKNOWLEDGED
    assert IncidentCommand.RESPOND in found.allowed


def test_a_merge_told_twice_moves_nothing_again(story: Story) -> None:
    early, late, _began = two(story)
    story.merged("rt-a", 2, "rt-b")
    once = story.find(late), story.find(early)
    with pytest.raises(AssertionError):
        story.merged("rt-a", 2, "rt-b")  # the service answers None: it had it already
    assert (story.find(late), story.find(early)) == once


def test_a_merge_into_what_has_no_incident_names_its_fault(story: Story) -> None:
    number = story.opened("rt-a").number
    story.merged("rt-a", 2, "never-recorded")
    found = story.find(number)
    assert (found.merged_into, found.state) == ("never-recorded", IncidentState.CLOSED)
