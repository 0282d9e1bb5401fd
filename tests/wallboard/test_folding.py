"""Folding leaves nothing out and keeps the order."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from device_configs.site.model import Title
from wallboard.folding import SHOWN_LINES, lines_folded, repeats_folded
from wallboard.incidents.detail import TimelineLine

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)
texts = st.sampled_from(("判定更新", "确认", "恢复"))


@given(st.lists(texts, max_size=20))
def test_neighbours_that_say_the_same_are_one_line_that_counts_them(said: list[str]) -> None:
    timeline = [
        TimelineLine(AT + timedelta(seconds=n), Title.composed(zh=text, en=text))
        for n, text in enumerate(said)
    ]
    folded = repeats_folded(timeline)
    assert [one.first.text.zh for one in folded for _ in range(one.times)] == said
    assert all(a.first.text != b.first.text for a, b in pairwise(folded))
    assert all(one.last.at - one.first.at == timedelta(seconds=one.times - 1) for one in folded)


@given(st.integers(0, 400))
def test_a_long_difference_shows_its_head_and_folds_the_rest(length: int) -> None:
    lines = [f"+line {n}" for n in range(length)]
    parts = lines_folded("\n".join(lines))
    assert [*parts.shown, *parts.folded] == lines
    assert bool(parts.folded) is (length > SHOWN_LINES + SHOWN_LINES // 4)
