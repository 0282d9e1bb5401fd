"""A report as headings, paragraphs, tables and charts: what Word, the page and the PDF show (pure).

Documents are in Chinese whatever the reader's language: they go to the purchaser. Numbers stand in
them as the snapshot has them. What the author wrote is masked once more.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from ops_core.kernel.masking import mask_text
from ops_core.reports.snapshot import CountedShare, ReportSnapshot

_NUMERALS = "一二三四五六七八九十"
_SHARE_COLUMNS = ("数量（件）", "占比")


@dataclass(frozen=True, slots=True)
class ReportHeading:
    """``level`` 1 is 一、 and 2 is （一）; the text has its number."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class ReportParagraph:
    text: str


@dataclass(frozen=True, slots=True)
class ReportTable:
    """``caption`` has its number (表1); the first column holds names, the others numbers."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ReportChart:
    """Bars, one a label; ``caption`` has its number (图1)."""

    caption: str
    labels: tuple[str, ...]
    values: tuple[int, ...]


ReportBlock = ReportHeading | ReportParagraph | ReportTable | ReportChart


@dataclass(frozen=True, slots=True)
class ReportDocument:
    title: str
    recipients: str
    blocks: tuple[ReportBlock, ...]
    signature: str
    dated: str
    notice: str
    """That it is made of simulated data; empty otherwise."""


def build_document(snapshot: ReportSnapshot, texts: Mapping[str, str]) -> ReportDocument:
    """The document of a snapshot and the author's words."""
    return ReportDocument(
        title=title_of(snapshot),
        recipients="、".join(snapshot.recipients) + "：",
        blocks=tuple(_Writing(snapshot, texts).blocks()),
        signature=snapshot.organisation,
        dated=_day(date.fromisoformat(snapshot.taken_on)),
        notice="演示数据，不作考核依据。" if snapshot.demonstration else "",
    )


def title_of(snapshot: ReportSnapshot) -> str:
    """``示例省12345热线运行月报（2026年10月）``, ``关于供暖中断的专报``."""
    if snapshot.subject:
        return f"关于{mask_text(snapshot.subject)}的专报"
    return f"{snapshot.organisation}运行{snapshot.title}（{label_text(snapshot.label)}）"


def label_text(label: str) -> str:
    """``2026-W48`` reads 2026年第48周."""
    if found := re.fullmatch(r"(\d{4})-W(\d\d)", label):
        return f"{found[1]}年第{int(found[2])}周"
    if found := re.fullmatch(r"(\d{4})-Q(\d)", label):
        return f"{found[1]}年第{found[2]}季度"
    if found := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", label):
        return f"{found[1]}年{int(found[2])}月{int(found[3])}日"
    if found := re.fullmatch(r"(\d{4})-(\d\d)", label):
        return f"{found[1]}年{int(found[2])}月"
    return f"{label}年" if re.fullmatch(r"\d{4}", label) else label


