"""Tables that people bring: taken over whole, or each fault is named by its row."""

import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from babel.messages.pofile import read_po

from ops_core.kernel.errors import Invalid
from ops_core.kernel.exported_tables import TableFormat
from ops_core.kernel.settings import PROJECT_DIRECTORY
from ops_core.registers.exporting import plan_template, register_table
from ops_core.registers.importing import import_plan
from ops_core.registers.kinds import RESERVED, RegisterKind, every_kind, load_kinds
from ops_core.registers.model import PlanItem
from ops_core.registers.read import ItemFilter, ItemTab, list_items
from ops_core.registers.sheets import MOST_ROWS, read_sheet
from tests.ops_core.registers.story import AGENT, LIN, ZONE, Registers

HEADER = ("名称", "到期日", "活动类别", "地点", "计划人数")


def workbook(*rows: tuple[object, ...], merged: str = "") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if merged:
        sheet.merge_cells(merged)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def take_over(story: Registers, name: str, content: bytes) -> list[PlanItem]:
    with story.work(LIN) as uow:
        return import_plan(uow, story.site, "activities", name, content)


def faults_of(story: Registers, name: str, content: bytes) -> list[tuple[object, object, str]]:
    with pytest.raises(Invalid) as refused:
        take_over(story, name, content)
    with story.database.reading() as session:
        kind = every_kind()["activities"]
        assert list_items(session, kind, ItemFilter(ItemTab.ALL), story.clock.now())[0] == []
    listed = refused.value.members["faults"]
    return [(f["row"], f["column"], str(f["detail"])) for f in listed]  # type: ignore[index, call-overload, union-attr]


