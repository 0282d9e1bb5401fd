"""Plans taken over from a table: all rows or none, with every fault by its row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import Message, message
from ops_core.registers.access import require_work
from ops_core.registers.entries import date_of, field_faults, title_faults
from ops_core.registers.kinds import FieldType, RegisterKind, kind_named
from ops_core.registers.model import PlanItem
from ops_core.registers.service import PlanDraft, plan_item, zone_of
from ops_core.registers.sheets import PlanSheet, SheetCell, SheetRow, read_sheet
from ops_core.registers.tables import RegisterItemRow

TITLE, DUE_ON = "title", "due_on"
COLUMNS: Mapping[str, Message] = MappingProxyType(
    {TITLE: message("名称"), DUE_ON: message("到期日")}
)
"""The columns that every kind has, apart from its fields."""
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in one row; ``column`` empty for the row as a whole."""

    row: int
    column: str
    detail: Message

    @property
    def text(self) -> Message:
        if not self.column:
            return message("第 {row} 行：{fault}", row=self.row, fault=self.detail)
        return message(
            "第 {row} 行“{column}”：{fault}", row=self.row, column=self.column, fault=self.detail
        )


def import_plan(
    uow: UnitOfWork, site: Site, kind_name: str, name: str, content: bytes
) -> list[PlanItem]:
    """Plan every row of a table. Raises Forbidden, NotFound, and Invalid that names all faults."""
    require_work(uow.actor)
    kind = kind_named(kind_name)
    today = uow.clock.now().astimezone(zone_of(site)).date()
    drafts, faults = drafts_of(kind, read_sheet(name, content), today)
    faults += _known(uow.session, kind, drafts)
    if faults or not drafts:
        raise _refusal(faults)
    return [plan_item(uow, site, kind.name, draft) for _, draft in drafts]


def header_of(kind: RegisterKind) -> tuple[Message, ...]:
    """The header that a table of this kind has."""
    return (*COLUMNS.values(), *(message(field.title) for field in kind.fields))


def drafts_of(
    kind: RegisterKind, sheet: PlanSheet, today: date
) -> tuple[list[tuple[int, PlanDraft]], list[RowFault]]:
    """The rows as drafts with their numbers, and every fault of every row (pure)."""
    columns, faults = _columns(kind, sheet)
    if faults:
        return [], faults
    drafts: list[tuple[int, PlanDraft]] = []
    seen: dict[tuple[str, date], int] = {}
    for row in sheet.rows:
        cells = dict(zip(columns, (*row.cells, *([SheetCell()] * len(columns))), strict=False))
        found = list(_row_faults(kind, row, cells, today))
        due_on = _date(cells[DUE_ON])
        if found or due_on is None:
            faults += found
            continue
        title = " ".join(cells[TITLE].text.split())
        first = seen.setdefault((title, due_on), row.number)
        if first != row.number:
            faults.append(RowFault(row.number, "", message("与第 {first} 行重复", first=first)))
            continue
        given = {field.name: _text(cells[field.name], field.type) for field in kind.fields
                 if field.name in cells}  # fmt: skip
        drafts.append((row.number, PlanDraft(title, due_on, given)))
    return drafts, faults


def _columns(kind: RegisterKind, sheet: PlanSheet) -> tuple[list[str], list[RowFault]]:
    """Which field each column has, and what is wrong with the header."""
    known = {str(title): name for name, title in COLUMNS.items()} | {n: n for n in COLUMNS}
    known |= {str(field.title): field.name for field in kind.fields}
    known |= {field.name: field.name for field in kind.fields}
    names = [known.get(title, "") for title in sheet.header]
    faults = [
        RowFault(1, title, message("没有这一栏，请使用模板的表头"))
        for title, name in zip(sheet.header, names, strict=True)
        if not name or names.count(name) > 1
    ]
    required = [*COLUMNS, *(field.name for field in kind.fields if field.required)]
    titles = {field.name: str(field.title) for field in kind.fields} | dict(COLUMNS)
    faults += [
        RowFault(1, titles[name], message("缺少这一栏")) for name in required if name not in names
    ]
    return names, faults


def _row_faults(
    kind: RegisterKind, row: SheetRow, cells: Mapping[str, SheetCell], today: date
) -> Iterator[RowFault]:
    titles: dict[str, str] = {field.name: field.title for field in kind.fields} | dict(COLUMNS)
    beyond = sum(bool(c.text or c.fault) for c in row.cells[len(cells) :])
    if beyond:
        yield RowFault(row.number, "", message("比表头多出 {n} 个单元格", n=beyond))
    broken = {name: cell.fault for name, cell in cells.items() if cell.fault is not None}
    for name, fault in broken.items():
        yield RowFault(row.number, titles[name], fault)
    for one in title_faults(" ".join(cells[TITLE].text.split())) if TITLE not in broken else ():
        yield RowFault(row.number, titles[TITLE], one.detail)
    if DUE_ON not in broken:
        due_on = _date(cells[DUE_ON])
        if due_on is None:
            wrong = message("请写成 2026-11-30 的形式") if cells[DUE_ON].text else message("必填")
            yield RowFault(row.number, titles[DUE_ON], wrong)
        elif due_on < today:
            yield RowFault(row.number, titles[DUE_ON], message("早于今天"))
    fields = [field for field in kind.fields if field.name not in broken]
    given = {f.name: _text(cells[f.name], f.type) for f in fields if f.name in cells}
    for one in field_faults(fields, given):
        yield RowFault(row.number, titles[one.field], one.detail)


def _date(cell: SheetCell) -> date | None:
    """A number is a date as Excel counts days: people forget to format the column."""
    return date_of(cell.text) or cell.day


def _text(cell: SheetCell, type_: FieldType) -> str:
    day = _date(cell) if type_ is FieldType.DATE else None
    return cell.text if day is None else day.isoformat()


def _known(
    session: Session, kind: RegisterKind, drafts: Sequence[tuple[int, PlanDraft]]
) -> list[RowFault]:
    """Rows that are in the plan already: a table that is taken over twice changes nothing."""
    row = RegisterItemRow
    found = session.execute(
        select(row.title, row.due_on, row.number).where(
            row.kind == kind.name, row.state != kind.cancelled
        )
    )
    known = {(title, due_on): number for title, due_on, number in found}
    return [
        RowFault(line, "", message("已在计划中：{number}", number=number))
        for line, draft in drafts
        if (number := known.get((draft.title, draft.due_on.isoformat()))) is not None
    ]


def _refusal(faults: Sequence[RowFault]) -> Invalid:
    if not faults:
        return Invalid("表格没有数据行", "只有表头。", "请在表头下逐行填写。")
    ordered = sorted(faults, key=lambda fault: fault.row)
    listed: list[JsonValue] = [
        {"row": f.row, "column": f.column, "detail": f.detail} for f in ordered
    ]
    shown = tuple(fault.text for fault in ordered[:_SHOWN])
    return Invalid(
        message("表格有 {n} 处错误，未导入任何一行", n=len(ordered)),
        message("{faults}。", faults=shown),
        "请改正后重新上传整个文件。",
        members={"faults": listed},
    )
