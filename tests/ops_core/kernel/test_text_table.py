from hypothesis import given
from hypothesis import strategies as st

from ops_core.kernel.text_table import shown_width, text_table

CELLS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Mn", "Me"]), max_size=8)


def test_columns_stand_below_their_heads_in_both_scripts() -> None:
    assert text_table(("编号", "class"), [("F-1", "major"), ("接入交换机", "一般")]) == (
        "编号        class\nF-1         major\n接入交换机  一般"
    )


def test_without_rows_there_are_the_heads() -> None:
    assert text_table(("element", "state"), []) == "element  state"


@given(st.lists(CELLS, max_size=6))
def test_every_second_column_begins_at_the_same_place(firsts: list[str]) -> None:
    lines = text_table(("a", "b"), [(first, "|") for first in firsts]).split("\n")
    assert len({shown_width(line[: line.rindex("|")]) for line in lines[1:]}) <= 1
