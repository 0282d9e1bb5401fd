"""One key alone records nothing that cannot be taken back: it asks, or it only brings the focus."""

import re

from wallboard.pages import TEMPLATES

ASKING = ("data-confirm=", "data-confirm-key=", "data-focus")
HARMLESS = {
    "acknowledge.html": "is the question itself",
    "incidents.html": "leads to the question",
}
"""Templates with a button that a key presses at once, and why it may."""
SOMETIMES = {
    "incident.html": "what it does not ask about is undone: tests/incident/test_undoing.py",
    "order.html": "what it does not ask about is undone: test_hotline_forms.py",
}
"""Templates with a button that asks by what it does."""
ASKS_BY_CONDITION = re.compile(r"{% if [^%]*%} data-confirm(-key)?=")
BUTTON = re.compile(r"<button\b.*?</button>", re.DOTALL)


def test_a_key_that_presses_a_button_at_once_does_no_harm() -> None:
    at_once = {
        template.name
        for template in (TEMPLATES / "console").glob("*.html")
        for button in BUTTON.findall(template.read_text())
        if "data-key=" in button and not any(mark in button for mark in ASKING)
    }
    assert at_once == set(HARMLESS)


def test_a_button_that_asks_by_what_it_does_is_tried_where_that_is_decided() -> None:
    sometimes = {
        template.name
        for template in (TEMPLATES / "console").glob("*.html")
        for button in BUTTON.findall(template.read_text())
        if "data-key=" in button and ASKS_BY_CONDITION.search(button)
    }
    assert sometimes == set(SOMETIMES)
