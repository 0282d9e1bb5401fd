"""Many incidents acknowledged by key, and a false alarm by two people, in two browsers."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from device_configs.site.model import FaultClassName
from incident.bulk import waiting
from ops_core.app.wall_parts.incidents import IncidentList
from ops_core.kernel.workers import Worker
from tests.browser.conftest import Pictures, Screen, Served
from tests.wallboard.incidents_story import Bad, open_incident, trunk_down

pytestmark = pytest.mark.browser

CASE = "/incidents/F-20261123-007"


def storm(served: Served, count: int) -> None:
    """So many incidents that nobody has acknowledged, beside those of the bad day."""
    now = served.made.dependencies.clock.now()
    for n in range(count):
        group = trunk_down(now - timedelta(hours=1) + timedelta(seconds=n))
        bad = Bad(f"F-20261123-{100 + n}", FaultClassName.GENERAL, group)
        open_incident(served.made, bad)


def show_on_wall(served: Served) -> None:
    """Let the wall follow what the database holds, by the product's own list."""
    given = served.made.dependencies
    following = IncidentList(given.site, given.database)
    worker = Worker("wall-incidents", given.clock, is_vital=False, longest_silence_s=None)
    for _ in range(5):
        view = following.look(given.clock.now(), worker)
    served.centre.change(incidents=view)


def test_rows_are_picked_by_key_and_acknowledged_after_a_look(
    screen: Screen, served: Served, screenshots: Pictures
) -> None:
    storm(served, 5)
    page = screen.open(served.address, "/incidents")
    expect(page.locator("#acknowledge-chosen")).to_be_disabled()
    page.keyboard.press("a")
    expect(page).to_have_url(re.compile("/incidents$"))
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#chosen-count")).to_have_text("1")
    for _ in range(6):
        page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    # From the first row to the seventh, without the two that somebody has seen.
    expect(page.locator("#chosen-count")).to_have_text("5")
    page.evaluate("document.querySelector('tr.chosen').dataset.former = 'yes'")
    page.evaluate("htmx.trigger(document.getElementById('content'), 'refresh')")
    expect(page.locator("tr[data-former]")).to_have_count(0)
    expect(page.locator(".choice :checked")).to_have_count(5)
    screenshots.take(page, "incidents-picked.png")
    page.keyboard.press("a")
    expect(page.locator("#summary")).to_have_text("将确认5起故障")
    expect(page.locator("#confirm-all")).to_be_focused()
    screenshots.take(page, "acknowledge-preview.png")
    with served.made.dependencies.database.reading() as session:
        assert len(waiting(session)) == 6, "nothing is done before it was seen"
    page.keyboard.press("Enter")
    expect(page.locator("#summary")).to_have_text("已确认5起故障")
    screenshots.take(page, "acknowledge-done.png")
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile("/incidents$"))
    expect(page.locator(".choice input")).to_have_count(1)


def test_all_that_wait_are_acknowledged_by_class(screen: Screen, served: Served) -> None:
    storm(served, 3)
    page = screen.open(served.address, "/incidents", language="en")
    page.locator(".bulk select").select_option("general")
    page.locator("#acknowledge-all").click()
    expect(page.locator("#summary")).to_have_text("3 incidents will be acknowledged")
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile("/incidents$"))
    page.locator("#choose-all").check()
    expect(page.locator("#chosen-count")).to_have_text("4")
    page.locator("#choose-all").uncheck()
    expect(page.locator("#acknowledge-chosen")).to_be_disabled()
    first, last = page.locator(".choice input").first, page.locator(".choice input").last
    first.click()
    last.click(modifiers=["Shift"])
    expect(page.locator("#chosen-count")).to_have_text("4")


def test_rows_that_are_filtered_out_are_not_picked(screen: Screen, served: Served) -> None:
    """Neither by the box for all, nor by a range, nor by the keys."""
    storm(served, 3)
    page = screen.open(served.address, "/incidents")
    words, whole = page.locator("main .tools input"), page.locator("#choose-all")
    words.fill("F-20261123-101")
    whole.check()
    expect(page.locator("#chosen-count")).to_have_text("1")
    words.fill("")
    expect(page.locator(".choice :checked")).to_have_count(1)
    expect(whole).not_to_be_checked()
    whole.uncheck()
    words.fill("F-20261123-10")
    words.blur()
    for _ in range(9):
        page.keyboard.press("j")
    expect(page.locator("tr.chosen")).to_be_visible()
    page.locator("tr:visible .choice input").first.click()
    page.locator("tr:visible .choice input").last.click(modifiers=["Shift"])
    expect(page.locator("#chosen-count")).to_have_text("3")
    words.fill("nothing of this kind")
    words.blur()
    expect(page.locator("#chosen-count")).to_have_text("3")
    page.keyboard.press("x")
    expect(page.locator("#chosen-count")).to_have_text("3")


