"""The lists of planned work, their plans and tables."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ops_core.kernel.errors import Invalid
from ops_core.kernel.exported_tables import MEDIA_TYPES, TableFormat
from ops_core.kernel.i18n import translate
from ops_core.kernel.permissions import Permission
from ops_core.registers.access import worker_of
from ops_core.registers.entries import TITLE_LIMIT, checked_date
from ops_core.registers.exporting import plan_template, register_table
from ops_core.registers.importing import import_plan
from ops_core.registers.kinds import RegisterKind, every_kind, kind_named
from ops_core.registers.read import (
    ItemFilter,
    ItemTab,
    count_branches,
    count_items,
    list_items,
)
from ops_core.registers.service import PlanDraft, plan_item, zone_of
from ops_core.registers.store import ITEM
from wallboard.registers.uploads import RegisterUpload
from wallboard.registers.words import EMPTY_WORDS, TAB_WORDS, may_plan, register_words
from wallboard.uploads import read_tables
from wallboard.web import Reader, SignedInReader
from wallboard.work import Commanding, Reading

router = APIRouter(include_in_schema=False)

REGISTERS = "/registers"
EXPORTED_AT_MOST = 20_000


@router.get(REGISTERS)
async def show_first_register(reader: SignedInReader) -> RedirectResponse:
    await reader.require(Permission.SEE_REGISTERS, "page", "registers")
    return RedirectResponse(f"{REGISTERS}/{next(iter(every_kind()))}", 303)


@router.get("/registers/{kind_name}")
async def list_register(
    reader: SignedInReader,
    read: Reading,
    kind_name: str,
    tab: ItemTab = ItemTab.OPEN,
    q: Annotated[str, Query(max_length=100)] = "",
    branch: str = "",
    after: str = "",
) -> HTMLResponse:
    await reader.require(Permission.SEE_REGISTERS, "page", "registers")
    kind = kind_named(kind_name)
    filters = ItemFilter(tab, q.strip(), branch, after)
    (found, following), counts, branches = await read(
        lambda seen: (
            list_items(seen.session, kind, filters, seen.now),
            count_items(seen.session, kind, seen.now),
            count_branches(seen.session, kind),
        )
    )
    base = f"{REGISTERS}/{kind.name}"
    chosen = {"q": filters.query, "branch": branch}
    return reader.page(
        "console/registers.html",
        base=base,
        here=_href(base, tab=tab, after=after, **chosen),
        kinds=[(one, translate(one.title, reader.language)) for one in every_kind().values()],
        tabs=[(one, TAB_WORDS[one], _href(base, tab=one), counts[one]) for one in ItemTab],
        branches=[(one, _href(base, tab=tab, branch=one), n) for one, n in branches.items()],
        exports=[
            (one, _href(f"{base}/export", as_format=one, tab=tab, **chosen)) for one in TableFormat
        ],
        following=following and _href(base, tab=tab, after=following, **chosen),
        filters=filters,
        items=found,
        empty=EMPTY_WORDS[tab],
        searched=any(chosen.values()),
        may_plan=may_plan(kind, worker_of(reader.actor), reader.may),
        **register_words(reader, kind),
    )


@router.get("/registers/{kind_name}/export")
async def export_register(
    reader: SignedInReader,
    read: Reading,
    kind_name: str,
    as_format: TableFormat = TableFormat.XLSX,
    tab: ItemTab = ItemTab.ALL,
    q: Annotated[str, Query(max_length=100)] = "",
    branch: str = "",
    template: bool = False,
) -> Response:
    """The list as a table, or the header that an import takes."""
    await reader.require(Permission.SEE_REGISTERS, "page", "registers")
    kind, zone = kind_named(kind_name), zone_of(reader.web.dependencies.site)
    if template:
        return _attached(kind, plan_template(kind, as_format), as_format)
    filters = ItemFilter(tab, q.strip(), branch, limit=EXPORTED_AT_MOST)
    content = await read(
        lambda seen: register_table(
            kind,
            list_items(seen.session, kind, filters, seen.now)[0],
            reader.language,
            zone,
            as_format,
        )
    )
    return _attached(kind, content, as_format)


@router.get("/registers/{kind_name}/new")
async def show_plan_form(reader: SignedInReader, kind_name: str) -> HTMLResponse:
    await reader.require_any(
        (Permission.WORK_REGISTERS, Permission.ACCEPT_REGISTERS), "page", "registers"
    )
    return _plan_form(reader, kind_named(kind_name), {}, None)


@router.post("/registers/{kind_name}/new")
async def plan_one(
    reader: SignedInReader, command: Commanding, request: Request, kind_name: str
) -> Response:
    site = reader.web.dependencies.site
    typed = {name: str(value) for name, value in (await request.form()).items()}
    given = {n.removeprefix("field."): v for n, v in typed.items() if n.startswith("field.")}
    kind = kind_named(kind_name)
    try:
        item = await command(
            (ITEM, kind_name),
            lambda uow: plan_item(
                uow,
                site,
                kind_name,
                PlanDraft(typed.get("title", ""), checked_date(typed.get("due_on", "")), given),
            ),
        )
    except Invalid as refusal:
        return _plan_form(reader, kind, typed, refusal)
    return RedirectResponse(f"{REGISTERS}/items/{item.number}", 303)


@router.post("/registers/{kind_name}/import")
async def import_table(
    reader: SignedInReader, command: Commanding, upload: RegisterUpload, kind_name: str
) -> Response:
    """Plan every row of the tables, or none; faults are shown by their rows."""
    site, kind = reader.web.dependencies.site, kind_named(kind_name)
    try:
        tables = await read_tables(upload, "files")
        await command(
            (ITEM, kind_name),
            lambda uow: [import_plan(uow, site, kind_name, *table) for table in tables],
        )
    except Invalid as refusal:
        return _plan_form(reader, kind, {}, refusal)
    return RedirectResponse(f"{REGISTERS}/{kind_name}?tab=all", 303)


def _plan_form(
    reader: Reader, kind: RegisterKind, typed: Mapping[str, str], refusal: Invalid | None
) -> HTMLResponse:
    listed = refusal.members.get("faults") if refusal else None
    faults = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    by_field = {str(one["field"]): one["detail"] for one in faults if "field" in one}
    context: dict[str, object] = {
        "typed": typed,
        "refusal": refusal,
        "by_field": by_field,
        "by_row": [one for one in faults if "row" in one],
        "title_limit": TITLE_LIMIT,
        "template": f"{REGISTERS}/{kind.name}/export?template=1",
        "most": reader.web.dependencies.settings.evidence_file_mb << 20,
    }
    status = 200 if refusal is None else refusal.status
    words = register_words(reader, kind)
    return reader.page_with_status("console/register_new.html", status, context | words)


def _attached(kind: RegisterKind, content: bytes, as_format: TableFormat) -> Response:
    called = quote(f"{kind.title}.{as_format}", safe="")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{called}"}
    return Response(content, media_type=MEDIA_TYPES[as_format], headers=headers)


def _href(path: str, **parameters: str) -> str:
    given = {name: value for name, value in parameters.items() if value}
    return f"{path}?{urlencode(given)}" if given else path
