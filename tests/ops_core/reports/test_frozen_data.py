"""From requests to a submitted report on both databases: what was frozen stays, and goes out."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.hotline.cases.model import CaseDraft, Channel
from ops_core.hotline.cases.service import record_case
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict, Forbidden
from ops_core.kernel.events import EventBus
from ops_core.kernel.evidence_files import EvidenceStore
from ops_core.kernel.evidence_links import evidence_flaws, evidence_of
from ops_core.kernel.permissions import Actor
from ops_core.obligations.model import REPORT
from ops_core.obligations.service import (
    DeliveryMeans,
    owe_reports,
    review_report,
    trigger_flash_report,
    write_report,
)
from ops_core.obligations.store import find_report, snapshot_text
from ops_core.obligations.verifying import report_flaws
from ops_core.reports.service import (
    draft_report,
    prepare_draft,
    prepare_submission,
    read_snapshot,
    submit_report,
)
from ops_core.reports.snapshot import ReportSnapshot
from tests.ops_core.hotline.conftest import AGENT, DISPATCHER, HANDLER, PURCHASER, REVIEWER

MONDAY = datetime(2026, 11, 2, 2, tzinfo=UTC)
WEEKLY = "weekly-2026-W45"
Work = Callable[[Actor], AbstractContextManager[UnitOfWork]]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(MONDAY)


@pytest.fixture
def work(database: Database, bus: EventBus, clock: FixedClock) -> Work:
    return lambda actor: unit_of_work(database, bus, clock, actor)


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "evidence", 1 << 24)


@pytest.fixture
def asked(work: Work, site: Site, clock: FixedClock) -> int:
    """Five requests of a week, one of them of no chapter, and one order signed for."""
    vault = ContactVault(Fernet.generate_key())
    category = site.hotline.category_of
    matters = [("heating", CaseKind.COMPLAINT), ("heating", CaseKind.HELP),
               ("roads", CaseKind.CONSULTATION), ("wages", CaseKind.REPORT),
               ("household", CaseKind.CONSULTATION)]  # fmt: skip
    for number, (name, kind) in enumerate(matters):
        clock.advance(timedelta(minutes=1))
        draft = CaseDraft(
            Channel.WEB if number else Channel.WECHAT, "web", f"r-{number}", kind, name, "province",
            f"{category[name].title.zh}问题", "电话 13912345678", clock.now(), number="13912345678",
        )  # fmt: skip
        with work(AGENT) as uow:
            order = record_case(uow, site, vault, draft).order
        if number == 0:
            assert order is not None
            for actor, step in ((DISPATCHER, Step.DISPATCH), (HANDLER, Step.SIGN)):
                with work(actor) as uow:
                    take_step(uow, site, order, step, "housing" if actor is DISPATCHER else "")
    return len(matters)


def drafted(database: Database, work: Work, site: Site, key: str, now: datetime) -> ReportSnapshot:
    with database.reading() as session:
        prepared = prepare_draft(session, site, key, DISPATCHER, now)
    with work(DISPATCHER) as uow:
        draft_report(uow, prepared)
    return prepared.snapshot


def test_the_week_is_counted_by_its_chapters_and_nothing_is_lost(
    asked: int, database: Database, work: Work, site: Site, clock: FixedClock
) -> None:
    clock.advance(timedelta(days=7))
    with work(Actor.system("reports")) as uow:
        owe_reports(uow, site)
    snapshot = drafted(database, work, site, WEEKLY, clock.now())
    assert (snapshot.total.now, snapshot.total.previous, snapshot.total.change) == (asked, 0, "—")
    assert [(c.title, c.count, c.share) for c in snapshot.channels] == [
        ("网站", 4, "80.00%"), ("微信", 1, "20.00%"),
    ]  # fmt: skip
    chapters = {chapter.title: chapter.count for chapter in snapshot.chapters}
    assert chapters == {"社会民生": 2, "信访稳定": 1, "公共安全": 1, "经济金融": 1}
    assert snapshot.unclassified_count == len(snapshot.unclassified) == 1
    # Every request is in a chapter or listed as in none (欠薪 is in two).
    assert sum(chapters.values()) - 1 + snapshot.unclassified_count == asked
    handling = snapshot.handling
    assert (handling.dispatched, handling.signed, handling.signed_share) == (1, 1, "100.00%")
    assert [u.title for u in snapshot.units] == ["住房城乡建设厅"]
    assert {line.number for line in snapshot.indicators} >= {1, 4, 9, 10, 12, 13}
    assert snapshot.watermark > 0
    with database.reading() as session:
        report = find_report(session, WEEKLY)
        text = snapshot_text(session, WEEKLY, 1)
        assert hashlib.sha256(text.encode()).hexdigest() == report.snapshot
        assert read_snapshot(session, report) == snapshot
        assert "13912345678" not in text


def test_what_was_frozen_stays_and_goes_out_as_files(
    asked: int, database: Database, work: Work, site: Site, clock: FixedClock, store: EvidenceStore
) -> None:
    with work(DISPATCHER) as uow:
        key = trigger_flash_report(uow, site, "flash", "供暖中断", clock.now()).key
    first = drafted(database, work, site, key, clock.now())
    assert (first.total.now, first.total.last_year) == (asked - 1, None)  # the last is at its end
    with work(DISPATCHER) as uow:
        write_report(uow, key, {"summary": "正在抢修。"})
    with database.reading() as session, pytest.raises(Conflict):
        prepare_submission(session, store, key, DISPATCHER)
    with work(REVIEWER) as uow:
        review_report(uow, key)
    with database.reading() as session:
        with pytest.raises(Forbidden):
            prepare_submission(session, store, key, PURCHASER)
        prepared = prepare_submission(session, store, key, DISPATCHER)
    with work(DISPATCHER) as uow:
        after = submit_report(uow, site, prepared, ["甲", "乙"], DeliveryMeans.NETWORK)
    with database.reading() as session:
        files = evidence_of(session, REPORT, key)
        assert {f.name: f.sha256 for f in files} == dict(after.files)
        assert [f.name for f in files] == [f"{key}.docx", f"{key}.xlsx"]
        assert list(evidence_flaws(session, store)) == []
        assert list(report_flaws(session)) == []


def test_a_draft_that_somebody_else_renewed_is_not_overwritten(
    database: Database, work: Work, site: Site, clock: FixedClock
) -> None:
    with work(DISPATCHER) as uow:
        key = trigger_flash_report(uow, site, "flash", "道路塌陷", clock.now()).key
    with database.reading() as session:
        prepared = prepare_draft(session, site, key, DISPATCHER, clock.now())
    drafted(database, work, site, key, clock.now())
    with pytest.raises(Conflict, match="已被他人更新"), work(DISPATCHER) as uow:
        draft_report(uow, prepared)


def test_a_topic_counts_its_own_matters_alone(
    asked: int, database: Database, work: Work, site: Site, clock: FixedClock
) -> None:
    early = site.report_duties["heating"].model_copy(update={"since": MONDAY.date()})
    topical = site.model_copy(update={"report_duties": {"heating": early}})
    clock.advance(timedelta(days=7))
    with work(Actor.system("reports")) as uow:
        owe_reports(uow, topical)
    snapshot = drafted(database, work, topical, "heating-2026-W45", clock.now())
    again = drafted(database, work, topical, "heating-2026-W45", clock.now())
    assert (snapshot.total.now, snapshot.indicators, snapshot.is_topic) == (2, (), True)
    same = {"watermark": 0}
    assert again.model_copy(update=same) == snapshot.model_copy(update=same)
