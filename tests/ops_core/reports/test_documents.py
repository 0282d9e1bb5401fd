"""What stands in a report is what was frozen, laid out by GB/T 9704, and names no caller."""

import io
import re
import zipfile
from datetime import UTC, datetime
from itertools import chain

import pytest
from docx import Document
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.shared import Pt
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from device_configs.site.reporting import ReportFrequency as F
from ops_core.kernel.masking import ID_LIKE, PHONE_LIKE
from ops_core.obligations.calendar import span_of
from ops_core.reports.comparing import compared_periods
from ops_core.reports.document import ReportTable, build_document, label_text
from ops_core.reports.pdf import PdfUnavailable, can_make_pdf, pdf_of
from ops_core.reports.sheets import report_workbook
from ops_core.reports.snapshot import (
    Chapter,
    Handling,
    HotMatter,
    IndicatorLine,
    ReportSnapshot,
    UnitHandling,
    compare,
    shares,
    show_change,
    show_share,
)
from ops_core.reports.word import word_document
from tests.ops_core.hotline.conftest import SHANGHAI
from tests.profile import examples

AT = datetime(2026, 11, 30, 1, tzinfo=UTC)
NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?%?")
TEXTS = {"summary": "运行平稳。\n来电人13912345678反映供暖。", "suggestions": "=建议加强保障。"}
counts = st.integers(0, 10**7)


def frozen(
    total: int = 4123, before: int = 0, last_year: int | None = 3217, names: str = "甲乙"
) -> ReportSnapshot:
    """A weekly report whose counts are as given."""
    first, second = shares([(names[0], total), (names[1:], before)]), shares([("=1+1", total)])
    return ReportSnapshot(
        key="weekly-2026-W48", duty="weekly", title="周报", label="2026-W48", subject="",
        organisation="示例省12345热线", recipients=("省政务服务热线管理机构",),
        start=datetime(2026, 11, 22, 16, tzinfo=UTC), end=datetime(2026, 11, 29, 16, tzinfo=UTC),
        first_day="2026-11-23", last_day="2026-11-29", taken_at=AT, taken_on="2026-11-30",
        watermark=99123, demonstration=True, total=compare(total, before, last_year),
        channels=first, kinds=second, regions=first,
        units=(UnitHandling(title="住建厅", dispatched=total, signed=37, completed=29,
                            returned=3),),
        hot=(HotMatter(title="供暖", count=total, previous=before,
                       change=show_change(total, before)),),
        handling=Handling(dispatched=total, signed=37, signed_share=show_share(37, total),
                          completed=29, completed_share=show_share(29, total), returned=3,
                          asked=17, satisfied=13, satisfied_share=show_share(13, 17)),
        chapters=(Chapter(title="社会民生", count=total, share=show_share(total, total),
                          parts=first),),
        unclassified=("C-20261123-00001",), unclassified_count=1,
        indicators=(IndicatorLine(number=13, title="终端完好率", goal="≥90%", numerator=70,
                                  denominator=72, display="97.22%", met="达标",
                                  unadjusted="—"),),
        faults=shares([("严重", 2)]), faults_restored=2, is_topic=False,
    )  # fmt: skip


def word_of(snapshot: ReportSnapshot, texts: dict[str, str] | None = None) -> bytes:
    return word_document(build_document(snapshot, TEXTS if texts is None else texts), AT)


def read_word(data: bytes) -> WordDocument:
    return Document(io.BytesIO(data))


def texts_of(word: WordDocument) -> list[str]:
    cells = (c.text for t in word.tables for row in t.rows for c in row.cells)
    return [*(p.text for p in word.paragraphs), *cells]


def numbers_of_charts(data: bytes) -> set[str]:
    archive = zipfile.ZipFile(io.BytesIO(data))
    charts = [archive.read(n).decode() for n in archive.namelist() if "charts/chart" in n]
    literals = chain.from_iterable(re.findall(r"numLit>.*?numLit>", one, re.S) for one in charts)
    return set(chain.from_iterable(re.findall(r"v>(\d+)<", one) for one in literals))


@settings(max_examples=examples(6, 300), deadline=None)
@given(total=counts, before=counts, last_year=st.none() | counts)
def test_every_number_of_the_document_is_one_of_the_snapshot(
    total: int, before: int, last_year: int | None
) -> None:
    snapshot = frozen(total, before, last_year)
    data = word_of(snapshot, {})
    known = set(NUMBER.findall(snapshot.model_dump_json()))
    dates = {"2026", "11", "23", "29", "30", "48"}
    captions = {str(n) for n in range(1, 10)}
    known |= {number.lstrip("+-") for number in known} | dates | captions
    shown = {n for text in texts_of(read_word(data)) for n in NUMBER.findall(text)}
    assert shown - known == set()
    assert numbers_of_charts(data) <= known
    assert {str(total), str(before)} <= shown


def test_the_same_snapshot_gives_the_same_bytes() -> None:
    assert word_of(frozen()) == word_of(frozen())
    assert report_workbook(frozen()) == report_workbook(frozen())
    assert word_of(frozen(4124)) != word_of(frozen())


def test_nothing_before_prints_a_dash() -> None:
    text = "".join(texts_of(read_word(word_of(frozen(before=0)))))
    assert "上期0件，环比—" in text
    assert "∞" not in text
    assert "NaN" not in text


