"""No record of the future is taken, whatever it is of: a figure would believe it.

Clocks of other systems may be an hour ahead.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.hotline.adjudications.kinds import AdjudicationKind, EventLevel
from ops_core.hotline.adjudications.model import Submission
from ops_core.hotline.adjudications.service import submit
from ops_core.hotline.cases.model import CaseDraft, Channel
from ops_core.hotline.cases.service import record_case
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import DomainError
from ops_core.kernel.permissions import Actor, Role
from ops_core.knowledge.notices.service import record_notice
from ops_core.kpi.assessment.exempting import request_exemption
from ops_core.kpi.assessment.exemptions import ExemptionRequest
from ops_core.obligations.service import trigger_flash_report
from tests.ops_core.hotline.conftest import AGENT, DISPATCHER, REVIEWER

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
LATER = (NOW + timedelta(minutes=61), datetime(2035, 1, 1, tzinfo=UTC))
WRITER = Actor.user("editor.tao", (Role.KNOWLEDGE_EDITOR,))
Record = Callable[[UnitOfWork, Site, datetime], object]


def a_request(uow: UnitOfWork, site: Site, at: datetime) -> object:
    vault = ContactVault(Fernet.generate_key())
    draft = CaseDraft(
        Channel.WEB, "web", "r-1", CaseKind.HELP, "heating", "province", "暖气不热", "三天", at,
        number="13912345678",
    )  # fmt: skip
    return record_case(uow, site, vault, draft)


def a_complaint(uow: UnitOfWork, site: Site, at: datetime) -> object:
    kind = AdjudicationKind.COMPLAINT
    return submit(uow, site, Submission(kind, "", at, "态度差", "attitude", person="agent.wu"))


def an_event(uow: UnitOfWork, site: Site, at: datetime) -> object:
    kind, level = AdjudicationKind.OPINION_EVENT, EventLevel.SERIOUS
    return submit(uow, site, Submission(kind, "论坛帖文", at, "说明", "delay", level))


def a_notice(uow: UnitOfWork, site: Site, at: datetime) -> object:
    return record_notice(uow, site, "省厅", "王处", ["一"], at)


def a_flash_report(uow: UnitOfWork, site: Site, at: datetime) -> object:
    return trigger_flash_report(uow, site, "flash", "供暖中断", at)


def an_exemption(uow: UnitOfWork, site: Site, at: datetime) -> object:
    window = ExemptionRequest((1,), at, at + timedelta(hours=1), "运营商中断", "豫通7号")
    return request_exemption(uow, site, window)


RECORDS: dict[str, tuple[Record, Actor]] = {
    "a request": (a_request, AGENT),
    "a complaint": (a_complaint, REVIEWER),
    "an event of public opinion": (an_event, REVIEWER),
    "an update notice": (a_notice, WRITER),
    "a flash report": (a_flash_report, DISPATCHER),
    "an exemption": (an_exemption, REVIEWER),
}


@pytest.mark.parametrize("at", LATER)
@pytest.mark.parametrize("name", RECORDS)
def test_what_is_said_to_have_been_in_the_future_is_refused(
    sqlite_database: Database, site: Site, name: str, at: datetime
) -> None:
    record, actor = RECORDS[name]
    with pytest.raises(DomainError) as refused, work(sqlite_database, actor) as uow:
        record(uow, site, at)
    assert refused.value.title


@pytest.mark.parametrize("name", RECORDS)
def test_what_has_been_is_taken(sqlite_database: Database, site: Site, name: str) -> None:
    record, actor = RECORDS[name]
    with work(sqlite_database, actor) as uow:
        record(uow, site, NOW - timedelta(hours=2))


def work(database: Database, actor: Actor):  # type: ignore[no-untyped-def]
    return unit_of_work(database, None, FixedClock(NOW), actor)
