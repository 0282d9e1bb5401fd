"""Over HTTP, of every table of steps: out of turn is 409 with what is allowed, the other side's
step is 403 and on record, and neither changes anything."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import httpx
import pytest

from ops_core.hotline.adjudications.kinds import AdjudicationKind
from ops_core.hotline.adjudications.model import Submission
from ops_core.hotline.adjudications.service import submit
from ops_core.hotline.deadline_policies.model import PolicyDraft, PolicyStep
from ops_core.hotline.deadline_policies.rules import declared_rules
from ops_core.hotline.deadline_policies.service import decide_policy, draft_policy
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.audit import read_audit
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.permissions import Actor, Role
from ops_core.kpi.assessment.exempting import decide_exemption, request_exemption
from ops_core.kpi.assessment.exemptions import ExemptionRequest, ExemptionStep
from ops_core.obligations.service import trigger_flash_report
from ops_core.registers.service import PlanDraft, plan_item
from tests.wallboard.conftest import NOW, ORIGIN, sign_in
from tests.wallboard.hotline_story import Story
from tests.wallboard.serve import Served
from wallboard.application import create_application

OPERATOR = Actor.user("supervisor", (Role.SUPERVISOR,))
Subject = Callable[[Served], str]


@pytest.fixture
async def browsers(served: Served) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    app, clients = create_application(served.dependencies), {}
    for role in ("supervisor", "purchaser_supervisor"):
        clients[role] = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url=ORIGIN,
            headers={"sec-fetch-site": "same-origin"},
        )  # fmt: skip
        await sign_in(clients[role], role)
    yield clients
    for client in clients.values():
        await client.aclose()


def work(served: Served) -> AbstractContextManager[UnitOfWork]:
    parts = served.dependencies
    return unit_of_work(parts.database, parts.bus, parts.clock, OPERATOR)


def an_order(served: Served) -> str:
    story = Story(served)
    story.call("c-1")
    return f"/api/orders/{story.order('r-1', Step.DISPATCH)}"


def a_plan(served: Served) -> str:
    site, due = served.dependencies.site, NOW.date() + timedelta(days=9)
    fields = {"assessed": "地市热线", "deliverable": "考核报告"}
    with work(served) as uow:
        item = plan_item(uow, site, "assessments", PlanDraft("考核", due, fields))
    return f"/api/registers/items/{item.number}"


def a_report(served: Served) -> str:
    with work(served) as uow:
        report = trigger_flash_report(uow, served.dependencies.site, "flash", "停暖", NOW)
    return f"/api/reports/{report.key}"


def an_exemption(served: Served) -> str:
    window = ExemptionRequest((1,), NOW - timedelta(hours=9), NOW, "运营商中断", "豫通7号")
    with work(served) as uow:
        asked = request_exemption(uow, served.dependencies.site, window)
        decide_exemption(uow, asked.number, ExemptionStep.WITHDRAW)
    return f"/api/exemptions/{asked.number}"


def a_version(served: Served) -> str:
    rules = declared_rules(served.dependencies.site.hotline)
    with work(served) as uow:
        draft = PolicyDraft(rules, uow.clock.now() + timedelta(days=9), "3号文")
        version = draft_policy(uow, served.dependencies.site, draft).version
        decide_policy(uow, version, PolicyStep.WITHDRAW)
    return f"/api/deadlines/{version}"


def a_month(_served: Served) -> str:
    return "/api/assessment/2026-10/10"


def a_complaint(served: Served) -> str:
    kind = AdjudicationKind.COMPLAINT
    about = Submission(kind, "", NOW, "态度差", "attitude", person="agent")
    with work(served) as uow:
        matter = submit(uow, served.dependencies.site, about)
    return f"/api/adjudications/{matter.number}"


TABLES: dict[str, tuple[Subject, str, str, dict[str, object]]] = {
    "orders": (an_order, "supervisor:approve", "supervisor:supervise", {"remark": "说明"}),
    "registers": (a_plan, "supervisor:submit", "supervisor:accept", {"reason": "说明"}),
    "exemptions": (
        an_exemption,
        "purchaser_supervisor:refuse",
        "supervisor:approve",
        {"text": "说明", "version": 2},
    ),
    "deadlines": (
        a_version,
        "purchaser_supervisor:refuse",
        "supervisor:approve",
        {"text": "说明"},
    ),
    "periods": (
        a_month,
        "purchaser_supervisor:seal",
        "supervisor:seal",
        {"text": "说明", "version": 0},
    ),
    "adjudications": (
        a_complaint,
        "purchaser_supervisor:reopen",
        "supervisor:uphold",
        {"text": "说明"},
    ),
    "reports": (a_report, "supervisor:submit", "supervisor:receive", {"recipients": ["甲"]}),
}
"""Of each table a subject, who tries which step out of turn, and who tries the other side's."""


async def take(
    browsers: dict[str, httpx.AsyncClient], path: str, tried: str, given: dict[str, object]
) -> httpx.Response:
    role, step = tried.split(":")
    address = f"{path}/{step}"
    if "/registers/" in path:
        parts = {name: (None, str(value)) for name, value in given.items()}
        return await browsers[role].post(address, files=parts)
    return await browsers[role].post(address, json=given)


async def seen(browsers: dict[str, httpx.AsyncClient], path: str) -> object:
    """As it is read: exemptions and versions of deadlines only in their lists."""
    in_list = "/exemptions/" in path or "/deadlines/" in path
    listed = path.rsplit("/", 1)[0] if in_list else path
    answer = await browsers["supervisor"].get(listed)
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.parametrize("table", TABLES)
async def test_a_step_out_of_turn_is_409_with_what_is_allowed(
    browsers: dict[str, httpx.AsyncClient], served: Served, table: str
) -> None:
    subject, tried, _, given = TABLES[table]
    path = subject(served)
    before = await seen(browsers, path)
    refused = await take(browsers, path, tried, given)
    problem = refused.json()
    assert (refused.status_code, problem["status"]) == (409, 409), problem
    assert problem["title"]
    assert problem["detail"]
    assert "allowed" in problem, problem
    assert await seen(browsers, path) == before


@pytest.mark.parametrize("table", TABLES)
async def test_a_step_of_the_other_side_is_403_and_on_record(
    browsers: dict[str, httpx.AsyncClient], served: Served, table: str
) -> None:
    subject, _, tried, given = TABLES[table]
    path = subject(served)
    before = await seen(browsers, path)
    refused = await take(browsers, path, tried, given)
    assert refused.status_code == 403, refused.json()
    assert refused.json()["title"]
    with served.dependencies.database.reading() as session:
        (last,) = read_audit(session, limit=1)
    assert (last.actor, last.action) == ("supervisor", "refused")
    assert path.endswith(f"/{last.subject_id}")
    assert await seen(browsers, path) == before
