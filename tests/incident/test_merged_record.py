"""What a fault earned before it became part of another one stays earned: indicator 12, and more."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.site import Site, load_site
from device_configs.site.model import FaultClassName
from incident.false_alarm import Mark
from incident.false_alarm_terms import Cause, FalseAlarmStep, MarkState
from incident.merging import AbsorbedMiss, Knowledge, absorbed_miss, merge
from incident.model import ClassHeld, IncidentState, TimeStamps
from incident.reach import with_merged
from incident.service import respond, restore
from monitors.alerts.faults import FaultTransition, TransitionKind
from monitors.alerts.model import ClassInputs
from ops_core.kernel.errors import Conflict
from ops_core.kernel.settings import PROJECT_DIRECTORY
from ops_core.kpi.judgements import Judgement, RecordVerdict, tally
from ops_core.kpi.judging.faults import FALSE_ALARM as LEFT_OUT
from ops_core.kpi.judging.faults import FaultRecord, judge_fault
from ops_core.kpi.periods import Period, PeriodKind
from ops_core.kpi.reasons import Reason
from ops_core.kpi.sources.faults import read_faults
from tests.incident.story import LI, WANG, Story, group_of

SITE: Site = load_site(PROJECT_DIRECTORY / "inventory")
CONTRACT = SITE.contract
START = datetime(2026, 11, 24, 1, tzinfo=UTC)
EVER = Period(PeriodKind.MONTH, "ever", START - timedelta(days=300), START + timedelta(days=300))
REDUNDANCY_LOST = ClassInputs(seats_out=0, seats_total=72, core_redundancy_lost=True)
ALL_SEATS_OUT = ClassInputs(seats_out=72, seats_total=72)
MISSED = Judgement(RecordVerdict.MISSED, Reason.CLOCK_MISSED)
NO_MISS = AbsorbedMiss()
FALSE_ALARM = Mark(MarkState.CONFIRMED, Cause.OTHER, "", "li", START, "wang", START)
MERGED = Judgement(RecordVerdict.LEFT_OUT, Reason.MERGED)


def opened(story: Story, device: str, inputs: ClassInputs) -> str:
    group = replace(group_of(device, story.clock.now()), class_inputs=inputs)
    kind = TransitionKind.OPENED
    return story.tell(FaultTransition(device, 1, kind, group.since, group)).number


def minutes(story: Story, count: int) -> None:
    story.clock.advance(timedelta(minutes=count))


def judged(story: Story) -> dict[str, Judgement]:
    with story.database.reading() as session:
        faults = read_faults(session, EVER)
    return {one.number: judge_fault(CONTRACT, one, EVER, story.clock.now()) for one in faults}


def test_a_general_fault_that_takes_in_a_severe_one_is_severe_missed_and_responded_to(
    story: Story,
) -> None:
    general = story.opened("rt-a").number
    minutes(story, 6)
    severe = opened(story, "core-a", REDUNDANCY_LOST)
    minutes(story, 4)
    with story.work(LI) as uow:
        respond(uow, severe)
    responded = story.clock.now()
    minutes(story, 20)
    story.merged("core-a", 2, "rt-a")
    minutes(story, 150)
    story.resolved("rt-a", 2)
    found = story.find(general)
    assert found.judged_class is FaultClassName.SEVERE
    assert found.stamps.responded_at == responded
    assert (found.handler, found.stamps.restored_at) == (str(LI), story.clock.now())
    assert judged(story) == {general: MISSED, severe: MERGED}


def test_a_response_that_was_missed_stays_missed_though_the_other_was_responded_to(
    story: Story,
) -> None:
    major = opened(story, "rt-a", ALL_SEATS_OUT)
    other = story.opened("rt-b").number
    minutes(story, 5)
    with story.work(LI) as uow:
        respond(uow, other)
    minutes(story, 30)
    assert judged(story)[major] == MISSED
    story.merged("rt-b", 2, "rt-a")
    assert story.find(major).stamps.responded_at is not None, "nothing known of it is lost"
    assert judged(story) == {major: MISSED, other: MERGED}
    minutes(story, 5)
    story.resolved("rt-a", 2)
    assert judged(story)[major] == MISSED


def test_a_response_that_is_not_missed_yet_is_made_by_the_one_to_the_other(story: Story) -> None:
    major = opened(story, "rt-a", ALL_SEATS_OUT)
    other = opened(story, "rt-b", ALL_SEATS_OUT)
    minutes(story, 5)
    with story.work(LI) as uow:
        respond(uow, other)
    story.merged("rt-b", 2, "rt-a")
    minutes(story, 90)
    story.resolved("rt-a", 2)
    assert judged(story)[major].verdict is RecordVerdict.GOOD


def test_two_faults_that_were_missed_are_two_misses_also_as_one_fault(story: Story) -> None:
    one = opened(story, "rt-a", REDUNDANCY_LOST)
    minutes(story, 1)
    other = opened(story, "rt-b", REDUNDANCY_LOST)
    minutes(story, 180)
    assert judged(story) == {one: MISSED, other: MISSED}
    story.merged("rt-b", 2, "rt-a")
    assert judged(story) == {one: MISSED, other: MISSED}


def test_a_chain_of_mergers_hands_the_miss_on(story: Story) -> None:
    major = opened(story, "rt-a", ALL_SEATS_OUT)
    minutes(story, 40)
    second, third = story.opened("rt-b").number, story.opened("core-a").number
    with story.work(LI) as uow:
        respond(uow, third)
    story.merged("rt-a", 2, "rt-b")
    story.merged("rt-b", 2, "core-a")
    assert judged(story) == {major: MERGED, second: MERGED, third: MISSED}


def test_two_misses_stay_two_through_a_chain_of_mergers(story: Story) -> None:
    """A into B into C: what was missed of A and of B is missed, and C is of the highest class."""
    began = story.clock.now()
    opened(story, "rt-a", REDUNDANCY_LOST)
    opened(story, "rt-b", ALL_SEATS_OUT)
    minutes(story, 180)
    third = story.opened("core-a").number
    before = tally(judged(story).values())
    story.merged("rt-a", 2, "rt-b")
    story.merged("rt-b", 2, "core-a")
    after = tally(judged(story).values())
    assert before.count(RecordVerdict.MISSED) == after.count(RecordVerdict.MISSED) == 2
    survivor = story.find(third)
    assert judged(story)[third] == MISSED
    assert survivor.judged_class is FaultClassName.MAJOR
    assert survivor.stamps.detected_at == began


def test_what_a_chain_of_mergers_made_one_comes_back_as_one_with_all_it_earned(
    story: Story,
) -> None:
    """A into B into C, restored; the root of A fails again: C goes on, severe and responded to."""
    began = story.clock.now()
    severe = opened(story, "rt-a", REDUNDANCY_LOST)
    minutes(story, 3)
    with story.work(LI) as uow:
        respond(uow, severe)
    responded = story.clock.now()
    story.opened("rt-b")
    third = story.opened("core-a").number
    story.merged("rt-a", 2, "rt-b")
    story.merged("rt-b", 2, "core-a")
    minutes(story, 60)
    story.resolved("core-a", 2)
    minutes(story, 120)
    again = story.opened("rt-a", key="rt-a again")
    assert (again.number, again.judged_class) == (third, FaultClassName.SEVERE)
    assert (again.stamps.detected_at, again.stamps.responded_at) == (began, responded)
    assert again.stamps.restored_at is None
    assert judged(story)[third] == MISSED


def test_one_restored_in_time_that_takes_in_one_that_is_not_lasts_as_long_as_that(
    story: Story,
) -> None:
    severe = opened(story, "rt-a", REDUNDANCY_LOST)
    story.opened("rt-b")
    minutes(story, 20)
    with story.work(LI) as uow:
        restore(uow, severe, "已切换到备用链路")
    assert judged(story)[severe].verdict is RecordVerdict.GOOD
    minutes(story, 10)
    story.merged("rt-b", 2, "rt-a")
    minutes(story, 150)
    story.resolved("rt-a", 2)
    found = story.find(severe)
    assert found.stamps.restored_at == story.clock.now()
    assert judged(story)[severe] == MISSED


def test_the_seats_of_a_merged_fault_and_so_its_calls_are_the_survivor_s(story: Story) -> None:
    survivor = story.opened("rt-a", (1, 2))
    second, third = story.opened("rt-b", (2, 9)), story.opened("core-a", (40,))
    story.merged("core-a", 2, "rt-b")
    story.merged("rt-b", 2, "rt-a")
    with story.database.reading() as session:
        [whole] = with_merged(session, [story.find(survivor.number)])
        [middle] = with_merged(session, [story.find(second.number)])
    assert whole.fault.seats == (1, 2, 9, 40)
    assert middle.fault.seats == (2, 9, 40)
    assert story.find(third.number).fault.seats == (40,)


def test_the_root_of_a_merged_fault_that_comes_back_is_the_same_fault(story: Story) -> None:
    survivor = story.opened("rt-a").number
    story.opened("core-a")
    story.merged("core-a", 2, "rt-a")
    began = story.find(survivor).stamps.detected_at
    minutes(story, 30)
    story.resolved("rt-a", 2)
    minutes(story, 60)
    again = story.opened("core-a", key="core-a again")
    assert (again.number, again.stamps.detected_at) == (survivor, began)
    assert again.state is IncidentState.DETECTED


# A merger raises no figure, whatever the faults were and whenever it is found


@dataclass(frozen=True)
class Before:
    """A fault as it is when it may be merged."""

    known: Knowledge
    miss: AbsorbedMiss = NO_MISS
    merged: bool = False
    marked: bool = False
    survivor_marked: bool = False


NOW = START + timedelta(hours=30)
hours = st.integers(0, 30 * 60)


@st.composite
def before(draw: st.DrawFn) -> Before:
    at = START + timedelta(minutes=draw(hours))
    steps: list[datetime | None] = []
    last = at
    for _ in range(4):
        last += timedelta(minutes=draw(st.sampled_from([0, 5, 29, 31, 119, 121, 1500])))
        steps.append(last if last <= NOW else None)
    reached = draw(st.integers(0, 4))
    stamps = TimeStamps(at, *steps[:reached])
    names = draw(st.lists(st.sampled_from(FaultClassName), min_size=1, max_size=2))
    classes = tuple(ClassHeld(name, at, 1) for name in names)
    return Before(Knowledge(stamps, classes))


def figure(faults: Sequence[Before]) -> tuple[int, int]:
    """Good ones and all that count."""
    records = [
        FaultRecord(str(n), one.known.stamps, one.known.classes, "F" if one.merged else None,
                    FALSE_ALARM if one.marked else None,
                    one.miss.second if one.merged else one.known.missed_at, one.miss.carried,
                    one.survivor_marked)
        for n, one in enumerate(faults)
    ]  # fmt: skip
    counts = tally(judge_fault(CONTRACT, one, EVER, NOW) for one in records)
    return counts.count(RecordVerdict.GOOD), counts.denominator


def as_one(survivor: Before, absorbed: Before) -> tuple[Before, Before]:
    miss = absorbed_miss(CONTRACT, survivor.known, absorbed.known, NOW)
    known = merge(CONTRACT, survivor.known, absorbed.known, NOW)
    return replace(survivor, known=known), replace(absorbed, miss=miss, merged=True)


@given(st.lists(before(), min_size=2, max_size=6), st.data())
def test_a_merger_raises_no_figure(faults: list[Before], data: st.DataObject) -> None:
    good, counted = figure(faults)
    for _ in range(len(faults) - 1):
        open_ones = [n for n, one in enumerate(faults) if not one.merged]
        survivor = data.draw(st.sampled_from(open_ones))
        absorbed = data.draw(st.sampled_from([n for n in open_ones if n != survivor]))
        faults[survivor], faults[absorbed] = as_one(faults[survivor], faults[absorbed])
        good_now, counted_now = figure(faults)
        assert good_now * counted <= good * counted_now or counted_now == 0
        good, counted = good_now, counted_now


@given(before(), before())
def test_a_merger_takes_no_miss_away_whichever_is_called_a_false_alarm(
    lead: Before, other: Before
) -> None:
    def misses(*faults: Before) -> int:
        good, counted = figure(faults)
        return counted - good

    apart = misses(replace(lead, marked=True), other)
    survivor, absorbed = as_one(lead, other)
    marked = replace(survivor, marked=True)
    assert misses(marked, replace(absorbed, survivor_marked=True)) == apart
    both = replace(absorbed, survivor_marked=True, marked=True)
    assert misses(marked, both) == 0


def test_what_a_merged_fault_had_missed_counts_until_it_is_called_a_false_alarm_itself(
    story: Story,
) -> None:
    major = opened(story, "rt-a", ALL_SEATS_OUT)
    minutes(story, 40)
    lead = story.opened("rt-b").number
    story.merged("rt-a", 2, "rt-b")
    assert judged(story) == {major: MERGED, lead: MISSED}
    called(story, lead)
    assert judged(story) == {major: MISSED, lead: LEFT_OUT}
    called(story, major)
    assert judged(story) == {major: LEFT_OUT, lead: LEFT_OUT}
    story.step(lead, FalseAlarmStep.REVOKE, WANG)
    assert judged(story) == {major: MERGED, lead: MISSED}


def test_of_a_merged_fault_that_had_missed_nothing_nobody_says_anything(story: Story) -> None:
    lead = story.opened("rt-a").number
    other = story.opened("rt-b").number
    story.merged("rt-b", 2, "rt-a")
    with pytest.raises(Conflict):
        story.step(other, FalseAlarmStep.PROPOSE, LI)
    called(story, lead)
    assert judged(story) == {lead: LEFT_OUT, other: MERGED}


def called(story: Story, number: str) -> None:
    """Two people call it a false alarm."""
    story.step(number, FalseAlarmStep.PROPOSE, LI)
    story.step(number, FalseAlarmStep.CONFIRM, WANG)


@pytest.mark.parametrize("limit", [29, 31])
def test_the_figure_can_tell(limit: int) -> None:
    """The property is not empty: a missed response and one that was made in time."""
    late = TimeStamps(START)
    held = (ClassHeld(FaultClassName.MAJOR, START, 1),)
    responded = TimeStamps(START, responded_at=START + timedelta(minutes=limit))
    assert figure([Before(Knowledge(late, held)), Before(Knowledge(responded, held))]) == (
        int(limit < 30), 2,
    )  # fmt: skip
