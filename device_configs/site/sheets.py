"""The first sheet of an Excel workbook as rows of texts."""

import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from device_configs.site.plain_files import bytes_of

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.worksheet.worksheet import Worksheet

ERROR_CODES = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
"""What Excel shows where a formula came to nothing."""

MOST_UNPACKED = 64 * 1024 * 1024
"""Bytes of all parts of a workbook; a list of 10,000 seats has 6 MB."""
MOST_ROWS = 20_000
SheetRow = tuple[int, tuple[str, ...]]


class SheetUnreadable(Exception):
    """A table cannot be read: where it stands, what is there, the remedy."""

    def __init__(self, path: str, found: str, remedy: str) -> None:
        super().__init__(f"{path}: {found}")
        self.path, self.found, self.remedy = path, found, remedy


def read_sheet(file: Path, width: int) -> list[SheetRow]:
    """(line, cells) of every row, the cells beyond the header's left out where they are empty.

    Raises OSError for a file that is not there, :class:`SheetUnreadable` for one that is no
    workbook, that unpacks to more than :data:`MOST_UNPACKED`, or that has merged cells.
    """
    from openpyxl import load_workbook  # every start reads the site; few keep it in Excel

    _check_size(file)
    try:
        sheet = _first_shown(load_workbook(file, data_only=True))
        merged = sorted(str(found) for found in sheet.merged_cells.ranges)
        most = min(sheet.max_row, MOST_ROWS + 1)
        problem = _strange_cell(sheet.iter_rows(max_row=most), _formulas(file, sheet.title))
        rows = list(_rows(sheet.iter_rows(max_row=most, values_only=True), width))
    except Exception as error:
        raise SheetUnreadable(
            "-", f"is no Excel workbook ({type(error).__name__})", "save it as .xlsx or as CSV"
        ) from error
    if problem is not None:
        raise problem
    if merged:
        raise SheetUnreadable(
            merged[0], f"has merged cells ({', '.join(merged[:5])})",
            "unmerge them, and give every row its own value",
        )  # fmt: skip
    if len(rows) > MOST_ROWS:
        raise SheetUnreadable("-", f"has more than {MOST_ROWS:,} rows", "remove the empty rows")
    return rows


def _first_shown(book: "Workbook") -> "Worksheet":
    """The first sheet that people see; ValueError where every one is hidden."""
    shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not shown:
        raise ValueError("every sheet is hidden")
    return shown[0]


def _formulas(file: Path, title: str) -> frozenset[str]:
    """Cells with a formula. What it comes to is there only where a spreadsheet has reckoned it."""
    from openpyxl import load_workbook

    with zipfile.ZipFile(file) as parts:
        sheets = (n for n in parts.namelist() if n.startswith("xl/worksheets/sheet"))
        if not any(b"<f" in parts.read(name) for name in sheets):
            return frozenset()
    rows = load_workbook(file)[title].iter_rows(max_row=MOST_ROWS + 1)
    return frozenset(cell.coordinate for row in rows for cell in row if cell.data_type == "f")


def _strange_cell(
    rows: "Iterable[tuple[Cell | MergedCell, ...]]", formulas: frozenset[str]
) -> SheetUnreadable | None:
    """The first cell that shows no text and no whole number."""
    for row in rows:
        for cell in row:
            found = _strange(cell.value, cell.coordinate in formulas)
            if found:
                return SheetUnreadable(
                    cell.coordinate, found, "write the value itself, as text or a whole number"
                )
    return None


def _strange(value: object, is_formula: bool) -> str:
    if is_formula and value is None:
        return "holds a formula that nobody has reckoned"
    if isinstance(value, bool):
        return f"holds the truth value {str(value).upper()}"
    if isinstance(value, date | time | timedelta):
        return f"holds a date or a time, {value}"
    if isinstance(value, float) and not value.is_integer():
        return f"holds the fraction {value}"
    return f"holds the error {value}" if value in ERROR_CODES else ""


def _check_size(file: Path) -> None:
    try:
        with zipfile.ZipFile(BytesIO(bytes_of(file))) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
    except zipfile.BadZipFile as error:
        raise SheetUnreadable("-", "is no Excel workbook", "save it as .xlsx or as CSV") from error
    if unpacked > MOST_UNPACKED:
        raise SheetUnreadable(
            "-", f"unpacks to {unpacked:,} bytes", "a seat list has at most 64 MiB"
        )


def _rows(found: Iterator[tuple[object, ...]], width: int) -> Iterator[SheetRow]:
    for line, row in enumerate(found, start=1):
        cells = [_text(cell) for cell in row]
        while len(cells) > width and not cells[-1]:
            cells.pop()
        yield line, tuple(cells)


def _text(cell: object) -> str:
    """A cell's text; Excel keeps every number as a fraction."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell).strip()
