"""The seat list as people keep it: one row a seat, in CSV or in an Excel sheet."""

import io
from collections.abc import Iterator
from pathlib import Path

from device_configs.site.encodings import decode
from device_configs.site.faults import Faults
from device_configs.site.plain_files import bytes_of
from device_configs.site.sheets import SheetUnreadable, read_sheet
from ops_core.kernel.strict_csv import CsvRecord, read_records, wrong_width

COLUMNS = (
    "number", "switch", "network", "address", "row", "column", "phone", "host_asset",
    "display_asset",
)  # fmt: skip
SEATS, WORKBOOK = "seats.csv", "seats.xlsx"
"""``seats.csv`` stands for either where the question is whether all seats were read."""
SeatRow = tuple[str, int, dict[str, str]]


def seat_file(folder: Path) -> str:
    """The file that holds the seats of a declaration."""
    return WORKBOOK if (folder / WORKBOOK).exists() else SEATS


def read_seat_rows(folder: Path, faults: Faults, has_groups: bool = False) -> Iterator[SeatRow]:
    """Yield (file, line, row) of ``seats.xlsx`` if it is there, otherwise of ``seats.csv``.

    Cells are texts; what keeps the table from being read is one fault, and no row follows. Where
    groups say what is alike (``has_groups``), the table may be left out, and so may its columns.
    """
    file = seat_file(folder)
    if has_groups and not (folder / file).exists():
        return
    if file == WORKBOOK and (folder / SEATS).exists():
        _refuse(faults, WORKBOOK, "-", "stands beside seats.csv", "keep one of the two")
        return
    try:
        table = _excel_table(folder / file) if file == WORKBOOK else _csv_table(folder / file)
    except OSError as error:
        _refuse(faults, file, "-", f"cannot be read ({error.strerror})",
                f"create {SEATS} or {WORKBOOK}")  # fmt: skip
        return
    except SheetUnreadable as error:
        _refuse(faults, file, error.path, error.found, error.remedy)
        return
    yield from _rows(file, table, has_groups, faults)


def _rows(file: str, table: list[CsvRecord], has_groups: bool, faults: Faults) -> Iterator[SeatRow]:
    header = table[0] if table else CsvRecord(1)
    columns = tuple(cell.strip() for cell in header.cells)
    if header.problem or not (columns == COLUMNS or (has_groups and _names_seats(columns))):
        _refuse(faults, file, f"line {header.line}", *_wrong_header(header))
        return
    for record in table[1:]:
        problem = record.problem or wrong_width(record, len(columns))
        if problem:
            tab = any("\t" in cell for cell in record.cells)
            remedy = "a tab stands between two cells; write a comma" if tab else record.remedy
            _refuse(faults, file, f"line {record.line}", problem,
                    remedy or "give every line as many cells as the header")  # fmt: skip
        elif any(record.cells):
            yield file, record.line, dict(zip(columns, record.cells, strict=True))


def _names_seats(columns: tuple[str, ...]) -> bool:
    """Whether rows under these columns say which seat they are of, and of each field once."""
    return (
        "number" in columns and set(columns) <= set(COLUMNS) and len(set(columns)) == len(columns)
    )


def _wrong_header(header: CsvRecord) -> tuple[str, str]:
    if header.problem:
        return header.problem, header.remedy
    if not any(header.cells):
        return "is empty", f"begin with the columns {', '.join(COLUMNS)}"
    for separator, name in (("\t", "tabs"), (";", "semicolons")):
        if len(header.cells) == 1 and separator in header.cells[0]:
            return f"its cells are separated by {name}", "save it as CSV, separated by commas"
    return f"has the columns {', '.join(header.cells)}", f"use {', '.join(COLUMNS)}"


def _refuse(faults: Faults, file: str, path: str, found: str, remedy: str) -> None:
    faults.add(file, path, found, remedy)
    faults.withhold(SEATS, None)


def _csv_table(file: Path) -> list[CsvRecord]:
    decoded = decode(bytes_of(file), reads_gbk=True)
    if decoded.problem:
        raise SheetUnreadable("-", decoded.problem, decoded.remedy)
    return list(read_records(io.StringIO(decoded.text, newline="")))


def _excel_table(file: Path) -> list[CsvRecord]:
    rows = read_sheet(file, len(COLUMNS))
    width = len(_trimmed(rows[0][1])) if rows else 0
    return [CsvRecord(line, _trimmed(cells, width)) for line, cells in rows]


def _trimmed(cells: tuple[str, ...], width: int = 0) -> tuple[str, ...]:
    """Cells without the empty ones at the end, of which ``width`` at least stay."""
    last = max((at for at, cell in enumerate(cells, start=1) if cell), default=0)
    return cells[: max(last, width)]
