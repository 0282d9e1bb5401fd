"""The raw tables of a report as an Excel workbook (pure): same snapshot, same bytes."""

from collections.abc import Iterator

from device_configs.documents.tables import Cell, Heading, Sheet
from device_configs.documents.workbook import workbook
from ops_core.reports.document import title_of
from ops_core.reports.snapshot import DASH, CountedShare, ReportSnapshot

_SHARE = (Heading("数量（件）", numeric=True), Heading("占比", numeric=True))


def report_workbook(snapshot: ReportSnapshot) -> bytes:
    """A sheet for every table; texts are never computed as formulas (see the workbook)."""
    return workbook(title_of(snapshot), tuple(_sheets(snapshot)))


def _sheets(one: ReportSnapshot) -> Iterator[Sheet]:
    yield _facts(one)
    for name, title, column, counted in (
        ("channels", "受理渠道", "渠道", one.channels),
        ("kinds", "诉求类型", "类型", one.kinds),
        ("regions", "区域分布", "区域", one.regions),
    ):
        yield _counted(name, title, column, counted)
    yield Sheet(
        "hot", "热点诉求",
        (Heading("类别"), *_numeric("本期（件）", "上期（件）", "环比")),
        tuple((h.title, h.count, h.previous, h.change) for h in one.hot),
    )  # fmt: skip
    yield Sheet(
        "units", "承办单位",
        (Heading("承办单位"), *_numeric("派单（件）", "签收（件）", "办结（件）", "退回（件）")),
        tuple((u.title, u.dispatched, u.signed, u.completed, u.returned) for u in one.units),
    )  # fmt: skip
    if one.chapters:
        yield from _chapters(one)
    if one.indicators:
        yield Sheet(
            "indicators", "考核指标",
            (*_numeric("序号"), Heading("指标"),
             *_numeric("目标", "分子", "分母", "本期值", "剔除前"), Heading("是否达标")),
            tuple((i.number, i.title, i.goal, i.numerator, i.denominator, i.display, i.unadjusted,
                   i.met) for i in one.indicators),
        )  # fmt: skip
    if not one.is_topic:
        yield _counted("faults", "故障", "等级", one.faults)


def _facts(one: ReportSnapshot) -> Sheet:
    total, done = one.total, one.handling
    rows: tuple[tuple[Cell, ...], ...] = (
        ("受理总量", total.now),
        ("上期受理量", total.previous),
        ("环比", total.change),
        ("上年同期受理量", DASH if total.last_year is None else total.last_year),
        ("同比", total.change_of_year),
        ("派单", done.dispatched),
        ("签收", done.signed),
        ("签收率", done.signed_share),
        ("办结", done.completed),
        ("办结率", done.completed_share),
        ("退回", done.returned),
        ("评价办理结果人数", done.asked),
        ("满意人数", done.satisfied),
        ("满意率", done.satisfied_share),
        ("故障已恢复", one.faults_restored),
    )
    taken = f"{one.taken_at:%Y-%m-%d %H:%M:%S}"
    note = f"{one.first_day} 至 {one.last_day}；数据截至 {taken} UTC，事件序号 {one.watermark}"
    if one.demonstration:
        note = f"演示数据。{note}"
    return Sheet("facts", "总量与质效", (Heading("项目"), *_numeric("数值")), rows, note)


def _chapters(one: ReportSnapshot) -> Iterator[Sheet]:
    yield Sheet(
        "chapters", "分类情况",
        (Heading("章节"), Heading("类别"), *_SHARE),
        tuple(
            row
            for chapter in one.chapters
            for row in (
                (chapter.title, "合计", chapter.count, chapter.share),
                *((chapter.title, p.title, p.count, p.share) for p in chapter.parts),
            )
        ),
    )  # fmt: skip
    numbers = tuple((number,) for number in one.unclassified)
    yield Sheet("unclassified", "未归类", (Heading("诉求编号"),), numbers,
                f"共 {one.unclassified_count} 件")  # fmt: skip


def _counted(name: str, title: str, column: str, counted: tuple[CountedShare, ...]) -> Sheet:
    rows = tuple((one.title, one.count, one.share) for one in counted)
    return Sheet(name, title, (Heading(column), *_SHARE), rows)


def _numeric(*headings: str) -> tuple[Heading, ...]:
    return tuple(Heading(heading, numeric=True) for heading in headings)
