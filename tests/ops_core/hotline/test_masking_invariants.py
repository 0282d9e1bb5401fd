"""Invariant 20: no text shows a number, however it was typed; masking twice is masking once."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_core.hotline.contacts.vault import mask_name
from ops_core.kernel.errors import Invalid
from ops_core.kernel.masking import mask_number, mask_text, normal_number

PHONE = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|0[1-9]\d{1,2}-?\d{7,8}|0\d{9,11})(?!\d)")
IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
FULL_WIDTH = str.maketrans("0123456789+-", "０１２３４５６７８９＋－")
BREAKS = ["", " ", "-", "—", "－", ".", "·", "\u3000", " - "]

digits = st.text("0123456789")
subscribers = st.text("0123456789", min_size=9, max_size=9)
mobiles = st.builds(lambda a, b: f"1{a}{b}", st.sampled_from("3456789"), subscribers)
landlines = st.builds(
    lambda area, number: area + number,
    st.sampled_from(["010", "021", "0371", "0398"]),
    st.text("0123456789", min_size=7, max_size=8),
)
identities = st.builds(
    lambda area, middle, check: area + middle + check,
    st.sampled_from(["410102", "110101"]),
    st.text("0123456789", min_size=11, max_size=11),
    st.sampled_from("0123456789Xx"),
)
surroundings = st.text(
    st.one_of(st.sampled_from("电话是，。:*+-() 0123456789Xx"), st.characters(codec="utf-8")),
    max_size=12,
)


@st.composite
def typed(draw: st.DrawFn, numbers: st.SearchStrategy[str]) -> tuple[str, str]:
    """A number, and a spelling of it: broken into groups, with a country prefix, full width."""
    number = draw(numbers)
    is_mobile = len(number) == 11 and number[0] == "1"
    prefix = draw(st.sampled_from(["", "+86", "0086 ", "86-"])) if is_mobile else ""
    cuts = sorted(draw(st.sets(st.integers(1, len(number) - 1), max_size=4)))
    bounds = zip([0, *cuts], [*cuts, len(number)], strict=True)
    spelt = prefix + draw(st.sampled_from(BREAKS)).join(number[a:b] for a, b in bounds)
    return number, spelt.translate(FULL_WIDTH) if draw(st.booleans()) else spelt


@given(typed(st.one_of(mobiles, landlines, identities)))
def test_no_spelling_of_a_number_shows_it(told: tuple[str, str]) -> None:
    number, spelt = told
    for text in (spelt, f"请回电{spelt}，谢谢", f"**{spelt}**", f"（{spelt}）"):
        shown = mask_text(text)
        assert "*" in shown
        assert number not in re.sub(r"\D", "", unicodedata.normalize("NFKC", shown))


@given(surroundings, typed(st.one_of(mobiles, landlines, identities)), surroundings, surroundings)
def test_masking_twice_is_masking_once(
    before: str, told: tuple[str, str], between: str, after: str
) -> None:
    once = mask_text(before + told[1] + between + told[1] + after)
    assert mask_text(once) == once
    folded = unicodedata.normalize("NFKC", once)
    assert not PHONE.search(folded)
    assert not IDENTITY.search(folded)


def test_a_raised_digit_between_two_numbers_hides_neither() -> None:
    number = "41010200000000000X"
    shown = unicodedata.normalize("NFKC", mask_text(f"{number}¹{number}0"))
    assert not IDENTITY.search(shown)


@given(st.text(st.sampled_from("0139 -*.\u3000１＋+86Xx电"), max_size=40))
def test_no_text_of_digits_and_breaks_shows_a_number(text: str) -> None:
    shown = mask_text(text)
    assert mask_text(shown) == shown
    assert not PHONE.search(unicodedata.normalize("NFKC", shown))
    assert not IDENTITY.search(unicodedata.normalize("NFKC", shown))


@pytest.mark.parametrize(
    "text",
    [
        "工单W-20260302-00001，2026-03-02 13:00受理",
        "诉求C-20261124-00037于2026年11月24日8时30分登记",
        "小区3号楼2单元1801室，面积126.5平方米，欠费13900元",
        "拨打12345或110、0371",
    ],
)
def test_a_text_without_a_number_stays_as_it_is(text: str) -> None:
    assert mask_text(text) == text


@given(typed(mobiles))
def test_every_spelling_of_a_number_is_one_requester(told: tuple[str, str]) -> None:
    number, spelt = told
    assert normal_number(spelt) == number
    assert normal_number(f"0{number}") == number


@given(st.text(max_size=30))
def test_what_is_taken_for_a_number_is_ascii_digits(text: str) -> None:
    try:
        number = normal_number(text)
    except Invalid:
        return
    assert re.fullmatch(r"\+?[0-9]{3,20}", number)
    assert normal_number(number) == number


@given(digits, st.text(max_size=6))
def test_a_masked_number_or_name_stays_masked(number: str, name: str) -> None:
    assert mask_number(mask_number(number)) == mask_number(number)
    assert mask_name(mask_name(name)) == mask_name(name)
    if len(number) >= 8:
        assert number not in mask_number(number)
