"""不予受理, 直接答复, 并单, 转紧急 on the pages and over the API."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import pytest

from ops_core.hotline.cases.model import Channel
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.audit import read_audit
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.permissions import Actor, Role
from ops_core.knowledge.articles.service import (
    Draft,
    enter_article,
    publish_draft,
    submit_draft,
    update_article,
)
from tests.wallboard.conftest import sign_in
from tests.wallboard.hotline_story import Story
from tests.wallboard.serve import Served

EDITOR, REVIEWER = (
    Actor.user(name, (Role.KNOWLEDGE_EDITOR,)) for name in ("editor.one", "editor.two")
)
WEB: dict[str, object] = {"channel": Channel.WEB, "call": None, "number": "13912345678"}
As = Callable[[str], Awaitable[httpx.AsyncClient]]


@pytest.fixture
def story(served: Served) -> Story:
    return Story(served)


@pytest.fixture
def as_user(stranger: httpx.AsyncClient) -> As:
    async def signed_in(name: str) -> httpx.AsyncClient:
        await sign_in(stranger, name)
        return stranger

    return signed_in


def article(served: Served, title: str, body: str, number: str = "") -> str:
    """An article in force, or (``number``) the next version of one."""
    given = served.dependencies
    for actor, act in (
        (EDITOR, "write"),
        (EDITOR, "submit"),
        (REVIEWER, "publish"),
    ):
        with unit_of_work(given.database, given.bus, given.clock, actor) as uow:
            if act == "submit":
                submit_draft(uow, number)
            elif act == "publish":
                publish_draft(uow, number)
            elif number:
                update_article(uow, number, Draft(title, body))
            else:
                draft = Draft(title, body)
                number = enter_article(uow, given.site, "heating", ["供暖"], draft).number
    return number


async def test_a_direct_answer_shows_article_and_version_with_a_link(
    served: Served, story: Story, as_user: As, clock: FixedClock
) -> None:
    order = story.order("r-1", **WEB)
    number = article(served, "供暖时间", "十一月十五日起供暖。")
    agent = await as_user("agent")
    page = (await agent.get(f"/orders/{order}")).text
    assert 'id="do-answer_directly"' in page
    assert 'id="kb-search"' in page
    uncited = await agent.post(f"/orders/{order}/answer_directly", data={"remark": "已答复"})
    assert uncited.status_code == 422
    form = {"remark": "已按口径答复", "cited": f"{number}/1"}
    answered = await agent.post(
        f"/orders/{order}/answer_directly", data=form, follow_redirects=True
    )
    assert "已直接答复" in answered.text
    link = f"/orders/{order}/cited/{number}/1"
    assert answered.text.count(f'href="{link}"') == 2, "beside the request and in its course"
    clock.advance(timedelta(minutes=1))
    article(served, "供暖时间", "十一月十日起供暖。", number)
    cited = (await agent.get(link)).text
    assert "十一月十五日起供暖。" in cited, "what was read out, not what holds now"
    again = await agent.post(f"/api/orders/{order}/answer_directly",
                             json={"remark": "x", "cited": [f"{number}/2"]})  # fmt: skip
    assert again.status_code == 409
    assert again.json()["allowed"] == ["reopen"]


async def test_a_merged_order_and_its_lead_point_at_each_other(
    served: Served, story: Story, as_user: As
) -> None:
    lead, twin = story.order("r-1", **WEB), story.order("r-2", **WEB)
    dispatcher = await as_user("dispatcher")
    offered = (await dispatcher.get(f"/orders/{twin}")).text
    assert f'<option value="{lead}">' in offered, "the same requester's other order"
    first = offered.partition('id="steps"')[2].partition("<button")[2].partition(">")[0]
    assert "disabled" in first, "Enter in the field of the lead order dispatches nothing"
    merged = await dispatcher.post(f"/api/orders/{twin}/merge", json={"lead": lead})
    assert merged.json()["order"]["merged_into"] == lead
    assert merged.json()["lead"]["number"] == lead
    story.step(lead, Step.ANSWER, "agent")
    page = (await dispatcher.get(f"/orders/{twin}")).text
    assert "已并单" in page
    assert f'href="/orders/{lead}"' in page
    assert "（主单的回应）" in page
    of_lead = (await dispatcher.get(f"/orders/{lead}")).text
    assert f'href="/orders/{twin}"' in of_lead
    refused = await dispatcher.post(f"/api/orders/{twin}/dispatch", json={"unit": "housing"})
    assert refused.status_code == 409
    assert refused.json()["state"] == "merged"


async def test_what_is_not_accepted_needs_a_listed_reason_and_a_second_person(
    served: Served, story: Story, as_user: As
) -> None:
    order = story.order("r-1", **WEB)
    agent = await as_user("agent")
    at = f"/api/orders/{order}/decline"
    assert (await agent.post(at, json={"remark": "x", "reason": "lazy"})).status_code == 422
    assert (await agent.post(at, json={"remark": "x"})).status_code == 422
    proposed = await agent.post(at, json={"remark": "已进入信访", "reason": "petition"})
    assert proposed.json()["order"]["state"] == "declining"
    page = (await agent.get(f"/orders/{order}")).text
    assert "已进入信访渠道" in page
    assert (await agent.post(f"/api/orders/{order}/confirm", json={})).status_code == 403
    supervisor = await as_user("supervisor")
    assert order in (await supervisor.get("/orders?tab=declining")).text
    confirmed = await supervisor.post(f"/orders/{order}/confirm", follow_redirects=True)
    assert "不予受理" in confirmed.text


async def test_a_unit_hands_nothing_on_and_it_is_audited(
    served: Served, story: Story, as_user: As
) -> None:
    order = story.order("r-1", Step.DISPATCH, **WEB)
    handler = await as_user("unit_handler")
    refused = await handler.post(
        f"/api/orders/{order}/transfer", json={"remark": "x", "service": "110"}
    )
    assert refused.status_code == 403
    with served.dependencies.database.reading() as session:
        assert read_audit(session, 1)[0].subject_id == order
    agent = await as_user("agent")
    second = story.order("r-2", **WEB)
    done = await agent.post(
        f"/orders/{second}/transfer", data={"remark": "已接警", "service": "119"},
        follow_redirects=True,
    )  # fmt: skip
    assert "119 消防" in done.text
    agent.cookies.set("zhishou_language", "en")
    assert "119 fire brigade" in (await agent.get(f"/orders/{second}")).text
