"""What nobody can read is no content."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_core.kernel.written_text import written


@pytest.mark.parametrize(
    "text",
    [
        "", "  \n\t", "\u3000", "\u200b", "\u200d\u200c", "\ufeff", "\u2060", "\x00",
        "\x1b[31m\x1b[0m",
        "\x1b]0;title\x07", "\u00ad", "\u202e", "\u3164", "\u2800", "\u115f\u1160", "\ufe0f",
        "\u0301", "\ud800", "\ue000", "\u200b \u200b",
        "\x7f", "\x85", "\u2028",
    ],
)  # fmt: skip
def test_a_text_of_nothing_to_read_is_empty(text: str) -> None:
    assert written(text) == ""


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("第一行\r\n第二行\t完", "第一行\n第二行\t完"),
        (" 已处理\u200b。 ", "已处理。"),
        ("\x1b[31m红\x1b[0m", "红"),
        ("a\x00b", "ab"),
        ("é e\u0301 👍🏽 ①", "é e\u0301 👍🏽 ①"),
        ("。", "。"),
    ],
)
def test_what_can_be_read_stays(text: str, kept: str) -> None:
    assert written(text) == kept


@given(st.text(st.characters(), max_size=40))
def test_writing_twice_is_writing_once_and_can_be_stored(text: str) -> None:
    kept = written(text)
    assert written(kept) == kept
    assert "\x00" not in kept
    assert "\x1b" not in kept
    kept.encode()
