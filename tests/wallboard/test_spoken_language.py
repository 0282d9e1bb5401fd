"""A Chinese page speaks Chinese: no sentence of it stands in English."""

import html
import re

import httpx
import pytest

from ops_core.kernel.i18n import Language
from ops_core.kernel.identity import OPERATOR_ROLES, set_roles
from ops_core.kernel.permissions import Role
from ops_core.kernel.settings import Settings
from tests.wallboard.conftest import sign_in
from tests.wallboard.serve import Served
from wallboard.administration.setting_words import CHINESE
from wallboard.administration.words import role_word

SENTENCE = re.compile(r"[A-Za-z][a-z]+(?:[ ,]+[A-Za-z][a-z]+){2,}")
"""Three words of letters in a row; names of products and of devices are shorter, or no words."""
UNSPOKEN = re.compile(r"(?s)<(pre|script|style|svg)\b.*?</\1>")
ROOMS = (
    "/account", "/devices/rt-a", "/seats/37", "/services/platform", "/circuits/egov-a",
    "/exemptions?indicator=1", "/network/documents/addresses", "/indicators/1", "/indicators/12",
    "/calls?abnormal=1", "/assessment/2026-11/12", "/incidents/F-20261123-007",
)  # fmt: skip
AS_DECLARED = ("/network/proofs", "/network/documents")
"""They show purposes and reasons as the declaration words them, and commands of devices."""


async def test_no_page_of_the_menu_and_no_room_has_an_english_sentence(
    served: Served, day: None, stranger: httpx.AsyncClient
) -> None:
    with served.unit_of_work() as uow:
        set_roles(uow, "guest", OPERATOR_ROLES)
    await sign_in(stranger, "guest")
    menu = re.findall(r'<a href="(/[\w/]+)" data-key', (await stranger.get("/health")).text)
    assert len(menu) > 20
    found = {}
    for path in [*menu, *ROOMS]:
        if path in AS_DECLARED:
            continue
        answer = await stranger.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        spoken = html.unescape(re.sub(r"(?s)<[^>]*>", "\n", UNSPOKEN.sub(" ", answer.text)))
        if sentences := SENTENCE.findall(spoken):
            found[path] = sentences
    assert found == {}


@pytest.mark.parametrize("role", Role)
def test_every_role_has_a_name_in_either_language(role: Role) -> None:
    names = {role_word(role, language) for language in Language}
    assert role.value not in names
    assert len(names) == len(Language)


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_that_is_described_is_described_in_chinese(name: str) -> None:
    assert (name in CHINESE) is bool(Settings.model_fields[name].description)