@pytest.mark.parametrize(
    ("now", "before", "change"),
    [(5, 0, "—"), (0, 0, "—"), (5, None, "—"), (0, 5, "-100.00%"), (3, 3, "0.00%"),
     (10_001, 10_000, "+0.01%"), (199_999, 100_000, "+99.99%"), (2, 3, "-33.33%")],
)  # fmt: skip
def test_a_change_is_cut_off_and_has_its_sign(now: int, before: int | None, change: str) -> None:
    assert show_change(now, before) == change


def test_the_layout_is_that_of_gb_t_9704() -> None:
    word = read_word(word_of(frozen()))
    page = word.sections[0]
    sides = (page.page_width, page.page_height, page.top_margin, page.bottom_margin,
             page.left_margin, page.right_margin)  # fmt: skip
    assert [round(m.mm) for m in sides if m is not None] == [210, 297, 37, 35, 28, 26]
    found = {p.text: p for p in word.paragraphs if p.text}
    title = next(p for p in word.paragraphs if p.style is not None and p.style.name == "Title")
    body = next(p for text, p in found.items() if text.startswith("2026年11月23日至"))
    styles = [
        (title, "方正小标宋简体", 22, 30, 0),
        (found["一、受理总量"], "黑体", 16, 28, 32),
        (found["（一）社会民生"], "楷体_GB2312", 16, 28, 32),
        (body, "仿宋_GB2312", 16, 28, 32),
        (found["省政务服务热线管理机构："], "仿宋_GB2312", 16, 28, 0),
    ]
    for paragraph, face, size, pitch, indent in styles:
        run, form = paragraph.runs[0], paragraph.paragraph_format
        fonts = run._r.rPr.find(qn("w:rFonts"))  # type: ignore[union-attr]
        assert (fonts.get(qn("w:eastAsia")), run.font.size) == (face, Pt(size)), paragraph.text
        assert (form.line_spacing, form.first_line_indent) == (Pt(pitch), Pt(indent))
        assert fonts.get(qn("w:eastAsiaTheme")) is None
    footer = page.footer.paragraphs[0]
    assert "PAGE" in footer._p.xml
    assert footer.text.startswith("— ")
    headings = [t for t in found if re.match("[一二三四五六七八九十]+、", t)]
    assert [t[0] for t in headings] == list("一二三四五六七八九十")[: len(headings)]


def test_no_number_of_a_caller_is_in_any_file() -> None:
    word, sheets = word_of(frozen()), report_workbook(frozen())
    texts = texts_of(read_word(word))
    for row in (r for s in load_workbook(io.BytesIO(sheets)) for r in s.iter_rows()):
        texts += [str(cell.value) for cell in row]
    assert "来电人139****5678反映供暖。" in texts
    plain = (re.sub("C-[0-9-]+", "", text) for text in texts)
    assert [t for t in plain if PHONE_LIKE.search(t) or ID_LIKE.search(t)] == []


def test_the_workbook_has_the_raw_tables_and_computes_nothing() -> None:
    book = load_workbook(io.BytesIO(report_workbook(frozen(4123, 77))))
    assert book.sheetnames[:3] == ["总量与质效", "受理渠道", "诉求类型"]
    facts = {row[0].value: row[1].value for row in book["总量与质效"].iter_rows(min_row=4)}
    assert (facts["受理总量"], facts["上期受理量"], facts["环比"]) == (4123, 77, "+5254.54%")
    kind = book["诉求类型"]["A4"]
    assert (kind.value, kind.data_type, kind.quotePrefix) == ("=1+1", "s", True)
    assert book["未归类"]["A4"].value == "C-20261123-00001"
    assert [c.value for c in book["考核指标"][4]][3:6] == [70, 72, "97.22%"]


def test_every_table_of_the_document_is_numbered_in_turn() -> None:
    blocks = build_document(frozen(), TEXTS).blocks
    captions = [b.caption for b in blocks if isinstance(b, ReportTable)]
    assert [c.split()[0] for c in captions] == [f"表{n}" for n in range(1, len(captions) + 1)]


@pytest.mark.parametrize(
    ("label", "text"),
    [("2026-11-03", "2026年11月3日"), ("2026-W08", "2026年第8周"), ("2026-11", "2026年11月"),
     ("2026-Q4", "2026年第4季度"), ("2026", "2026年")],
)  # fmt: skip
def test_a_period_reads_as_people_say_it(label: str, text: str) -> None:
    assert label_text(label) == text


@pytest.mark.parametrize(
    ("frequency", "day", "previous", "last_year"),
    [(F.MONTH, "2026-03-31", "2026-02", "2025-03"), (F.WEEK, "2026-01-01", "2025-W52", "2025-W01"),
     (F.DAY, "2028-02-29", "2028-02-28", "2027-02-28"), (F.QUARTER, "2026-01-05", "2025-Q4",
     "2025-Q1"), (F.YEAR, "2026-06-01", "2025", "2025")],
)  # fmt: skip
def test_a_period_is_compared_with_the_one_before_and_a_year_earlier(
    frequency: F, day: str, previous: str, last_year: str
) -> None:
    start, end = span_of(frequency, datetime.fromisoformat(day).date()).bounds(SHANGHAI)
    found = compared_periods(frequency, start, end, SHANGHAI)
    assert found.last_year is not None
    labels = [span_of(frequency, b[0].astimezone(SHANGHAI).date()).label
              for b in (found.previous, found.last_year)]  # fmt: skip
    assert labels == [previous, last_year]
    assert compared_periods(F.FLASH, start, end, SHANGHAI).last_year is None


def test_a_machine_without_a_converter_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert not can_make_pdf()
    with pytest.raises(PdfUnavailable, match="本机不能生成 PDF") as refused:
        pdf_of(b"")
    assert refused.value.status == 501
