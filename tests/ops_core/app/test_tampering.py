"""Whatever is changed in the database behind the product's back is found, and by which record.

The tables are asked of the schema: a new one has to be held, or it has to say why not.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Column, Table, UniqueConstraint, delete, insert, select, text, update
from sqlalchemy.orm import Session

from device_configs.site import load_site
from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from incident.false_alarm import MARK, Mark
from incident.false_alarm_terms import Cause, MarkState
from incident.marked import mark_differences
from incident.service import respond
from ops_core.app.audit_cli import all_breaks
from ops_core.app.tables import TABLE_MODULES
from ops_core.hotline.adjudications.kinds import AdjudicationKind
from ops_core.hotline.adjudications.model import AdjudicationStep, Ruling, Submission
from ops_core.hotline.adjudications.service import submit
from ops_core.hotline.adjudications.service import take_step as take_matter_step
from ops_core.hotline.callbacks.model import Answers, AttemptResult, Resolved
from ops_core.hotline.callbacks.service import finish_reached, record_attempt
from ops_core.hotline.calls.model import CallEvent, CallEventKind
from ops_core.hotline.calls.queue_log import IncomingEvent
from ops_core.hotline.calls.ratings import rate_call
from ops_core.hotline.calls.service import take_events
from ops_core.hotline.cases.model import CaseDraft, Channel
from ops_core.hotline.cases.service import record_case
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.deadline_policies.model import PolicyDraft, PolicyStep
from ops_core.hotline.deadline_policies.rules import declared_rules
from ops_core.hotline.deadline_policies.service import decide_policy, draft_policy
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.steps import Step
from ops_core.hotline.orders.verifying import order_flaws
from ops_core.hotline.presence.service import sign_in_at
from ops_core.kernel.audit import read_head
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Base, Database, create_database_engine, migrate
from ops_core.kernel.events import EventBus
from ops_core.kernel.evidence_files import StoredFile
from ops_core.kernel.identity import create_user
from ops_core.kernel.permissions import Actor
from ops_core.kernel.settings import PROJECT_DIRECTORY
from ops_core.knowledge.articles.service import Draft
from ops_core.knowledge.enquiries.model import EnquiryKind
from ops_core.knowledge.enquiries.service import raise_enquiry
from ops_core.knowledge.notices.service import record_notice
from ops_core.knowledge.training.service import complete_training, declare_topic
from ops_core.knowledge.verifying import knowledge_flaws
from ops_core.kpi.assessment.exempting import decide_exemption, request_exemption
from ops_core.kpi.assessment.exemptions import ExemptionRequest, ExemptionStep
from ops_core.kpi.assessment.period_terms import PeriodStep
from ops_core.kpi.assessment.sealing import PeriodWords, draft_seal, take_period_step
from ops_core.kpi.assessment.verifying import sealed_differences
from ops_core.kpi.call_tallies import tally_differences
from ops_core.kpi.day_sums import day_sum_differences
from ops_core.kpi.derived_records import derived_differences, journal_differences
from ops_core.kpi.derived_registers import register_differences
from ops_core.obligations.service import (
    DeliveryMeans,
    draft_report_on,
    receive_report,
    review_report,
    submit_report_with,
    trigger_flash_report,
    write_report,
)
from ops_core.registers.service import (
    PlanDraft,
    StepTaken,
    acknowledge,
    plan_item,
    propose_due_date,
)
from ops_core.registers.service import take_step as take_register_step
from seat_assets.correcting import correct_service
from seat_assets.model import Change, Part, TerminalCondition, terminals_of
from seat_assets.read import read_recorded_moves
from seat_assets.service import store_changes
from seat_assets.service_record import record_service
from tests.incident.story import LI, Story
from tests.ops_core.hotline.conftest import (
    AGENT,
    CALLER_BACK,
    DISPATCHER,
    HANDLER,
    PURCHASER,
    REVIEWER,
    TELEPHONY,
)
from tests.ops_core.knowledge.people import WRITER, published

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")

HELD = {
    "adjudications", "assessed_periods", "assessment_seals", "attitude_ratings", "audit_entries",
    "audit_heads", "call_events", "call_tallies", "callback_attempts", "callback_tasks", "calls",
    "cases", "day_sums", "deadline_policies", "events", "evidence_files", "exemptions",
    "hot_topic_people", "hot_topics",
    "incidents", "knowledge_articles", "knowledge_enquiries", "knowledge_links",
    "knowledge_notices", "knowledge_versions", "order_events", "register_acknowledgements",
    "register_events", "register_items", "report_events", "report_snapshots", "reports",
    "seat_changes", "seat_service_corrections", "seat_services", "seat_sign_ins", "work_orders",
}  # fmt: skip
NO_FIGURE = {
    "case_corrections": "what a source said later; the request that counts stays as it was",
    "alert_evidence": "what the engine works with; faults are events",
    "alert_faults": "as above",
    "alert_rule_states": "as above",
    "compliance_check": "the last check of devices",
    "configuration_drift": "as above",
    "consumer_positions": "how far readers of the events have come",
    "incident_faults": "which of the engine's faults an incident answers",
    "knowledge_words": "what the search index is made of; it is made anew of the links",
    "requesters": "contacts, sealed",
    "saved_views": "filters of a list by name; what they show is read anew",
    "seat_watch": "when terminals were last looked at",
    "sessions": "sign-ins",
    "sign_in_attempts": "sign-ins",
    "state_intervals": "uptimes on the wall; no indicator is made of them",
    "state_recorder_beats": "as above",
    "users": "people; what was done to them is in the audit log",
}
UNHELD_COLUMNS = {
    "attitude_ratings.agent", "callback_attempts.recording", "callback_tasks.remark",
    "callback_tasks.version", "calls.caller_sequence", "calls.requester_id", "cases.contact_hash",
    "cases.content_hash", "cases.day",
    "cases.direct_answer", "cases.recorded_by", "cases.region", "cases.requester_id",
    "cases.requester_stated_at", "cases.stated_at",
    "cases.source_org", "cases.source_ref", "cases.text", "cases.title",
    "events.position", "events.recorded_at",
    "events.sequence", "seat_changes.id", "seat_services.id",
    "seat_service_corrections.id",
    "seat_sign_ins.id", "work_orders.callback_within",
    "work_orders.case_number",
    "work_orders.category", "work_orders.kind", "work_orders.region", "work_orders.title",
}  # fmt: skip
"""Columns that no figure is made of."""
OTHERWISE = {
    "adjudications.cause": "buck_passing",
    "adjudications.kind": "complaint",
    "adjudications.level": "serious",
    "adjudications.parties": ["x"],
    "adjudications.state": "withdrawn",
    "attitude_ratings.subject": "call:other",
    "call_events.kind": "ABANDON",
    "call_tallies.outcome": "abandoned",
    "calls.outcome": "abandoned",
    "callback_attempts.result": "wrong_number",
    "callback_tasks.outcome": "refused",
    "callback_tasks.resolved": "no",
    "callback_tasks.state": "withdrawn",
    "incidents.false_alarm_state": "confirmed",
    "incidents.state": "detected",
    "incidents.false_alarm": MARK.dump_python(
        Mark(MarkState.CONFIRMED, Cause.DRILL, "演练", "li", START, "wang", START), mode="json"
    ),
    "knowledge_links.aggregate": "hot_topic",
    "hot_topic_people.state": "due",
    "order_events.step": "return",
    "report_events.step": "review",
    "reports.state": "owed",
    "exemptions.state": "refused",
    "deadline_policies.state": "refused",
    "assessed_periods.state": "objected",
    "seat_changes.condition": "unknown",
    "seat_changes.part": "display",
    "work_orders.state": "signed",
}
"""Another value that the column may have."""

for module in TABLE_MODULES:
    import_module(module)


def of_table(name: str) -> Table:
    return Base.metadata.tables[name]


CHANGES = [
    f"{table}.{column.name}"
    for table in sorted(HELD)
    for column in of_table(table).columns
    if f"{table}.{column.name}" not in UNHELD_COLUMNS
]


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(PROJECT_DIRECTORY / "inventory")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, site: Site) -> Iterator[Database]:
    path: Path = tmp_path_factory.mktemp("tampering") / "a.sqlite"
    opened = Database(create_database_engine(f"sqlite:///{path}"))
    migrate(opened.engine, TABLE_MODULES)
    fill(opened, site)
    yield opened
    opened.close()


def fill(database: Database, site: Site) -> None:
    """A rated call, its order called back, a fault with a merger, and a terminal that failed."""
    bus, clock, vault = EventBus(), FixedClock(START), ContactVault(Fernet.generate_key())

    def work(actor: Actor):  # type: ignore[no-untyped-def]
        return unit_of_work(database, bus, clock, actor)

    kinds = (CallEventKind.ENTERQUEUE, CallEventKind.CONNECT, CallEventKind.COMPLETECALLER)
    batch = [
        IncomingEvent(
            CallEvent("pbx", n, "c-1", kind, START - timedelta(seconds=60 - n), "citizen",
                      AGENT.name if n > 1 else "", 37 if n > 1 else None),
            "13912345678" if n == 1 else "",
        )
        for n, kind in enumerate(kinds, start=1)
    ]  # fmt: skip
    with work(AGENT) as uow:
        sign_in_at(uow, site, 37)
    with work(TELEPHONY) as uow:
        take_events(uow, vault, batch, ZONE)
        rate_call(uow, site, "c-1", 5, START)
    draft = CaseDraft(
        Channel.PHONE, "hotline", "c-1", CaseKind.COMPLAINT, "heating", "province",
        "暖气不热", "三天不热", START, call="c-1",
    )  # fmt: skip
    with work(AGENT) as uow:
        order = record_case(uow, site, vault, draft).order
    assert order is not None
    steps = ((DISPATCHER, Step.DISPATCH), (HANDLER, Step.SIGN), (HANDLER, Step.REPLY),
             (REVIEWER, Step.APPROVE), (HANDLER, Step.COMPLETE))  # fmt: skip
    for actor, step in steps:
        clock.advance(timedelta(minutes=1))
        with work(actor) as uow:
            take_step(uow, site, order, step, "housing" if step is Step.DISPATCH else "", "说明")
    with work(CALLER_BACK) as uow:
        record_attempt(uow, order, 1, AttemptResult.NO_ANSWER)
    with work(CALLER_BACK) as uow:
        finish_reached(uow, site, order, 1, Answers(Resolved.YES, 5, 5), "rec-1")
    publish_document(work, site)
    with work(WRITER) as uow:
        notice = record_notice(uow, site, "省厅", "王处", ["一"]).number
    article = published(work, site, Draft("标题", "正文", notice, 1))
    with work(AGENT) as uow:
        raise_enquiry(uow, site, EnquiryKind.QUESTION, article, 1, "问")
    with work(Actor.system("setup")) as uow:
        create_user(uow, AGENT.name, "林燕", "correct-horse-battery", AGENT.roles)
    with work(WRITER) as uow:
        topic = declare_topic(uow, site, "退费", "下月起").number
    with work(AGENT) as uow:
        complete_training(uow, topic)
    with work(REVIEWER) as uow:
        appeal = Submission(
            AdjudicationKind.APPEAL, "", START, "诉求人要求撤销", order=order
        )  # fmt: skip
        matter = submit(uow, site, appeal).number
    with work(PURCHASER) as uow:
        take_matter_step(uow, matter, AdjudicationStep.UPHOLD, Ruling("同意"))
    with work(Actor.system("seat_assets")) as uow:
        record_service(uow, terminals_of(site))
        (move, *_) = read_recorded_moves(uow.session)
        store_changes(uow, [Change(37, Part.HOST, TerminalCondition.BAD, START)])
    reported(site, work)
    with work(PURCHASER) as uow:
        correct_service(uow, move.seat, move.at, move.at - timedelta(hours=1), "验收单 7")
    story = Story(site, database, bus, clock)
    number = story.opened("rt-a", (1, 2)).number
    story.opened("rt-b")
    with story.work(LI) as uow:
        respond(uow, number)
    clock.advance(timedelta(minutes=40))
    story.merged("rt-b", 2, "rt-a")
    rules = declared_rules(site.hotline)
    with work(REVIEWER) as uow:
        later = PolicyDraft(rules, START + timedelta(days=300), "豫政办3号")
        version = draft_policy(uow, site, later).version
    with work(PURCHASER) as uow:
        decide_policy(uow, version, PolicyStep.APPROVE, "同意")
    window = ExemptionRequest((1,), START - timedelta(days=1), START, "运营商中断", "豫通7号")
    with work(REVIEWER) as uow:
        asked = request_exemption(uow, site, window)
    with work(PURCHASER) as uow:
        decide_exemption(uow, asked.number, ExemptionStep.APPROVE, "属实")
    clock.advance(timedelta(days=32))
    for actor, step in ((REVIEWER, PeriodStep.SUBMIT), (PURCHASER, PeriodStep.SEAL),
                        (REVIEWER, PeriodStep.PROPOSE)):  # fmt: skip
        with database.reading() as session:
            draft = draft_seal(session, site, "2026-03", 10, clock.now())
        with work(actor) as uow:
            take_period_step(uow, site, "2026-03", 10, step, PeriodWords("说明"), draft)


def reported(site: Site, work: Callable[[Actor], AbstractContextManager[UnitOfWork]]) -> None:
    """A flash report that went out and was received."""
    with work(DISPATCHER) as uow:
        key = trigger_flash_report(uow, site, "flash", "供暖中断", START).key
        draft_report_on(uow, key, {"total": 1})
        write_report(uow, key, {"summary": "供暖中断，正在抢修。"})
    with work(REVIEWER) as uow:
        review_report(uow, key)
    with work(DISPATCHER) as uow:
        submit_report_with(uow, key, {"a.docx": "0" * 64}, ["甲"], DeliveryMeans.NETWORK)
    with work(PURCHASER) as uow:
        receive_report(uow, key)


def publish_document(
    work: Callable[[Actor], AbstractContextManager[UnitOfWork]], site: Site
) -> None:
    """A document through both sides, acknowledged."""
    paper = StoredFile("0" * 64, "总结.pdf", 15, "application/pdf")
    day = START.astimezone(ZONE).date()
    fields = {"code": "GF-01", "edition": "1.0", "family": "服务规范"}
    with work(REVIEWER) as uow:
        item = plan_item(uow, site, "documents", PlanDraft("服务规范", day, fields)).number
        propose_due_date(uow, site, item, day + timedelta(days=9), "场地")
    taken = StepTaken("说明", files=[paper])
    published = StepTaken(fields={"effective_on": day.isoformat()})
    steps = ((REVIEWER, "start", taken), (REVIEWER, "submit", taken), (PURCHASER, "accept", taken),
             (REVIEWER, "publish", published))  # fmt: skip
    for actor, step, given in steps:
        with work(actor) as uow:
            take_register_step(uow, site, item, step, given)
    with work(AGENT) as uow:
        acknowledge(uow, site, item)


def found(session: Session, site: Site, anchors: list[object] | None = None) -> list[str]:
    """Everything that ``indicators verify`` and ``audit verify`` name."""
    return [
        repr(one)
        for flaws in (
            tally_differences(session, site),
            day_sum_differences(session),
            mark_differences(session),
            derived_differences(session),
            journal_differences(session),
            order_flaws(session),
            knowledge_flaws(session),
            register_differences(session, site),
            sealed_differences(session, site),
            all_breaks(session, anchors or []),  # type: ignore[arg-type]
        )
        for one in flaws
    ]


@contextmanager
def undone(database: Database) -> Iterator[Session]:
    """A session in which anything may be done: none of it stays."""

    class Undo(Exception):
        pass

    try:
        with database.transaction() as session:
            session.execute(text("PRAGMA defer_foreign_keys = ON"))
            yield session
            raise Undo
    except Undo:
        pass


def rows_of(session: Session, table: Table) -> list[dict[str, object]]:
    """Rows to tamper with: of the events, one that a figure is recomputed from."""
    query = select(table)
    if table.name == "events":
        query = query.where(table.c.aggregate_type == "callback")
    return [dict(row._mapping) for row in session.execute(query)]


def otherwise(column: Column[object], value: object) -> object:
    name = f"{column.table.name}.{column.name}"
    if name in OTHERWISE and value != OTHERWISE[name]:
        return OTHERWISE[name]
    match value:
        case bool():
            return not value
        case int():
            return value + 1000
        case datetime():
            return value - timedelta(days=1)
        case str():
            return f"{value}x"
        case bytes():
            return value + b"x"
        case list() | dict():
            return type(value)()
        case _:
            return {"DATETIME": START, "INTEGER": 1}.get(str(column.type), "x")


def this_row(table: Table, row: dict[str, object]) -> list[object]:
    return [column == row[column.name] for column in table.primary_key.columns]


def test_every_table_is_held_or_says_why_not() -> None:
    assert {*Base.metadata.tables} == HELD | NO_FIGURE.keys()
    assert not HELD & NO_FIGURE.keys()


def test_what_nobody_touched_is_as_recorded(database: Database, site: Site) -> None:
    with database.reading() as session:
        assert found(session, site) == []


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_column_is_found(database: Database, site: Site, change: str) -> None:
    table, column = of_table(change.split(".")[0]), change.split(".")[1]
    with undone(database) as session:
        row = rows_of(session, table)[0]
        new = otherwise(table.c[column], row[column])
        session.execute(update(table).where(*this_row(table, row)).values({column: new}))  # type: ignore[arg-type]
        session.expire_all()
        assert found(session, site), f"{change}: {row[column]!r} became {new!r}"


@pytest.mark.parametrize("name", sorted(HELD))
def test_a_row_taken_out_is_found(database: Database, site: Site, name: str) -> None:
    table = of_table(name)
    with undone(database) as session:
        row = rows_of(session, table)[-1]
        session.execute(delete(table).where(*this_row(table, row)))  # type: ignore[arg-type]
        session.expire_all()
        assert found(session, site)


@pytest.mark.parametrize("name", sorted(HELD - {"audit_heads"}))
def test_a_row_that_nobody_made_is_found(database: Database, site: Site, name: str) -> None:
    """The last row again under another key, as good or as bad as it was; no head ends a chain
    that is not there."""
    table = of_table(name)
    with undone(database) as session:
        row = rows_of(session, table)[-1]
        keys = [list(table.primary_key.columns), *(list(i.columns) for i in table.indexes
                                                   if i.unique)]  # fmt: skip
        keys += [list(c.columns) for c in table.constraints if isinstance(c, UniqueConstraint)]
        for columns in keys:
            column = next(c for c in reversed(columns) if not isinstance(row[c.name], bool))
            row[column.name] = otherwise(column, row[column.name])
        session.execute(insert(table).values(row))
        session.expire_all()
        assert found(session, site)


NAMED_BY = {
    "adjudications": "number", "attitude_ratings": "subject", "call_tallies": "day",
    "callback_attempts": "order", "callback_tasks": "order", "calls": "call", "cases": "number",
    "day_sums": "day", "exemptions": "number", "hot_topic_people": "topic",
    "hot_topics": "number", "incidents": "number", "knowledge_articles": "number",
    "knowledge_enquiries": "number", "knowledge_notices": "number", "order_events": "order",
    "register_events": "item", "register_items": "number", "report_events": "report",
    "reports": "key", "seat_changes": "seat", "work_orders": "number",
}  # fmt: skip
"""By which column a finding names the row that was changed."""


@pytest.mark.parametrize("name", NAMED_BY)
def test_a_finding_names_the_record(database: Database, site: Site, name: str) -> None:
    """Its last column that figures are made of is changed."""
    table = of_table(name)
    column = table.c[[c.split(".")[1] for c in CHANGES if c.split(".")[0] == name][-1]]
    with undone(database) as session:
        row = rows_of(session, table)[0]
        new = otherwise(column, row[column.name])
        session.execute(update(table).where(*this_row(table, row)).values({column: new}))  # type: ignore[arg-type]
        session.expire_all()
        key = str(row[NAMED_BY[name]])
        assert any(key in one for one in found(session, site)), f"{column}: {key}"


TOGETHER = {
    "calls answered with their sums": (
        "UPDATE calls SET outcome = 'abandoned', answered_at = NULL",
        "UPDATE call_tallies SET outcome = 'abandoned'",
    ),
    "calls with their events": (
        "UPDATE call_events SET kind = 'ABANDON' WHERE kind = 'CONNECT'",
        "UPDATE calls SET outcome = 'abandoned', answered_at = NULL, agent = '', seat = NULL",
        "UPDATE call_tallies SET outcome = 'abandoned'",
    ),
    "callbacks with their events": (
        "UPDATE callback_tasks SET outcome = 'refused'",
        "UPDATE events SET payload = replace(payload, 'reached', 'refused')"
        " WHERE aggregate_type = 'callback'",
    ),
    "a rating gone with its events": (
        "DELETE FROM attitude_ratings WHERE subject = 'call:pbx:c-1'",
        "DELETE FROM events WHERE aggregate_id = 'call:pbx:c-1'",
    ),
    "calls gone with all that is theirs": (
        "DELETE FROM attitude_ratings WHERE subject = 'call:pbx:c-1'",
        "DELETE FROM events WHERE aggregate_id = 'call:pbx:c-1'",
        "DELETE FROM calls", "DELETE FROM call_events", "DELETE FROM call_tallies",
    ),
    "terminals' changes gone with their events": (
        "DELETE FROM seat_changes", "DELETE FROM events WHERE aggregate_type LIKE 'seat%'",
    ),
    "incidents gone with their events": (
        "DELETE FROM incident_faults", "DELETE FROM incidents",
        "DELETE FROM events WHERE aggregate_type = 'incident'",
    ),
    "the last step of an order": (
        "DELETE FROM order_events WHERE sequence = (SELECT max(sequence) FROM order_events)",
    ),
    "the last entry with the head": (
        "DELETE FROM audit_entries WHERE position = (SELECT max(position) FROM audit_entries)",
        "UPDATE audit_heads SET position = (SELECT max(position) FROM audit_entries),"
        " hash = (SELECT hash FROM audit_entries ORDER BY position DESC LIMIT 1)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("changes", TOGETHER.values(), ids=TOGETHER)
def test_what_is_changed_with_all_that_is_made_of_it_is_found(
    database: Database, site: Site, changes: tuple[str, ...]
) -> None:
    with undone(database) as session:
        for change in changes:
            assert session.connection().execute(text(change)).rowcount > 0
        session.expire_all()
        assert found(session, site)


def test_a_score_changed_with_its_events_is_found_by_its_subject(
    database: Database, site: Site
) -> None:
    with undone(database) as session:
        session.execute(
            text("UPDATE attitude_ratings SET score = 1 WHERE subject = 'call:pbx:c-1'")
        )
        session.execute(
            text("UPDATE events SET payload = '{\"score\": 1}' WHERE aggregate_type = 'rating'")
        )
        session.expire_all()
        assert any("call:pbx:c-1" in one for one in found(session, site))


def test_a_chain_computed_anew_is_found_by_an_anchor(database: Database, site: Site) -> None:
    with database.reading() as session:
        noted = read_head(session)
    with undone(database) as session:
        session.execute(text("DELETE FROM audit_entries"))
        session.execute(text("DELETE FROM audit_heads"))
        session.expire_all()
        assert any("锚点" in one for one in found(session, site, [noted]))
