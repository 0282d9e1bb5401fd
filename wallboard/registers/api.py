"""Registers for programs: JSON out, JSON and forms with files in, problem+json for refusals."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from ops_core.kernel.permissions import Permission
from ops_core.registers.importing import import_plan
from ops_core.registers.kinds import RegisterKind, every_kind, kind_named
from ops_core.registers.model import PlanItem
from ops_core.registers.read import (
    ItemFilter,
    ItemRecord,
    ItemTab,
    ListedItem,
    documents_in_effect,
    list_items,
    read_item,
)
from ops_core.registers.service import (
    PlanDraft,
    acknowledge,
    decide_due_date,
    plan_item,
    propose_due_date,
    take_step,
    zone_of,
)
from ops_core.registers.store import ITEM
from wallboard.registers.items import decision_of, read_seen_item, step_taken
from wallboard.registers.uploads import RegisterUpload
from wallboard.uploads import read_tables, upload_schema
from wallboard.web import ApiReader
from wallboard.work import Commanding, Reading, Reads

router = APIRouter(prefix="/api/registers", tags=["registers"])
library = APIRouter(prefix="/api/library", tags=["registers"])

MOST = 500


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item of a list; ``allowed`` are the steps its state allows, to whichever side."""

    number: str
    kind: str
    title: str
    state: str
    due_on: date
    due_at: datetime
    done_at: datetime | None
    cancelled_at: datetime | None
    proposed_due_on: date | None
    overdue: bool
    version: int
    fields: Mapping[str, str]
    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ItemPage:
    """``after`` asks for the next page; empty at the end."""

    items: tuple[ItemLine, ...]
    after: str


@dataclass(frozen=True, slots=True)
class ItemStep:
    """One link of an item's chain."""

    sequence: int
    step: str
    at: datetime
    actor: str
    state: str
    due_on: date
    detail: Mapping[str, JsonValue]
    hash: str


@dataclass(frozen=True, slots=True)
class ItemFile:
    """A file of evidence; ``/api/evidence/<number>`` has its content."""

    number: str
    name: str
    size: int
    sha256: str
    uploaded_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ItemDocument:
    """One item with its chain and its files."""

    item: ItemLine
    steps: tuple[ItemStep, ...]
    files: tuple[ItemFile, ...]
    chain_broken_at: int | None


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document in effect; ``lacking`` names who has not acknowledged it."""

    item: ItemLine
    acknowledged: int
    staff: int
    lacking: tuple[str, ...]
    acknowledged_at: datetime | None


class PostedPlan(BaseModel):
    """A new item; ``fields`` are those of its kind."""

    model_config = ConfigDict(extra="forbid")

    title: str
    due_on: date
    fields: dict[str, str] = Field(default_factory=dict)


class PostedAmendment(BaseModel):
    """Another due date, and why."""

    model_config = ConfigDict(extra="forbid")

    due_on: date
    reason: str
    version: int | None = None


class PostedDecision(BaseModel):
    """What the purchaser's side says of it."""

    model_config = ConfigDict(extra="forbid")

    reason: str = ""
    version: int | None = None


@router.get("")
async def list_kinds(reader: ApiReader) -> list[RegisterKind]:
    """The kinds of registers with their fields, states and steps."""
    await reader.require(Permission.SEE_REGISTERS, "api", "registers")
    return list(every_kind().values())


@router.get("/items/{number}")
async def read_one(reader: ApiReader, read: Reading, number: str) -> ItemDocument:
    """One item with its chain and its files."""
    reader.about(ITEM, number)
    actor = reader.actor
    return _document(await read(lambda seen: read_seen_item(seen, number, actor)))


@router.post("/items/{number}/due")
async def propose(
    reader: ApiReader, read: Reading, command: Commanding, number: str, wish: PostedAmendment
) -> ItemDocument:
    """Ask the purchaser's side for another due date; 409 once the present one is over."""
    site = reader.web.dependencies.site
    await command(
        (ITEM, number),
        lambda uow: propose_due_date(uow, site, number, wish.due_on, wish.reason, wish.version),
    )
    return await _read(read, number)


@router.post("/items/{number}/due/{decision}")
async def decide(
    reader: ApiReader,
    read: Reading,
    command: Commanding,
    number: str,
    decision: str,
    given: PostedDecision,
) -> ItemDocument:
    """``agree`` or ``refuse``; 403 for the operator's side, 409 once the due date is over."""
    site, agree = reader.web.dependencies.site, decision_of(decision)
    await command(
        (ITEM, number),
        lambda uow: decide_due_date(uow, site, number, given.reason, given.version, agree=agree),
    )
    return await _read(read, number)


