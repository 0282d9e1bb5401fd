"""An agent searches the knowledge base while the call goes on, and the order cites what he read."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.permissions import Actor
from ops_core.knowledge.articles.service import Draft, update_article
from tests.browser.conftest import Pictures, Screen, ServerThread
from tests.browser.test_orders import HotlineCentre, record_by_keyboard, take_picture
from tests.ops_core.knowledge.people import WRITER, published, release

pytestmark = pytest.mark.browser

ARTICLE = Draft("集中供暖不热怎样处理", "先问室温与报修情况；整片停暖的报值班长。")


@pytest.fixture
def hotline(tmp_path: Path) -> Iterator[HotlineCentre]:
    server = ServerThread(tmp_path, records=False)
    with server as running:
        yield HotlineCentre(running.address, server.made)


def test_what_is_read_out_on_a_call_is_cited_on_its_order(
    screen: Screen, hotline: HotlineCentre, screenshots: Pictures
) -> None:
    given = hotline.served.dependencies

    def work(actor: Actor):  # type: ignore[no-untyped-def]
        return unit_of_work(given.database, given.bus, given.clock, actor)

    number = published(work, given.site, ARTICLE)
    hotline.story.call("c-1", agent="agent", seat=12)
    agent = screen.open(hotline.address, "/agent", user="agent")
    agent.keyboard.press("Alt+k")
    expect(agent.locator("#kb-search")).to_be_focused()
    agent.keyboard.type("暖气 供暖")
    expect(agent.locator("#kb-results")).to_contain_text("没有找到生效的知识")
    agent.locator("#kb-search").fill("供暖不热")
    expect(agent.locator("#kb-hits .hit")).to_have_count(1)
    agent.keyboard.press("Enter")
    expect(agent.locator("#kb-open")).to_contain_text(ARTICLE.body)
    agent.keyboard.press("Alt+c")
    agent.keyboard.press("Alt+c")
    expect(agent.locator("#cited [name=cited]")).to_have_count(1)
    with work(WRITER) as uow:
        update_article(uow, number, Draft(ARTICLE.title, "新口径：一律派当地政府。"))
    release(work, number)
    agent.locator("[name=kind]").first.focus()
    record_by_keyboard(agent)
    order = agent.locator("#recorded a").inner_text()
    expect(agent.locator("#cited [name=cited]")).to_have_count(0)
    agent.goto(f"{hotline.address}/orders/{order}")
    link = agent.get_by_role("link", name=re.compile("引用知识"))
    expect(link).to_have_attribute("href", f"/orders/{order}/cited/{number}/1")
    link.click()
    expect(agent.locator("main")).to_contain_text(ARTICLE.body)
    expect(agent.locator(".hint")).to_contain_text("现已失效")
    take_picture(agent, screenshots, "knowledge-cited")
    editor = screen.open(hotline.address, f"/knowledge/articles/{number}", user="knowledge_editor")
    expect(editor.locator("main")).to_contain_text("已发布的版本")
    take_picture(editor, screenshots, "knowledge-article")
    for path in ("/knowledge/notices", "/training", "/knowledge?q=供暖"):
        editor.goto(hotline.address + path)
        take_picture(editor, screenshots, "page" + re.sub(r"\W+", "-", path.partition("?")[0]))
