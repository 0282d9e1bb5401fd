"""Every text of the screens has its English."""

import re
from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
PACKAGES = ("wallboard", "ops_core", "incident", "monitors", "device_configs", "seat_assets")
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "message": None, "pgettext": ((1, "c"), 2)}


def used() -> set[tuple[str | None, str]]:
    """Texts marked for translation, with their contexts."""
    found = set()
    options = {"**/templates/**.html": {"silent": "false", "trimmed": "true"}}
    for package in PACKAGES:
        for _, _, text, _, context in extract_from_dir(
            ROOT / package, METHODS, options, keywords=KEYWORDS
        ):
            if isinstance(text, str) and text:
                found.add((context, text))
    return found


def test_no_text_lacks_its_english() -> None:
    source = (ROOT / "wallboard/locale/en/LC_MESSAGES/messages.po").read_bytes()
    catalogue = read_po(BytesIO(source))
    lacking = [
        text
        for context, text in sorted(used(), key=str)
        if (entry := catalogue.get(text, context)) is None or not entry.string
    ]
    assert lacking == []


def test_values_have_the_same_names_in_both_languages() -> None:
    source = (ROOT / "wallboard/locale/en/LC_MESSAGES/messages.po").read_bytes()
    for entry in read_po(BytesIO(source)):
        if isinstance(entry.id, str) and isinstance(entry.string, str) and entry.id:
            pattern = r"%\(\w+\)[sd]|\{\w+\}"
            assert set(re.findall(pattern, entry.id)) == set(re.findall(pattern, entry.string))
