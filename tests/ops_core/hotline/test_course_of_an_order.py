"""From a call to its callback, through the services, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.hotline.callbacks.model import Answers, AttemptResult, Resolved
from ops_core.hotline.callbacks.service import finish_reached, finish_unreachable, record_attempt
from ops_core.hotline.callbacks.store import find_task
from ops_core.hotline.callbacks.tables import CallbackTaskRow
from ops_core.hotline.calls.feed import take_batch
from ops_core.hotline.calls.model import CallEvent, CallEventKind, Outcome
from ops_core.hotline.calls.queue_log import IncomingEvent
from ops_core.hotline.calls.ratings import rate_call
from ops_core.hotline.calls.service import Taken, take_events
from ops_core.hotline.calls.tables import AttitudeRatingRow, CallRow, CallTallyRow
from ops_core.hotline.calls.tallies import recount
from ops_core.hotline.cases.model import CaseDraft, Channel
from ops_core.hotline.cases.service import Recorded, record_case
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.contacts.tables import RequesterRow
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.orders.model import replay
from ops_core.hotline.orders.order import first_break
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.steps import OrderState, Step
from ops_core.hotline.orders.store import events_of_order, find_row, order_of
from ops_core.hotline.orders.verifying import order_flaws
from ops_core.kernel.audit import read_audit, verify_chain
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict, Forbidden, Invalid
from ops_core.kernel.events import read_events
from ops_core.kernel.permissions import Actor
from tests.ops_core.hotline.conftest import (
    AGENT,
    CALLER_BACK,
    CANARY,
    DISPATCHER,
    HANDLER,
    OTHER_HANDLER,
    REVIEWER,
    SHANGHAI,
    TELEPHONY,
    Work,
)

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
KINDS = CallEventKind
OTHER_NUMBER = "13800001111"
ANSWERED = (KINDS.ENTERQUEUE, KINDS.RINGNOANSWER, KINDS.CONNECT, KINDS.COMPLETECALLER)


def call_events(call: str, first: int, *kinds: CallEventKind) -> list[IncomingEvent]:
    """A call whose events follow each other by ten seconds; seat 37 takes it if anybody does."""
    lot = []
    for offset, kind in enumerate(kinds):
        at = START + timedelta(seconds=10 * offset)
        taken = kind in (KINDS.CONNECT, KINDS.COMPLETECALLER)
        event = CallEvent("pbx", first + offset, call, kind, at, "citizen",
                          "agent.lin" if taken else "", 37 if taken else None)  # fmt: skip
        lot.append(IncomingEvent(event, CANARY if kind is KINDS.ENTERQUEUE else ""))
    return lot


def take(work: Work, vault: ContactVault, lot: list[IncomingEvent]) -> Taken:
    with work(TELEPHONY) as uow:
        return take_events(uow, vault, lot, SHANGHAI)


def draft(**changes: object) -> CaseDraft:
    made = CaseDraft(
        Channel.PHONE, "hotline", "c-1", CaseKind.COMPLAINT, "heating", "province",
        "暖气不热", "小区供暖三天不热", START, call="c-1", name="张三丰",
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture
def recorded(work: Work, site: Site, vault: ContactVault) -> Recorded:
    """A complaint taken on an answered call."""
    take(work, vault, call_events("c-1", 1, *ANSWERED))
    with work(AGENT) as uow:
        return record_case(uow, site, vault, draft())


def step(work: Work, site: Site, actor: Actor, order: str, which: Step, unit: str = "") -> None:
    with work(actor) as uow:
        take_step(uow, site, order, which, unit, remark="说明")


COURSE = (
    (DISPATCHER, Step.DISPATCH, "water"),
    (OTHER_HANDLER, Step.RETURN, ""),
    (DISPATCHER, Step.DISPATCH, "housing"),
    (HANDLER, Step.SIGN, ""),
    (HANDLER, Step.REPLY, ""),
    (REVIEWER, Step.APPROVE, ""),
    (HANDLER, Step.COMPLETE, ""),
)


def complete(work: Work, site: Site, order: str) -> None:
    for actor, which, unit in COURSE:
        step(work, site, actor, order, which, unit)


def test_a_call_taken_twice_is_one_call_and_keeps_who_called(
    work: Work, vault: ContactVault, database: Database
) -> None:
    lot = call_events("c-1", 1, *ANSWERED)
    assert take(work, vault, lot) == Taken(4, 0, ("pbx:c-1",))
    assert take(work, vault, lot) == Taken(0, 4, ())
    with database.reading() as session:
        call = session.get_one(CallRow, "pbx:c-1")
        assert (call.outcome, call.seat, call.rung) == (Outcome.ANSWERED, 37, 1)
        requester = session.get_one(RequesterRow, call.requester_id)
        assert requester.masked_number == "139****5678"
        assert vault.unseal(requester.number_sealed) == CANARY


def stored_tallies(session: Session) -> dict[tuple[str, str, bool], int]:
    rows = session.scalars(select(CallTallyRow).where(CallTallyRow.count != 0))
    return {(row.day, row.outcome, row.offered): row.count for row in rows}


def test_tallies_follow_a_call_as_it_goes_on(
    work: Work, vault: ContactVault, database: Database
) -> None:
    lot = call_events("c-1", 1, *ANSWERED)
    for item in lot:
        take(work, vault, [item])
        with database.reading() as session:
            assert stored_tallies(session) == recount(session, SHANGHAI)
    with database.reading() as session:
        assert stored_tallies(session) == {("2026-03-02", "answered", True): 1}


def test_a_number_that_says_something_else_is_refused_whole(
    work: Work, vault: ContactVault, database: Database
) -> None:
    take(work, vault, call_events("c-1", 1, KINDS.ENTERQUEUE))
    with pytest.raises(Conflict, match="不一致"):
        take(
            work, vault, [*call_events("c-2", 5, *ANSWERED), *call_events("c-9", 1, KINDS.ABANDON)]
        )
    with database.reading() as session:
        assert session.get(CallRow, "pbx:c-2") is None


def test_the_course_of_an_order_is_its_events(
    work: Work, site: Site, recorded: Recorded, database: Database
) -> None:
    assert recorded.order is not None
    complete(work, site, recorded.order)
    with database.reading() as session:
        events = events_of_order(session, recorded.order)
        assert first_break(events) is None
        stored = order_of(find_row(session, recorded.order))
        assert replay(events) == stored
        assert (stored.state, stored.returns) == (OrderState.COMPLETED, 1)
        assert verify_chain(session) == []
        tasks = session.scalars(select(CallbackTaskRow)).all()
        assert [(t.order, t.cycle, t.outcome) for t in tasks] == [(recorded.order, 1, None)]


def test_the_same_reference_again_is_the_same_request(
    work: Work, site: Site, vault: ContactVault, recorded: Recorded
) -> None:
    with work(AGENT) as uow:
        again = record_case(uow, site, vault, draft())
    assert again == Recorded(recorded.case, recorded.order, False)
    with pytest.raises(Conflict, match="内容不同"), work(AGENT) as uow:
        record_case(uow, site, vault, draft(text="别的事"))


def test_another_offset_of_the_same_instant_is_the_same_request(
    work: Work, site: Site, vault: ContactVault, recorded: Recorded
) -> None:
    elsewhere = draft(received_at=START.astimezone(SHANGHAI))
    with work(AGENT) as uow:
        again = record_case(uow, site, vault, elsewhere)
    assert again == Recorded(recorded.case, recorded.order, False)


def test_a_corrected_number_is_taken_said_and_on_record(
    work: Work, site: Site, vault: ContactVault, recorded: Recorded, database: Database
) -> None:
    for corrected in (("number",), ()):
        with work(AGENT) as uow:
            again = record_case(uow, site, vault, draft(number=OTHER_NUMBER))
        assert again == Recorded(recorded.case, recorded.order, False, corrected)
    with database.reading() as session:
        case = session.get_one(CaseRow, recorded.case)
        requester = session.get_one(RequesterRow, case.requester_id)
        assert vault.unseal(requester.number_sealed) == OTHER_NUMBER
        actions = [e.action for e in read_audit(session, 100) if e.subject_id == recorded.case]
        assert actions.count("CaseRequesterCorrected") == 1
        assert verify_chain(session) == []


def test_an_event_told_again_with_another_number_corrects_the_caller_on_record(
    work: Work, vault: ContactVault, recorded: Recorded, database: Database
) -> None:
    assert recorded.is_new
    again = [
        replace(item, caller=OTHER_NUMBER) if item.caller else item
        for item in call_events("c-1", 1, *ANSWERED)
    ]
    assert take(work, vault, again).corrected == ("pbx:c-1",)
    assert take(work, vault, again).corrected == ()
    with database.reading() as session:
        call = session.get_one(CallRow, "pbx:c-1")
        requester = session.get_one(RequesterRow, call.requester_id)
        assert vault.unseal(requester.number_sealed) == OTHER_NUMBER
        audit = [e for e in read_audit(session, 100) if e.action == "CallerCorrected"]
        assert len(audit) == 1
        assert OTHER_NUMBER not in str(audit)


def test_a_corrected_name_is_taken_said_and_on_record(
    work: Work, site: Site, vault: ContactVault, recorded: Recorded, database: Database
) -> None:
    named = (("张三丰", ()), ("张三封", ("name",)), ("张三封", ()), ("", ()))
    for name, corrected in named:
        with work(AGENT) as uow:
            again = record_case(uow, site, vault, draft(name=name))
        assert again == Recorded(recorded.case, recorded.order, False, corrected)
    with database.reading() as session:
        case = session.get_one(CaseRow, recorded.case)
        requester = session.get_one(RequesterRow, case.requester_id)
        assert vault.unseal(requester.name_sealed) == "张三封"
        audit = [e for e in read_audit(session, 100) if e.action == "CaseRequesterCorrected"]
        assert len(audit) == 1
        assert "张三" not in str(audit)


def test_a_number_that_comes_later_or_changes_again_is_on_record_each_time(
    work: Work, site: Site, vault: ContactVault, database: Database
) -> None:
    web = draft(channel=Channel.WEB, source_ref="w-1", call=None, name="")
    with work(AGENT) as uow:
        first = record_case(uow, site, vault, web)
    for number, corrected in ((CANARY, ("number",)), (f"+86{CANARY}", ()),
                              (OTHER_NUMBER, ("number",)), ("", ())):  # fmt: skip
        with work(AGENT) as uow:
            again = record_case(uow, site, vault, replace(web, number=number))
        assert again == Recorded(first.case, first.order, False, corrected)
    with database.reading() as session:
        actions = [e.action for e in read_audit(session, 100) if e.subject_id == first.case]
        assert actions.count("CaseRequesterCorrected") == 2


def test_of_a_call_that_entered_twice_all_entries_say_its_number(
    work: Work, vault: ContactVault, database: Database
) -> None:
    """One of them sent again is no correction: its number may be the one it came with."""
    kinds = (KINDS.ENTERQUEUE, KINDS.EXITWITHTIMEOUT, KINDS.ENTERQUEUE, KINDS.CONNECT)
    first, left, second, taken = call_events("c-7", 1, *kinds)
    take(work, vault, [first, left, replace(second, caller=OTHER_NUMBER), taken])
    assert take(work, vault, [first]).corrected == ()
    corrected = [replace(item, caller="13800002222" if item.caller else "") for item in
                 (first, left, second, taken)]  # fmt: skip
    assert take(work, vault, corrected).corrected == ("pbx:c-7",)
    assert take(work, vault, corrected).corrected == ()
    with database.reading() as session:
        call = session.get_one(CallRow, "pbx:c-7")
        requester = session.get_one(RequesterRow, call.requester_id)
        assert vault.unseal(requester.number_sealed) == "13800002222"


def test_events_sent_again_with_another_offset_are_the_same_events(
    work: Work, site: Site, vault: ContactVault, recorded: Recorded
) -> None:
    assert recorded.is_new
    again = call_events("c-1", 1, *ANSWERED)
    sent = [
        {"sequence": e.sequence, "call": e.call, "kind": e.kind.value, "queue": e.queue,
         "agent": e.agent, "seat": e.seat, "at": e.at.astimezone(zone).isoformat()}
        for zone in (SHANGHAI, UTC, ZoneInfo("America/New_York"))
        for e in (item.event for item in again)
    ]  # fmt: skip
    for event in sent:
        with work(TELEPHONY) as uow:
            taken = take_batch(uow, site, vault, "pbx", [event])
        assert (taken.new, taken.known) == (0, 1)
    moved = {**sent[0], "at": "2026-03-02T09:00:01+08:00"}
    with work(TELEPHONY) as uow, pytest.raises(Conflict, match="前后不一致"):
        take_batch(uow, site, vault, "pbx", [moved])


def test_everything_wrong_with_a_request_is_said_at_once(
    work: Work, site: Site, vault: ContactVault
) -> None:
    wrong = draft(channel=Channel.WEB, call=None, title=" ", category="nothing", region="nowhere")
    with pytest.raises(Invalid) as refusal, work(AGENT) as uow:
        record_case(uow, site, vault, wrong)
    for part in ("标题", "nothing", "nowhere"):
        assert part in refusal.value.detail


@pytest.mark.parametrize("which", [Step.SIGN, Step.RETURN, Step.REPLY, Step.COMPLETE])
def test_the_operator_is_refused_the_units_steps(
    work: Work, site: Site, recorded: Recorded, which: Step
) -> None:
    assert recorded.order is not None
    step(work, site, DISPATCHER, recorded.order, Step.DISPATCH, "housing")
    with pytest.raises(Forbidden):
        step(work, site, REVIEWER, recorded.order, which)


def test_an_agent_may_not_dispatch(work: Work, site: Site, recorded: Recorded) -> None:
    assert recorded.order is not None
    with pytest.raises(Forbidden, match="dispatch_orders"):
        step(work, site, AGENT, recorded.order, Step.DISPATCH, "housing")


def test_a_callback_rates_the_attitude_apart_from_the_result(
    work: Work, site: Site, recorded: Recorded, database: Database
) -> None:
    assert recorded.order is not None
    complete(work, site, recorded.order)
    answers = Answers(Resolved.NO, 1, 5)
    with work(CALLER_BACK) as uow:
        finish_reached(uow, site, recorded.order, 1, answers, "rec-1")
    with database.reading() as session:
        rating = session.scalars(select(AttitudeRatingRow)).one()
        assert (rating.subject, rating.score) == (f"callback:{recorded.order}/1", 5)
        assert rating.agent == "agent.lin"
    with pytest.raises(Conflict, match="已完成"), work(CALLER_BACK) as uow:
        finish_reached(uow, site, recorded.order, 1, answers, "rec-2")


def test_a_score_not_given_is_no_rating(
    work: Work, site: Site, recorded: Recorded, database: Database
) -> None:
    assert recorded.order is not None
    complete(work, site, recorded.order)
    with work(CALLER_BACK) as uow:
        finish_reached(uow, site, recorded.order, 1, Answers(Resolved.YES, None, None), "rec-1")
    with database.reading() as session:
        assert session.scalars(select(AttitudeRatingRow)).all() == []


def test_giving_up_needs_enough_tries_on_enough_days(
    work: Work, site: Site, recorded: Recorded, clock: FixedClock, database: Database
) -> None:
    assert recorded.order is not None
    complete(work, site, recorded.order)
    for hours in (1, 1, 1, 20):
        with pytest.raises(Conflict, match="尚不能"), work(CALLER_BACK) as uow:
            finish_unreachable(uow, site, recorded.order, 1)
        clock.advance(timedelta(hours=hours))
        with work(CALLER_BACK) as uow:
            record_attempt(uow, recorded.order, 1, AttemptResult.NO_ANSWER)
    with work(CALLER_BACK) as uow:
        finish_unreachable(uow, site, recorded.order, 1)
    with database.reading() as session:
        assert find_task(session, recorded.order, 1).outcome == "unreachable"


def test_whoever_took_the_request_does_not_call_back(
    work: Work, site: Site, recorded: Recorded
) -> None:
    assert recorded.order is not None
    complete(work, site, recorded.order)
    own = Actor.user(AGENT.name, CALLER_BACK.roles)
    with pytest.raises(Forbidden, match="自己受理"), work(own) as uow:
        record_attempt(uow, recorded.order, 1, AttemptResult.BUSY)


def test_reopened_and_completed_again_is_called_back_again(
    work: Work, site: Site, recorded: Recorded, database: Database
) -> None:
    assert recorded.order is not None
    complete(work, site, recorded.order)
    step(work, site, REVIEWER, recorded.order, Step.REOPEN)
    complete(work, site, recorded.order)
    with database.reading() as session:
        tasks = {task.cycle: task.state for task in session.scalars(select(CallbackTaskRow))}
        withdrawn = [e.action for e in read_audit(session, 100)].count("CallbackWithdrawn")
    assert (tasks, withdrawn) == ({1: "withdrawn", 2: "open"}, 1)
    with pytest.raises(Conflict, match="已撤回"), work(CALLER_BACK) as uow:
        record_attempt(uow, recorded.order, 1, AttemptResult.BUSY)
    with work(CALLER_BACK) as uow:
        record_attempt(uow, recorded.order, 2, AttemptResult.BUSY)


def test_a_callback_that_was_made_stays_when_its_order_is_taken_up_again(
    work: Work, site: Site, recorded: Recorded, database: Database
) -> None:
    assert recorded.order is not None
    complete(work, site, recorded.order)
    with work(CALLER_BACK) as uow:
        finish_reached(uow, site, recorded.order, 1, Answers(Resolved.NO, 1, 5), "rec-1")
    step(work, site, REVIEWER, recorded.order, Step.REOPEN)
    with database.reading() as session:
        task = session.get_one(CallbackTaskRow, (recorded.order, 1))
        assert (task.state, task.outcome) == ("done", "reached")


def test_a_callers_rating_counts_once_and_only_when_answered(
    work: Work, site: Site, vault: ContactVault
) -> None:
    take(work, vault, call_events("c-1", 1, *ANSWERED))
    take(work, vault, call_events("c-2", 11, KINDS.ENTERQUEUE, KINDS.ABANDON))
    with work(TELEPHONY) as uow:
        assert rate_call(uow, site, "c-1", 2, START).is_new
        assert rate_call(uow, site, "c-1", 5, START).score == 2
    with pytest.raises(Conflict, match="未接通"), work(TELEPHONY) as uow:
        rate_call(uow, site, "c-2", 5, START)


def test_no_event_or_audit_entry_tells_a_number_or_a_name(
    work: Work, site: Site, recorded: Recorded, database: Database
) -> None:
    assert recorded.order is not None
    complete(work, site, recorded.order)
    with database.reading() as session:
        told = [str(event) for event in read_events(session, 0, 1000)]
        told += [str(entry) for entry in read_audit(session, 1000)]
    assert told
    assert not [line for line in told if CANARY in line or "张三丰" in line or "暖气" in line]


@pytest.mark.parametrize(
    ("tamper", "field"),
    [
        ("DELETE FROM order_events WHERE sequence = 8", "last link"),
        ("UPDATE order_events SET unit = 'water' WHERE sequence = 4", "link 4"),
        ("UPDATE work_orders SET state = 'signed'", "state"),
        ("UPDATE work_orders SET returns = 0", "returns"),
        ("DELETE FROM order_events", "chain"),
    ],
)
def test_an_order_that_is_not_what_was_recorded_is_named(
    work: Work, site: Site, recorded: Recorded, database: Database, tamper: str, field: str
) -> None:
    assert recorded.order is not None
    complete(work, site, recorded.order)
    with database.reading() as session:
        assert list(order_flaws(session)) == []
    with database.transaction() as session:
        session.execute(text(tamper))
    with database.reading() as session:
        found = list(order_flaws(session))
    assert (found[0].order, found[0].field) == (recorded.order, field)
