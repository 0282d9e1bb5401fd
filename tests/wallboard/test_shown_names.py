"""People by their display names: no template shows what somebody signs in with."""

import re
from pathlib import Path

import pytest

from wallboard.pages import TEMPLATES

ACCOUNT = re.compile(
    r"\.(\w+_by|actor|author|authors|handler|reviewer|proposer|confirmer)\b(?! *[=(])"
)
SHOWN = re.compile(r"\{\{.*?\}\}")
PAGES = sorted((TEMPLATES / "console").glob("*.html"), key=lambda path: path.name)
OTHER_WORDS = ("extended_by", "used_by", "taken_over_by", "sorted_by")
"""Not of people."""


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_whoever_acted_is_shown_as_people_call_him(page: Path) -> None:
    bare = []
    for shown in SHOWN.findall(page.read_text()):
        text = re.sub(r"(?:person|people)\([^)]*\)", "", shown)
        text = re.sub(r"\b(?:if|and|or|not) [\w.]+", "", text)
        bare += [found[0] for found in ACCOUNT.finditer(text) if found[1] not in OTHER_WORDS]
    if page.name == "audit.html":  # it shows the account, too: the record names no other
        bare.remove(".actor")
    assert bare == []
