"""Taking an own step back within a minute: clocks run on, and both steps stay on record."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident import service
from incident.model import IncidentState, TimeStamps, read_clocks, reopened_state
from incident.read import read_incident
from incident.undoing import UNDOABLE, stamps_before, undo
from ops_core.kernel.audit import verify_chain
from ops_core.kernel.errors import Conflict, Forbidden
from ops_core.kernel.permissions import Actor, Role
from tests.incident.story import LI, Story
from tests.monitors.alerts.simulation import START

ANN = Actor.user("an.na", [Role.DUTY_TECHNICIAN])


@pytest.fixture
def story(site, database, bus, clock) -> Story:  # type: ignore[no-untyped-def]
    return Story(site, database, bus, clock)


def kinds(story: Story, number: str) -> list[str]:
    with story.database.reading() as session:
        detail = read_incident(session, story.site.contract, number, story.clock.now())
        assert verify_chain(session) == []
    return [entry.type for entry in detail.timeline]


def test_an_acknowledgement_is_withdrawn_and_both_are_recorded(story: Story) -> None:
    number = story.opened("rt-a").number
    with story.work(LI) as uow:
        service.acknowledge(uow, number)
    story.clock.advance(timedelta(seconds=60))
    with story.work(LI) as uow:
        undo(uow, number)
    after = story.find(number)
    assert (after.state, after.stamps.acknowledged_at, after.handler) == (
        IncidentState.DETECTED, None, None,
    )  # fmt: skip
    assert kinds(story, number)[-2:] == ["IncidentAcknowledged", "IncidentStepUndone"]


def test_a_withdrawn_response_lets_the_clock_run_on(story: Story) -> None:
    number = story.opened("rt-a").number
    with story.work(ANN) as uow:
        service.acknowledge(uow, number)
    story.clock.advance(timedelta(seconds=5))
    with story.work(LI) as uow:
        service.respond(uow, number)
    with story.work(LI) as uow:
        undo(uow, number)
    after = story.find(number)
    assert (after.state, after.handler) == (IncidentState.ACKNOWLEDGED, "an.na")
    readings = read_clocks(
        story.site.contract, after.classes, after.stamps, story.clock.now() + timedelta(days=2)
    )
    assert all(reading.breached_at for reading in readings)


def test_a_response_that_acknowledged_takes_the_acknowledgement_with_it(story: Story) -> None:
    number = story.opened("rt-a").number
    with story.work(LI) as uow:
        service.respond(uow, number)
    with story.work(LI) as uow:
        undo(uow, number)
    after = story.find(number)
    assert after.state is IncidentState.DETECTED
    assert after.stamps.acknowledged_at is None is after.handler


def test_a_restoration_and_a_closing_are_withdrawn_one_after_the_other(story: Story) -> None:
    number = story.opened("rt-a").number
    with story.work(LI) as uow:
        service.restore(uow, number, "已换线")
    with story.work(LI) as uow:
        service.close(uow, number)
    for state in (IncidentState.RESTORED, IncidentState.DETECTED):
        with story.work(LI) as uow:
            assert undo(uow, number).state is state
    with story.work(LI) as uow, pytest.raises(Conflict, match="没有可撤销的操作"):
        undo(uow, number)


def test_after_a_minute_and_by_another_it_is_refused(story: Story) -> None:
    number = story.opened("rt-a").number
    with story.work(LI) as uow:
        service.acknowledge(uow, number)
    with story.work(ANN) as uow, pytest.raises(Forbidden, match="只能撤销本人的操作"):
        undo(uow, number)
    story.clock.advance(timedelta(seconds=60.001))
    with story.work(LI) as uow, pytest.raises(Conflict, match="已过撤销时限"):
        undo(uow, number)
    assert story.find(number).state is IncidentState.ACKNOWLEDGED


def test_what_monitoring_restored_meanwhile_is_not_undone(story: Story) -> None:
    number = story.opened("rt-a").number
    with story.work(LI) as uow:
        service.restore(uow, number, "已换线")
    story.resolved("rt-a", 2)
    with story.work(LI) as uow, pytest.raises(Conflict, match="没有可撤销的操作"):
        undo(uow, number)


def test_notes_and_renewed_verdicts_do_not_stand_in_the_way(story: Story) -> None:
    incident = story.opened("rt-a")
    with story.work(LI) as uow:
        service.acknowledge(uow, incident.number)
        service.note(uow, incident.number, "看错了")
    story.updated("rt-a", 2, incident.fault)
    with story.work(LI) as uow:
        assert undo(uow, incident.number).state is IncidentState.DETECTED


_instants = st.integers(0, 120).map(lambda s: START + timedelta(seconds=s))


@given(st.sampled_from(sorted(UNDOABLE)), st.none() | _instants, st.none() | _instants)
def test_no_undo_touches_the_start_or_brings_a_state_forward(step, acknowledged, responded) -> None:  # type: ignore[no-untyped-def]
    stamps = TimeStamps(START, acknowledged, responded)
    before = stamps_before(stamps, step)
    assert before.detected_at == START
    order = list(IncidentState)
    assert order.index(reopened_state(before)) <= order.index(reopened_state(stamps))