@router.post(
    "/items/{number}/{step}",
    openapi_extra=upload_schema("reason", "version", "field.<name>"),
)
async def act(
    reader: ApiReader,
    read: Reading,
    command: Commanding,
    upload: RegisterUpload,
    number: str,
    step: str,
) -> ItemDocument:
    """Take a step, with its reason, fields (``field.<name>``) and files.

    403 for a step of the other side (audited), 409 with ``state`` and ``allowed`` for one that the
    state does not allow now, 413 for more bytes than may come.
    """
    site, taken = reader.web.dependencies.site, await step_taken(upload)
    await command((ITEM, number), lambda uow: take_step(uow, site, number, step, taken))
    return await _read(read, number)


@router.get("/{kind_name}")
async def list_register(
    reader: ApiReader,
    read: Reading,
    kind_name: str,
    tab: ItemTab = ItemTab.ALL,
    q: Annotated[str, Query(max_length=100)] = "",
    branch: str = "",
    after: str = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> ItemPage:
    """Items by their due date; ``after`` is the last number of the page before."""
    await reader.require(Permission.SEE_REGISTERS, "api", "registers")
    kind = kind_named(kind_name)
    filters = ItemFilter(tab, q.strip(), branch, after, limit)
    found, following = await read(lambda seen: list_items(seen.session, kind, filters, seen.now))
    return ItemPage(tuple(_line(kind, one) for one in found), following)


@router.post("/{kind_name}", status_code=201)
async def plan(
    reader: ApiReader, read: Reading, command: Commanding, kind_name: str, posted: PostedPlan
) -> ItemDocument:
    """Put an item into the plan; 422 with ``faults`` by field."""
    site = reader.web.dependencies.site
    draft = PlanDraft(posted.title, posted.due_on, posted.fields)
    item = await command((ITEM, kind_name), lambda uow: plan_item(uow, site, kind_name, draft))
    return await _read(read, item.number)


@router.post("/{kind_name}/import", status_code=201, openapi_extra=upload_schema())
async def import_table(
    reader: ApiReader, command: Commanding, upload: RegisterUpload, kind_name: str
) -> list[str]:
    """Plan every row of the tables (.xlsx, .csv), or none: 422 with ``faults`` by row."""
    site, tables = reader.web.dependencies.site, await read_tables(upload, "files")
    items = await command(
        (ITEM, kind_name),
        lambda uow: [i for table in tables for i in import_plan(uow, site, kind_name, *table)],
    )
    return [item.number for item in items]


@library.get("")
async def list_documents(reader: ApiReader, read: Reading) -> list[DocumentLine]:
    """The documents in effect, and how many of the centre's people have acknowledged each."""
    allowed = (Permission.ACKNOWLEDGE_DOCUMENTS, Permission.SEE_REGISTERS)
    user = await reader.require_any(allowed, "api", "library")
    zone = zone_of(reader.web.dependencies.site)

    found = await read(
        lambda seen: [
            (one, read_item(seen.session, one.item.number, seen.now))
            for one in documents_in_effect(seen.session, user.name, seen.now.astimezone(zone))
        ]
    )
    return [
        DocumentLine(
            _line(record.kind, record.listed),
            one.rate.acknowledged,
            one.rate.staff,
            one.lacking,
            one.acknowledged_at,
        )
        for one, record in found
    ]


@library.post("/{number}/acknowledge", status_code=204)
async def acknowledge_document(reader: ApiReader, command: Commanding, number: str) -> None:
    """Say that one has read it; 409 for an edition that is not in effect."""
    site = reader.web.dependencies.site
    await command((ITEM, number), lambda uow: acknowledge(uow, site, number))


async def _read(read: Reads, number: str) -> ItemDocument:
    return _document(await read(lambda seen: read_item(seen.session, number, seen.now)))


def _document(record: ItemRecord) -> ItemDocument:
    return ItemDocument(
        _line(record.kind, record.listed),
        tuple(
            ItemStep(e.sequence, e.step, e.at, e.actor, e.state, e.due_on, e.detail, e.hash)
            for e in record.events
        ),
        tuple(
            ItemFile(f.number, f.name, f.size, f.sha256, f.uploaded_by, f.at) for f in record.files
        ),
        record.broken_at,
    )


def _line(kind: RegisterKind, listed: ListedItem) -> ItemLine:
    item: PlanItem = listed.item
    return ItemLine(
        number=item.number,
        kind=item.kind,
        title=item.title,
        state=item.state,
        due_on=item.due_on,
        due_at=listed.due_at,
        done_at=item.done_at,
        cancelled_at=item.cancelled_at,
        proposed_due_on=item.proposed_due_on,
        overdue=listed.is_overdue,
        version=item.version,
        fields=item.fields,
        allowed=tuple(step.name for step in kind.steps_from(item.state)),
    )
