"""Tables to take away: nothing is computed, nothing keeps a whole table from being written."""

import csv
import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ops_core.kernel import exported_tables
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


def test_a_workbook_that_cannot_be_written_says_the_systems_reason(tmp_path: Path) -> None:
    """In a process of its own: the longest file it may write is short."""
    program = (
        "import resource\n"
        "from ops_core.kernel.exported_tables import TableFormat, written_table\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "try:\n"
        "    written_table(([str(n) * 20] * 10 for n in range(20_000)), TableFormat.XLSX)\n"
        "except OSError as error:\n"
        "    print(error.strerror)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert (said.stdout, said.stderr) == ("File too large\n", "")
    assert list(tmp_path.iterdir()) == [], "its temporary file is taken away"


@pytest.mark.parametrize("word", ["IO_EDQUOT", "IO_UNKNOWN", "IO_WRITE"])
def test_a_reason_that_has_no_name_is_asked_of_the_system(
    word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quota that is full, as libxml2 says it."""
    monkeypatch.setattr(exported_tables, "_reason_not_to_write", lambda: errno.EDQUOT)

    def fails(*_: object) -> None:
        raise etree.SerialisationError(word)

    monkeypatch.setattr(exported_tables.Workbook, "save", fails)
    with pytest.raises(OSError, match=os.strerror(errno.EDQUOT)) as refused:
        written_table([["head"]], TableFormat.XLSX)
    assert refused.value.errno == errno.EDQUOT


@given(st.lists(st.text(st.characters(codec=None)), max_size=4), st.sampled_from(TableFormat))
def test_any_texts_are_written(texts: list[str], as_format: TableFormat) -> None:
    written = written_table([["head"], *([text] for text in texts)], as_format)
    assert len(cells_of(written, as_format)) >= 1
