"""Tables as an Excel workbook whose bytes follow from the tables alone (pure)."""

import io
import re
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell.cell import TYPE_STRING, MergedCell
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from device_configs.documents.lettering import text_width
from device_configs.documents.tables import Cell, Heading, Sheet
from device_configs.documents.timeless import ZIP_EPOCH, timeless

_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
SHEET_NAME_LENGTH = 31
CELL_LENGTH = 32_767
"""Most characters of a sheet's name and of a cell that Excel takes."""

_HEAD = PatternFill("solid", fgColor="E3E6E9")
_THIN = Side(style="thin", color="C9CED3")
_BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_LEFT = Alignment(horizontal="left", vertical="top", wrap_text=True)
_RIGHT = Alignment(horizontal="right", vertical="top", wrap_text=True)
_NARROWEST, _WIDEST = 6.0, 60.0
_TITLE_ROW, _NOTE_ROW, _HEAD_ROW = 1, 2, 3


def workbook(title: str, tables: Sequence[Sheet]) -> bytes:
    """An xlsx file with a sheet a table; the same tables always make the same bytes.

    Every text is stored as text: one that begins like a formula (``=``, ``+``, ``-``, ``@``) is
    shown as it is written and never computed.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.title = title
    book.properties.creator = "Zhishou"
    book.properties.created = ZIP_EPOCH
    names: set[str] = set()
    for table in tables:
        _fill(book.create_sheet(_sheet_name(table.title, names)), table)
    written = io.BytesIO()
    book.save(written)
    return timeless(written.getvalue())


def _sheet_name(title: str, taken: set[str]) -> str:
    """The title as Excel takes it, made unique among the sheets."""
    plain = _SHEET_NAME.sub(" ", title).strip("' ")[:SHEET_NAME_LENGTH] or "-"
    name, number = plain, 2
    while name.casefold() in taken:
        name = f"{plain[: SHEET_NAME_LENGTH - 4]} {number}"
        number += 1
    taken.add(name.casefold())
    return name


def _fill(sheet: Worksheet, table: Sheet) -> None:
    _write(sheet.cell(_TITLE_ROW, 1), table.title).font = Font(bold=True, size=14)
    if table.note:
        _write(sheet.cell(_NOTE_ROW, 1), table.note).font = Font(color="59636D")
    for at, column in enumerate(table.columns, 1):
        head = _write(sheet.cell(_HEAD_ROW, at), column.heading)
        head.font, head.fill, head.border = Font(bold=True), _HEAD, _BORDER
        head.alignment = _LEFT
        cells = [row[at - 1] for row in table.rows]
        sheet.column_dimensions[get_column_letter(at)].width = _width(column, cells)
    for number, row in enumerate(table.rows, _HEAD_ROW + 1):
        for at, (column, value) in enumerate(zip(table.columns, row, strict=True), 1):
            cell = _write(sheet.cell(number, at), value)
            cell.border = _BORDER
            cell.alignment = _RIGHT if column.numeric else _LEFT
    _set_up(sheet, table)


def _write(cell: SheetCell | MergedCell, value: Cell) -> SheetCell:
    """Put a value in; a text stays a text whatever it begins with. No sheet has merged cells."""
    if isinstance(cell, MergedCell):
        raise TypeError(cell.coordinate)
    if isinstance(value, str):
        cell.value = _ILLEGAL.sub("", value)[:CELL_LENGTH]
        cell.data_type = TYPE_STRING
        cell.quotePrefix = value.startswith(("=", "+", "-", "@", "\t", "\r"))
    else:
        cell.value = value
    return cell


def _set_up(sheet: Worksheet, table: Sheet) -> None:
    """Headings stay in sight and on every printed page; columns can be filtered."""
    last = get_column_letter(len(table.columns))
    sheet.freeze_panes = f"B{_HEAD_ROW + 1}"
    sheet.auto_filter.ref = f"A{_HEAD_ROW}:{last}{_HEAD_ROW + len(table.rows)}"
    sheet.print_title_rows = f"{_HEAD_ROW}:{_HEAD_ROW}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A3
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _width(column: Heading, cells: Sequence[Cell]) -> float:
    """Wide enough for its longest line, in characters, within bounds."""
    lines = [column.heading, *(line for cell in cells for line in str(cell).split("\n"))]
    needed = max(text_width(line, 1.7) for line in lines) + 2
    return round(min(_WIDEST, max(_NARROWEST, needed)), 1)
