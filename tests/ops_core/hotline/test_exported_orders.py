"""Lists of orders as Excel and CSV: masked, in the site's time, and nothing that is computed."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from device_configs.site.model import Site
from ops_core.hotline.cases.service import record_case
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.orders.exporting import order_table
from ops_core.hotline.orders.listed import OrderList
from ops_core.hotline.orders.listing import list_orders
from ops_core.hotline.orders.tabs import OrderFilter
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Invalid
from ops_core.kernel.exported_tables import TableFormat, written_table
from ops_core.kernel.i18n import Language
from tests.ops_core.hotline.conftest import AGENT, CANARY, Work
from tests.ops_core.hotline.test_order_read import TO_COMPLETED, WEB, Centre


def read_back(content: bytes, as_format: TableFormat) -> Sequence[Sequence[str]]:
    if as_format is TableFormat.CSV:
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    return [["" if c is None else str(c) for c in row] for row in sheet.iter_rows(values_only=True)]


@pytest.mark.parametrize("as_format", TableFormat)
def test_a_list_is_taken_away_masked_and_as_texts(
    work: Work, site: Site, vault: ContactVault, database: Database, clock: FixedClock,
    as_format: TableFormat,
) -> None:  # fmt: skip
    done = Centre(work, site, vault).order(*TO_COMPLETED)
    with work(AGENT) as uow:
        formula = record_case(
            uow, site, vault, replace(WEB, source_ref="f-1", title="=HYPERLINK(1)")
        ).order
    with database.reading() as session:
        found = list_orders(session, site, OrderFilter(), clock.now())
        head, *rows = read_back(order_table(found, site, Language.ENGLISH, as_format), as_format)
    assert head[1] == "State"
    by_number = {row[0]: row for row in rows}
    assert set(by_number) == {done, formula}
    assert CANARY not in str(rows)
    assert by_number[done][7].startswith("2026-03-02 09:00")
    title = by_number[formula][3] if formula else ""
    assert title.lstrip("'") == "=HYPERLINK(1)"
    assert as_format is TableFormat.XLSX or title.startswith("'")


def test_a_list_that_goes_on_is_not_taken_for_the_whole(site: Site) -> None:
    with pytest.raises(Invalid, match="过多"):
        order_table(OrderList((), "W-1"), site, Language.CHINESE, TableFormat.XLSX)


@given(st.text(st.sampled_from("=+-@\t\r1a'"), max_size=6))
def test_no_cell_of_a_csv_begins_like_a_formula(text: str) -> None:
    ((cell,),) = read_back(written_table([[text]], TableFormat.CSV), TableFormat.CSV) or [[""]]
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
