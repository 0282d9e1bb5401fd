"""Versions of the deadlines: both sides agree, orders keep theirs, nothing past is moved."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.hotline.cases.service import record_case
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.deadline_policies.model import (
    DeadlinePolicy,
    PolicyDraft,
    PolicyState,
    PolicyStep,
    decided,
    drafted,
    in_force,
    possible_steps,
)
from ops_core.hotline.deadline_policies.rules import (
    DeadlineRules,
    Urgency,
    checked,
    declared_rules,
    rules_of,
)
from ops_core.hotline.deadline_policies.service import decide_policy, draft_policy
from ops_core.hotline.deadline_policies.store import list_policies, rules_in_force
from ops_core.hotline.deadline_policies.time_limits import (
    MOST_HOURS,
    MOST_WORKING_DAYS,
    TimeLimit,
    is_possible,
    limit_of,
)
from ops_core.hotline.orders.deadlines import DeadlineKind, DeadlineVerdict
from ops_core.hotline.orders.listing import count_orders, list_orders
from ops_core.hotline.orders.particulars import Particulars
from ops_core.hotline.orders.read import read_order
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.steps import Step
from ops_core.hotline.orders.tabs import OrderFilter, OrderTab
from ops_core.hotline.orders.verifying import order_flaws
from ops_core.hotline.orders.workload import read_workload
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict, Forbidden, Invalid
from ops_core.kernel.permissions import Actor, Role, Side
from ops_core.kernel.tables import EventRow
from ops_core.kpi.derived_policies import policy_differences
from tests.ops_core.hotline.conftest import (
    AGENT,
    DISPATCHER,
    HANDLER,
    OTHER_HANDLER,
    PURCHASER,
    REVIEWER,
    SHANGHAI,
    Work,
)
from tests.ops_core.hotline.test_order_read import TO_COMPLETED, WEB, Centre

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
SOON = NOW + timedelta(hours=1)
OTHER_PURCHASER = Actor.user("purchaser.wei", (Role.PURCHASER_SUPERVISOR,))
limits = st.builds(TimeLimit, st.integers(1, MOST_WORKING_DAYS)) | st.builds(
    TimeLimit, st.just(0), st.integers(1, MOST_HOURS)
)


def longest_first(limit: TimeLimit) -> tuple[bool, int]:
    """Any number of working days before any number of hours that is surely shorter."""
    return limit.hours == 0, limit.working_days or limit.hours


def graded(one: TimeLimit, two: TimeLimit, three: TimeLimit) -> dict[Urgency, TimeLimit]:
    """Hours that outlast a working day are cut to what it lasts at least."""
    row = sorted((one, two, three), key=longest_first, reverse=True)
    least = 24 * min((each.working_days for each in row if not each.hours), default=MOST_HOURS)
    cut = [TimeLimit(hours=min(each.hours, least)) if each.hours else each for each in row]
    return dict(zip(Urgency, cut, strict=True))


a_row = st.builds(graded, limits, limits, limits)
rule_sets = st.builds(
    DeadlineRules,
    a_row,
    st.fixed_dictionaries(dict.fromkeys(CaseKind, a_row)),
    st.none() | a_row,
)


def rules(ordinary: int = 5, urgent: int = 2, critical: int = 1) -> DeadlineRules:
    """One day to sign, the same to handle whatever is wanted."""
    row = dict(zip(Urgency, map(TimeLimit, (ordinary, urgent, critical)), strict=True))
    return DeadlineRules(dict.fromkeys(Urgency, TimeLimit(1)), dict.fromkeys(CaseKind, row))


def draft(at: datetime = SOON, of: DeadlineRules | None = None) -> PolicyDraft:
    return PolicyDraft(of or rules(), at, "豫政办发〔2026〕3号")


@pytest.fixture
def centre(work: Work, site: Site, vault: ContactVault) -> Centre:
    return Centre(work, site, vault)


def agree(work: Work, site: Site, proposed: PolicyDraft) -> int:
    """A version that the operator drafts and the purchaser approves."""
    with work(REVIEWER) as uow:
        version = draft_policy(uow, site, proposed).version
    with work(PURCHASER) as uow:
        decide_policy(uow, version, PolicyStep.APPROVE)
    return version


def dispatch(work: Work, site: Site, number: str, urgency: Urgency | None = None) -> None:
    with work(DISPATCHER) as uow:
        given_ = Particulars(urgency=urgency or "")
        take_step(uow, site, number, Step.DISPATCH, "housing", particulars=given_)


@given(rule_sets)
def test_rules_are_read_as_they_were_written(one: DeadlineRules) -> None:
    assert rules_of(one.as_detail()) == checked(one) == one


@given(rule_sets, st.sampled_from(CaseKind), st.integers(1, 5))
def test_what_is_more_urgent_is_never_due_later(
    one: DeadlineRules, kind: CaseKind, longer: int
) -> None:
    row = one.handle_within[kind]
    urgent = row[Urgency.URGENT]
    more = TimeLimit(0, urgent.hours + longer) if urgent.hours else urgent.plus(longer)
    wrong = {**row, Urgency.CRITICAL: more}
    with pytest.raises(Invalid):
        checked(DeadlineRules(one.sign_within, {**one.handle_within, kind: wrong}))


@pytest.mark.parametrize("wrong", [0, -1, MOST_WORKING_DAYS + 1])
def test_a_deadline_is_a_possible_number_of_days(wrong: int) -> None:
    for detail in ({}, rules(wrong, wrong, wrong).as_detail(), {"handle_within": [1], "x": True}):
        with pytest.raises(Invalid, match="时限不正确"):
            rules_of(detail)


@pytest.mark.parametrize("written", ["0", "-1", "h", "0h", "241h", "1d", "２", "1.5", None, True])
def test_a_limit_is_so_many_working_days_or_so_many_hours(written: object) -> None:
    assert not is_possible(limit_of(written))
    assert limit_of(3) == limit_of("3") == TimeLimit(3)
    assert limit_of(" 2H ") == TimeLimit(hours=2)


def test_a_working_day_outlasts_any_hours_and_lasts_a_day_at_least() -> None:
    day = TimeLimit(1)
    assert TimeLimit(hours=24).never_outlasts(day)
    assert not TimeLimit(hours=25).never_outlasts(day)
    assert not day.never_outlasts(TimeLimit(hours=MOST_HOURS))


def in_hours() -> DeadlineRules:
    """What is critical is signed for in two hours and handled in a day by the clock."""
    row = {**rules().sign_within, Urgency.CRITICAL: TimeLimit(hours=2)}
    handle = {**rules().handle_within[CaseKind.HELP], Urgency.CRITICAL: TimeLimit(hours=24)}
    contribute = dict(zip(Urgency, map(TimeLimit, (3, 1, 0), (0, 0, 12)), strict=True))
    return DeadlineRules(row, dict.fromkeys(CaseKind, handle), contribute)


def test_critical_orders_and_their_co_units_have_hours(
    work: Work, site: Site, database: Database, clock: FixedClock, centre: Centre
) -> None:
    agree(work, site, draft(of=in_hours()))
    clock.adjust(SOON - NOW)
    critical, ordinary = centre.order(), centre.order()
    dispatch(work, site, critical, Urgency.CRITICAL)
    dispatch(work, site, ordinary)
    for number in (critical, ordinary):
        with work(DISPATCHER) as uow:
            asked = Particulars(co_unit="water")
            take_step(uow, site, number, Step.ENLIST, remark="会同", particulars=asked)
    at = SOON + timedelta(hours=1)
    with database.reading() as session:
        read = [read_order(session, site, number, at) for number in (critical, ordinary)]
        asked_of = OrderFilter(OrderTab.CONTRIBUTE, unit="water")
        listed = list_orders(session, site, asked_of, at).orders
        due = list_orders(session, site, OrderFilter(OrderTab.DUE), at).orders
        assert not list(order_flaws(session))
    first, second = ({one.kind: one for one in each.listed.deadlines} for each in read)
    assert [first[kind].due_at for kind in DeadlineKind if kind in first] == [
        SOON + timedelta(hours=hours) for hours in (2, 24, 12)
    ]
    assert (first[DeadlineKind.SIGN].within_hours, first[DeadlineKind.SIGN].within_days) == (2, 0)
    assert first[DeadlineKind.CONTRIBUTE].unit == "water"
    assert second[DeadlineKind.CONTRIBUTE].due_at == site.calendar.due(SOON, 3, SHANGHAI)
    assert [one.deadlines for one in listed] == [each.listed.deadlines for each in read]
    assert [one.order.number for one in due] == [critical], "two hours, of which one is over"


def test_a_co_unit_is_never_due_after_the_lead_unit(
    work: Work, site: Site, database: Database, clock: FixedClock, centre: Centre
) -> None:
    agree(work, site, draft(of=in_hours()))
    clock.adjust(SOON - NOW)
    number = centre.order()
    dispatch(work, site, number, Urgency.CRITICAL)
    clock.adjust(timedelta(hours=20))
    asked_at = SOON + timedelta(hours=20)
    with work(DISPATCHER) as uow:
        asked = Particulars(co_unit="water")
        take_step(uow, site, number, Step.ENLIST, remark="会同", particulars=asked)
    with database.reading() as session:
        lead, co = read_order(session, site, number, asked_at).listed.deadlines[1:]
    assert (co.kind, co.started_at, co.due_at) == (DeadlineKind.CONTRIBUTE, asked_at, lead.due_at)
    with work(OTHER_HANDLER) as uow:
        take_step(uow, site, number, Step.CO_REPLY, remark="已配合")
    with database.reading() as session:
        *_, co = read_order(session, site, number, asked_at + timedelta(days=3)).listed.deadlines
    assert (co.met_at, co.verdict) == (asked_at, DeadlineVerdict.MET)


@pytest.mark.parametrize("lead_replies", [True, False])
def test_what_a_co_unit_owes_is_late_and_due_soon_and_an_order_counts_once(
    work: Work, site: Site, database: Database, clock: FixedClock, centre: Centre,
    lead_replies: bool,
) -> None:  # fmt: skip
    """The co-unit has 12 hours, the lead unit a day."""
    agree(work, site, draft(of=in_hours()))
    clock.adjust(SOON - NOW)
    number = centre.order()
    dispatch(work, site, number, Urgency.CRITICAL)
    with work(DISPATCHER) as uow:
        asked = Particulars(co_unit="water")
        take_step(uow, site, number, Step.ENLIST, remark="会同", particulars=asked)
    centre.take(number, Step.SIGN, HANDLER)
    if lead_replies:
        centre.take(number, Step.REPLY, HANDLER)

    def late_at(hours: int) -> tuple[int, int, list[list[str]], list[int]]:
        at = SOON + timedelta(hours=hours)
        with database.reading() as session:
            load = read_workload(session, site.calendar, SHANGHAI, at, timedelta(hours=2))
            units = [OrderFilter(OrderTab.DUE, unit=unit) for unit in ("", "housing", "water")]
            due = [list_orders(session, site, one, at).orders for one in units]
            counts = [count_orders(session, site, one.unit, at)[OrderTab.DUE] for one in units]
        named = [[one.order.number for one in page] for page in due]
        return load.orders_overdue, load.orders_due_soon, named, counts

    assert late_at(9) == (0, 0, [[], [], []], [0, 0, 0])
    assert late_at(11) == (0, 1, [[number]] * 3, [1, 1, 1])
    assert late_at(13) == (1, 0, [[number]] * 3, [1, 1, 1])
    assert late_at(30) == (1, 0, [[number]] * 3, [1, 1, 1])
    with work(OTHER_HANDLER) as uow:
        take_step(uow, site, number, Step.CO_REPLY, remark="已配合")
    assert late_at(13) == (0, 0, [[], [], []], [0, 0, 0])


def policies_of(instants: list[tuple[int, bool]]) -> list[DeadlinePolicy]:
    found = []
    for number, (hours, is_approved) in enumerate(instants, start=2):
        one = drafted(number, draft(NOW + timedelta(hours=hours)), REVIEWER, NOW)
        step = PolicyStep.APPROVE if is_approved else PolicyStep.REFUSE
        found.append(decided(one, step, "故", PURCHASER, NOW))
    return found


@given(
    st.lists(st.tuples(st.integers(1, 50), st.booleans()), max_size=8),
    st.integers(0, 60),
    st.integers(1, 50),
)
def test_a_later_version_changes_nothing_before_its_instant(
    instants: list[tuple[int, bool]], hours: int, later: int
) -> None:
    at = NOW + timedelta(hours=hours)
    known = policies_of(instants)
    before = in_force(known, at)
    added = policies_of([*instants, (hours + later, True)])
    assert in_force(added, at) == before
    assert in_force(reversed(added), at) == before
    assert before is None or before.effective_from <= at
    assert before is None or before.state is PolicyState.APPROVED


@pytest.mark.parametrize(
    ("author", "side", "other"),
    [(REVIEWER, Side.OPERATOR, PURCHASER), (PURCHASER, Side.PURCHASER, REVIEWER)],
    ids=str,
)
def test_either_side_drafts_and_the_other_side_decides(
    author: Actor, side: Side, other: Actor
) -> None:
    one = drafted(2, draft(), author, NOW)
    assert one.drafted_side is side
    assert possible_steps(one, author, NOW) == (PolicyStep.WITHDRAW,)
    assert possible_steps(one, other, NOW) == (PolicyStep.APPROVE, PolicyStep.REFUSE)
    approved = decided(one, PolicyStep.APPROVE, "", other, NOW)
    assert (approved.state, approved.decided_by) == (PolicyState.APPROVED, other.name)
    assert possible_steps(approved, other, NOW) == ()


def test_an_own_side_does_not_decide_nor_does_a_program() -> None:
    one = drafted(2, draft(), PURCHASER, NOW)
    for step in (PolicyStep.APPROVE, PolicyStep.REFUSE, PolicyStep.WITHDRAW):
        with pytest.raises(Forbidden, match="规定的人员"):
            decided(one, step, "-", OTHER_PURCHASER, NOW)
    for nobody in (AGENT, DISPATCHER, HANDLER, Actor.system("feed")):
        with pytest.raises(Forbidden):
            drafted(2, draft(), nobody, NOW)
        with pytest.raises(Forbidden):
            decided(one, PolicyStep.APPROVE, "", nobody, NOW)


def test_a_decision_is_taken_once_and_not_after_its_instant() -> None:
    one = drafted(2, draft(), REVIEWER, NOW)
    with pytest.raises(Conflict, match="生效时间已过") as late:
        decided(one, PolicyStep.APPROVE, "", PURCHASER, SOON)
    assert late.value.status == 409
    with pytest.raises(Invalid, match="理由"):
        decided(one, PolicyStep.REFUSE, " ", PURCHASER, NOW)
    refused = decided(one, PolicyStep.REFUSE, "过短", PURCHASER, NOW)
    with pytest.raises(Conflict, match="已办理"):
        decided(refused, PolicyStep.APPROVE, "", PURCHASER, NOW)
    with pytest.raises(Invalid, match="将来"):
        drafted(3, draft(NOW), REVIEWER, NOW)


def test_before_the_first_version_the_declaration_is_in_force(
    work: Work, site: Site, database: Database
) -> None:
    version = agree(work, site, draft())
    assert version == site.hotline.orders.version + 1
    with database.reading() as session:
        declared = site.hotline.orders.version, declared_rules(site.hotline)
        assert rules_in_force(session, site.hotline, NOW) == declared
        assert rules_in_force(session, site.hotline, SOON) == (version, rules())
        assert in_force(list_policies(session), SOON) == list_policies(session)[0]
        assert not list(policy_differences(session))
        payload = session.scalars(
            select(EventRow.type).where(EventRow.aggregate_type == "deadline_policy")
        ).all()
    assert payload == ["DeadlinePolicyDrafted", "DeadlinePolicyApproved"]


def test_an_order_keeps_the_version_it_was_dispatched_under(
    work: Work, site: Site, database: Database, clock: FixedClock, centre: Centre
) -> None:
    first, second, again = centre.order(), centre.order(), centre.order(*TO_COMPLETED)
    version = agree(work, site, draft())
    dispatch(work, site, first, Urgency.URGENT)
    clock.adjust(SOON - NOW)
    with database.reading() as session:
        waiting = read_order(session, site, second, SOON).pinned
    assert (waiting.policy_version, waiting.handle_within) == (version, 5)
    dispatch(work, site, second, Urgency.CRITICAL)
    with work(REVIEWER) as uow:
        take_step(uow, site, again, Step.REOPEN, remark="未解决")
    dispatch(work, site, again)
    with database.reading() as session:
        read = {one: read_order(session, site, one, SOON) for one in (first, second, again)}
        assert not list(order_flaws(session))
    assert (read[first].pinned.policy_version, read[first].pinned.handle_within) == (1, 3)
    assert read[first].listed.order.urgency == Urgency.URGENT
    assert read[second].pinned.policy_version == version
    assert read[second].listed.deadlines[1].within_days == 1
    assert read[second].course[-1].urgency == Urgency.CRITICAL
    assert (read[again].pinned.policy_version, read[again].pinned.handle_within) == (version, 5)


def test_a_second_dispatch_moves_no_deadline(
    work: Work, site: Site, database: Database, clock: FixedClock, centre: Centre
) -> None:
    number = centre.order()
    dispatch(work, site, number, Urgency.URGENT)
    agree(work, site, draft())
    with work(HANDLER) as uow:
        take_step(uow, site, number, Step.RETURN, remark="非本单位职责")
    clock.adjust(SOON - NOW)
    with pytest.raises(Invalid, match="已开始"):
        dispatch(work, site, number, Urgency.CRITICAL)
    dispatch(work, site, number)
    with database.reading() as session:
        read = read_order(session, site, number, SOON)
        assert not list(order_flaws(session))
    assert (read.pinned.policy_version, read.listed.order.urgency) == (1, Urgency.URGENT)


@pytest.mark.parametrize("wrong", ["soon", "URGENT"])
def test_an_urgency_is_one_of_three(work: Work, site: Site, centre: Centre, wrong: str) -> None:
    number = centre.order()
    with pytest.raises(Invalid, match="紧急程度"), work(DISPATCHER) as uow:
        take_step(
            uow, site, number, Step.DISPATCH, "housing", particulars=Particulars(urgency=wrong)
        )


# Dispatched on a day, due one working day later at 24:00 (domain/ops.md, section 2): before days
# off, before a make-up Saturday or Sunday, and before the seven days of October.
GOLDEN = [
    ("2026-02-13", "2026-02-14"),
    ("2026-02-14", "2026-02-24"),
    ("2026-09-18", "2026-09-20"),
    ("2026-09-24", "2026-09-28"),
    ("2026-09-30", "2026-10-08"),
    ("2026-10-09", "2026-10-10"),
]


@pytest.mark.parametrize(("dispatched", "due"), GOLDEN)
def test_a_changed_policy_never_moves_a_past_deadline(
    work: Work, site: Site, database: Database, clock: FixedClock, vault: ContactVault,
    dispatched: str, due: str,
) -> None:  # fmt: skip
    day = datetime.fromisoformat(f"{dispatched}T10:00").replace(tzinfo=SHANGHAI)
    clock.adjust(day - timedelta(days=2) - NOW)
    agree(work, site, draft(clock.now() + timedelta(hours=1)))
    clock.adjust(timedelta(days=2))
    number = _received(work, site, vault, clock)
    dispatch(work, site, number, Urgency.CRITICAL)
    agree(work, site, draft(clock.now() + timedelta(hours=1), rules(60, 50, 40)))
    end = datetime.fromisoformat(due).replace(tzinfo=SHANGHAI) + timedelta(days=1)
    for later in (timedelta(0), timedelta(hours=2), timedelta(days=40)):
        with database.reading() as session:
            read = read_order(session, site, number, clock.now() + later)
        assert [one.due_at for one in read.listed.deadlines] == [end.astimezone(UTC)] * 2


def _received(work: Work, site: Site, vault: ContactVault, clock: FixedClock) -> str:
    with work(AGENT) as uow:
        number = record_case(uow, site, vault, replace(WEB, received_at=clock.now())).order
    assert number is not None
    return number
