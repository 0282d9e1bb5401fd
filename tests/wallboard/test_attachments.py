"""Files attached to orders, matters, exemptions and topics: by whom, until when, for whom."""

from datetime import timedelta

import httpx
import pytest

from ops_core.hotline.adjudications.kinds import AdjudicationKind
from ops_core.hotline.adjudications.model import AdjudicationStep, Ruling, Submission
from ops_core.hotline.adjudications.service import submit, take_step
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.attaching import MOST_FILES
from ops_core.kernel.audit import read_audit
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.evidence_files import evidence_store
from ops_core.kernel.evidence_links import evidence_breaks, evidence_flaws
from ops_core.knowledge.training.service import declare_topic
from ops_core.kpi.assessment.exempting import decide_exemption, request_exemption
from ops_core.kpi.assessment.exemptions import ExemptionRequest, ExemptionStep
from tests.ops_core.kernel.test_evidence_files import PDF
from tests.wallboard.conftest import NOW, sign_in
from tests.wallboard.hotline_story import CANARY, Story, actor
from tests.wallboard.serve import Served

NAMED = [("files", (f"现场{CANARY}.pdf", PDF))]


def an_order(served: Served, until: Step = Step.SIGN) -> str:
    story = Story(served)
    story.call("c-1")
    return story.order("r-1", until)


def path_of(number: str, kind: str = "orders") -> str:
    return f"/api/attachments/{kind}/{number}"


async def attach(
    client: httpx.AsyncClient, path: str, personal: str = "", name: str = "现场.pdf"
) -> httpx.Response:
    return await client.post(path, data={"personal": personal}, files=[("files", (name, PDF))])


async def test_a_file_of_an_order_is_taken_away_by_who_sees_the_order(
    served: Served, stranger: httpx.AsyncClient
) -> None:
    order = an_order(served)
    await sign_in(stranger, "unit_handler")
    made = await stranger.post(path_of(order), data={}, files=NAMED)
    assert made.status_code == 201, made.text
    (file,) = made.json()
    assert CANARY not in made.text, "a name is masked"
    assert (file["size"], file["media_type"], file["personal"]) == (
        len(PDF), "application/pdf", False,
    )  # fmt: skip
    for name, status in (("unit_handler", 200), ("agent", 200), ("li.ming", 403)):
        await sign_in(stranger, name)
        taken = await stranger.get(f"/evidence/{file['number']}")
        assert taken.status_code == status
        assert status != 200 or taken.content == PDF
    await sign_in(stranger, "dispatcher")
    page = (await stranger.get(f"/attachments/orders/{order}")).text
    assert 'id="attach"' in page
    assert CANARY not in page
    assert f"/attachments/orders/{order}" in (await stranger.get(f"/orders/{order}")).text
    parts = served.dependencies
    with parts.database.reading() as session:
        assert not list(evidence_breaks(session))
        assert not list(evidence_flaws(session, evidence_store(parts.settings)))


async def test_personal_data_is_for_who_may_see_contacts_and_on_record(
    served: Served, stranger: httpx.AsyncClient
) -> None:
    order = an_order(served)
    await sign_in(stranger, "dispatcher")
    (file,) = (await attach(stranger, path_of(order), personal="1")).json()
    address = f"/api/evidence/{file['number']}"
    assert (await stranger.get(address)).status_code == 403
    page = (await stranger.get(f"/attachments/orders/{order}")).text
    assert "含个人信息" in page
    assert f"/evidence/{file['number']}" not in page
    await sign_in(stranger, "supervisor")
    assert (await stranger.get(address)).content == PDF
    with served.dependencies.database.reading() as session:
        last = read_audit(session, limit=1)[0]
    assert (last.actor, last.action, last.subject_id) == (
        "supervisor", "evidence.taken", file["number"],
    )  # fmt: skip


async def test_an_order_that_has_ended_takes_no_file(
    served: Served, stranger: httpx.AsyncClient
) -> None:
    order = an_order(served, Step.COMPLETE)
    await sign_in(stranger, "dispatcher")
    refused = await attach(stranger, path_of(order))
    problem = refused.json()
    assert (refused.status_code, problem["state"], problem["allowed"]) == (409, "completed", [])
    assert problem["detail"]


