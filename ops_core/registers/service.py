"""Commands on planned work: load, decide by the kind's steps, append the link, record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select

from device_configs.site.model import Site
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.evidence_files import StoredFile
from ops_core.kernel.evidence_links import link_evidence
from ops_core.kernel.i18n import message
from ops_core.kernel.json_values import JsonObject
from ops_core.kernel.numbering import REGISTER_ITEMS
from ops_core.kernel.permissions import Permission, Side, require
from ops_core.kernel.recorded_ends import SEAL, row_seal
from ops_core.registers.access import require_work, worker_of
from ops_core.registers.documents import in_effect
from ops_core.registers.entries import checked_fields, checked_reason, checked_title
from ops_core.registers.kinds import AGREE, PROPOSE, REFUSE, RegisterKind, every_kind, kind_named
from ops_core.registers.model import (
    PlanItem,
    RegisterEvent,
    amendment_event,
    apply,
    members_of,
    plan_event,
    step_event,
)
from ops_core.registers.store import ITEM, find_item, item_of, store_event
from ops_core.registers.tables import AcknowledgementRow, RegisterItemRow

ACKNOWLEDGEMENT = "acknowledgement"
"""Aggregate type of acknowledgements: ``<item>/<person>``."""
_PERMISSION = {
    Side.OPERATOR: Permission.WORK_REGISTERS,
    Side.PURCHASER: Permission.ACCEPT_REGISTERS,
}


@dataclass(frozen=True, slots=True)
class PlanDraft:
    """A new item as it was typed or read from a file; ``fields`` are those of its kind."""

    title: str
    due_on: date
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepTaken:
    """What goes with a step; ``version`` is the one the taker saw, None for whatever there is."""

    reason: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[StoredFile] = ()
    version: int | None = None


def plan_item(uow: UnitOfWork, site: Site, kind_name: str, draft: PlanDraft) -> PlanItem:
    """Put an item into the plan. Raises Forbidden, NotFound and Invalid."""
    require_work(uow.actor)
    kind, zone, now = kind_named(kind_name), zone_of(site), uow.clock.now()
    detail: JsonObject = {
        "title": checked_title(draft.title),
        "fields": dict(checked_fields(kind.fields, draft.fields)),
    }
    number = REGISTER_ITEMS.on_day_of(now, zone).next_free(uow.session, RegisterItemRow.number)
    event = plan_event(kind, number, worker_of(uow.actor), now, draft.due_on, zone, detail)
    item = apply(kind, None, event)
    _store(uow, kind, item, event, zone)
    return item


def take_step(
    uow: UnitOfWork, site: Site, number: str, step_name: str, taken: StepTaken
) -> PlanItem:
    """Take a step of the item's kind, with its reason, fields and files.

    Raises Forbidden (side, person, permission), NotFound, Conflict (state, version) and Invalid.
    """
    require_work(uow.actor)
    item, kind = _loaded(uow, number)
    worker, zone, now = worker_of(uow.actor), zone_of(site), uow.clock.now()
    step = kind.step(step_name)
    event = step_event(kind, item, step_name, worker, max(now, item.last_at), now, {})
    assert step is not None  # noqa: S101 - a step that the kind lacks is refused above
    require(uow.actor, _PERMISSION[step.by])
    _check_version(kind, item, taken.version)
    reason = checked_reason(taken.reason, required=step.reason)
    fields = checked_fields(step.fields, taken.fields)
    if step.evidence and not taken.files:
        raise Invalid(
            "此步骤须附文件",
            message("步骤 {step} 没有附文件。", step=message(step.word)),
            "请上传成果文件。",
        )
    detail: dict[str, object] = {"reason": reason} if reason else {}
    if fields:
        detail["fields"] = fields
    if taken.files:
        linked = [link_evidence(uow, ITEM, number, one, zone) for one in taken.files]
        detail["files"] = [{"number": f.number, "sha256": f.sha256} for f in linked]
    event = step_event(
        kind,
        item,
        step_name,
        worker,
        event.at,
        event.recorded_at,
        detail,  # type: ignore[arg-type]
    )
    after = apply(kind, item, event)
    _store(uow, kind, after, event, zone)
    return after


def propose_due_date(
    uow: UnitOfWork, site: Site, number: str, due_on: date, reason: str, version: int | None = None
) -> PlanItem:
    """Ask the purchaser's side for another due date. Raises as :func:`take_step`."""
    detail: JsonObject = {"reason": checked_reason(reason, required=True)}
    return _amend(uow, site, number, PROPOSE, detail, version, due_on)


