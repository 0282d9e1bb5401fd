"""A report as a Word document in the layout of GB/T 9704 (pure): same document, same bytes."""

import io
from datetime import UTC, datetime

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from device_configs.documents.timeless import timeless
from ops_core.reports import layout
from ops_core.reports.charts import chart_xml
from ops_core.reports.document import (
    ReportBlock,
    ReportChart,
    ReportDocument,
    ReportHeading,
    ReportParagraph,
    ReportTable,
)
from ops_core.reports.layout import TextStyle, Typeface

_CHART_MM = (150, 70)
_EMU = 36_000
"""English metric units a millimetre."""
_DRAWING = """\
<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
 xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"
 xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">
<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{cx}" cy="{cy}"/>
<wp:docPr id="{number}" name="chart{number}" descr="{text}"/><wp:cNvGraphicFramePr/>
<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart">
<c:chart r:id="{relation}"/></a:graphicData></a:graphic></wp:inline></w:drawing>"""


def word_document(document: ReportDocument, at: datetime) -> bytes:
    """The bytes of a docx; ``at`` is when its data were frozen, and stands in its properties."""
    word = Document()
    _set_page(word)
    _set_properties(word, document, at)
    _add(word, document.title, layout.TITLE, "Title")
    if document.notice:
        _add(word, document.notice, layout.CAPTION)
    _add(word, document.recipients, layout.RECIPIENTS)
    charts = 0
    for block in document.blocks:
        charts += isinstance(block, ReportChart)
        _add_block(word, block, charts)
    for text in (document.signature, document.dated):
        _add(word, text, layout.BODY).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    written = io.BytesIO()
    word.save(written)
    return timeless(written.getvalue(), f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")


def _add_block(word: WordDocument, block: ReportBlock, charts: int) -> None:
    match block:
        case ReportHeading(level, text):
            _add(word, text, layout.HEADINGS[level], f"Heading {level}")
        case ReportParagraph(text):
            _add(word, text, layout.BODY)
        case ReportTable():
            _add_table(word, block)
        case ReportChart():
            _add_chart(word, block, charts)


def _set_page(word: WordDocument) -> None:
    section = word.sections[0]
    section.page_width, section.page_height = map(Mm, layout.PAGE_MM)
    section.top_margin, section.bottom_margin = Mm(layout.TOP_MM), Mm(layout.BOTTOM_MM)
    section.left_margin, section.right_margin = Mm(layout.LEFT_MM), Mm(layout.RIGHT_MM)
    section.footer_distance = Mm(layout.FOOTER_MM)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text in ("— ", None, " —"):
        run = footer.add_run(text)
        _set_face(run, Typeface.FOOTER, layout.PAGE_NUMBER_PT)
        if text is None:
            _add_page_number(run)


def _add_page_number(run: Run) -> None:
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)


def _set_properties(word: WordDocument, document: ReportDocument, at: datetime) -> None:
    properties, instant = word.core_properties, at.astimezone(UTC).replace(tzinfo=None)
    properties.title, properties.author = document.title, document.signature
    properties.last_modified_by, properties.comments = document.signature, ""
    properties.created = properties.modified = instant.replace(microsecond=0)
    properties.language = "zh-CN"


def _add(word: WordDocument, text: str, style: TextStyle, named: str = "Normal") -> Paragraph:
    paragraph = word.add_paragraph(style=named)
    if named == "Title":
        _without_border(paragraph)
    _set_style(paragraph, text, style)
    return paragraph


def _set_style(paragraph: Paragraph, text: str, style: TextStyle) -> None:
    form = paragraph.paragraph_format
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(style.line_pt)
    form.space_before = form.space_after = Pt(0)
    indent = style.size_pt * layout.INDENT_CHARACTERS if style.indented else 0
    form.first_line_indent = Pt(indent)
    if style.centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _set_face(paragraph.add_run(text), style.face, style.size_pt)


def _set_face(run: Run, face: Typeface, size_pt: int) -> None:
    """Han characters take ``w:eastAsia``; without it Word falls back to its theme's typeface."""
    run.font.size, run.font.bold = Pt(size_pt), False
    run.font.name = Typeface.LATIN.value
    properties = run._r.get_or_add_rPr()
    fonts = properties.find(qn("w:rFonts"))
    assert fonts is not None  # noqa: S101 - naming a font makes the element
    fonts.set(qn("w:eastAsia"), face.value)
    colour = OxmlElement("w:color")
    colour.set(qn("w:val"), "000000")
    fonts.addnext(colour)


def _without_border(paragraph: Paragraph) -> None:
    """Word's own style of titles draws a line below."""
    properties = paragraph._p.get_or_add_pPr()
    border = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    bottom.set(qn("w:val"), "nil")
    border.append(bottom)
    properties.insert_element_before(border, "w:shd", "w:spacing", "w:ind", "w:jc")


def _add_table(word: WordDocument, table: ReportTable) -> None:
    _add(word, table.caption, layout.CAPTION).paragraph_format.keep_with_next = True
    grid = word.add_table(rows=1 + len(table.rows), cols=len(table.columns), style="Table Grid")
    for row, texts in zip(grid.rows, (table.columns, *table.rows), strict=True):
        for at, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
            paragraph = cell.paragraphs[0]
            _set_style(paragraph, text, layout.CELL)
            if at:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    head = grid.rows[0]._tr.get_or_add_trPr()
    head.append(OxmlElement("w:tblHeader"))  # repeated on every page


def _add_chart(word: WordDocument, chart: ReportChart, number: int) -> None:
    name = PackURI(f"/word/charts/chart{number}.xml")
    part = Part(name, CONTENT_TYPE.DML_CHART, chart_xml(chart), word.part.package)
    relation = word.part.relate_to(part, RELATIONSHIP_TYPE.CHART)
    paragraph = word.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.keep_with_next = True
    width, height = (side * _EMU for side in _CHART_MM)
    drawing = _DRAWING.format(
        cx=width, cy=height, number=number, relation=relation, text=chart.caption
    )
    paragraph.add_run()._r.append(parse_xml(drawing))
    _add(word, chart.caption, layout.CAPTION)
