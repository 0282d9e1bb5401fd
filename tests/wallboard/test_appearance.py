"""Light or dark by the reader's choice, else by his system's."""

import re

import httpx
import pytest

from wallboard.appearance import DARK_MEDIA, Appearance, appearance_of


@pytest.mark.parametrize("chosen", Appearance)
async def test_the_choice_holds_for_every_page(
    engineer: httpx.AsyncClient, chosen: Appearance
) -> None:
    data = {"appearance": chosen.value, "target": "/account"}
    answer = await engineer.post("/appearance", data=data)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    page = (await engineer.get("/account")).text
    media = re.findall(r'console-dark\.css" media="([^"]+)"', page)
    assert media == [DARK_MEDIA[chosen]]
    assert re.findall(r'value="(\w+)" aria-pressed="true"', page) == [chosen.value]


@pytest.mark.parametrize("cookie", [None, "", "purple"])
def test_a_strange_choice_is_none(cookie: str | None) -> None:
    assert appearance_of(cookie) is Appearance.SYSTEM
