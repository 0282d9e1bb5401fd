"""A report's life on both databases: two people, two sides, one chain, and indicator 9 of it."""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_configs.site.model import Site
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor, Role
from ops_core.kpi.judgements import GOOD
from ops_core.kpi.judging.reports import AWAITING_RECEIPT, DUE_UNKNOWN, INCOMPLETE, NOT_SUBMITTED
from ops_core.kpi.periods import month_named
from ops_core.kpi.read import read_figure, read_page
from ops_core.kpi.records import Show
from ops_core.obligations.calendar import due_at
from ops_core.obligations.deadlines import ReportTiming
from ops_core.obligations.model import (
    REPORT_TRANSITIONS,
    OwedReport,
    ReportState,
    ReportStep,
    apply_report_event,
    next_report_event,
    owed_detail,
    replay_report,
)
from ops_core.obligations.read import ReportTab, list_reports, read_report
from ops_core.obligations.service import (
    DeliveryMeans,
    draft_report_on,
    hand_back_report,
    owe_reports,
    receive_report,
    return_report,
    review_report,
    submit_report_with,
    trigger_flash_report,
    waive_report,
    write_report,
)
from ops_core.obligations.store import events_of_report, find_report
from ops_core.obligations.verifying import report_breaks, report_flaws
from tests.ops_core.hotline.conftest import DISPATCHER, PURCHASER, REVIEWER, SHANGHAI
from tests.profile import examples

AUTHOR = DISPATCHER
MONTHLY = "monthly-2026-10"
START = datetime(2026, 11, 1, 1, tzinfo=UTC)
DUE = datetime(2026, 11, 11, 16, tzinfo=UTC)
Work = Callable[[Actor], AbstractContextManager[UnitOfWork]]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def work(database: Database, bus: EventBus, clock: FixedClock) -> Work:
    return lambda actor: unit_of_work(database, bus, clock, actor)


@pytest.fixture
def owed(work: Work, site: Site) -> int:
    with work(Actor.system("reports")) as uow:
        return owe_reports(uow, site)


def submitted(work: Work, key: str, text: str = "平稳。") -> None:
    with work(AUTHOR) as uow:
        draft_report_on(uow, key, {"total": 3})
        write_report(uow, key, {"summary": text})
    with work(REVIEWER) as uow:
        review_report(uow, key)
    with work(AUTHOR) as uow:
        submit_report_with(uow, key, {"a.docx": "0" * 64}, ["甲"], DeliveryMeans.NETWORK)


def judged(database: Database, site: Site, now: datetime) -> dict[str, object]:
    """How every report of November is judged."""
    month = month_named("2026-11", site.contract)
    with database.reading() as session:
        figure = read_figure(session, site, 9, month, now)
        found = {
            record.identifier: record.judgement
            for show in (Show.COUNTED, Show.LEFT_OUT)
            for record in read_page(session, site, 9, month, now, show).records
        }
    assert figure.denominator + figure.left_out == len(found)
    return found


def test_the_calendar_is_put_on_record_once(
    owed: int, work: Work, site: Site, clock: FixedClock, database: Database
) -> None:
    assert owed == 1  # the month of October
    with work(Actor.system("reports")) as uow:
        assert owe_reports(uow, site) == 0
    clock.advance(timedelta(days=29))
    with work(Actor.system("reports")) as uow:
        assert owe_reports(uow, site) == 9  # four weeks, three days, two weeks of the topic
    with database.reading() as session:
        assert list(report_flaws(session)) == list(report_breaks(session)) == []


def test_what_nobody_put_on_record_is_owed_all_the_same(database: Database, site: Site) -> None:
    now = DUE + timedelta(hours=1)
    assert judged(database, site, now)[MONTHLY] == NOT_SUBMITTED
    with database.reading() as session:
        overdue = list_reports(session, site, now, ReportTab.OVERDUE)
    assert [one.report.key for one in overdue] == ["weekly-2026-W45", MONTHLY]


