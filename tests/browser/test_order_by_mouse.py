"""A new agent's first order by mouse, at a person's pace: within the same limit as by keyboard.

The pace is the keystroke-level model's (Card, Moran and Newell 1980): to point at something 1.1 s,
to press the button 0.2 s, to make up one's mind before a list 1.35 s, a keystroke of a practised
typist 0.2 s; a Chinese character takes three of them.
"""

import time
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Screen
from tests.browser.test_orders import INTAKE_LIMIT_S, HotlineCentre, hotline
from tests.pace import slowness

__all__ = ["hotline"]
pytestmark = pytest.mark.browser

POINT_S, PRESS_S, DECIDE_S, CHARACTER_S = 1.1, 0.2, 1.35, 3 * 0.2
CLICKS, FIELDS = 8, 5
"""What an order takes at most: a type, two lists, title and text, and the button."""


@dataclass
class Hand:
    """A person's right hand, and how long it took, in seconds of the model."""

    page: Page
    clicks: int = 0
    fields: int = 0
    seconds: float = 0.0

    def click(self, where: Locator) -> None:
        where.hover()
        self._take(POINT_S + PRESS_S)
        where.click()
        self.clicks += 1

    def fill(self, where: Locator, text: str) -> None:
        self.click(where)
        where.press_sequentially(text, delay=CHARACTER_S * 1000)
        self.seconds += CHARACTER_S * len(text)
        self.fields += 1

    def choose(self, where: Locator, value: str) -> None:
        """A list is opened by one click and chosen from by another: the browser draws it."""
        where.hover()
        self._take(2 * (POINT_S + PRESS_S) + DECIDE_S)
        where.select_option(value)
        self.clicks += 2
        self.fields += 1

    def pick(self, where: Locator) -> None:
        self.click(where)
        self.fields += 1

    def _take(self, seconds: float) -> None:
        self.page.wait_for_timeout(seconds * 1000)
        self.seconds += seconds


def test_a_new_agents_first_order_by_mouse_is_recorded_in_time(
    screen: Screen, hotline: HotlineCentre
) -> None:
    page = screen.open(hotline.address, "/agent", user="agent")
    hotline.story.call("c-2", agent="agent", seat=12)
    expect(page.locator("#intake")).to_have_attribute("data-call", "pbx:c-2")
    hand, begun = Hand(page), time.monotonic()
    hand.pick(page.locator("label.chip", has=page.locator("[name=kind]")).nth(2))
    category, region = page.locator("#category"), page.locator("#region")
    hand.choose(category, value_of(category, 2))
    hand.choose(region, value_of(region, 1))
    hand.fill(page.locator("[name=title]"), "暖气不热")
    hand.fill(page.locator("[name=text]"), "三号楼暖气三天不热")
    hand.click(page.locator("#record"))
    expect(page.locator("#recorded")).to_contain_text("W-")
    elapsed = time.monotonic() - begun
    print(f"{elapsed:.1f} s, of which the person's {hand.seconds:.1f} s")
    assert (hand.clicks, hand.fields) == (CLICKS, FIELDS)
    assert elapsed - hand.seconds < (INTAKE_LIMIT_S - hand.seconds) * slowness()


def value_of(choice: Locator, position: int) -> str:
    """Of the option at a place of a list, from 1 behind the empty one."""
    value = choice.locator("option").nth(position).get_attribute("value")
    assert value
    return value