class _Writing:
    """Numbers headings, tables and charts while the document is written, front to back."""

    def __init__(self, snapshot: ReportSnapshot, texts: Mapping[str, str]) -> None:
        self._snapshot, self._texts = snapshot, texts
        self._headings = self._tables = self._charts = 0

    def blocks(self) -> Iterator[ReportBlock]:
        one = self._snapshot
        yield from self._written("summary")
        yield self._heading("受理总量")
        yield ReportParagraph(self._total())
        yield from self._shares("受理渠道", "各渠道受理量", "渠道", one.channels)
        yield from self._shares("诉求类型", "各类型受理量", "类型", one.kinds)
        yield from self._shares("区域分布", "各区域受理量", "区域", one.regions)
        if one.chapters:
            yield from self._chapters()
        yield from self._hot()
        if self._texts.get("cases"):
            yield self._heading("典型案例")
            yield from self._written("cases")
        yield from self._handling()
        if one.indicators:
            yield from self._indicators()
        if not one.is_topic:
            yield from self._faults()
        if self._texts.get("suggestions"):
            yield self._heading("工作建议")
            yield from self._written("suggestions")

    def _total(self) -> str:
        total, one = self._snapshot.total, self._snapshot
        first, last = date.fromisoformat(one.first_day), date.fromisoformat(one.last_day)
        span = _day(first) if first == last else f"{_day(first)}至{_day(last)}"
        text = f"{span}共受理诉求{total.now}件，上期{total.previous}件，环比{total.change}"
        if total.last_year is not None:
            text += f"；上年同期{total.last_year}件，同比{total.change_of_year}"
        return f"{text}。"

    def _shares(
        self, heading: str, caption: str, column: str, counted: tuple[CountedShare, ...]
    ) -> Iterator[ReportBlock]:
        yield self._heading(heading)
        if not counted:
            yield ReportParagraph("本期没有诉求。")
            return
        first = counted[0]
        yield ReportParagraph(f"受理量最多的是{first.title}，共{first.count}件，占{first.share}。")
        rows = tuple((one.title, str(one.count), one.share) for one in counted)
        yield self._table(caption, (column, *_SHARE_COLUMNS), rows)
        yield self._chart(caption, counted)

    def _chapters(self) -> Iterator[ReportBlock]:
        yield self._heading("分类情况")
        for number, chapter in enumerate(self._snapshot.chapters):
            yield ReportHeading(2, f"（{_NUMERALS[number]}）{chapter.title}")
            yield ReportParagraph(f"共{chapter.count}件，占受理总量的{chapter.share}。")
            if chapter.parts:
                rows = tuple((one.title, str(one.count), one.share) for one in chapter.parts)
                yield self._table(f"{chapter.title}诉求构成", ("类别", *_SHARE_COLUMNS), rows)
        number = len(self._snapshot.chapters)
        yield ReportHeading(2, f"（{_NUMERALS[number]}）未归类")
        yield ReportParagraph(self._unclassified())

    def _unclassified(self) -> str:
        one = self._snapshot
        if not one.unclassified_count:
            return "无。"
        listed = "、".join(one.unclassified)
        more = "等" if one.unclassified_count > len(one.unclassified) else ""
        return f"共{one.unclassified_count}件：{listed}{more}。"

    def _hot(self) -> Iterator[ReportBlock]:
        yield self._heading("热点诉求")
        if not self._snapshot.hot:
            yield ReportParagraph("本期没有诉求。")
            return
        rows = tuple((h.title, str(h.count), str(h.previous), h.change) for h in self._snapshot.hot)
        columns = ("类别", "本期（件）", "上期（件）", "环比")
        yield self._table("受理量居前的类别", columns, rows)

    def _handling(self) -> Iterator[ReportBlock]:
        done = self._snapshot.handling
        yield self._heading("办理质效")
        yield ReportParagraph(
            f"本期派单{done.dispatched}件，签收{done.signed}件，签收率{done.signed_share}；"
            f"办结{done.completed}件，办结率{done.completed_share}；退回{done.returned}件。"
            f"本期回访中{done.asked}人评价办理结果，其中满意{done.satisfied}人，"
            f"满意率{done.satisfied_share}。"
        )
        if self._snapshot.units:
            rows = tuple(
                (u.title, str(u.dispatched), str(u.signed), str(u.completed), str(u.returned))
                for u in self._snapshot.units
            )
            columns = ("承办单位", "派单（件）", "签收（件）", "办结（件）", "退回（件）")
            yield self._table("各承办单位办理情况", columns, rows)

    def _indicators(self) -> Iterator[ReportBlock]:
        yield self._heading("考核指标")
        rows = tuple(
            (f"{i.number} {i.title}", i.goal, f"{i.numerator}/{i.denominator}", i.display,
             i.unadjusted, i.met)
            for i in self._snapshot.indicators
        )  # fmt: skip
        columns = ("指标", "目标", "分子/分母", "本期值", "剔除前", "是否达标")
        yield self._table("本期指标完成情况（以拟稿时数据计）", columns, rows)

    def _faults(self) -> Iterator[ReportBlock]:
        one = self._snapshot
        yield self._heading("故障与终端")
        if one.faults:
            parts = "，".join(f"{fault.title}{fault.count}起" for fault in one.faults)
            whole = sum(fault.count for fault in one.faults)
            text = f"本期发生故障{whole}起（{parts}），已恢复{one.faults_restored}起。"
        else:
            text = "本期未发生故障。"
        terminals = next((i for i in one.indicators if i.number == 13), None)
        if terminals is not None:
            text += f"终端完好率{terminals.display}。"
        yield ReportParagraph(text)

    def _written(self, name: str) -> Iterator[ReportBlock]:
        for line in mask_text(self._texts.get(name, "")).splitlines():
            if line.strip():
                yield ReportParagraph(line.strip())

    def _heading(self, text: str) -> ReportHeading:
        self._headings += 1
        tens, ones = divmod(self._headings, 10)
        numeral = ("十" if tens else "") + (_NUMERALS[ones - 1] if ones else "")
        return ReportHeading(1, f"{numeral}、{text}")

    def _table(
        self, caption: str, columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]
    ) -> ReportTable:
        self._tables += 1
        return ReportTable(f"表{self._tables} {caption}", columns, rows)

    def _chart(self, caption: str, counted: tuple[CountedShare, ...]) -> ReportChart:
        self._charts += 1
        labels, values = tuple(c.title for c in counted), tuple(c.count for c in counted)
        return ReportChart(f"图{self._charts} {caption}（件）", labels, values)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