def test_a_report_that_came_in_time_and_whole(
    owed: int, work: Work, database: Database, site: Site, clock: FixedClock
) -> None:
    submitted(work, MONTHLY)
    late = DUE + timedelta(hours=1)
    assert judged(database, site, late)[MONTHLY] == AWAITING_RECEIPT
    with work(PURCHASER) as uow:
        receive_report(uow, MONTHLY)
    assert judged(database, site, late)[MONTHLY] == GOOD
    with database.reading() as session:
        record = read_report(session, site, MONTHLY, clock.now())
        assert record.listed.deadline.due_at == DUE
        assert record.listed.deadline.timing is ReportTiming.ENDED
        assert record.broken_at is None
        assert replay_report(record.history) == find_report(session, MONTHLY)


def test_one_that_came_back_incomplete_is_a_miss_unless_a_whole_one_came_before_it_was_due(
    owed: int, work: Work, database: Database, site: Site, clock: FixedClock
) -> None:
    submitted(work, MONTHLY)
    with work(PURCHASER) as uow:
        return_report(uow, MONTHLY, "缺少办理质效一章", is_whole=False)
    late = DUE + timedelta(hours=1)
    assert judged(database, site, late)[MONTHLY] == INCOMPLETE
    clock.advance(timedelta(days=2))
    submitted(work, MONTHLY, "补齐。")
    with work(PURCHASER) as uow:
        receive_report(uow, MONTHLY)
    assert judged(database, site, late)[MONTHLY] == GOOD


def test_one_returned_whole_had_come_whole(
    owed: int, work: Work, database: Database, site: Site
) -> None:
    submitted(work, MONTHLY)
    with work(PURCHASER) as uow:
        return_report(uow, MONTHLY, "措辞请改", is_whole=True)
    assert judged(database, site, DUE + timedelta(hours=1))[MONTHLY] == GOOD


def test_due_unknown_is_counted_as_neither(database: Database, site: Site) -> None:
    december = month_named("2027-01", site.contract)
    now = datetime(2027, 2, 1, tzinfo=UTC)
    with database.reading() as session:
        found = read_page(session, site, 9, december, now, Show.LEFT_OUT).records
    unknown = {r.identifier for r in found if r.judgement == DUE_UNKNOWN}
    assert {"monthly-2026-12", "quarterly-2026-Q4", "yearly-2026"} <= unknown


def test_whoever_wrote_does_not_review_and_each_side_keeps_to_its_own(
    owed: int, work: Work, site: Site, database: Database
) -> None:
    both = Actor.user("super.gao", (Role.SUPERVISOR,))
    other = Actor.user("super.lan", (Role.SUPERVISOR,))
    with work(both) as uow:
        draft_report_on(uow, MONTHLY, {"total": 3})
        write_report(uow, MONTHLY, {"summary": "电话 139 1234 5678 反映供暖"})
    with pytest.raises(Forbidden, match="不能审核自己撰写的报告"), work(both) as uow:
        review_report(uow, MONTHLY)
    with pytest.raises(Forbidden, match="不是登录的人员"), work(Actor.system("cli/root")) as uow:
        review_report(uow, MONTHLY)
    with pytest.raises(Forbidden, match="没有权限"), work(PURCHASER) as uow:
        draft_report_on(uow, MONTHLY, {"total": 3})
    with work(other) as uow:
        hand_back_report(uow, MONTHLY, "数字请核对")
        review_report(uow, MONTHLY)
    with work(both) as uow:
        submit_report_with(uow, MONTHLY, {}, ["甲"], DeliveryMeans.PAPER)
    with pytest.raises(Forbidden, match="没有权限"), work(other) as uow:
        receive_report(uow, MONTHLY)
    with database.reading() as session:
        assert "139" not in find_report(session, MONTHLY).texts["summary"].replace("139****", "")


