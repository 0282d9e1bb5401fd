"""One item of planned work: its page, its steps with their evidence, and its due date."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import HTMLResponse, RedirectResponse

from ops_core.kernel.errors import Conflict
from ops_core.kernel.evidence_kinds import endings_listed
from ops_core.kernel.permissions import Actor
from ops_core.registers.access import require_sight_of_item, worker_of
from ops_core.registers.entries import REASON_LIMIT, checked_date
from ops_core.registers.kinds import AGREE, REFUSE
from ops_core.registers.read import ItemRecord, is_in_effect, read_item
from ops_core.registers.service import StepTaken, decide_due_date, propose_due_date, take_step
from ops_core.registers.service import zone_of as zone_of_site
from ops_core.registers.store import ITEM, find_item
from wallboard.registers.uploads import RegisterUpload
from wallboard.registers.words import register_offers, register_words
from wallboard.snapshot import Snapshot
from wallboard.uploads import UploadedForm
from wallboard.web import SignedInReader
from wallboard.work import Commanding, Reading

router = APIRouter(include_in_schema=False)

FIELD = "field."
"""What the names of an item's own fields begin with in a form."""
DECISIONS = {AGREE: True, REFUSE: False}


@router.get("/registers/items/{number}")
async def show_item(reader: SignedInReader, read: Reading, number: str) -> HTMLResponse:
    reader.about(ITEM, number)
    actor = reader.actor
    record = await read(lambda seen: read_seen_item(seen, number, actor))
    item, kind = record.listed.item, record.kind
    worker = worker_of(actor)
    return reader.page(
        "console/register_item.html",
        here=f"/registers/items/{number}",
        record=record,
        listed=record.listed,
        item=item,
        offers=register_offers(kind, item, worker, reader.may),
        worker=worker,
        is_open=kind.is_open(item.state),
        files={file.number: file for file in record.files},
        reason_limit=REASON_LIMIT,
        accept=endings_listed(),
        most=reader.web.dependencies.settings.evidence_file_mb << 20,
        **register_words(reader, kind),
    )


@router.post("/registers/items/{number}/due")
async def propose_due(
    reader: SignedInReader,
    command: Commanding,
    number: str,
    due_on: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    version: Annotated[int | None, Form()] = None,
) -> RedirectResponse:
    site = reader.web.dependencies.site
    await command(
        (ITEM, number),
        lambda uow: propose_due_date(uow, site, number, checked_date(due_on), reason, version),
    )
    return RedirectResponse(f"/registers/items/{number}", 303)


@router.post("/registers/items/{number}/due/{decision}")
async def decide_due(
    reader: SignedInReader,
    command: Commanding,
    number: str,
    decision: str,
    reason: Annotated[str, Form()] = "",
    version: Annotated[int | None, Form()] = None,
) -> RedirectResponse:
    site, agree = reader.web.dependencies.site, decision_of(decision)
    await command(
        (ITEM, number),
        lambda uow: decide_due_date(uow, site, number, reason, version, agree=agree),
    )
    return RedirectResponse(f"/registers/items/{number}", 303)


@router.post("/registers/items/{number}/{step}")
async def step_item(
    reader: SignedInReader, command: Commanding, upload: RegisterUpload, number: str, step: str
) -> RedirectResponse:
    site = reader.web.dependencies.site
    taken = await step_taken(upload)
    await command((ITEM, number), lambda uow: take_step(uow, site, number, step, taken))
    return RedirectResponse(f"/registers/items/{number}", 303)


async def step_taken(upload: UploadedForm) -> StepTaken:
    """What a form says of a step; its files are kept. Raises as :meth:`UploadedForm.take_in`."""
    given = upload.fields
    fields = {n.removeprefix(FIELD): v for n, v in given.items() if n.startswith(FIELD)}
    version = upload.field("version")
    return StepTaken(
        reason=given.get("reason", ""),
        fields=fields,
        files=await upload.take_in("files"),
        version=int(version) if version.isascii() and version.isdecimal() else None,
    )


def decision_of(decision: str) -> bool:
    """Raises :class:`Conflict` for what is neither agreement nor refusal."""
    if decision not in DECISIONS:
        raise Conflict("当前状态不允许此步骤", "", "请在页面上选择同意或不同意。")
    return DECISIONS[decision]


def read_seen_item(seen: Snapshot, number: str, actor: Actor) -> ItemRecord:
    """One item, if the actor may see it. Raises Forbidden and NotFound."""
    record = read_item(seen.session, number, seen.now)
    local = seen.now.astimezone(zone_of_site(seen.site))
    in_effect = is_in_effect(seen.session, record.listed.item, local)
    require_sight_of_item(actor, record.listed.item, in_effect=in_effect)
    return record


def sight_of_item(seen: Snapshot, number: str, actor: Actor) -> None:
    """Whether the actor may see the files of an item. Raises Forbidden and NotFound."""
    item = find_item(seen.session, number)
    in_effect = is_in_effect(seen.session, item, seen.now.astimezone(zone_of_site(seen.site)))
    require_sight_of_item(actor, item, in_effect=in_effect)
