"""Mergers: no fault gets shorter, nothing known of it is lost, and their order does not matter."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from device_configs.site import Site, load_site
from device_configs.site.model import ClockKind, FaultClassName
from incident.merging import Knowledge, merge, merge_classes, merge_stamps
from incident.model import ClassHeld, IncidentState, TimeStamps, highest_class, read_clocks
from incident.read import merged_numbers, read_incident
from incident.service import acknowledge, note, respond, restore
from incident.store import INCIDENT
from ops_core.kernel.audit import read_audit
from ops_core.kernel.events import events_of
from tests.incident.story import LI, ZHAO, Story

SITE: Site = load_site(Path(__file__).parents[2] / "inventory")
START = datetime(2026, 11, 24, 6, tzinfo=UTC)
LATER = START + timedelta(days=2)

seconds = st.integers(0, 86_400)


@st.composite
def stamps(draw: st.DrawFn) -> TimeStamps:
    """Of an incident that went as far as it did, each step no earlier than the one before."""
    at = START + timedelta(seconds=draw(seconds))
    made: list[datetime | None] = [at]
    for _ in range(draw(st.integers(0, 4))):
        at += timedelta(seconds=draw(seconds))
        made.append(at)
    made += [None] * (5 - len(made))
    return TimeStamps(at if made[0] is None else made[0], *made[1:])


@st.composite
def classes(draw: st.DrawFn) -> tuple[ClassHeld, ...]:
    ats = sorted(draw(st.lists(seconds, min_size=1, max_size=3, unique=True)))
    names = draw(st.lists(st.sampled_from(FaultClassName), min_size=3, max_size=3))
    return tuple(
        ClassHeld(name, START + timedelta(seconds=at), 1)
        for name, at in zip(names, ats, strict=False)
    )


known = st.builds(Knowledge, stamps(), classes(), st.sampled_from([None, "li"]))


@given(stamps(), stamps(), stamps())
def test_the_order_of_mergers_does_not_matter_to_the_stamps(
    a: TimeStamps, b: TimeStamps, c: TimeStamps
) -> None:
    assert merge_stamps(a, b) == merge_stamps(b, a)
    assert merge_stamps(merge_stamps(a, b), c) == merge_stamps(a, merge_stamps(b, c))
    assert merge_stamps(a, a) == a


@given(known, known)
def test_the_clock_starts_at_the_earliest_failed_sample(a: Knowledge, b: Knowledge) -> None:
    found = merge(SITE.contract, a, b, LATER).stamps
    assert found.detected_at == min(a.stamps.detected_at, b.stamps.detected_at)


@given(known, known)
def test_a_merger_shortens_no_fault(a: Knowledge, b: Knowledge) -> None:
    found = merge(SITE.contract, a, b, LATER).stamps
    for part in (a.stamps, b.stamps):
        if found.restored_at is not None:
            assert part.restored_at is not None
            lasted = part.restored_at - part.detected_at
            assert found.restored_at - found.detected_at >= lasted


@given(known, known)
def test_no_acknowledgement_and_no_response_is_lost(a: Knowledge, b: Knowledge) -> None:
    found = merge(SITE.contract, a, b, LATER).stamps
    for mine, theirs, one in (
        (a.stamps.acknowledged_at, b.stamps.acknowledged_at, found.acknowledged_at),
        (a.stamps.responded_at, b.stamps.responded_at, found.responded_at),
    ):
        assert one == min([at for at in (mine, theirs) if at is not None], default=None)


@given(classes(), classes())
def test_no_class_is_lost_and_the_higher_one_holds(
    a: tuple[ClassHeld, ...], b: tuple[ClassHeld, ...]
) -> None:
    found = merge_classes(a, b, LATER)
    assert {*a, *b} <= {*found}
    assert [held.since for held in found] == sorted(held.since for held in found)
    assert found[-1].fault_class is highest_class((a[-1].fault_class, b[-1].fault_class))
    assert highest_class(h.fault_class for h in found) is highest_class(
        held.fault_class for held in (*a, *b)
    )
    assert {*found} == {*merge_classes(b, a, LATER)}


@given(classes(), classes(), classes())
def test_the_order_of_mergers_does_not_matter_to_the_class(
    a: tuple[ClassHeld, ...], b: tuple[ClassHeld, ...], c: tuple[ClassHeld, ...]
) -> None:
    left = merge_classes(merge_classes(a, b, LATER), c, LATER)
    right = merge_classes(a, merge_classes(b, c, LATER), LATER)
    assert left[-1].fault_class is right[-1].fault_class
    assert highest_class(h.fault_class for h in left) is highest_class(h.fault_class for h in right)


@given(known, known)
def test_a_missed_restoration_stays_missed(a: Knowledge, b: Knowledge) -> None:
    """Whatever clock of either was missed is missed by the two as one."""
    found = merge(SITE.contract, a, b, LATER)
    readings = read_clocks(SITE.contract, found.classes, found.stamps, LATER)
    for part in (a, b):
        for reading in read_clocks(SITE.contract, part.classes, part.stamps, LATER):
            if reading.kind is not ClockKind.RESTORATION or not reading.scored:
                continue
            if reading.breached_at is None:
                continue
            [merged] = [r for r in readings if r.kind is reading.kind and r.scored]
            assert merged.breached_at is not None


@given(known, known)
def test_the_state_is_where_the_stamps_put_it(a: Knowledge, b: Knowledge) -> None:
    found = merge(SITE.contract, a, b, LATER)
    over = found.state in (IncidentState.RESTORED, IncidentState.CLOSED)
    assert over is (found.stamps.restored_at is not None)
    assert (found.restored_by is None) or over


def minutes(story: Story, count: int) -> None:
    story.clock.advance(timedelta(minutes=count))


def test_a_merger_is_a_recorded_change_of_both(story: Story) -> None:
    early = story.opened("rt-b")
    minutes(story, 3)
    late = story.opened("rt-a", (1, 2))
    version = story.find(late.number).version
    minutes(story, 1)
    story.merged("rt-b", 2, "rt-a")
    survivor = story.find(late.number)
    assert survivor.stamps.detected_at == early.stamps.detected_at
    assert survivor.fault.since == early.stamps.detected_at
    assert survivor.version == version + 1
    with story.database.reading() as session:
        event = events_of(session, INCIDENT, late.number)[-1]
        audited = {(entry.action, entry.subject_id) for entry in read_audit(session)}
    assert event.type == "IncidentAbsorbed"
    assert event.payload["number"] == early.number
    assert event.payload["detected_at"] == early.stamps.detected_at.isoformat()
    assert {("IncidentAbsorbed", late.number), ("IncidentMerged", early.number)} <= audited


def test_what_people_did_about_the_merged_one_is_known_of_the_other(story: Story) -> None:
    survivor = story.opened("rt-a")
    other = story.opened("rt-b")
    minutes(story, 5)
    with story.work(LI) as uow:
        acknowledge(uow, other.number)
        respond(uow, other.number)
        note(uow, other.number, "光模块已更换")
    responded = story.clock.now()
    minutes(story, 5)
    story.merged("rt-b", 2, "rt-a")
    found = story.find(survivor.number)
    assert (found.state, found.handler) == (IncidentState.RESPONDING, "li.ming")
    assert found.stamps.responded_at == found.stamps.acknowledged_at == responded
    with story.database.reading() as session:
        detail = read_incident(session, SITE.contract, survivor.number, story.clock.now())
        away = read_incident(session, SITE.contract, other.number, story.clock.now())
    carried = [entry for entry in detail.timeline if entry.merged_from == other.number]
    assert [entry.type for entry in carried] == [
        "IncidentAcknowledged", "IncidentResponded", "IncidentNoted",
    ]  # fmt: skip
    assert carried[-1].detail["text"] == "光模块已更换"
    assert (away.incident.merged_into, away.allowed) == (survivor.number, ())
    assert away.timeline[0].type == "IncidentOpened"


def test_one_that_was_restored_by_hand_goes_on_when_it_takes_in_one_that_was_not(
    story: Story,
) -> None:
    survivor = story.opened("rt-a")
    story.opened("rt-b")
    minutes(story, 5)
    with story.work(ZHAO) as uow:
        restore(uow, survivor.number, "已切换到备用链路")
    minutes(story, 5)
    story.merged("rt-b", 2, "rt-a")
    found = story.find(survivor.number)
    assert (found.state, found.restored_by) == (IncidentState.DETECTED, None)
    assert found.stamps.restored_at is None


def test_a_chain_of_mergers_hands_on_to_the_last(story: Story) -> None:
    first, second, third = (story.opened(name) for name in ("rt-a", "rt-b", "core-a"))
    story.merged("rt-a", 2, "rt-b")
    story.merged("rt-b", 2, "core-a")
    assert story.find(first.number).merged_into == second.number
    assert story.find(second.number).merged_into == third.number
    with story.database.reading() as session:
        assert merged_numbers(session, third.number) == (first.number, second.number)


def test_a_fault_merged_into_one_that_was_merged_itself_goes_to_the_survivor(
    story: Story,
) -> None:
    first, second, third = (story.opened(name) for name in ("rt-a", "rt-b", "core-a"))
    story.merged("rt-b", 2, "core-a")
    story.merged("rt-a", 2, "rt-b")
    assert story.find(first.number).merged_into == third.number
    assert story.find(second.number).merged_into == third.number


def test_an_incident_is_never_merged_into_itself(story: Story) -> None:
    only = story.opened("rt-a")
    story.merged("rt-a", 2, "rt-a")
    found = story.find(only.number)
    assert (found.merged_into, found.state) == (None, IncidentState.DETECTED)
