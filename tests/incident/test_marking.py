"""False alarms on a real database: two people, the record of it, and what voids the mark."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incident.false_alarm import Words
from incident.false_alarm_terms import Cause, FalseAlarmStep, MarkState, News
from incident.marked import count_pending, list_marked, mark_differences
from incident.marking import take_step
from incident.model import IncidentState
from incident.read import read_incident
from incident.tables import IncidentRow
from monitors.evidence import Observation
from ops_core.kernel.audit import read_audit, verify_chain
from ops_core.kernel.errors import Conflict, Forbidden
from tests.incident.story import DRILL, GAO, LI, WANG, Story, group_of, with_evidence


def test_a_confirmed_false_alarm_names_both_people_and_keeps_every_time_stamp(
    story: Story,
) -> None:
    before = story.opened("rt-a")
    story.clock.advance(timedelta(minutes=3))
    story.step(before.number, FalseAlarmStep.PROPOSE, LI)
    with story.database.reading() as session:
        assert count_pending(session) == 1
    story.clock.advance(timedelta(minutes=2))
    marked = story.step(before.number, FalseAlarmStep.CONFIRM, WANG, Words("已与演练负责人核对"))
    assert marked.is_false_alarm
    mark = marked.false_alarm
    assert mark is not None
    assert (mark.proposed_by, mark.confirmed_by, mark.text) == (str(LI), str(WANG), DRILL.text)
    assert mark.confirmed_text == "已与演练负责人核对"
    assert marked.stamps == before.stamps
    assert marked.state is IncidentState.DETECTED
    with story.database.reading() as session:
        assert count_pending(session) == 0
        assert [i.number for i in list_marked(session, MarkState.CONFIRMED)] == [marked.number]
        detail = read_incident(session, story.site.contract, marked.number, story.clock.now())
        assert verify_chain(session) == []
        audited = [(e.actor, e.action) for e in read_audit(session)]
        assert mark_differences(session) == []
    assert [(e.type, e.actor) for e in detail.timeline[1:]] == [
        ("IncidentFalseAlarmPending", "li.ming"),
        ("IncidentFalseAlarmConfirmed", "wang.qiang"),
    ]
    assert ("wang.qiang", "IncidentFalseAlarmConfirmed") in audited
    assert all(clock.is_running for clock in detail.clocks)


def test_the_same_person_s_second_word_changes_nothing(story: Story) -> None:
    number = story.opened("rt-a").number
    both = replace(LI, roles=LI.roles | WANG.roles)
    story.step(number, FalseAlarmStep.PROPOSE, both)
    seen = story.find(number)
    with pytest.raises(Forbidden, match="第二人"):
        story.step(number, FalseAlarmStep.CONFIRM, both)
    assert story.find(number) == seen


def test_a_word_about_an_outdated_view_is_refused(story: Story) -> None:
    incident = story.opened("rt-a")
    story.step(incident.number, FalseAlarmStep.PROPOSE, LI)
    with pytest.raises(Conflict, match="版"), story.work(WANG) as uow:
        take_step(uow, incident.number, FalseAlarmStep.CONFIRM, DRILL, incident.version)


def test_a_phone_number_in_a_reason_is_masked_wherever_it_is_kept(story: Story) -> None:
    number = story.opened("rt-a").number
    words = Words("已电话 13912345678 核实", Cause.OTHER)
    story.step(number, FalseAlarmStep.PROPOSE, LI, words)
    with story.database.reading() as session:
        detail = read_incident(session, story.site.contract, number, story.clock.now())
        kept = repr((detail, read_audit(session)))
    assert "139****5678" in kept
    assert "13912345678" not in kept


def test_withdrawn_rejected_and_revoked_it_counts_and_can_be_proposed_again(story: Story) -> None:
    number = story.opened("rt-a").number
    for steps in (
        [(FalseAlarmStep.PROPOSE, LI), (FalseAlarmStep.WITHDRAW, LI)],
        [(FalseAlarmStep.PROPOSE, LI), (FalseAlarmStep.REJECT, WANG)],
        [
            (FalseAlarmStep.PROPOSE, LI),
            (FalseAlarmStep.CONFIRM, WANG),
            (FalseAlarmStep.REVOKE, GAO),
        ],
    ):
        for step, actor in steps:
            found = story.step(number, step, actor)
        assert not found.is_false_alarm
        assert found.false_alarm is not None
        assert found.false_alarm.ended_by == str(steps[-1][1])
    with story.database.reading() as session:
        assert mark_differences(session) == []


def voided_by(story: Story, number: str) -> News | None:
    found = story.find(number)
    assert found.false_alarm is not None
    assert not found.is_false_alarm
    assert found.false_alarm.state is MarkState.VOID
    return found.false_alarm.news


def test_a_false_alarm_that_takes_in_another_fault_is_none(story: Story) -> None:
    marked = story.marked("rt-a")
    other = story.opened("rt-b")
    story.merged("rt-b", 2, "rt-a")
    assert voided_by(story, marked.number) is News.ABSORBED
    assert story.find(other.number).merged_into == marked.number


def test_a_false_alarm_that_was_part_of_another_fault_is_none_and_hides_nothing_of_it(
    story: Story,
) -> None:
    real = story.opened("rt-b")
    story.clock.advance(timedelta(minutes=1))
    marked = story.marked("rt-a")
    story.merged("rt-a", 2, "rt-b")
    assert voided_by(story, marked.number) is News.MERGED
    assert not story.find(real.number).is_false_alarm
    with pytest.raises(Conflict):
        story.step(marked.number, FalseAlarmStep.PROPOSE, LI)


def test_a_false_alarm_that_comes_back_is_none(story: Story) -> None:
    marked = story.marked("rt-a")
    story.clock.advance(timedelta(minutes=1))
    story.resolved("rt-a", 2)
    assert story.find(marked.number).is_false_alarm
    story.clock.advance(timedelta(minutes=1))
    assert story.opened("rt-a", key="rt-a again").number == marked.number
    assert voided_by(story, marked.number) is News.REOPENED


def test_a_false_alarm_that_rises_in_class_is_none(story: Story) -> None:
    marked = story.marked("rt-a", (1,))
    seats = tuple(range(1, 60))
    story.updated("rt-a", 2, group_of("rt-a", marked.stamps.detected_at, seats))
    assert voided_by(story, marked.number) is News.CLASS_ROSE


def test_a_proposal_or_a_mark_that_did_not_know_of_new_evidence_is_void(story: Story) -> None:
    pending = story.opened("rt-a")
    story.step(pending.number, FalseAlarmStep.PROPOSE, LI)
    group = group_of("rt-a", pending.stamps.detected_at)
    bad = Observation(group.roots[0], "snmp", False, story.clock.now(), "")
    story.updated("rt-a", 2, with_evidence(group, bad))
    assert voided_by(story, pending.number) is News.NEW_EVIDENCE
    with story.database.reading() as session:
        detail = read_incident(session, story.site.contract, pending.number, story.clock.now())
        assert mark_differences(session) == []
    assert detail.timeline[-1].type == "IncidentFalseAlarmVoid"


def test_the_same_evidence_again_or_less_of_it_leaves_the_mark(story: Story) -> None:
    marked = story.marked("rt-a", (1, 2))
    group = group_of("rt-a", marked.stamps.detected_at, (1,))
    later = replace(group.evidence[0], observed_at=story.clock.now(), detail="5/5")
    story.updated("rt-a", 2, replace(group, evidence=(later,)))
    story.resolved("rt-a", 3)
    found = story.find(marked.number)
    assert found.is_false_alarm
    assert found.state is IncidentState.RESTORED


def test_a_mark_that_was_tampered_with_is_found(story: Story) -> None:
    number = story.opened("rt-a").number
    honest = story.marked("rt-b").number
    with story.database.transaction() as session:
        row = session.get_one(IncidentRow, number)
        row.false_alarm = session.get_one(IncidentRow, honest).false_alarm
        row.false_alarm_state = MarkState.CONFIRMED
    with story.database.reading() as session:
        (found,) = mark_differences(session)
    assert (found.number, found.recorded) == (number, None)
    with story.database.transaction() as session:
        session.get_one(IncidentRow, number).false_alarm = None
        session.get_one(IncidentRow, number).false_alarm_state = None
        session.get_one(IncidentRow, honest).false_alarm = None
        session.get_one(IncidentRow, honest).false_alarm_state = None
    with story.database.reading() as session:
        (found,) = mark_differences(session)
    assert (found.number, found.stored) == (honest, None)
