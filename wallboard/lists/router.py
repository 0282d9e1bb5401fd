"""Taking a list away: as a file from its page, as JSON for programs.

What chooses rows on the page (``show``, ``state``, ``tab``, ``day`` ...) chooses them here by the
same name. ``match`` keeps the rows in which every word stands somewhere; ``sort`` is a column.
"""

from dataclasses import dataclass
from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.responses import Response

from ops_core.kernel.errors import Invalid, NotFound
from ops_core.kernel.exported_tables import MEDIA_TYPES, TableFormat, written_table
from ops_core.kernel.i18n import message
from ops_core.registers.service import zone_of
from wallboard.lists.catalogue import LISTS
from wallboard.lists.cells import JsonCell, Row, in_order, matching, text_of, value_of
from wallboard.lists.model import AnyList, Asking
from wallboard.web import ApiReader, Reader, SignedInReader, in_thread
from wallboard.work import Reading, Reads

router = APIRouter(include_in_schema=False)
api_router = APIRouter(prefix="/api/lists", tags=["lists"])


@dataclass(frozen=True, slots=True)
class RowChoice:
    """Which rows, in which order."""

    match: str = ""
    sort: str = ""
    descending: bool = False


def row_choice(
    match: Annotated[str, Query(max_length=200, description="Words that a row contains.")] = "",
    sort: Annotated[str, Query(max_length=40, description="The key of a column.")] = "",
    descending: bool = False,
) -> RowChoice:
    return RowChoice(match, sort, descending)


ChosenRows = Annotated[RowChoice, Depends(row_choice)]


class ListDescription(BaseModel):
    """A list that the reader may see; ``columns`` are their heads by key."""

    name: str
    page: str
    columns: dict[str, str]


class ListRows(BaseModel):
    """A whole list: values by the keys of its columns; instants are ISO 8601."""

    name: str
    rows: list[dict[str, JsonCell]]


@router.get("/lists/{name}/export")
async def export_list(
    reader: SignedInReader,
    read: Reading,
    name: str,
    chosen: ChosenRows,
    as_format: TableFormat = TableFormat.XLSX,
) -> Response:
    """The list as a table, in the reader's language."""
    found = _list_named(name)
    rows = await _rows(reader, read, found, chosen)
    zone = zone_of(reader.web.dependencies.site)

    def written() -> bytes:
        texts = ([text_of(cell, zone) for cell in row] for row in rows)
        return written_table(chain([found.heads(reader.language)], texts), as_format)

    content = await in_thread(written)  # thousands of rows would hold up every live page
    headers = {"content-disposition": f'attachment; filename="{name}.{as_format}"'}
    return Response(content, media_type=MEDIA_TYPES[as_format], headers=headers)


@api_router.get("")
async def describe_lists(reader: ApiReader) -> list[ListDescription]:
    """The lists that the reader may see."""
    return [
        ListDescription(
            name=one.name,
            page=one.page,
            columns=dict(zip(one.keys, one.heads(reader.language), strict=True)),
        )
        for one in LISTS.values()
        if any(map(reader.may, one.permissions))
    ]


@api_router.get("/{name}", response_model=ListRows)
async def read_list(reader: ApiReader, read: Reading, name: str, chosen: ChosenRows) -> Response:
    """A whole list of at most 10,000 rows, as its page shows it.

    What chooses rows on the page chooses them here by the same name: ``show``, ``state``,
    ``tab``, ``day``.
    """
    found = _list_named(name)
    rows = await _rows(reader, read, found, chosen)

    def written() -> str:
        named = [dict(zip(found.keys, map(value_of, row), strict=True)) for row in rows]
        return ListRows(name=name, rows=named).model_dump_json()

    return Response(await in_thread(written), media_type="application/json")


def _list_named(name: str) -> AnyList:
    if name not in LISTS:
        raise NotFound(message("没有这份清单"))
    return LISTS[name]


async def _rows(reader: Reader, read: Reads, found: AnyList, chosen: RowChoice) -> list[Row]:
    await reader.require_any(found.permissions, "list", found.name)
    if chosen.sort and chosen.sort not in found.keys:
        raise Invalid(
            "筛选条件不正确",
            message("{field} 不能是 {found}。", field="sort", found=chosen.sort),
            message("例如：{example}。", example="、".join(found.keys)),
        )
    asked = dict(reader.request.query_params)
    return await read(lambda seen: _chosen(found, Asking(seen, reader, asked), chosen))


def _chosen(found: AnyList, asking: Asking, chosen: RowChoice) -> list[Row]:
    zone = zone_of(asking.site)
    rows = matching(found.rows(asking), chosen.match, zone)
    if chosen.sort:
        column = found.keys.index(chosen.sort)
        rows = in_order(rows, column, zone, descending=chosen.descending)
    return list(rows)