GOOD = {
    "a workbook with dates, serial dates and texts": ("计划.xlsx", workbook(
        HEADER,
        ("走访社区", date(2026, 3, 20), "走基层", "二七区", 12),
        (None, None, None, None, None),
        ("走访企业", 46112, "进企业", None, 8.0),
        ("宣讲", "2026年4月1日", "政策宣贯", "大厅", "30"),
    )),
    "a CSV as Excel on Chinese Windows saves it": ("计划.csv", (
        "名称,到期日,活动类别,地点,计划人数\r\n走访社区,2026/3/20,走基层,\"二七区\n社区\",12\r\n"
        "走访企业,2026-03-31,进企业,,8\r\n宣讲,2026.4.1,政策宣贯,,30\r\n"
    ).encode("gb18030")),
    "a CSV in UTF-8 by the fields' names": ("计划.csv", (
        "title,due_on,theme,people\n走访社区,2026-03-20,走基层,12\n走访企业,2026-03-31,进企业,8\n"
        "宣讲,2026-04-01,政策宣贯,30\n"
    ).encode("utf-8-sig")),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content"), GOOD.values(), ids=GOOD)
def test_a_table_is_taken_over_whole(quick_story: Registers, name: str, content: bytes) -> None:
    items = take_over(quick_story, name, content)
    assert [(i.title, i.due_on, i.fields["people"]) for i in items] == [
        ("走访社区", date(2026, 3, 20), "12"),
        ("走访企业", date(2026, 3, 31), "8"),
        ("宣讲", date(2026, 4, 1), "30"),
    ]
    with pytest.raises(Invalid) as refused:
        take_over(quick_story, name, content)
    assert items[0].number in str(refused.value.detail)  # taken over twice, nothing is doubled


def test_every_fault_is_named_by_its_row_and_no_row_is_taken_over(quick_story: Registers) -> None:
    content = workbook(
        HEADER,
        ("走访", date(2026, 3, 20), "走基层", "a", 1),
        ("", "2026-02-30", "走基层", "a", 1),
        ("=A2&1", 12, "团建", "a", -1),
        ("走访", date(2026, 3, 20), "走基层", "b", 2),
        ("过去", date(2026, 3, 1), "走基层", True, 1.5),
        ("合并", date(2026, 3, 21), "走基层", "c", 3),
        ("合并", date(2026, 3, 22), None, "c", 3),
        ("#REF!", "", "走基层", "x" * 5_000, 3),
        merged="C7:C8",
    )
    found = faults_of(quick_story, "计划.xlsx", content)
    assert found == [
        (3, "名称", "请填写名称"),
        (3, "到期日", "请写成 2026-11-30 的形式"),
        (4, "名称", "是公式，请粘贴为数值"),
        (4, "到期日", "请写成 2026-11-30 的形式"),
        (4, "活动类别", found[4][2]),
        (4, "计划人数", "须为不小于 0 的整数"),
        (5, "", "与第 2 行重复"),
        (6, "地点", "是逻辑值，请填写文字"),
        (6, "到期日", "早于今天"),
        (6, "计划人数", "须为不小于 0 的整数"),
        (7, "活动类别", "C7:C8 是合并单元格，请取消合并后逐行填写"),
        (8, "活动类别", "C7:C8 是合并单元格，请取消合并后逐行填写"),
        (9, "名称", "是错误值"),
        (9, "到期日", "必填"),
        (9, "地点", "请控制在 2000 字以内"),
    ]
    assert found[4][2].startswith("可选：走基层、")


HEADERS = {
    "a column that nobody knows": (("名称", "到期日", "活动类别", "预算"), [(1, "预算")]),
    "a column twice": (("名称", "到期日", "活动类别", "名称"), [(1, "名称"), (1, "名称")]),
    "a required one missing": (("名称", "地点"), [(1, "到期日"), (1, "活动类别")]),
    "a title above the header": (("2026 年活动计划",), [(1, "2026 年活动计划"), (1, "名称"),
                                                  (1, "到期日"), (1, "活动类别")]),
}  # fmt: skip


@pytest.mark.parametrize(("header", "expected"), HEADERS.values(), ids=HEADERS)
def test_a_header_that_is_not_the_templates_is_refused(
    quick_story: Registers, header: tuple[str, ...], expected: list[tuple[int, str]]
) -> None:
    found = faults_of(quick_story, "计划.xlsx", workbook(header, ("走访", "2026-03-20", "走基层")))
    assert [(row, column) for row, column, _ in found] == expected


NO_TABLE = {
    "no workbook": ("a.xlsx", b"PK\x03\x04 nothing", "无法读取"),
    "a text by the name of a workbook": ("a.xlsx", "名称,到期日\n".encode(), "无法读取"),
    "bytes by the name of a text": ("a.csv", b"\xff\x00\x01\x02", "无法读取"),
    "an unbalanced quotation mark": ("a.csv", b'a,b\n"c,d\n', "无法读取"),
    "a cell of a megabyte": ("a.csv", b"a,b\n" + b"x" * 1_000_000 + b",c\n", "无法读取"),
    "nothing": ("a.csv", b"\r\n\r\n", "是空的"),
    "too many rows": ("a.csv", b"a,b\n" * (MOST_ROWS + 2), "过大"),
    "too many columns": ("a.xlsx", workbook(tuple("x" * 70)), "过大"),
}


@pytest.mark.parametrize(("name", "content", "title"), NO_TABLE.values(), ids=NO_TABLE)
def test_what_is_no_table_is_said_plainly(name: str, content: bytes, title: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_sheet(name, content)
    assert title in refused.value.title
    assert refused.value.remedy


HEAD = "名称,到期日,活动类别,地点,计划人数\n"
ROW = "走访,2026-03-20,走基层,二七区,12\n"
DAMAGED = {
    "a quotation mark left open": (HEAD + ROW + ROW.replace("二七区", '"二七区') + ROW * 3, 3),
    "two of them, and a row between": (
        HEAD + ROW.replace("二七区", '"二七区') + ROW + ROW.replace("二七区", '二七区"') + ROW, 2,
    ),
    "two of them in neighbouring rows": (
        HEAD + ROW + ROW.replace("二七区", '"二七区') + ROW.replace("二七区", '二七区"'), 3,
    ),
    "text behind a quotation mark": (HEAD + ROW.replace("二七区", '"二七"区') + ROW, 2),
    "a NUL": (HEAD + ROW + ROW.replace("二七", "二\0七"), 3),
    "cut in its last line": (HEAD + ROW + ROW.rstrip("2\n"), 3),
}  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize(("text", "line"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_line_is_named_and_no_row_is_taken_over(
    quick_story: Registers, text: str, line: int, encoding: str
) -> None:
    with pytest.raises(Invalid, match=f"第 {line} 行：") as refused:
        take_over(quick_story, "计划.csv", text.encode(encoding))
    assert refused.value.title == "表格无法读取"
    with quick_story.database.reading() as session:
        kind = every_kind()["activities"]
        assert list_items(session, kind, ItemFilter(ItemTab.ALL), quick_story.clock.now())[0] == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", (HEAD + ROW.replace("\n", ",多,余\n")).encode()),
        ("a.xlsx", workbook(HEADER, ("走访", "2026-03-20", "走基层", "二七区", 12, "多", "余"))),
    ],
)
def test_a_cell_too_many_is_named_by_its_row(
    quick_story: Registers, name: str, content: bytes
) -> None:
    assert faults_of(quick_story, name, content) == [(2, "", "比表头多出 2 个单元格")]


def test_a_header_alone_is_no_plan_and_an_agent_imports_none(quick_story: Registers) -> None:
    template = plan_template(every_kind()["activities"], TableFormat.XLSX)
    assert read_sheet("模板.xlsx", template).header == HEADER
    with pytest.raises(Invalid, match="没有数据行"):
        take_over(quick_story, "模板.xlsx", template)
    with pytest.raises(Exception, match="没有权限"), quick_story.work(AGENT) as uow:
        import_plan(uow, quick_story.site, "activities", "a.xlsx", template)


@pytest.mark.parametrize("as_format", TableFormat)
def test_an_exported_text_is_never_a_formula(
    quick_story: Registers, as_format: TableFormat
) -> None:
    quick_story.plan(place='=HYPERLINK("http://x","y")')
    kind = every_kind()["activities"]
    with quick_story.database.reading() as session:
        now = quick_story.clock.now()
        items, _ = list_items(session, kind, ItemFilter(ItemTab.ALL), now)
    content = register_table(kind, items, "en", ZONE, as_format)
    if as_format is TableFormat.XLSX:
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        assert all(cell.data_type != "f" for row in sheet for cell in row)
        assert sheet["A1"].value == "Number"
    else:
        assert "'=HYPERLINK" in content.decode("utf-8-sig")


def words_of(kind: RegisterKind) -> set[str]:
    fields = kind.every_field
    return {
        kind.title, *kind.states.values(), *(step.word for step in kind.steps),
        *(field.title for field in fields), *(c for field in fields for c in field.choices),
    }  # fmt: skip


def test_every_word_of_every_kind_has_its_english() -> None:
    path = PROJECT_DIRECTORY / "wallboard/locale/en/LC_MESSAGES/messages.po"
    catalogue = read_po(io.BytesIO(path.read_bytes()))
    every = {word for kind in every_kind().values() for word in words_of(kind)} | {
        str(word) for word in RESERVED.values()
    }
    lacking = [word for word in sorted(every) if not getattr(catalogue.get(word), "string", "")]
    assert lacking == []


WRONG_KINDS = {
    "a state that is not declared": ("to: started", "to: begun", "begun"),
    "a step twice": ("name: start, word: 开始", "name: cancel, word: 开始", "name of another"),
    "a step of the engine's name": ("name: start, word", "name: plan, word", "name of another"),
    "a side that there is not": ("by: purchaser", "by: citizen", "citizen"),
    "a choice without choices": ("type: choice", "type: text", "choices belong"),
    "an unknown member": ("indicator: 15", "weight: 15", "weight"),
    "the name of another file": ("name: activities", "name: activity", "that of the file"),
}


@pytest.mark.parametrize(("word", "instead", "said"), WRONG_KINDS.values(), ids=WRONG_KINDS)
def test_a_kind_that_cannot_work_is_refused_with_its_file(
    tmp_path: Path, word: str, instead: str, said: str
) -> None:
    source = PROJECT_DIRECTORY / "ops_core/registers/kinds/activities.yml"
    text = source.read_text("utf-8")
    assert word in text
    (tmp_path / "activities.yml").write_text(text.replace(word, instead), "utf-8")
    with pytest.raises(ValueError, match=said) as refused:
        load_kinds(tmp_path)
    assert "activities.yml" in str(refused.value)
