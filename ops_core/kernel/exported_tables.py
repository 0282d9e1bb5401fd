"""Tables to take away as files; a text that Excel would compute is written as a text.

A character that no file holds is shown as one that cannot be shown: one cell keeps nobody from the
rest of the table.
"""

import csv
import errno
import io
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell

_COMPUTED = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
"""What a cell begins with that a program takes for a formula (OWASP, CSV injection); the wide signs
count where Chinese is typed."""
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML (1.0, section 2.2) has no place for."""
_UNSHOWN = "\ufffd"
_UNWRITTEN = re.compile(r"\bIO_([A-Z]+)")
"""What libxml2 says of a write that failed: the system's reason where it knows its name."""
_TRIED = 1 << 20
"""Octets: more than a full disk has left."""
MOST_CHARACTERS = 32_767
"""What a cell of Excel holds; a longer text ends with ``…``."""


class TableFormat(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"


MEDIA_TYPES = {
    TableFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    TableFormat.CSV: "text/csv",
}


def written_table(rows: Iterable[Sequence[str]], as_format: TableFormat) -> bytes:
    """The rows, the header first, as the content of a file; every cell is a text.

    Raises OSError where a workbook finds no room on the disk of temporary files.
    """
    return _workbook(rows) if as_format is TableFormat.XLSX else _csv(rows)


def _workbook(rows: Iterable[Sequence[str]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    try:
        for row in rows:
            sheet.append([_text_cell(sheet, text) for text in row])
        saved = io.BytesIO()
        book.save(saved)
    except Exception as error:
        _discard_written(sheet)
        if (unwritten := _UNWRITTEN.search(str(error))) is not None:  # lxml's, and no OSError
            reason = getattr(errno, unwritten[1], None) or _reason_not_to_write()
            raise OSError(reason, os.strerror(reason)) from error
        raise
    return saved.getvalue()


def _reason_not_to_write() -> int:
    """Why nothing can be written among the temporary files, as the system says when it is tried: a
    full quota has no name in libxml2."""
    try:
        with tempfile.TemporaryFile() as file:
            file.write(bytes(_TRIED))
            file.flush()
    except OSError as error:
        return error.errno or errno.EIO
    return errno.EIO


def _text_cell(sheet: Any, text: str) -> Cell:
    cell = WriteOnlyCell(sheet, _bounded(_UNWRITABLE.sub(_UNSHOWN, text)))
    cell.data_type = "s"  # never a formula
    return cell


def _discard_written(sheet: Any) -> None:
    """Take away the temporary file of a workbook that was not finished: openpyxl keeps it."""
    if sheet._writer is not None:
        for written in (sheet._rows, sheet._writer.xf):
            with suppress(Exception):  # each says once more that it cannot be written
                written.close()
        with suppress(OSError, ValueError):
            sheet._writer.cleanup()


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([_uncomputed(_UNWRITABLE.sub(_UNSHOWN, cell)) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def _bounded(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"


def _uncomputed(text: str) -> str:
    return f"'{text}" if _COMPUTED.match(text) else text
