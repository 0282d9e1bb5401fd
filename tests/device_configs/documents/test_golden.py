"""Every document of the shipped declaration against files that a person has read.

``pytest tests/device_configs/documents --update-golden`` rewrites them.
"""

import csv
import io
from pathlib import Path

import pytest

from device_configs.documents.contents import Document, tables_of
from device_configs.documents.files import DocumentFile, file_content
from device_configs.documents.speech import Speech
from device_configs.documents.tables import Sheet
from device_configs.site import Site
from ops_core.kernel.i18n import Language

GOLDEN = Path(__file__).parent / "golden"
WRITTEN = [document for document in Document if document is not Document.TOPOLOGY]


def as_text(tables: tuple[Sheet, ...]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for table in tables:
        writer.writerow([f"## {table.name}", table.title, *([table.note] if table.note else [])])
        writer.writerow([column.heading for column in table.columns])
        writer.writerows(table.rows)
    return text.getvalue()


def compare(name: str, text: str, update: bool) -> None:
    golden = GOLDEN / name
    if update:
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


@pytest.mark.parametrize("document", WRITTEN)
def test_tables_are_as_read_by_a_person(
    site: Site, document: Document, update_golden: bool
) -> None:
    tables = tables_of(site, document, Speech(Language.CHINESE))
    compare(f"{document}.zh.csv", as_text(tables), update_golden)


@pytest.mark.parametrize("document", [Document.RACKS, Document.POLICIES])
def test_they_are_in_english_too(site: Site, document: Document, update_golden: bool) -> None:
    tables = tables_of(site, document, Speech(Language.ENGLISH))
    compare(f"{document}.en.csv", as_text(tables), update_golden)


@pytest.mark.parametrize("file", [DocumentFile.TOPOLOGY, DocumentFile.RACKS])
def test_pictures_are_as_looked_at_by_a_person(
    site: Site, file: DocumentFile, update_golden: bool
) -> None:
    text = file_content(site, file, Speech(Language.CHINESE)).decode()
    compare(f"{file.removesuffix('.svg')}.zh.svg", text, update_golden)


def test_no_english_table_holds_chinese_but_what_is_declared(site: Site) -> None:
    declared = {row for document in WRITTEN for row in _chinese(site, document)}
    assert declared == set()


def _chinese(site: Site, document: Document) -> set[str]:
    text = as_text(tables_of(site, document, Speech(Language.ENGLISH)))
    return {line for line in text.splitlines() if any("一" <= c <= "鿿" for c in line)}
