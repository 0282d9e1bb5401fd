"""Invariants 1, 2, 5 and 6 over the real services: anybody tries anything, at any time."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, literal, select, union_all, update
from sqlalchemy.orm import Session

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.hotline.callbacks.model import Answers, AttemptResult, Resolved
from ops_core.hotline.callbacks.service import (
    finish_reached,
    finish_refused,
    finish_unreachable,
    record_attempt,
)
from ops_core.hotline.callbacks.store import read_answers
from ops_core.hotline.callbacks.tables import CallbackTaskRow
from ops_core.hotline.cases.model import CaseDraft, Channel
from ops_core.hotline.cases.service import record_case
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.orders.citations import Citation
from ops_core.hotline.orders.final_steps import PASSED_ON, UNDOABLE
from ops_core.hotline.orders.model import replay
from ops_core.hotline.orders.order import Order, OrderEvent, first_break, names_of
from ops_core.hotline.orders.particulars import Particulars
from ops_core.hotline.orders.service import RETURNS, STEP_PERMISSION, take_step, worker_of
from ops_core.hotline.orders.steps import (
    ADJUDICATIONS,
    INTAKE_REVIEWS,
    NEW_CYCLES,
    REVIEWS,
    SIDE_OF,
    TRANSITIONS,
    OrderSide,
    OrderState,
    Step,
)
from ops_core.hotline.orders.store import events_of_order, find_row, order_of
from ops_core.hotline.orders.tables import OrderEventRow
from ops_core.hotline.orders.undoing import read_undo, undo
from ops_core.kernel.audit import read_head, verify_chain
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Base, Database
from ops_core.kernel.errors import Conflict, DomainError, Forbidden
from ops_core.kernel.events import EventBus, events_of, last_position
from ops_core.kernel.permissions import OPERATOR_ROLES, Actor, Role, permissions_of
from tests.ops_core.hotline.conftest import (
    AGENT,
    CALLER_BACK,
    DISPATCHER,
    HANDLER,
    OTHER_HANDLER,
    PURCHASER,
    REVIEWER,
    TELEPHONY,
)

SECOND_DISPATCHER = Actor.user("dispatch.wu", (Role.DISPATCHER,))
EVERYTHING = Actor.user("chief.sun", OPERATOR_ROLES)
AGENT_CALLING_BACK = Actor.user(AGENT.name, (Role.CALLBACK_AGENT,))
OPERATORS = [AGENT, DISPATCHER, SECOND_DISPATCHER, REVIEWER, EVERYTHING]
PEOPLE = [
    *OPERATORS, CALLER_BACK, AGENT_CALLING_BACK, HANDLER, OTHER_HANDLER, PURCHASER, TELEPHONY,
]  # fmt: skip
UNITS = ["housing", "water"]
START = datetime(2026, 3, 2, 1, tzinfo=UTC)
_references = count()
GIVEN = Particulars(
    3, "petition", "110", "W-20260302-99999", (Citation("K-20260301-0001", 1, "0" * 64),)
)
"""What every step needs; no order bears the number of the lead order."""

Finish = Callable[[UnitOfWork, Site, str, int], object]
FINISHES: dict[str, Finish] = {
    "reached": lambda uow, site, order, cycle: finish_reached(
        uow, site, order, cycle, Answers(Resolved.PARTLY, 2, 4), "rec-1"
    ),
    "refused": lambda uow, _, order, cycle: finish_refused(uow, order, cycle, "rec-2"),
    "unreachable": lambda uow, site, order, cycle: finish_unreachable(uow, site, order, cycle),
    "missed": lambda uow, _, order, cycle: record_attempt(
        uow, order, cycle, AttemptResult.NO_ANSWER
    ),
}


@dataclass(frozen=True)
class Seen:
    """How much every table holds, and where outbox and audit stand."""

    rows: dict[str, int]
    position: int
    head: str


class Rollback(Exception):
    """What was tampered with was only tried."""


class Desk(RuleBasedStateMachine):
    """One order in the midst of a database that other examples have filled."""

    def __init__(self, database: Database, site: Site, vault: ContactVault) -> None:
        super().__init__()
        self.database, self.site, self.vault = database, site, vault
        self.clock, self.bus = FixedClock(START), EventBus()

    @initialize(kind=st.sampled_from(CaseKind))
    def a_request_comes_in(self, kind: CaseKind) -> None:
        draft = CaseDraft(
            Channel.WEB, "web", f"r-{next(_references)}", kind, "heating", "province",
            "暖气不热", "三天不热", START, number="13912345678",
        )  # fmt: skip
        lead = replace(draft, source_ref=f"r-{next(_references)}")
        with self.work(AGENT) as uow:
            recorded = record_case(uow, self.site, self.vault, draft)
            self.lead = record_case(uow, self.site, self.vault, lead).order or ""
        assert recorded.order is not None
        self.number = recorded.order
        self.stored = self.read_order()
        assert self.stored.state is OrderState.ACCEPTED

    @rule(
        step=st.sampled_from(Step),
        actor=st.sampled_from(PEOPLE),
        unit=st.sampled_from([*UNITS, "", "nobody"]),
        remark=st.sampled_from(["", "说明"]),
        late=st.sampled_from([None, -1, 0]),
        given=st.sampled_from([GIVEN, Particulars()]),
    )
    def somebody_tries_a_step(
        self,
        step: Step,
        actor: Actor,
        unit: str,
        remark: str,
        late: int | None,
        given: Particulars,
    ) -> None:
        seen = None if late is None else self.stored.version + late
        before, open_before = self.see(), self.open_callbacks()
        try:
            with self.work(actor) as uow:
                take_step(uow, self.site, self.number, step, unit, remark, seen, given)
        except DomainError as refusal:
            self.was_refused(step, actor, before, refusal)
            return
        assert seen in (None, self.stored.version)
        self.took(step, actor, before, open_before)

    @rule(data=st.data())
    def the_right_one_goes_on(self, data: st.DataObject) -> None:
        open_to = [step for step in self.stored.allowed if self.is_open_to(step)]
        step = data.draw(st.sampled_from(open_to))
        actor = self.right_one(step)
        unit = data.draw(st.sampled_from(UNITS)) if step is Step.DISPATCH else ""
        before, open_before = self.see(), self.open_callbacks()
        with self.work(actor) as uow:
            given = replace(GIVEN, lead=self.lead, co_unit=self.other_unit(step))
            until = (self.clock.now() + timedelta(days=3)).date().isoformat()
            given = replace(given, until=until)
            take_step(uow, self.site, self.number, step, unit, "说明", self.stored.version, given)
        self.took(step, actor, before, open_before)

    @rule(data=st.data(), seconds=st.integers(0, 61))
    def somebody_takes_the_last_step_back(self, data: st.DataObject, seconds: int) -> None:
        """Whoever took it, if nobody can have gone by it: the order is what it was before."""
        self.clock.advance(timedelta(seconds=seconds))
        with self.database.reading() as session:
            *before, last = events_of_order(session, self.number)
            reading = read_undo(session, self.site, self.number, self.clock.now())
        offer = reading.offer if reading else None
        actor = data.draw(st.sampled_from(PEOPLE))
        seen, was = self.see(), self.stored
        try:
            with self.work(actor) as uow:
                undo(uow, self.site, self.number, was.version)
        except DomainError as refusal:
            self.was_refused(last.step, actor, seen, refusal, is_taken=False)
            assert offer is None or offer.by != actor.name or not self.may(actor, last.step)
            return
        assert offer is not None
        assert (last.actor, last.step) == (actor.name, Step(offer.type))
        assert last.step in UNDOABLE - PASSED_ON, "a request by web may have been answered"
        self.grew_by_one(seen, {"order_events"})
        self.stored = self.read_order()
        expected = replay(before)
        assert expected is not None
        ends = {name: getattr(self.stored, name) for name in ("version", "last_at", "last_hash")}
        assert self.stored == replace(expected, **ends)
        assert self.stored.version == was.version + 1

    def may(self, actor: Actor, step: Step) -> bool:
        is_ours = Role.UNIT_HANDLER not in actor.roles or actor.unit in (
            self.stored.unit,
            *names_of(self.stored.co_units),
        )
        return is_ours and STEP_PERMISSION[step] in permissions_of(actor.roles)

    def is_open_to(self, step: Step) -> bool:
        """Whether nothing but the state decides: no deadline or callback stands against it."""
        late = self.clock.now() - START > timedelta(days=2)
        match step:
            case Step.EXTEND:
                return not late and not self.stored.extensions
            case Step.SUSPEND | Step.HOLD:
                return not late
            case Step.ENLIST:
                return bool(self.other_unit(step))
            case Step.REDO:
                with self.database.reading() as session:
                    answers = read_answers(session, self.number, self.stored.cycle)
                return answers is not None and answers[1] == Resolved.PARTLY
            case _:
                return True

    def other_unit(self, step: Step) -> str:
        """Whom to enlist, or whose reply is owed; nobody where there is none."""
        stored = self.stored
        if step is Step.ENLIST:
            asked = {stored.unit, *names_of(stored.co_units)}
            return next((unit for unit in UNITS if unit not in asked), "")
        return next(iter(names_of(stored.co_waiting)), "")

    @rule(
        actor=st.sampled_from([CALLER_BACK, CALLER_BACK, *PEOPLE]),
        cycle=st.integers(1, 3),
        how=st.sampled_from(sorted(FINISHES)),
    )
    def somebody_calls_back(self, actor: Actor, cycle: int, how: str) -> None:
        before, open_before = self.see(), self.open_callbacks()
        try:
            with self.work(actor) as uow:
                FINISHES[how](uow, self.site, self.number, cycle)
        except DomainError:
            assert self.see() == before
            assert self.open_callbacks() == open_before
            return
        assert Role.CALLBACK_AGENT in actor.roles
        assert actor.name != AGENT.name, "the agent who took the request called back himself"
        assert cycle in open_before
        self.grew_by_one(before)
        assert self.open_callbacks() == open_before - (set() if how == "missed" else {cycle})

    @rule(minutes=st.integers(1, 3000))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(timedelta(minutes=minutes))

    @rule(seconds=st.integers(1, 7200))
    def the_wall_clock_is_set_back(self, seconds: int) -> None:
        self.clock.adjust(-timedelta(seconds=seconds))

    @precondition(lambda self: self.stored.version > 1)
    @rule(data=st.data(), what=st.sampled_from(["actor", "unit", "recorded_at", "step", "removed"]))
    def an_edit_is_found(self, data: st.DataObject, what: str) -> None:
        sequence = data.draw(st.integers(1, self.stored.version))
        forged = {
            "actor": {"actor": "somebody"},
            "unit": {"unit": "elsewhere"},
            "recorded_at": {"recorded_at": START - timedelta(days=1)},
            "step": {"step": Step.ACCEPT.value},
        }
        try:
            with self.database.transaction() as session:
                row = session.get_one(OrderEventRow, (self.number, sequence))
                if what == "removed":
                    session.delete(row)
                elif all(getattr(row, name) == value for name, value in forged[what].items()):
                    raise Rollback
                else:
                    self.forge(session, sequence, forged[what])
                session.flush()
                self.shows(session)
                raise Rollback
        except Rollback:
            pass

    def forge(self, session: Session, sequence: int, values: dict[str, object]) -> None:
        of = (OrderEventRow.order == self.number, OrderEventRow.sequence == sequence)
        session.execute(update(OrderEventRow).where(*of).values(**values))
        session.expire_all()

    def shows(self, session: Session) -> None:
        events = events_of_order(session, self.number)
        if first_break(events) is None:  # only the end was cut off: the order knows better
            assert replay(events) != order_of(find_row(session, self.number))

    def was_refused(
        self,
        step: Step,
        actor: Actor,
        before: Seen,
        refusal: DomainError,
        is_taken: bool = True,
    ) -> None:
        """Nothing is left behind; what the other side answers for is forbidden in any case."""
        assert self.see() == before
        assert self.read_order() == self.stored
        if is_taken and actor in OPERATORS and SIDE_OF[step] is not OrderSide.OPERATOR:
            assert isinstance(refusal, Forbidden)

    def took(self, step: Step, actor: Actor, before: Seen, open_before: set[int]) -> None:
        """A step was taken: by its side, along the table, with one link, event and entry, and one
        of each more for a callback that is withdrawn with it or a return that is submitted."""
        was, now = self.stored, self.read_order()
        worker = worker_of(actor)
        assert TRANSITIONS[was.state][step].to is now.state
        assert SIDE_OF[step] is worker.side
        assert STEP_PERMISSION[step] in permissions_of(actor.roles)
        held_by = names_of(was.co_waiting) if step is Step.CO_REPLY else (was.unit,)
        assert worker.side is not OrderSide.UNIT or actor.unit in held_by
        assert step is not Step.COMPLETE or not was.co_waiting
        assert now.extended_by <= self.site.hotline.orders.extension.most_working_days
        assert step not in ADJUDICATIONS or actor.name not in (was.dispatcher, was.objector)
        assert step not in REVIEWS or actor.name != was.replier
        assert step not in INTAKE_REVIEWS or actor.name != was.proposer
        assert now.merged_into == (self.lead if now.state is OrderState.MERGED else "")
        assert step is not Step.COMPLETE or self.was_reviewed_by_another(was.replier)
        assert now.last_at >= was.last_at
        assert (now.version, now.cycle) == (was.version + 1, was.cycle + (step in NEW_CYCLES))
        grown = {"order_events"} | ({"callback_tasks"} if step is Step.COMPLETE else set())
        withdrawn = open_before if step is Step.REOPEN else set()
        assert len(withdrawn) <= 1
        grown |= {"adjudications"} if step in RETURNS else set()
        self.grew_by_one(before, grown, recorded=1 + len(withdrawn) + (step in RETURNS))
        opened = {now.cycle} if step is Step.COMPLETE else set()
        assert self.open_callbacks() == (open_before - withdrawn) | opened
        self.stored = now

    def was_reviewed_by_another(self, replier: str) -> bool:
        with self.database.reading() as session:
            events = events_of_order(session, self.number)
        # Between review and completion it may be pressed, and co-units may reply.
        passed = next(event for event in reversed(events) if event.step in REVIEWS)
        return passed.step is Step.APPROVE and passed.actor != replier

    def grew_by_one(self, before: Seen, tables: set[str] | None = None, recorded: int = 1) -> None:
        """One row in each of ``tables``, and ``recorded`` events and entries of the audit log.

        A day sum may begin with it; that the sums are those of the records is tested elsewhere.
        """
        after, journal = self.see(), ("events", "audit_entries")
        assert all(after.rows[name] == before.rows[name] + recorded for name in journal)
        grown = {n for n, rows in after.rows.items() if rows == before.rows[n] + 1}
        if tables is not None:
            assert grown - {*journal, "day_sums"} == tables
        assert after.head != before.head
        assert after.position > before.position

    def right_one(self, step: Step) -> Actor:
        if SIDE_OF[step] is OrderSide.UNIT:
            waiting = names_of(self.stored.co_waiting)
            units = waiting if step is Step.CO_REPLY else (self.stored.unit,)
            return next(a for a in (HANDLER, OTHER_HANDLER) if a.unit in units)
        if SIDE_OF[step] is OrderSide.PURCHASER:
            return PURCHASER
        return next(
            actor
            for actor in (DISPATCHER, SECOND_DISPATCHER)
            if step not in ADJUDICATIONS or actor.name != self.stored.dispatcher
            if step not in INTAKE_REVIEWS or actor.name != self.stored.proposer
        )

    def read_order(self) -> Order:
        """The stored order, which is what its events tell, and has its callbacks."""
        with self.database.reading() as session:
            events = events_of_order(session, self.number)
            stored = order_of(find_row(session, self.number))
            cycles = session.scalars(
                select(CallbackTaskRow.cycle).where(CallbackTaskRow.order == self.number)
            ).all()
            told = events_of(session, "order", self.number)
        assert first_break(events) is None
        assert replay(events) == stored
        assert [e.at for e in events] == sorted(e.at for e in events)
        assert sorted(cycles) == completed_cycles(events), "one callback a closing cycle"
        assert [(e.sequence, e.payload["step"]) for e in told] == [
            (e.sequence, e.step.value) for e in events
        ]
        return stored

    def open_callbacks(self) -> set[int]:
        with self.database.reading() as session:
            return set(
                session.scalars(
                    select(CallbackTaskRow.cycle).where(
                        CallbackTaskRow.order == self.number, CallbackTaskRow.state == "open"
                    )
                )
            )

    def see(self) -> Seen:
        counts = union_all(
            *(
                select(literal(table.name), func.count()).select_from(table)
                for table in Base.metadata.sorted_tables
            )
        )
        with self.database.reading() as session:
            rows = {row[0]: row[1] for row in session.execute(counts)}
            return Seen(rows, last_position(session), read_head(session).hash)

    def work(self, actor: Actor) -> AbstractContextManager[UnitOfWork]:
        return unit_of_work(self.database, self.bus, self.clock, actor)


def completed_cycles(events: Sequence[OrderEvent]) -> list[int]:
    """Cycles that a unit completed; others ended before a unit had them."""
    cycle, found = 1, []
    for event in events:
        cycle += event.step in NEW_CYCLES
        found += [cycle] if event.step is Step.COMPLETE else []
    return found


def test_whatever_anybody_tries_an_order_is_its_events(
    database: Database, site: Site, vault: ContactVault
) -> None:
    examples = 12 if database.engine.dialect.name == "sqlite" else 5
    run_state_machine_as_test(
        lambda: Desk(database, site, vault),
        settings=settings(max_examples=examples, stateful_step_count=25, deadline=None),
    )
    with database.reading() as session:
        assert verify_chain(session) == []


def test_a_step_on_what_somebody_changed_meanwhile_is_refused(
    database: Database, site: Site, vault: ContactVault
) -> None:
    desk = Desk(database, site, vault)
    desk.a_request_comes_in(CaseKind.HELP)
    seen = desk.stored.version
    with desk.work(DISPATCHER) as uow:
        take_step(uow, site, desk.number, Step.DISPATCH, "water", version=seen)
    with pytest.raises(Conflict, match="他人"), desk.work(OTHER_HANDLER) as uow:
        take_step(uow, site, desk.number, Step.SIGN, version=seen)