def test_refusals_say_what_is_wrong(owed: int, work: Work, site: Site, clock: FixedClock) -> None:
    with pytest.raises(Conflict, match="当前状态不允许") as refused, work(REVIEWER) as uow:
        review_report(uow, MONTHLY)
    assert refused.value.members == {"state": "owed", "allowed": ["draft", "waive"]}
    with pytest.raises(NotFound), work(AUTHOR) as uow:
        draft_report_on(uow, "monthly-1999-01", {})
    with work(AUTHOR) as uow:
        draft_report_on(uow, MONTHLY, {"total": 3})
    for broken in ({"chapter": "x"}, {"summary": "长" * 20_001}):
        with pytest.raises(Invalid), work(AUTHOR) as uow:
            write_report(uow, MONTHLY, broken)
    with pytest.raises(Conflict, match="已被他人更新"), work(AUTHOR) as uow:
        write_report(uow, MONTHLY, {"summary": "旧版"}, version=1)
    with pytest.raises(Invalid, match="理由"), work(REVIEWER) as uow:
        hand_back_report(uow, MONTHLY, "  ")
    clock.advance(timedelta(days=12))
    with pytest.raises(Conflict, match="已逾期"), work(PURCHASER) as uow:
        waive_report(uow, site, MONTHLY, "节日")


def test_a_flash_report_runs_by_minutes_from_its_trigger(
    work: Work, site: Site, clock: FixedClock, database: Database
) -> None:
    with work(AUTHOR) as uow:
        first = trigger_flash_report(uow, site, "flash", "供暖中断 13912345678", START)
        second = trigger_flash_report(uow, site, "flash", "道路塌陷", START)
    assert (first.key, second.key) == ("flash-20261101-001", "flash-20261101-002")
    assert first.subject == "供暖中断 139****5678"
    assert due_at(first.rule, first.owed_at, site.calendar, SHANGHAI) == START + timedelta(hours=2)
    for subject, name, error in (("", "flash", Invalid), ("事", "monthly", NotFound)):
        with pytest.raises(error), work(AUTHOR) as uow:
            trigger_flash_report(uow, site, name, subject, START)
    with pytest.raises(Invalid, match="将来"), work(AUTHOR) as uow:
        trigger_flash_report(uow, site, "flash", "事", clock.now() + timedelta(minutes=1))


steps = st.lists(
    st.tuples(st.sampled_from(ReportStep), st.sampled_from(["a", "b", "c"]), st.booleans()),
    max_size=12,
)


@settings(max_examples=examples(150, 5000), deadline=None)
@given(tried=steps)
def test_no_step_outside_the_table_and_the_replay_is_the_report(
    site: Site, tried: list[tuple[ReportStep, str, bool]]
) -> None:
    rule = site.report_duties["monthly"].due
    detail = owed_detail("monthly", "2026-10", START, START, rule, True)
    events = [next_report_event(None, MONTHLY, ReportStep.OWE, "s", START, START, detail)]
    report = apply_report_event(None, events[0])
    for step, actor, whole in tried:
        said = {"snapshot": "0", "reason": "故", "whole": whole, "texts": {"summary": actor}}
        allowed = REPORT_TRANSITIONS[report.state]
        before = report
        with suppress(DomainError):
            event = next_report_event(report, MONTHLY, step, actor, START, START, said)
            report = apply_report_event(report, event)
            events.append(event)
            assert report.state is allowed[step]
        if step not in allowed:
            assert report == before
        assert report.reviewer not in report.writers
    assert replay_report(events) == report
    if report.state in (ReportState.RECEIVED, ReportState.WAIVED):
        assert report.allowed == ()


def test_every_field_of_a_report_is_stored(owed: int, work: Work, database: Database) -> None:
    submitted(work, MONTHLY)
    with database.reading() as session:
        replayed, stored = (
            replay_report(events_of_report(session, MONTHLY)),
            find_report(session, MONTHLY),
        )
    for field in fields(OwedReport):
        assert getattr(stored, field.name) == getattr(replayed, field.name), field.name
