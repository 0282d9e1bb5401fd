"""Tables to take away as files; a text that Excel would compute is written as a text."""

import csv
import io
from collections.abc import Iterable, Sequence
from enum import StrEnum

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

_COMPUTED = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a program takes for a formula (OWASP, CSV injection)."""


class TableFormat(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"


MEDIA_TYPES = {
    TableFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    TableFormat.CSV: "text/csv",
}


def written_table(rows: Iterable[Sequence[str]], as_format: TableFormat) -> bytes:
    """The rows, the header first, as the content of a file; every cell is a text."""
    return _workbook(rows) if as_format is TableFormat.XLSX else _csv(rows)


def _workbook(rows: Iterable[Sequence[str]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, text)
            cell.data_type = "s"  # never a formula
            cells.append(cell)
        sheet.append(cells)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([f"'{cell}" if cell.startswith(_COMPUTED) else cell for cell in row])
    return text.getvalue().encode("utf-8-sig")
