"""Registers as tables to take away; a text that Excel would compute is written as a text."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from ops_core.kernel.i18n import Message, message, translate
from ops_core.registers.importing import header_of
from ops_core.registers.kinds import RegisterKind
from ops_core.registers.read import ListedItem

_COMPUTED = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a program takes for a formula (OWASP, CSV injection)."""


class TableFormat(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"


MEDIA_TYPES = {
    TableFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    TableFormat.CSV: "text/csv",
}
Say = Callable[[str], str]


def register_table(
    kind: RegisterKind,
    items: Sequence[ListedItem],
    language: str,
    zone: ZoneInfo,
    as_format: TableFormat,
) -> bytes:
    """The items with all that is written down of them, in a reader's language."""
    return _written(_rows(kind, items, lambda text: translate(text, language), zone), as_format)


def plan_template(kind: RegisterKind, as_format: TableFormat) -> bytes:
    """The header that an import takes, in Chinese, and no row."""
    return _written(iter([[str(title) for title in header_of(kind)]]), as_format)


def _rows(
    kind: RegisterKind, items: Sequence[ListedItem], say: Say, zone: ZoneInfo
) -> Iterator[list[str]]:
    heads: list[Message] = [
        message("编号"), message("名称"), message("状态"), message("到期日"), message("完成时间"),
        message("是否逾期"), message("列入计划的人"),
    ]  # fmt: skip
    yield [*map(say, heads), *(say(message(field.title)) for field in kind.every_field)]
    for listed in items:
        item = listed.item
        done = "" if item.done_at is None else f"{item.done_at.astimezone(zone):%Y-%m-%d %H:%M}"
        yield [
            item.number, item.title, say(kind.state_word(item.state)), item.due_on.isoformat(),
            done, say(message("是") if listed.is_overdue else message("否")), item.planned_by,
            *(item.fields.get(field.name, "") for field in kind.every_field),
        ]  # fmt: skip


def _written(rows: Iterator[list[str]], as_format: TableFormat) -> bytes:
    return _workbook(rows) if as_format is TableFormat.XLSX else _csv(rows)


def _workbook(rows: Iterator[list[str]]) -> bytes:
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


def _csv(rows: Iterator[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([f"'{cell}" if cell.startswith(_COMPUTED) else cell for cell in row])
    return text.getvalue().encode("utf-8-sig")
