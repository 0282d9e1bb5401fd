"""Consoles by mouse, by key, and while others work on the same incident."""

import re
import time

import pytest
from playwright.sync_api import Route, expect

from incident.service import acknowledge
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.permissions import Actor, Role
from tests.browser.conftest import Pictures, Screen, Served
from tests.wallboard.incidents_story import CUT
from tests.wallboard.serve import PASSWORD

pytestmark = pytest.mark.browser

CASE = "/incidents/F-20261123-007"
CONSOLES = (
    "/incidents",
    CASE,
    "/calls",
    "/calls/17954154.4",
    "/devices",
    "/seats",
    "/availability",
    "/indicators/13",
)
FITS = "document.documentElement.scrollWidth <= innerWidth"


def test_signing_in_leads_to_the_page_that_was_asked_for(screen: Screen, served: Served) -> None:
    page = screen.open(served.address, "/incidents")
    page.get_by_role("button", name="退出").click()
    page.goto(f"{served.address}{CASE}")
    page.get_by_label("用户名").fill("li.ming")
    page.get_by_label("口令").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(re.compile(re.escape(CASE)))


def test_the_language_is_switched_and_kept(screen: Screen, served: Served) -> None:
    page = screen.open(served.address, "/incidents")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Incidents")).to_be_visible()
    page.goto(f"{served.address}/wall")
    expect(page.get_by_text("Network and links")).to_be_visible()


def test_an_incident_is_acknowledged_by_key(
    screen: Screen, served: Served, screenshots: Pictures
) -> None:
    page = screen.open(served.address, CASE)
    page.wait_for_timeout(500)
    screenshots.take(page, "incident-1920.png")
    page.keyboard.press("a")
    expect(page.locator("#phase")).to_have_text("已确认，待响应")
    expect(page.locator("#do-acknowledge")).to_be_disabled()
    expect(page.locator("#do-respond")).to_have_class("go")
    page.keyboard.press("r")
    expect(page.locator("#phase")).to_have_text("处置中")


def test_a_step_may_follow_one_s_own_at_once(screen: Screen, served: Served) -> None:
    """The answer to the first is still on its way when the second is pressed, by key or mouse."""
    page = screen.open(served.address, CASE)
    page.route("**/acknowledge", _late)
    page.keyboard.press("a")
    page.keyboard.press("r")
    expect(page.locator("#phase")).to_have_text("处置中")
    expect(page.locator("#notice")).to_be_empty()
    assert page.locator("#steps [name=version]").get_attribute("value") == "3"


def _late(route: Route) -> None:
    """As over a slow line."""
    time.sleep(0.8)
    route.continue_()


def test_keys_are_letters_while_a_note_is_written(screen: Screen, served: Served) -> None:
    page = screen.open(served.address, CASE)
    page.keyboard.press("n")
    page.keyboard.type("aa rr")
    expect(page.locator("#note-text")).to_have_value("aa rr")
    expect(page.locator("#phase")).to_have_text("待确认")
    page.keyboard.press("Enter")
    expect(page.locator(".timeline")).to_contain_text("aa rr")
    expect(page.locator(".timeline")).to_contain_text("李明")


def test_what_is_being_typed_survives_a_live_update(screen: Screen, served: Served) -> None:
    page = screen.open(served.address, CASE)
    field = page.locator("#note-text")
    field.fill("正在联系")
    given, colleague = served.made.dependencies, Actor.user("zhang.wei", (Role.DUTY_TECHNICIAN,))
    with unit_of_work(given.database, given.bus, given.clock, colleague) as uow:
        acknowledge(uow, CUT)
    page.evaluate("htmx.trigger(document.getElementById('content'), 'refresh')")
    expect(page.locator(".meta")).to_contain_text("zhang.wei")
    expect(field).to_have_value("正在联系")
    expect(field).to_be_focused()


def _nothing_new(route: Route) -> None:
    """Answer a page's look at itself with nothing; its commands go through."""
    if route.request.method == "GET":
        route.fulfill(status=204)
    else:
        route.continue_()


