"""A Chinese page has no sentence in English, and an English page none in Chinese."""

import html
import re

import httpx
import pytest
from fastapi import FastAPI

from ops_core.kernel.i18n import Language
from ops_core.kernel.identity import OPERATOR_ROLES, set_roles
from ops_core.kernel.permissions import Role
from ops_core.kernel.settings import Settings
from tests.wallboard.conftest import sign_in
from tests.wallboard.serve import Served
from tests.wallboard.walk import paths
from wallboard.administration.setting_words import CHINESE
from wallboard.administration.words import role_word
from wallboard.application import create_application

SENTENCE = re.compile(r"[A-Za-z][a-z]+(?:,? [A-Za-z][a-z]+)* [A-Za-z][a-z]+(?:,? [A-Za-z][a-z]+)+")
"""Three words of letters in a row; names of products are shorter, lists of names have commas."""
CHINESE_TEXT = re.compile(r"[\u4e00-\u9fff]{3,}[，。；：]?[\u4e00-\u9fff]*")
UNSPOKEN = re.compile(
    r"(?s)<(pre|script|style|code|textarea)\b.*?</\1>|<option lang.*?</option>|"
    r"<(\w+)[^>]* (?:lang=\"zh-CN\"|data-written)[^>]*>.*?</\2>"
)
ATTRIBUTES = re.compile(r' (?:title|aria-label|placeholder|data-confirm|data-over)="([^"]+)"')
WRITTEN = {"参观者", "小区供暖三天不热", "室温只有"}
"""What people of the test wrote, which stays as written."""
COMMAND = re.compile(r"zhishou [a-z]+ [a-z]+")
PARTS = (
    "/network/accounts/export",
    "/live",
    "/palette",
    "/static",
    "/api",
    "/metrics",
    "/healthz",
    "/openapi.json",
)
"""Paths that are no page."""
FILES = re.compile(r"/files/|\.(csv|xlsx|svg|json)$|/evidence/")


def pages(served: Served) -> list[str]:
    """Every page of the route table, with what is on record."""
    application = create_application(served.dependencies)
    assert isinstance(application, FastAPI)
    found = dict.fromkeys(paths(application, served.dependencies.database))
    return [one for one in found if not one.startswith(PARTS) and not FILES.search(one)]


def spoken(text: str) -> str:
    """What a page says: its texts, and those that stand in attributes."""
    left = UNSPOKEN.sub(" ", re.sub(r"(?s)^.*?<body", "<body", text))
    attributes = "\n".join(ATTRIBUTES.findall(left))
    return html.unescape(re.sub(r"(?s)<[^>]*>", "\n", left) + "\n" + attributes)


async def foreign(
    served: Served, stranger: httpx.AsyncClient, language: Language, pattern: re.Pattern[str]
) -> dict[str, list[str]]:
    """What each page says in the other language."""
    with served.unit_of_work() as uow:
        set_roles(uow, "guest", OPERATOR_ROLES)
    await sign_in(stranger, "guest")
    stranger.cookies.set("zhishou_language", language.value)
    asked = pages(served)
    assert len(asked) > 60
    found = {}
    for path in asked:
        answer = await stranger.get(path, follow_redirects=True)
        assert answer.status_code in (200, 403, 404), path
        text = COMMAND.sub("", spoken(answer.text))
        if sentences := set(pattern.findall(text)) - WRITTEN:
            found[path] = sorted(sentences)
    return found


async def test_no_page_has_an_english_sentence_in_chinese(
    served: Served, day: None, stranger: httpx.AsyncClient
) -> None:
    found = await foreign(served, stranger, Language.CHINESE, SENTENCE)
    assert found == {}


async def test_no_page_has_a_chinese_sentence_in_english(
    served: Served, day: None, stranger: httpx.AsyncClient
) -> None:
    found = await foreign(served, stranger, Language.ENGLISH, CHINESE_TEXT)
    assert found == {}


@pytest.mark.parametrize("role", Role)
def test_every_role_has_a_name_in_either_language(role: Role) -> None:
    names = {role_word(role, language) for language in Language}
    assert role.value not in names
    assert len(names) == len(Language)


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_that_is_described_is_described_in_chinese(name: str) -> None:
    assert (name in CHINESE) is bool(Settings.model_fields[name].description)
