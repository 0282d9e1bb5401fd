"""Acknowledging many: an answer for each, none ended by another, and asking again is safe."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from device_configs.site.model import FaultClassName
from incident import bulk, service
from incident.bulk import (
    BulkAnswer,
    BulkItem,
    BulkOutcome,
    acknowledge_many,
    judge,
    preview,
    waiting,
)
from incident.model import ClassHeld, Incident, IncidentState, TimeStamps
from incident.tables import IncidentRow
from ops_core.kernel.audit import read_audit, verify_chain
from ops_core.kernel.errors import Conflict, Forbidden
from ops_core.kernel.permissions import Actor, Role
from tests.incident.story import LI, ZHAO, Story, group_of
from tests.monitors.alerts.simulation import START


def outcomes(answers: Sequence[BulkAnswer]) -> dict[str, BulkOutcome]:
    return {answer.number: answer.outcome for answer in answers}


def take(story: Story, items: Sequence[BulkItem], actor: Actor = LI) -> dict[str, BulkOutcome]:
    return outcomes(acknowledge_many(lambda: story.work(actor), items))


def test_each_is_answered_and_none_is_ended_by_another(story: Story) -> None:
    fresh, stale, seen, restored, merged, into = (
        story.opened(name) for name in ("rt-a", "rt-b", "fwi-a", "fwi-b", "core-a", "core-b")
    )
    with story.work(ZHAO) as uow:
        service.acknowledge(uow, seen.number)
        service.note(uow, stale.number, "看过")
    story.resolved("fwi-b", 2)
    story.merged("core-a", 2, "core-b")
    items = [
        BulkItem("F-0"),
        BulkItem(restored.number),
        BulkItem(merged.number),
        BulkItem(stale.number, stale.version),
        BulkItem(seen.number, seen.version),
        BulkItem(fresh.number, fresh.version),
        BulkItem(into.number),
        BulkItem(fresh.number, 99),
    ]
    expected = {
        "F-0": BulkOutcome.NOT_FOUND,
        restored.number: BulkOutcome.REFUSED,
        merged.number: BulkOutcome.REFUSED,
        stale.number: BulkOutcome.STALE,
        seen.number: BulkOutcome.ALREADY,
        fresh.number: BulkOutcome.ACKNOWLEDGED,
        into.number: BulkOutcome.ACKNOWLEDGED,
    }
    with story.database.reading() as session:
        assert outcomes(preview(session, items)) == expected
        audited = len(read_audit(session))
    assert take(story, items) == expected
    with story.database.reading() as session:
        assert len(read_audit(session)) == audited + 2
        assert verify_chain(session) == []
    assert story.find(fresh.number).state is IncidentState.ACKNOWLEDGED
    assert story.find(stale.number).state is IncidentState.DETECTED


def test_asking_again_changes_nothing(story: Story) -> None:
    items = [BulkItem(i.number, i.version) for i in (story.opened("rt-a"), story.opened("rt-b"))]
    first = take(story, items)
    story.clock.advance(timedelta(minutes=1))
    seen = [story.find(item.number) for item in items]
    assert set(first.values()) == {BulkOutcome.ACKNOWLEDGED}
    assert set(take(story, items, ZHAO).values()) == {BulkOutcome.ALREADY}
    assert [story.find(item.number) for item in items] == seen


def test_one_that_cannot_be_read_ends_none_of_the_others(story: Story) -> None:
    found = [story.opened(f"sw-{n}") for n in range(bulk.BATCH + 3)]
    broken = found[bulk.BATCH // 2]
    with story.database.transaction() as session:
        session.get_one(IncidentRow, broken.number).fault = {"roots": "?"}
    answers = take(story, [BulkItem(i.number) for i in found])
    assert answers.pop(broken.number) is BulkOutcome.FAILED
    assert Counter(answers.values()) == {BulkOutcome.ACKNOWLEDGED: len(found) - 1}


def test_one_that_fails_while_it_is_stored_ends_none_of_its_batch(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [story.opened(name) for name in ("rt-a", "rt-b", "fwi-a")]
    worst = found[1].number
    real = bulk.acknowledge

    def failing(uow, number, version=None):  # type: ignore[no-untyped-def]
        done = real(uow, number, version)
        if number == worst:
            raise RuntimeError("after its change was written")
        return done

    monkeypatch.setattr(bulk, "acknowledge", failing)
    answers = take(story, [BulkItem(i.number) for i in found])
    assert answers.pop(worst) is BulkOutcome.FAILED
    assert set(answers.values()) == {BulkOutcome.ACKNOWLEDGED}
    assert story.find(worst).state is IncidentState.DETECTED
    with story.database.reading() as session:
        assert verify_chain(session) == []


def test_a_database_that_gives_up_is_not_asked_again_for_every_item(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [story.opened(name) for name in ("rt-a", "rt-b")]
    asked = []

    def locked(uow, number, version=None):  # type: ignore[no-untyped-def]
        asked.append(number)
        raise OperationalError("update", {}, Exception("database is locked"))

    monkeypatch.setattr(bulk, "acknowledge", locked)
    with pytest.raises(OperationalError):
        take(story, [BulkItem(i.number) for i in found])
    assert asked == [found[0].number]


def test_who_may_handle_nothing_is_refused_as_a_whole(story: Story) -> None:
    items = [BulkItem(story.opened("rt-a").number)]
    with pytest.raises(Forbidden):
        take(story, items, Actor.user("root.admin", [Role.ADMINISTRATOR]))
    with pytest.raises(Conflict):
        take(story, [BulkItem(f"F-{n}") for n in range(bulk.MOST_AT_ONCE + 1)])


def test_all_that_wait_are_found_by_their_present_class(story: Story) -> None:
    general, severe = story.opened("rt-a", (1,)), story.opened("rt-b", tuple(range(1, 30)))
    seen = story.opened("fwi-a", (2,))
    take(story, [BulkItem(seen.number)])
    with story.database.reading() as session:
        everything = {item.number for item in waiting(session)}
        named = {name: [item.number for item in waiting(session, name)] for name in FaultClassName}
    assert everything == {general.number, severe.number}
    assert named[general.fault_class] == [general.number]
    assert named[severe.fault_class] == [severe.number]
    assert general.fault_class is not severe.fault_class


@given(version=st.none() | st.integers(0, 3), state=st.sampled_from(IncidentState))
def test_an_answer_is_acknowledged_only_where_the_state_and_the_version_allow(
    version: int | None, state: IncidentState
) -> None:
    incident = _incident(state, 2)
    answer = judge(incident, BulkItem(incident.number, version))
    allowed = state is IncidentState.DETECTED
    assert (answer.outcome is BulkOutcome.ACKNOWLEDGED) is (allowed and version in (None, 2))
    assert (answer.outcome is BulkOutcome.STALE) is (allowed and version not in (None, 2))


def _incident(state: IncidentState, version: int) -> Incident:
    held = (ClassHeld(FaultClassName.GENERAL, START, 1),)
    return Incident(
        "F-1", "rt-a", state, TimeStamps(START), held, group_of("rt-a", START),
        False, None, 0, None, version,
    )  # fmt: skip
