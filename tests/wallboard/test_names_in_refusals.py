"""Refusals say people and units by the names of the screens, as far as the reader sees them."""

import httpx
import pytest

from ops_core.hotline.orders.steps import Step
from ops_core.kernel.errors import Conflict, refusal_of
from ops_core.kernel.i18n import message, translate
from ops_core.kernel.shown_names import PersonName, UnitName, holds_names, with_shown_names
from tests.wallboard.conftest import sign_in
from tests.wallboard.hotline_story import Story
from tests.wallboard.serve import Served

STEP = "/api/orders/{number}/{step}"


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_unit_is_named_by_its_title_in_either_language(
    stranger: httpx.AsyncClient, served: Served, language: str
) -> None:
    unit = served.dependencies.site.hotline.unit_of["housing"].title
    lead = unit.en if language == "en" else unit.zh
    story = Story(served)
    story.call("c-1")
    number = story.order("a")
    await sign_in(stranger, "dispatcher")
    stranger.cookies.set("zhishou_language", language)
    wrong = {"unit": "nowhere"}
    asked = STEP.format(number=number, step="dispatch")
    answer = (await stranger.post(asked, json=wrong)).json()
    assert "nowhere" in answer["detail"]
    assert lead in answer["remedy"]
    assert "housing" in answer["units"]
    story.step(number, Step.DISPATCH, "dispatcher", "housing", "")
    story.step(number, Step.SIGN, "unit_handler", "", "")
    twice = {"co_unit": "housing", "remark": "说明"}
    asked = STEP.format(number=number, step="enlist")
    answer = (await stranger.post(asked, json=twice)).json()
    assert lead in answer["detail"]
    assert "housing" not in answer["detail"]


def test_names_are_put_in_wherever_they_stand_in_a_refusal() -> None:
    units = tuple(map(UnitName, ("a", "b")))
    inner = message("{name} 办理", name=PersonName("li"))
    refusal = refusal_of(Conflict("x", message("{units}：{inner}", units=units, inner=inner), "y"))
    assert holds_names(refusal)
    assert refusal.detail == "a、b：li 办理"
    shown = with_shown_names(refusal, lambda one: f"<{type(one).__name__}>")
    assert translate(shown.detail, "zh") == "<UnitName>、<UnitName>：<PersonName> 办理"
    assert translate(shown.detail, "en").startswith("<UnitName>, <UnitName>")
    assert not holds_names(refusal_of(Conflict("x", message("{n}", n=1))))
