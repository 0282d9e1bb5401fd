"""Whatever happens, and however late it is reported, the figures are what the events amount to.

Calls, orders, callbacks, adjudications, faults, merges, false alarms, reopenings, edits of the seat
list, planned work, reports, notices, hot topics and exemptions come at random on one database.
After each step all fifteen figures, and the bounds of what people have yet to decide, equal a
recount in SQL from what is only ever appended. A good record more never lowers a figure; a bad
one, a merger and what nobody decided yet never raise it.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from incident.false_alarm import BY_SECOND_PERSON
from incident.false_alarm_terms import FalseAlarmStep
from incident.service import respond, restore
from incident.tables import IncidentFaultRow
from incident.undoing import undo as undo_step
from ops_core.hotline.adjudications.kinds import (
    RULES,
    AdjudicationCause,
    AdjudicationKind,
    EventLevel,
)
from ops_core.hotline.adjudications.model import AdjudicationStep, Ruling, Submission
from ops_core.hotline.adjudications.service import submit
from ops_core.hotline.adjudications.service import take_step as decide_matter
from ops_core.hotline.adjudications.tables import AdjudicationRow
from ops_core.hotline.callbacks.model import Answers, Resolved
from ops_core.hotline.callbacks.service import finish_reached, finish_refused
from ops_core.hotline.callbacks.undoing import undo as undo_callback
from ops_core.hotline.calls.model import CallEvent, CallEventKind
from ops_core.hotline.calls.naming import call_name
from ops_core.hotline.calls.queue_log import IncomingEvent
from ops_core.hotline.calls.ratings import rate_call
from ops_core.hotline.calls.service import take_events
from ops_core.hotline.cases.model import CaseDraft, Channel
from ops_core.hotline.cases.service import record_case
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.orders.citations import Citation
from ops_core.hotline.orders.particulars import Particulars
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.steps import INTAKE_REVIEWS, REVIEWS, SIDE_OF, OrderSide, Step
from ops_core.hotline.orders.store import find_row, order_of
from ops_core.hotline.orders.undoing import undo as take_back
from ops_core.kernel.database import Database, create_database_engine
from ops_core.kernel.errors import DomainError
from ops_core.kpi.assessment.exempting import decide_exemption, request_exemption
from ops_core.kpi.assessment.exemptions import ExemptionRequest, ExemptionStep
from ops_core.kpi.call_tallies import tally_differences
from ops_core.kpi.day_sums import day_sum_differences
from ops_core.kpi.derived_records import derived_differences
from ops_core.kpi.figures import Figure
from ops_core.kpi.read import read_figure
from seat_assets.model import Change, Part, TerminalCondition, terminals_of
from seat_assets.service import RECORDER, store_changes
from seat_assets.service_record import record_service
from tests.incident.story import LI, WANG
from tests.ops_core.conftest import BOTH, postgresql_copy
from tests.ops_core.hotline.conftest import (
    AGENT,
    CALLER_BACK,
    DISPATCHER,
    HANDLER,
    OTHER_HANDLER,
    PURCHASER,
    REVIEWER,
    SHANGHAI,
    TELEPHONY,
)
from tests.ops_core_kpi.centre import LESS_IS_BETTER, SINCE, Copies
from tests.ops_core_kpi.centre_knowledge import KnowledgeAtRandom
from tests.ops_core_kpi.centre_registers import PlannedWorkAtRandom
from tests.ops_core_kpi.centre_reports import ReportsAtRandom
from tests.ops_core_kpi.recount import Recounted, exempted, recount, signed_months
from tests.profile import examples

NUMBERS = tuple(range(1, 16))
SOURCES, CALLS, SEATS = ("vg-a", "vg-b"), ("1", "2", "3"), (1, 2, 3)
DEVICES = ("core-a", "fwi-a", "rt-a")
K = CallEventKind
SUBMITTED = tuple(kind for kind, rules in RULES.items() if rules.submit is not None)
LOSSES = (K.ABANDON, K.EXITWITHTIMEOUT, K.EXITEMPTY, K.EXITWITHKEY, K.AGENTDUMP, K.QUEUESTART)
seats_of_list = st.frozensets(st.sampled_from(SEATS))

CITED = (Citation("K-20260301-0001", 1, "0" * 64),)


class Centre(KnowledgeAtRandom, PlannedWorkAtRandom, ReportsAtRandom):
    """A centre in the month of March 2026, on a database of its own."""

    def __init__(self, site: Site, vault: ContactVault, copies: Copies) -> None:
        super().__init__(site, vault, copies)
        self.orders: list[str] = []
        self.running: dict[str, int] = {}
        self.past: list[tuple[datetime, Figure]] = []

    @initialize(seats=seats_of_list.filter(bool))
    def the_platform_starts(self, seats: frozenset[int]) -> None:
        self.the_seat_list_is_read(seats)

    @rule(
        source=st.sampled_from(SOURCES),
        call=st.sampled_from(CALLS),
        kind=st.sampled_from([K.ENTERQUEUE, K.ENTERQUEUE, K.CONNECT, *K]),
        minutes=st.integers(0, 200) | st.integers(1_440, 40_000),
    )
    def the_telephone_system_reports(
        self, source: str, call: str, kind: CallEventKind, minutes: int
    ) -> None:
        """Something of now, of up to three hours ago, or of weeks ago: of a closed month, too."""
        before, self.sent = self.share(1), self.sent + 1
        at = self.clock.now() - timedelta(minutes=minutes)
        event = CallEvent(source, self.sent, "" if kind is K.QUEUESTART else call, kind, at, "q",
                          "agent.wu" if kind is K.CONNECT else "", None)  # fmt: skip
        with suppress(DomainError), self.work(TELEPHONY) as uow:
            take_events(uow, self.vault, [IncomingEvent(event)], SHANGHAI)
        if kind in LOSSES:
            assert not self.rose(1, before), f"{kind} made the figure better"
        if kind is K.CONNECT:
            assert not self.fell(1, before), "an answer made the figure worse"

    @rule(source=st.sampled_from(SOURCES), call=st.sampled_from(CALLS), score=st.integers(1, 5))
    def a_caller_rates(self, source: str, call: str, score: int) -> None:
        before = self.share(10)
        with suppress(DomainError), self.work(TELEPHONY) as uow:
            rate_call(uow, self.site, call_name(source, call), score, self.clock.now())
        assert not (self.fell(10, before) if score > 3 else self.rose(10, before))

    @rule(kind=st.sampled_from(CaseKind))
    def a_request_comes_in(self, kind: CaseKind) -> None:
        draft = CaseDraft(
            Channel.WEB, "web", f"r-{len(self.orders)}", kind, "heating", "province",
            "暖气不热", "三天不热", self.clock.now(), number="13912345678",
        )  # fmt: skip
        with self.work(AGENT) as uow:
            order = record_case(uow, self.site, self.vault, draft).order
        assert order is not None
        self.orders.append(order)

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), steps=st.integers(1, 6), mistaken=st.booleans())
    def an_order_goes_on(self, data: st.DataObject, steps: int, mistaken: bool) -> None:
        number = data.draw(st.sampled_from(self.orders))
        for _ in range(steps):
            with self.database.reading() as session:
                order = order_of(find_row(session, number))
            step = data.draw(st.sampled_from(order.allowed))
            unit = "housing" if step is Step.DISPATCH else ""
            actor = REVIEWER if step in REVIEWS | INTAKE_REVIEWS else DISPATCHER
            if SIDE_OF[step] is OrderSide.UNIT:
                actor = HANDLER if order.unit == HANDLER.unit else OTHER_HANDLER
            if SIDE_OF[step] is OrderSide.PURCHASER:
                actor = PURCHASER
            before = self.of_orders() if mistaken else ()
            with suppress(DomainError), self.work(actor) as uow:
                lead = data.draw(st.sampled_from(self.orders))
                given = Particulars(3, "petition", "110", lead, CITED)
                take_step(uow, self.site, number, step, unit, "说明", None, given)
            if mistaken:
                with suppress(DomainError), self.work(actor) as uow:
                    take_back(uow, self.site, number)
                    mistaken = False
                assert mistaken or self.of_orders() == before

    def of_orders(self) -> tuple[Figure, ...]:
        return tuple(self.figure(number) for number in (2, 3, 4, 11))

    @precondition(lambda self: self.orders)
    @rule(
        data=st.data(),
        cycle=st.integers(1, 2),
        score=st.sampled_from([None, 2, 5]),
        mistaken=st.booleans(),
    )
    def somebody_calls_back(
        self, data: st.DataObject, cycle: int, score: int | None, mistaken: bool
    ) -> None:
        number, before = data.draw(st.sampled_from(self.orders)), self.share(4)
        figures = self.figure(4), self.figure(10)
        done = ExitStack()
        with suppress(DomainError), self.work(CALLER_BACK) as uow:
            if score is None:
                finish_refused(uow, number, cycle, "rec-1")
            else:
                answers = Answers(Resolved.YES, score, score)
                finish_reached(uow, self.site, number, cycle, answers, "rec-1")
            if mistaken:
                done.callback(self.callback_is_taken_back, number, cycle, figures)
        assert not self.fell(4, before)
        done.close()

    def callback_is_taken_back(
        self, number: str, cycle: int, before: tuple[Figure, Figure]
    ) -> None:
        with self.work(CALLER_BACK) as uow:
            undo_callback(uow, number, cycle)
        assert (self.figure(4), self.figure(10)) == before

    @rule(kind=st.sampled_from(SUBMITTED), level=st.sampled_from(EventLevel), data=st.data())
    def somebody_submits(
        self, kind: AdjudicationKind, level: EventLevel, data: st.DataObject
    ) -> None:
        order = data.draw(st.sampled_from([*self.orders, ""]))
        before = {number: self.figure(number) for number in (2, 5, 6)}
        submission = Submission(
            kind, f"e-{self.sent}", self.clock.now(), "说明", "attitude", level, order,
            person="" if order else "agent.wu",
        )  # fmt: skip
        with suppress(DomainError), self.work(REVIEWER) as uow:
            submit(uow, self.site, submission)
        for number, figure in before.items():
            assert self.figure(number).misses == figure.misses, "nobody decided yet"

    @rule(step=st.sampled_from(AdjudicationStep), data=st.data())
    def somebody_decides(self, step: AdjudicationStep, data: st.DataObject) -> None:
        with self.database.reading() as session:
            numbers = session.scalars(select(AdjudicationRow.number)).all()
        if not numbers:
            return
        number = data.draw(st.sampled_from(sorted(numbers)))
        cause = data.draw(st.sampled_from(AdjudicationCause))
        level = data.draw(st.sampled_from([None, *EventLevel]))
        actor = REVIEWER if step is AdjudicationStep.WITHDRAW else PURCHASER
        with suppress(DomainError), self.work(actor) as uow:
            decide_matter(uow, number, step, Ruling("说明", cause, level))

    @rule(device=st.sampled_from(DEVICES), seats=st.sampled_from([0, 9]))
    def a_fault_begins(self, device: str, seats: int) -> None:
        key = f"{device}/{self.sent}"
        self.sent += 1
        self.story.opened(device, tuple(range(1, seats + 1)), key)
        self.running[key] = 1

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def a_fault_ends(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.running)))
        self.story.resolved(key, self.running.pop(key) + 1)

    @precondition(lambda self: self.running)
    @rule(data=st.data(), restores=st.booleans(), mistaken=st.booleans())
    def somebody_works_on_a_fault(
        self, data: st.DataObject, restores: bool, mistaken: bool
    ) -> None:
        number = self.number_of(data.draw(st.sampled_from(sorted(self.running))))
        before, done = self.figure(12), ExitStack()
        with suppress(DomainError), self.work(LI) as uow:
            if restores:
                restore(uow, number, "已切换")
            else:
                respond(uow, number)
            if mistaken:
                done.callback(self.step_is_taken_back, number, before)
        done.close()

    def step_is_taken_back(self, number: str, before: Figure) -> None:
        with self.work(LI) as uow:
            undo_step(uow, number)
        assert self.figure(12).counts == before.counts

    @precondition(lambda self: len(self.running) > 1)
    @rule(data=st.data())
    def two_faults_are_one(self, data: st.DataObject) -> None:
        gone, into = data.draw(st.permutations(sorted(self.running)))[:2]
        before = self.figure(12)
        self.story.merged(gone, self.running.pop(gone) + 1, into)
        after = self.figure(12)
        assert after.numerator <= before.numerator, "merging made a good one"
        missed = [f.denominator - f.numerator for f in (before, after)]
        assert missed[0] <= missed[1], "merging took a miss away"

    @rule(seats=seats_of_list)
    def somebody_edits_the_seat_list(self, seats: frozenset[int]) -> None:
        self.the_seat_list_is_read(seats)

    def the_seat_list_is_read(self, seats: frozenset[int]) -> None:
        """After an edit that nobody announced: what was counted is counted."""
        declared = [t for t in terminals_of(self.site) if t.seat in seats]
        asked, before = self.clock.now(), self.figure(13)
        with self.work(RECORDER) as uow:
            store_changes(uow, record_service(uow, declared))
        assert self.figure(13, asked) == before
        self.past.append((asked, before))

    @rule(
        seat=st.sampled_from(SEATS),
        part=st.sampled_from(Part),
        condition=st.sampled_from(TerminalCondition),
    )
    def a_terminal_changes(self, seat: int, part: Part, condition: TerminalCondition) -> None:
        with self.work(RECORDER) as uow:
            store_changes(uow, [Change(seat, part, condition, self.clock.now())])

    @rule(minutes=st.integers(1, 700), days=st.sampled_from([0, 0, 0, 1, 2, 9, 30]))
    def time_passes(self, minutes: int, days: int) -> None:
        self.clock.advance(timedelta(days=days, minutes=minutes, seconds=7))

    @precondition(lambda self: self.running)
    @rule(data=st.data(), step=st.sampled_from(FalseAlarmStep))
    def somebody_speaks_of_a_false_alarm(self, data: st.DataObject, step: FalseAlarmStep) -> None:
        number = self.number_of(data.draw(st.sampled_from(sorted(self.running))))
        by_second = step in BY_SECOND_PERSON
        with suppress(DomainError):
            self.story.step(number, step, WANG if by_second else LI)

    @rule(
        numbers=st.sets(st.sampled_from(NUMBERS), min_size=1, max_size=3),
        begins=st.integers(1, 200), hours=st.integers(1, 99), agrees=st.booleans(),
    )  # fmt: skip
    def an_exemption_is_asked_for(
        self, numbers: set[int], begins: int, hours: int, agrees: bool
    ) -> None:
        start = self.hours_ago(begins)
        end = min(start + timedelta(hours=hours), self.clock.now())
        window = ExemptionRequest(tuple(sorted(numbers)), start, end, "运营商中断", "豫通7号")
        before = {n: self.figure(n).value for n in NUMBERS}
        with self.work(REVIEWER) as uow:
            asked = request_exemption(uow, self.site, window).number
        assert {n: self.figure(n).value for n in NUMBERS} == before, "nobody agreed yet"
        with self.work(PURCHASER) as uow:
            step = ExemptionStep.APPROVE if agrees else ExemptionStep.REFUSE
            decide_exemption(uow, asked, step, "意见")

    @rule()
    def a_month_is_signed_for(self) -> None:
        nothing = Submission(
            AdjudicationKind.NIL_RETURN, self.month.label, self.clock.now(), "无严重舆论事件"
        )
        with suppress(DomainError), self.work(REVIEWER) as uow:
            submit(uow, self.site, nothing)

    @invariant()
    def every_figure_is_what_the_events_amount_to(self) -> None:
        now, period = self.clock.now(), self.month
        with self.database.reading() as session:
            figures = {n: read_figure(session, self.site, n, period, now) for n in NUMBERS}
            counted = recount(session, SINCE, period.start, period.end, now)
            raw = {n: of_figure(figure.raw or figure) for n, figure in figures.items()}
            assert raw == counted
            for number, figure in figures.items():
                windows = sorted(exempted(session, number))
                left = self.outside(session, number, windows) if windows else counted[number]
                assert of_figure(figure) == left
                assert (figure.value, figure.best_value) == bounds(number, *left)
            is_signed = period.label in signed_months(session)
            assert figures[6].unproven == (() if is_signed else (period.label,))
            assert derived_differences(session) == []
            assert tally_differences(session, self.site) == []
            assert list(day_sum_differences(session)) == []
            for asked, figure in self.past[-3:]:
                again = read_figure(session, self.site, 13, period, asked)
                assert (again.raw or again).counts == (figure.raw or figure).counts

    def outside(
        self, session: Session, number: int, windows: Sequence[tuple[datetime, datetime]]
    ) -> Recounted:
        """What is counted in the parts of the month that no approved window covers."""
        at, now, parts = self.month.start, self.clock.now(), []
        for start, end in windows:
            if start > at:
                parts.append((at, min(start, self.month.end)))
            at = max(at, end)
        parts.append((at, self.month.end))
        found = [recount(session, SINCE, *part, now)[number] for part in parts if part[0] < part[1]]
        sums = [sum(one[place] for one in found) for place in range(3)]
        return sums[0], sums[1], sums[2]

    def number_of(self, key: str) -> str:
        with self.database.reading() as session:
            row = session.get_one(IncidentFaultRow, key)
            return row.number


def of_figure(figure: Figure) -> Recounted:
    return figure.numerator, figure.denominator, figure.pending


def bounds(number: int, part: int, whole: int, pending: int) -> tuple[Fraction | None, ...]:
    """With all that is pending a miss, and with all of it good."""
    if number == 6:
        return Fraction(part + pending), Fraction(part)
    if not whole:
        return None, None
    worst, best = (pending, 0) if number in LESS_IS_BETTER else (0, pending)
    return Fraction(part + worst, whole), Fraction(part + best, whole)


@pytest.fixture(params=BOTH)
def copies(request: pytest.FixtureRequest, tmp_path: Path) -> Copies:
    """Opens a database of its own for each example."""
    kind = request.param
    source = request.getfixturevalue(f"migrated_{kind}")

    @contextmanager
    def opened() -> Iterator[Database]:
        with ExitStack() as stack:
            if kind == "sqlite":
                url = f"sqlite:///{shutil.copy(source, tmp_path / 'zhishou.sqlite')}"
            else:
                url = stack.enter_context(postgresql_copy(source, "migrated"))
            database = Database(create_database_engine(url))
            stack.callback(database.close)
            yield database

    return opened


def test_whatever_happens_every_figure_is_a_recount_of_its_events(
    site: Site, copies: Copies, request: pytest.FixtureRequest
) -> None:
    is_sqlite = "sqlite" in request.node.callspec.id
    vault = ContactVault(Fernet.generate_key())
    run_state_machine_as_test(
        lambda: Centre(site, vault, copies),
        settings=settings(
            max_examples=examples(6, 600) if is_sqlite else examples(2, 100),
            stateful_step_count=examples(20, 60),
            suppress_health_check=list(HealthCheck),
            deadline=None,
        ),
    )