def decide_due_date(
    uow: UnitOfWork,
    site: Site,
    number: str,
    reason: str = "",
    version: int | None = None,
    *,
    agree: bool,
) -> PlanItem:
    """Agree to the proposed due date, or do not. Raises as :func:`take_step`."""
    text = checked_reason(reason, required=not agree)
    detail: JsonObject = {"reason": text} if text else {}
    return _amend(uow, site, number, AGREE if agree else REFUSE, detail, version, None)


def acknowledge(uow: UnitOfWork, site: Site, number: str) -> None:
    """Say that one has read a document in effect; again changes nothing.

    Raises Forbidden, NotFound, and Conflict for an edition that is not in effect.
    """
    require(uow.actor, Permission.ACKNOWLEDGE_DOCUMENTS)
    item, kind = _loaded(uow, number)
    now, person = uow.clock.now(), str(uow.actor)
    rows = uow.session.scalars(select(RegisterItemRow).where(RegisterItemRow.kind == kind.name))
    today = now.astimezone(zone_of(site)).date()
    present = in_effect((item_of(row) for row in rows), today) if kind.acknowledged else ()
    if number not in {one.number for one in present}:
        raise Conflict(
            "不是现行版本",
            message("{title} 的这一版尚未生效、已被替代，或不需签阅。", title=item.title),
            "请在“文件”页面签阅现行版本。",
        )
    if uow.session.get(AcknowledgementRow, (number, person)) is not None:
        return
    row = AcknowledgementRow(item=number, person=person, at=now)
    uow.session.add(row)
    uow.session.flush()
    subject = f"{number}/{person}"
    uow.event(ACKNOWLEDGEMENT, subject, "DocumentAcknowledged", {"item": number}, now)
    uow.audit("document.acknowledged", ACKNOWLEDGEMENT, subject, {SEAL: row_seal(row)})


def zone_of(site: Site) -> ZoneInfo:
    return ZoneInfo(site.contract.timezone)


def _amend(
    uow: UnitOfWork,
    site: Site,
    number: str,
    name: str,
    detail: JsonObject,
    version: int | None,
    due_on: date | None,
) -> PlanItem:
    require_work(uow.actor)
    item, kind = _loaded(uow, number)
    worker, zone, now = worker_of(uow.actor), zone_of(site), uow.clock.now()
    at = max(now, item.last_at)
    event = amendment_event(kind, item, name, worker, at, now, zone, detail, due_on)
    require(uow.actor, _PERMISSION[worker.side])
    _check_version(kind, item, version)
    after = apply(kind, item, event)
    _store(uow, kind, after, event, zone)
    return after


def _loaded(uow: UnitOfWork, number: str) -> tuple[PlanItem, RegisterKind]:
    item = find_item(uow.session, number)
    return item, every_kind()[item.kind]


def _store(
    uow: UnitOfWork, kind: RegisterKind, after: PlanItem, event: RegisterEvent, zone: ZoneInfo
) -> None:
    """Events and audit have the step without its free text."""
    store_event(uow.session, after, event, zone)
    detail: JsonObject = {
        "kind": kind.name,
        "step": event.step,
        "state": event.state,
        "due_on": event.due_on.isoformat(),
        "version": after.version,
    }
    uow.event(ITEM, event.item, "RegisterStepTaken", detail, event.at)
    uow.audit(f"register.{event.step}", ITEM, event.item, {**detail, "hash": event.hash})


def _check_version(kind: RegisterKind, item: PlanItem, version: int | None) -> None:
    if version is not None and version != item.version:
        raise Conflict(
            "事项已被他人更新",
            message("您看到的是第 {seen} 版，现在是第 {now} 版。", seen=version, now=item.version),
            "请刷新后再操作。",
            members=members_of(kind, item),
        )