async def test_what_is_no_evidence_or_too_much_is_refused(
    served: Served, stranger: httpx.AsyncClient
) -> None:
    order = an_order(served)
    await sign_in(stranger, "dispatcher")
    assert (await attach(stranger, path_of(order), name="现场.exe")).status_code == 422
    assert (await attach(stranger, path_of(order), name="现场.docx")).status_code == 422
    assert (await stranger.post(path_of(order), files=[("x", ("a.pdf", PDF))])).status_code == 422
    for _ in range(MOST_FILES // 10):
        ten = [("files", (f"{n}.pdf", PDF)) for n in range(10)]
        assert (await stranger.post(path_of(order), files=ten)).status_code == 201
    assert (await attach(stranger, path_of(order))).status_code == 409
    assert (await attach(stranger, path_of(order, "drawers"))).status_code == 404
    assert (await attach(stranger, path_of("W-0"))).status_code == 404


@pytest.mark.parametrize("who", ["network_engineer", "callback_agent", "knowledge_editor"])
async def test_the_wrong_side_attaches_nothing_and_is_audited(
    served: Served, stranger: httpx.AsyncClient, who: str
) -> None:
    order = an_order(served)
    await sign_in(stranger, who)
    assert (await attach(stranger, path_of(order))).status_code == 403
    with served.dependencies.database.reading() as session:
        last = read_audit(session, limit=1)[0]
    assert (last.actor, last.action) == (who, "refused")


async def test_either_side_bears_out_a_matter_until_it_is_decided(
    served: Served, stranger: httpx.AsyncClient
) -> None:
    parts = served.dependencies
    about = Submission(AdjudicationKind.COMPLAINT, "", NOW, "态度差", "attitude", person="agent")
    with unit_of_work(parts.database, parts.bus, parts.clock, actor("supervisor")) as uow:
        number = submit(uow, parts.site, about).number
    for who in ("supervisor", "purchaser_supervisor"):
        await sign_in(stranger, who)
        assert (await attach(stranger, path_of(number, "adjudications"))).status_code == 201
    assert len((await stranger.get(path_of(number, "adjudications"))).json()) == 2
    with unit_of_work(parts.database, parts.bus, parts.clock, actor("purchaser_supervisor")) as uow:
        take_step(uow, number, AdjudicationStep.REJECT, Ruling("不属实"))
    refused = await attach(stranger, path_of(number, "adjudications"))
    assert (refused.status_code, refused.json()["state"]) == (409, "rejected")


async def test_an_exemption_is_borne_out_by_files_until_it_is_decided(
    served: Served, stranger: httpx.AsyncClient
) -> None:
    parts = served.dependencies
    window = ExemptionRequest((1,), NOW - timedelta(hours=9), NOW, "运营商中断", "豫通7号")
    with unit_of_work(parts.database, parts.bus, parts.clock, actor("supervisor")) as uow:
        number = request_exemption(uow, parts.site, window).number
    await sign_in(stranger, "supervisor")
    assert (await attach(stranger, path_of(number, "exemptions"))).status_code == 201
    with unit_of_work(parts.database, parts.bus, parts.clock, actor("purchaser_supervisor")) as uow:
        decide_exemption(uow, number, ExemptionStep.REFUSE, "不属实")
    assert (await attach(stranger, path_of(number, "exemptions"))).status_code == 409


async def test_only_files_of_orders_are_personal(
    served: Served, stranger: httpx.AsyncClient
) -> None:
    """Of anything else whoever sees the record takes them away: nothing is kept as if it were."""
    parts = served.dependencies
    with unit_of_work(parts.database, parts.bus, parts.clock, actor("supervisor")) as uow:
        number = declare_topic(uow, parts.site, "退费", "下月起").number
    await sign_in(stranger, "supervisor")
    refused = await attach(stranger, path_of(number, "topics"), personal="1")
    assert (refused.status_code, refused.json()["title"]) == (422, "这类附件不能标为含个人信息")
    assert (await stranger.get(path_of(number, "topics"))).json() == []


async def test_a_hot_topic_has_its_material_as_files(
    served: Served, stranger: httpx.AsyncClient
) -> None:
    parts = served.dependencies
    with unit_of_work(parts.database, parts.bus, parts.clock, actor("supervisor")) as uow:
        number = declare_topic(uow, parts.site, "退费", "下月起").number
    await sign_in(stranger, "supervisor")
    assert (await attach(stranger, path_of(number, "topics"))).status_code == 201
    assert f"/attachments/topics/{number}" in (await stranger.get(f"/training/{number}")).text
    await sign_in(stranger, "dispatcher")
    assert (await attach(stranger, path_of(number, "topics"))).status_code == 403