def test_a_conflict_with_a_colleague_is_explained(screen: Screen, served: Served) -> None:
    mine = screen.open(served.address, CASE)
    mine.route(f"**{CASE}", _nothing_new)  # else the live stream brings the colleague's step first
    other = screen.open(served.address, CASE)
    other.keyboard.press("a")
    expect(other.locator("#phase")).to_have_text("已确认，待响应")
    mine.keyboard.press("a")
    expect(mine.locator("#notice")).to_contain_text("故障已被他人更新")
    mine.unroute_all()
    mine.evaluate("htmx.trigger(document.getElementById('content'), 'refresh')")
    expect(mine.locator("#phase")).to_have_text("已确认，待响应")


def test_who_may_not_handle_sees_disabled_actions(screen: Screen, bad_day: Served) -> None:
    page = screen.open(bad_day.address, CASE, user="guest")
    expect(page.locator("#do-acknowledge")).to_be_disabled()
    expect(page.locator("#do-acknowledge")).to_contain_text("您的角色不能处置故障")
    page.keyboard.press("a")
    page.wait_for_timeout(300)
    expect(page.locator("#phase")).to_have_text("待确认")


def test_the_palette_finds_and_opens(screen: Screen, bad_day: Served) -> None:
    page = screen.open(bad_day.address, "/devices")
    page.keyboard.press("Control+k")
    page.keyboard.type("政务外网A")
    expect(page.locator("#hits li").first).to_contain_text("政务外网A")
    expect(page.locator("#hits li[aria-selected=true]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/incidents/F-20261123-007|/circuits/egov-a"))


def test_the_question_mark_lists_the_keys(screen: Screen, bad_day: Served) -> None:
    page = screen.open(bad_day.address, "/incidents")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("写记录")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    # The address changes before the new page's script listens to keys.
    page.wait_for_url(re.compile(re.escape(CASE)))
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile("/incidents$"))


@pytest.mark.parametrize("dialog", ["shortcuts", "palette"])
def test_keys_are_the_page_s_as_soon_as_a_dialog_is_closed(
    screen: Screen, bad_day: Served, dialog: str
) -> None:
    """Before it is drawn again, when the dialog still has the focus: as typed on a busy machine."""
    page = screen.open(bad_day.address, "/incidents")
    page.evaluate(
        """name => {
            const dialog = document.getElementById(name);
            dialog.showModal();
            dialog.close();
            const typed = new KeyboardEvent("keydown", {key: "j", bubbles: true});
            document.activeElement.dispatchEvent(typed);
        }""",
        dialog,
    )
    expect(page.locator("tr.chosen")).to_have_count(1)


def test_a_list_that_is_renewed_keeps_the_chosen_row(screen: Screen, served: Served) -> None:
    page = screen.open(served.address, "/incidents")
    page.keyboard.press("j")
    chosen = page.locator("tr.chosen")
    expect(chosen).to_have_count(1)
    page.evaluate("document.querySelector('tr.chosen').dataset.former = 'yes'")
    page.evaluate(
        "document.querySelectorAll('[data-follow]').forEach(one => htmx.trigger(one, 'refresh'))"
    )
    expect(page.locator("tr[data-former]")).to_have_count(0)
    expect(chosen).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(re.escape(CASE)))


def test_a_call_is_opened_by_keys_and_its_caller_shown_on_demand(
    screen: Screen, served: Served
) -> None:
    page = screen.open(served.address, "/calls", user="supervisor")
    expect(page.locator("[data-since]").first).to_have_text(re.compile(r"^\d\d:\d\d$"))
    page.keyboard.press("j")
    expect(page.locator("tr.chosen")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/calls/pbx%3A1795415\d\.\d$"))
    expect(page.locator("#contact")).to_have_text("138****5678")
    page.keyboard.press("m")
    expect(page.locator("#sure")).to_be_visible()  # a look at a number stays on record
    page.keyboard.press("Enter")
    expect(page.locator("#contact")).to_contain_text("13812345678")
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile("/calls$"))
    assert "13812345678" not in page.content()


def test_a_list_without_incidents_says_so(screen: Screen, good_day: Served) -> None:
    page = screen.open(good_day.address, "/incidents")
    expect(page.get_by_text("当前没有处置中的故障")).to_be_visible()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_console_scrolls_sideways(screen: Screen, bad_day: Served, language: str) -> None:
    first, *others = CONSOLES
    page = screen.open(bad_day.address, first, (1440, 900), language)
    fits = {first: page.evaluate(FITS)}
    for path in others:
        page.goto(f"{bad_day.address}{path}")
        fits[path] = page.evaluate(FITS)
    assert [path for path, narrow in fits.items() if not narrow] == []
