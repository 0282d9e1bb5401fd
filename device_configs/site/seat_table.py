"""The seat list as people keep it: one row a seat, in CSV or in an Excel sheet."""

from collections.abc import Iterator
from pathlib import Path

from device_configs.site.faults import Faults
from ops_core.kernel.strict_csv import CsvRecord, read_records, wrong_width

COLUMNS = (
    "number", "switch", "network", "address", "row", "column", "phone", "host_asset",
    "display_asset",
)  # fmt: skip


def read_seat_rows(folder: Path, faults: Faults) -> Iterator[tuple[str, int, dict[str, str]]]:
    """Yield (file, line, row) of ``seats.xlsx`` if it is there, otherwise of ``seats.csv``.

    Cells are texts; a wrong header is one fault, and no row follows.
    """
    excel, text = folder / "seats.xlsx", folder / "seats.csv"
    if excel.exists() and text.exists():
        faults.add("seats.xlsx", "-", "stands beside seats.csv", "keep one of the two")
        return
    if not excel.exists() and not text.exists():
        faults.add("seats.csv", "-", "cannot be read (No such file or directory)",
                   "create seats.csv or seats.xlsx")  # fmt: skip
        return
    file = excel if excel.exists() else text
    table = _excel_table(file) if file is excel else _csv_table(file)
    header = next(table, CsvRecord(1)).cells
    if header != COLUMNS:
        faults.add(file.name, "line 1", f"has the columns {', '.join(header)}",
                   f"use {', '.join(COLUMNS)}")  # fmt: skip
        return
    for record in table:
        problem = record.problem or wrong_width(record, len(COLUMNS))
        if problem:
            faults.add(file.name, f"line {record.line}", problem,
                       record.remedy or "give every line as many cells as the header")  # fmt: skip
        elif any(record.cells):
            yield file.name, record.line, dict(zip(COLUMNS, record.cells, strict=True))


def _csv_table(file: Path) -> Iterator[CsvRecord]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        yield from read_records(lines)


def _excel_table(file: Path) -> Iterator[CsvRecord]:
    from openpyxl import load_workbook  # every start reads the site; few keep it in Excel

    sheet = load_workbook(file, read_only=True, data_only=True).worksheets[0]
    for line, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = ["" if cell is None else str(cell).strip() for cell in row[: len(COLUMNS)]]
        yield CsvRecord(line, tuple(cells))
