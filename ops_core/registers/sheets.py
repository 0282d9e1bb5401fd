"""Tables that people keep in Excel or as CSV: rows of texts, and what is wrong cell by cell.

CSV comes as UTF-8 or as GB18030 (Excel on Chinese Windows). Of a workbook the first sheet is read.
What a cell means is never guessed: a merged cell, a formula and an error value are named, and a
number stands for a date only in a column of dates, as Excel itself counts days.
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.utils.datetime import from_excel
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import Message, message

MOST_ROWS, MOST_COLUMNS = 2_000, 60
UNPACKED_LIMIT = 100 << 20
"""Bytes a workbook may have once it is unpacked: a small file may hold an endless one."""
_FIRST_SERIAL, _LAST_SERIAL = 36_526, 73_050
"""2000-01-01 and 2100-01-01 as Excel counts days."""


@dataclass(frozen=True, slots=True)
class SheetCell:
    """What a cell says; ``fault`` instead where that cannot be known.

    ``day`` is the date that a number would be as Excel counts days.
    """

    text: str = ""
    fault: Message | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row under the header; ``number`` is the one that Excel shows."""

    number: int
    cells: tuple[SheetCell, ...]


@dataclass(frozen=True, slots=True)
class PlanSheet:
    header: tuple[str, ...]
    rows: tuple[SheetRow, ...]


def read_sheet(name: str, content: bytes) -> PlanSheet:
    """The table of a file, by the end of its name; empty rows are passed over.

    Raises :class:`Invalid` for a file that is no table, one without a header, and one that is too
    large.
    """
    is_workbook = name.lower().endswith(".xlsx")
    rows = _workbook_rows(content) if is_workbook else _csv_rows(content)
    found = [row for row in rows if any(cell.text or cell.fault for cell in row.cells)]
    if not found:
        raise Invalid("表格是空的", "文件中没有任何内容。", "请按模板填写后重新上传。")
    if len(found) > MOST_ROWS + 1:
        detail = message("文件有 {n} 行。", n=len(found) - 1)
        raise Invalid("表格过大", detail, message("请控制在 {limit} 行以内。", limit=MOST_ROWS))
    head, *body = found
    header = [cell.text.strip() for cell in head.cells]
    while header and not header[-1]:
        header.pop()
    return PlanSheet(tuple(header), tuple(body))


def _csv_rows(content: bytes) -> Iterator[SheetRow]:
    text = _decoded(content)
    _require_whole(text)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line, width = 1, 0
    try:
        for cells in reader:
            width = width or len(cells)
            if any(_swallows_rows(cell, width) for cell in cells):
                raise _broken(line, message("一个单元格跨行，且含有整行的逗号"))
            yield SheetRow(reader.line_num, tuple(SheetCell(text.strip()) for text in cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise _broken(line, message("不是 CSV（{error}）", error=str(error))) from error


def _swallows_rows(cell: str, width: int) -> bool:
    """Whether a cell holds a line break and as many commas as a row has.

    Two quotation marks that were left open in one column make the rows between them a part of a
    cell. A row of the right width then has at least these commas too many.
    """
    return ("\n" in cell or "\r" in cell) and cell.count(",") >= max(width - 1, 1)


def _require_whole(text: str) -> None:
    """Raises :class:`Invalid` for a NUL, and for a last line without an end: it was cut off."""
    nul = text.find("\0")
    if nul >= 0:
        raise _broken(text.count("\n", 0, nul) + 1, message("含有空字符（NUL）"))
    if text and not text.endswith(("\n", "\r")):
        raise _broken(text.count("\n") + 1, message("没有换行结尾，文件可能不完整"))


def _broken(line: int, fault: Message) -> Invalid:
    return Invalid(
        "表格无法读取",
        message("第 {line} 行：{fault}。", line=line, fault=fault),
        "请检查该行的引号、逗号与结尾，或改存为 xlsx。",
    )


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid(
        "表格无法读取", "文件不是 UTF-8 或 GB18030 文本。", "请另存为 CSV UTF-8 或 xlsx。"
    )


def _workbook_rows(content: bytes) -> Iterator[SheetRow]:
    book = _opened(content)
    sheet = book.worksheets[0] if book.worksheets else None
    if sheet is None:
        return
    if sheet.max_column > MOST_COLUMNS or sheet.max_row > MOST_ROWS * 10:
        detail = message("{rows} 行 {columns} 列。", rows=sheet.max_row, columns=sheet.max_column)
        raise Invalid("表格过大", detail, "请只保留需要导入的行和列。")
    merged = _merged_places(sheet)
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = (_cell(cell, merged.get(cell.coordinate), book) for cell in row)
        yield SheetRow(number, tuple(cells))


def _opened(content: bytes) -> Workbook:
    """Raises :class:`Invalid` for what is no workbook, or too large a one once unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
        if unpacked > UNPACKED_LIMIT:
            detail = message("展开后有 {size} MB。", size=unpacked >> 20)
            raise Invalid("表格过大", detail, "请只保留需要导入的行和列。")
        return load_workbook(io.BytesIO(content))
    except Invalid:
        raise
    except Exception as error:  # openpyxl raises whatever its parsers do
        raise Invalid(
            "表格无法读取", "文件不是完整的 xlsx 工作簿。", "请用 Excel 打开并另存后重新上传。"
        ) from error


def _merged_places(sheet: Worksheet) -> dict[str, str]:
    """The range that each merged cell belongs to, by the cell's place."""
    return {
        cell.coordinate: str(area)
        for area in sheet.merged_cells.ranges
        for row in sheet[area.coord]
        for cell in (row if isinstance(row, Sequence) else (row,))
    }


def _cell(cell: Cell | MergedCell, area: str | None, book: Workbook) -> SheetCell:
    if area is not None:
        fault = message("{area} 是合并单元格，请取消合并后逐行填写", area=area)
        return SheetCell(str(cell.value or "").strip(), fault)
    value = cell.value
    if value is None:
        return SheetCell()
    if cell.data_type == "f":
        return SheetCell("=…", message("是公式，请粘贴为数值"))
    if cell.data_type == "e":
        return SheetCell(str(value), message("是错误值"))
    match value:
        case datetime():
            return SheetCell(value.date().isoformat())
        case bool():
            return SheetCell(str(value), message("是逻辑值，请填写文字"))
        case int() | float():
            whole = float(value).is_integer()
            return SheetCell(str(int(value)) if whole else str(value), day=_day_of(value, book))
        case _:
            return SheetCell(str(value).strip())


def _day_of(value: float, book: Workbook) -> date | None:
    if not _FIRST_SERIAL <= value <= _LAST_SERIAL:
        return None
    found = from_excel(value, book.epoch)
    return found.date() if isinstance(found, datetime) else None
