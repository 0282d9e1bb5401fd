"""The workbook, opened again: what the tables say, as text where it is text, the same each time."""

import io
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from device_configs.documents.contents import all_tables
from device_configs.documents.files import DocumentFile, file_content
from device_configs.documents.speech import Speech
from device_configs.documents.tables import Cell, Heading, Sheet
from device_configs.documents.workbook import SHEET_NAME_LENGTH, workbook
from device_configs.site import Site
from ops_core.kernel.i18n import Language

FIRST_ROW = 4


def sheets(content: bytes) -> list[Worksheet]:
    return list(load_workbook(io.BytesIO(content)).worksheets)


def rows_of(sheet: Worksheet, width: int) -> list[tuple[Cell, ...]]:
    """Rows below the heading; an empty cell reads as an empty text."""
    return [
        tuple("" if value is None else value for value in row)
        for row in sheet.iter_rows(FIRST_ROW, max_col=width, values_only=True)
    ]


@pytest.mark.parametrize("language", Language)
def test_the_workbook_holds_every_row_of_every_table(site: Site, language: Language) -> None:
    tables = all_tables(site, Speech(language))
    found = sheets(workbook("title", tables))
    assert len(found) == len(tables)
    for sheet, table in zip(found, tables, strict=True):
        assert sheet["A1"].value == table.title
        headings = [cell.value for cell in sheet[FIRST_ROW - 1]]
        assert headings == [column.heading for column in table.columns]
        assert rows_of(sheet, len(table.columns)) == list(table.rows), table.name


def test_the_same_declaration_makes_the_same_bytes(site: Site) -> None:
    first = file_content(site, DocumentFile.WORKBOOK, Speech(Language.CHINESE))
    # An archive keeps the instant to two seconds.
    time.sleep(2.1)
    assert file_content(site, DocumentFile.WORKBOOK, Speech(Language.CHINESE)) == first


@pytest.mark.parametrize("text", ["=1+1", "+1", "-2", "@SUM(A1)", '=HYPERLINK("http://x")', "=\n"])
def test_what_looks_like_a_formula_is_a_text(text: str) -> None:
    content = workbook("=t", [Sheet("t", text, (Heading(text),), ((text,),), text)])
    sheet = sheets(content)[0]
    for place in ("A1", "A2", "A3", "A4"):
        assert sheet[place].value == text
        assert sheet[place].data_type == "s"
        assert sheet[place].quotePrefix
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


TEXTS = st.text(st.characters(exclude_categories=("C",)), min_size=1, max_size=12)


@given(rows=st.lists(st.tuples(TEXTS, st.integers(-(10**9), 10**9)), max_size=5))
@settings(max_examples=25)
def test_any_text_comes_back_as_it_was(rows: list[tuple[str, int]]) -> None:
    table = Sheet("t", "t", (Heading("a"), Heading("b", numeric=True)), tuple(rows))
    assert rows_of(sheets(workbook("t", [table]))[0], 2) == rows


def test_sheets_of_like_titles_are_told_apart() -> None:
    title = "a/very: long? title [of] a * table that no sheet takes"
    tables = [Sheet(str(at), title, (Heading("a"),), ((at,),)) for at in range(3)]
    names = [sheet.title for sheet in sheets(workbook("t", tables))]
    assert len({name.casefold() for name in names}) == 3
    assert all(len(name) <= SHEET_NAME_LENGTH for name in names)