def test_who_may_not_handle_has_nothing_to_pick(screen: Screen, bad_day: Served) -> None:
    page = screen.open(bad_day.address, "/incidents", user="guest")
    expect(page.locator("tr[data-href]").first).to_be_visible()
    expect(page.locator(".choice")).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#bulk")).to_have_count(0)


def test_two_people_call_an_incident_a_false_alarm(
    screen: Screen, served: Served, screenshots: Pictures
) -> None:
    proposer = screen.open(served.address, CASE, user="duty_technician")
    screenshots.take(proposer, "false-alarm-none.png", full_page=True)
    proposer.keyboard.press("m")
    expect(proposer.locator("#alarm-reason")).to_be_focused()
    proposer.get_by_label("误报原因").select_option("drill")
    proposer.locator("#alarm-reason").fill("季度切换演练")
    proposer.locator("#alarm-propose").click()
    expect(proposer.locator("#alarm-state")).to_have_text("误报待确认")
    expect(proposer.locator("#alarm-confirm")).to_be_disabled()
    expect(proposer.locator("#alarm-confirm")).to_contain_text("您的角色不能这样操作")
    expect(proposer.locator("#alarm-withdraw")).to_be_enabled()
    second = screen.open(served.address, "/incidents", user="purchaser_supervisor")
    expect(second.locator("#pending")).to_have_text("1")
    screenshots.take(second, "false-alarm-list.png")
    second.keyboard.press("p")
    expect(second).to_have_url(re.compile("show=pending$"))
    expect(second.locator("tbody tr")).to_contain_text("季度切换演练")
    screenshots.take(second, "false-alarm-waiting.png")
    second.keyboard.press("j")
    second.keyboard.press("Enter")
    expect(second.locator("#alarm-confirm")).to_be_enabled()
    screenshots.take(second, "false-alarm-pending.png", full_page=True)
    second.locator("#alarm-reject").click()
    expect(second.locator("#notice")).to_contain_text("请写明理由")
    second.locator("#alarm-confirm").click()
    expect(second.locator("#alarm-state")).to_have_text("误报")
    expect(second.locator("#false-alarm dt")).to_have_text(["提出", "认定"])
    expect(second.locator("#false-alarm")).to_contain_text("张伟")
    expect(second.locator("header .clock")).to_have_count(0)
    screenshots.take(second, "false-alarm-confirmed.png", full_page=True)
    show_on_wall(served)
    wall = screen.open(served.address, "/wall", (3840, 2160))
    expect(wall.locator(".incidents .alarm")).to_contain_text("误报")
    expect(wall.locator(".verdict")).not_to_contain_text("重大故障")
    screenshots.take(wall, "false-alarm-wall.png")


def test_the_second_person_is_another_one_and_english_says_so(
    screen: Screen, served: Served, screenshots: Pictures
) -> None:
    page = screen.open(served.address, CASE, user="supervisor", language="en")
    page.locator("#alarm-reason").fill("monitoring was late")
    page.locator("#alarm-propose").click()
    expect(page.locator("#alarm-state")).to_have_text("False alarm to confirm")
    expect(page.locator("#alarm-confirm")).to_be_disabled()
    expect(page.locator("#alarm-confirm")).to_contain_text("your role may not do this")
    screenshots.take(page, "false-alarm-pending-en.png", full_page=True)
    page.locator("#alarm-withdraw").click()
    expect(page.locator("#alarm-state")).to_have_text("False alarm withdrawn")


@pytest.mark.parametrize("show", ["open", "pending", "false_alarms"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_list_scrolls_sideways(screen: Screen, served: Served, show: str, language: str) -> None:
    storm(served, 3)
    page = screen.open(served.address, f"/incidents?show={show}", (1440, 900), language)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
