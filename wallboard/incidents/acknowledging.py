"""Acknowledging many incidents: chosen in the list or all that wait, seen first, then done."""

from collections.abc import Mapping

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse

from device_configs.site.model import FaultClassName
from incident.bulk import (
    DONE,
    MOST_AT_ONCE,
    BulkAnswer,
    BulkItem,
    BulkOutcome,
    acknowledge_many,
    preview,
    waiting,
)
from incident.words import outcome_word
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message, translate, translations
from ops_core.kernel.permissions import Permission
from wallboard.incidents.summary import IncidentSummary, list_open
from wallboard.snapshot import Snapshot
from wallboard.wall.words import class_word
from wallboard.web import ApiReader, Reader, SignedInReader
from wallboard.work import Commanding, Commands, Reading, Reads

OTHER_FIELDS = 8
"""Fields of the list's form beside one a row; Starlette alone would take 1000 in all."""

router = APIRouter(include_in_schema=False)
api_router = APIRouter()


class ItemBody(BaseModel):
    """An incident, and the version the caller saw; without one, whatever it is now."""

    model_config = ConfigDict(extra="forbid")

    number: str = Field(max_length=40)
    version: int | None = None


class AcknowledgeBody(BaseModel):
    """Either ``items``, or all that wait by ``all_open`` (of ``fault_class`` only, if given)."""

    model_config = ConfigDict(extra="forbid")

    items: list[ItemBody] = Field(default=[], max_length=MOST_AT_ONCE)
    all_open: bool = False
    fault_class: FaultClassName | None = None
    dry_run: bool = Field(default=False, description="Only say what would become of each.")


class AnswerModel(BaseModel):
    number: str
    outcome: BulkOutcome
    state: str | None
    version: int | None
    reason: str


class AnswersModel(BaseModel):
    """One answer an item; ``acknowledged`` counts those changed (in a dry run: to be changed)."""

    dry_run: bool
    acknowledged: int
    not_done: int
    answers: list[AnswerModel]


@api_router.post("/acknowledge")
async def acknowledge_by_program(
    reader: ApiReader, read: Reading, command: Commanding, body: AcknowledgeBody
) -> AnswersModel:
    """Acknowledge many incidents, each by itself: one that cannot be ends none of the others.

    Answers 200 with what became of each; asking again changes nothing more.
    """
    await reader.require(Permission.HANDLE_INCIDENTS, "api", "incidents")
    if body.all_open is bool(body.items):
        raise Invalid("请指明要确认的故障", "", "请给出 items，或给出 all_open，二者取一。")
    if body.fault_class is not None and not body.all_open:
        raise Invalid("请指明要确认的故障", "", "fault_class 只与 all_open 同用。")
    chosen = [BulkItem(item.number, item.version) for item in body.items]
    if body.all_open:
        chosen = await read(lambda seen: _waiting(seen, body.fault_class))
    answers = await _answers(read, command, chosen, preview_only=body.dry_run)
    return AnswersModel(
        dry_run=body.dry_run,
        acknowledged=sum(a.outcome is BulkOutcome.ACKNOWLEDGED for a in answers),
        not_done=sum(a.outcome not in DONE for a in answers),
        answers=[_model(answer, reader) for answer in answers],
    )


@router.post("/incidents/acknowledge")
async def acknowledge_by_form(
    reader: SignedInReader, read: Reading, command: Commanding
) -> HTMLResponse:
    """First what would become of each, with the count; the second time, what became of it."""
    await reader.require(Permission.HANDLE_INCIDENTS, "page", "incidents")
    form = await reader.request.form(max_fields=MOST_AT_ONCE + OTHER_FIELDS)
    confirmed = bool(form.get("confirmed"))
    everything = form.get("scope") == "all" and not confirmed
    if everything:
        kind = _class_of(str(form.get("fault_class", "")))
        chosen = await read(lambda seen: _waiting(seen, kind))
    else:
        chosen = [_item_of(str(text)) for text in form.getlist("item")]
        if not chosen:
            raise Invalid("没有选中故障", "", "请在列表中按 X 选中，再按 A 确认。")
    answers = await _answers(read, command, chosen, preview_only=not confirmed)
    gettext = translations(reader.language).gettext
    return reader.page(
        "console/acknowledge.html",
        preview=not confirmed,
        answers=answers,
        summaries=await read(_summaries),
        class_word=lambda name: class_word(FaultClassName(name), gettext),
        count=sum(a.outcome is BulkOutcome.ACKNOWLEDGED for a in answers),
        not_done=[a for a in answers if a.outcome not in DONE],
        outcome_word=lambda outcome: outcome_word(outcome, not confirmed, gettext),
    )


def _summaries(seen: Snapshot) -> Mapping[str, IncidentSummary]:
    """The open incidents by number: what is acknowledged is named, not only numbered."""
    return {one.number: one for one in list_open(seen)}


def _waiting(seen: Snapshot, fault_class: FaultClassName | None) -> list[BulkItem]:
    return list(waiting(seen.session, fault_class))


async def _answers(
    read: Reads, command: Commands, chosen: list[BulkItem], *, preview_only: bool
) -> list[BulkAnswer]:
    if preview_only:
        return list(await read(lambda seen: preview(seen.session, chosen)))
    answers = await command.run(
        ("api", "incidents"), lambda: acknowledge_many(command.open, chosen)
    )
    return list(answers)


def _item_of(text: str) -> BulkItem:
    """``F-20261123-007:3`` as the list's boxes say it."""
    number, _, version = text.partition(":")
    if not version.isdecimal() or len(version) > 9:
        raise Invalid("请求格式不正确", message("{item} 不是故障编号和版本。", item=text[:40]))
    return BulkItem(number, int(version))


def _class_of(name: str) -> FaultClassName | None:
    if not name:
        return None
    try:
        return FaultClassName(name)
    except ValueError:
        raise Invalid("没有这个等级", name[:40]) from None


def _model(answer: BulkAnswer, reader: Reader) -> AnswerModel:
    return AnswerModel(
        number=answer.number,
        outcome=answer.outcome,
        state=answer.state,
        version=answer.version,
        reason=translate(answer.reason, reader.language),
    )
