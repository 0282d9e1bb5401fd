"""The first sheet of an Excel workbook as rows of texts."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

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
        sheet = load_workbook(file, data_only=True).worksheets[0]
        merged = sorted(str(found) for found in sheet.merged_cells.ranges)
        most = min(sheet.max_row, MOST_ROWS + 1)
        rows = list(_rows(sheet.iter_rows(max_row=most, values_only=True), width))
    except Exception as error:
        raise SheetUnreadable(
            "-", f"is no Excel workbook ({type(error).__name__})", "save it as .xlsx or as CSV"
        ) from error
    if merged:
        raise SheetUnreadable(
            merged[0], f"has merged cells ({', '.join(merged[:5])})",
            "unmerge them, and give every row its own value",
        )  # fmt: skip
    if len(rows) > MOST_ROWS:
        raise SheetUnreadable("-", f"has more than {MOST_ROWS:,} rows", "remove the empty rows")
    return rows


def _check_size(file: Path) -> None:
    try:
        with zipfile.ZipFile(file) as parts:
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
