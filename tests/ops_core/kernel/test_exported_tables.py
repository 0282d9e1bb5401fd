"""Tables to take away: nothing is computed, nothing keeps a whole table from being written."""

import csv
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_core.kernel.exported_tables import MOST_CHARACTERS, TableFormat, written_table

BEGINNINGS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", " =", "\u3000@")
"""OWASP, CSV injection; a program that takes a file in may drop blanks before it looks."""


def cells_of(written: bytes, as_format: TableFormat) -> list[str | None]:
    if as_format is TableFormat.CSV:
        return [row[0] for row in csv.reader(io.StringIO(written.decode("utf-8-sig"), newline=""))]
    (sheet,) = openpyxl.load_workbook(io.BytesIO(written)).worksheets
    assert all(cell.data_type == "s" for row in sheet.iter_rows() for cell in row if cell.value)
    return [row[0] for row in sheet.values]


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_what_a_program_would_compute_is_a_text(beginning: str) -> None:
    text = f"{beginning}cmd|' /C calc'!A0"
    assert cells_of(written_table([[text]], TableFormat.CSV), TableFormat.CSV) == [f"'{text}"]


@pytest.mark.parametrize("as_format", TableFormat)
@pytest.mark.parametrize("unwritable", ["\x00", "\x0b", "\x1b", "\ufffe", "\ud800"], ids=ascii)
def test_a_character_that_no_file_holds_keeps_nobody_from_the_rest(
    unwritable: str, as_format: TableFormat
) -> None:
    written = written_table([["before"], [f"a{unwritable}b"], ["after"]], as_format)
    assert cells_of(written, as_format) == ["before", "a\ufffdb", "after"]


def test_a_text_longer_than_a_cell_says_that_it_goes_on() -> None:
    long, whole = "长" * (MOST_CHARACTERS + 1), "长" * MOST_CHARACTERS
    for text, kept in ((long, whole[:-1] + "…"), (whole, whole)):
        written = written_table([[text]], TableFormat.XLSX)
        assert cells_of(written, TableFormat.XLSX) == [kept]


@given(st.lists(st.text(st.characters(codec=None)), max_size=4), st.sampled_from(TableFormat))
def test_any_texts_are_written(texts: list[str], as_format: TableFormat) -> None:
    written = written_table([["head"], *([text] for text in texts)], as_format)
    assert len(cells_of(written, as_format)) >= 1
