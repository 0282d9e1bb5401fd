"""Takes requests in: one per reference of its source, with the order that follows from it."""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.case_model import CaseDraft, check_draft
from ops_core.hotline.contacts import ContactVault
from ops_core.hotline.numbering import next_number
from ops_core.hotline.order_service import open_order
from ops_core.hotline.requesters import name_requester, requester_ids
from ops_core.hotline.tables import CallRow, CaseRow, WorkOrderRow
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, Invalid, NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Permission, allows, require

CASE = "case"
"""Aggregate type of requests' events."""
_OF_REFERENCE = select(CaseRow.number, CaseRow.content_hash).where(
    CaseRow.source_org == bindparam("of_org"), CaseRow.source_ref == bindparam("of_ref")
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request on record; ``order`` is None where it was answered directly."""

    case: str
    order: str | None
    is_new: bool


def record_case(uow: UnitOfWork, site: Site, vault: ContactVault, draft: CaseDraft) -> Recorded:
    """Record a request and accept its order; the same reference again gives the same numbers.

    The requester of a request taken on a call is the caller, unless the draft gives a number.
    Raises Forbidden, :class:`Invalid` with all that is wrong, :class:`NotFound` for an unknown
    call, and :class:`Conflict` when the reference had other content before.
    """
    _require_intake(uow)
    check_draft(draft, site.hotline)
    draft = replace(draft, title=draft.title.strip(), text=draft.text.strip())
    known = _known(uow.session, draft)
    if known is not None:
        return known
    zone = ZoneInfo(site.contract.timezone)
    now = uow.clock.now()
    number = next_number(uow.session, CaseRow.number, "C", now, zone)
    row = CaseRow(
        number=number,
        day=f"{now.astimezone(zone):%Y%m%d}",
        channel=draft.channel.value,
        source_org=draft.source_org,
        source_ref=draft.source_ref,
        requester_id=_requester(uow.session, vault, draft),
        call=draft.call,
        kind=draft.kind.value,
        category=draft.category,
        region=draft.region,
        title=draft.title,
        text=draft.text,
        direct_answer=draft.direct_answer.strip(),
        received_at=draft.received_at,
        recorded_by=str(uow.actor),
        content_hash=draft.content_hash,
    )
    uow.session.add(row)
    uow.session.flush()
    told = {"channel": row.channel, "kind": row.kind, "category": row.category, "call": row.call}
    uow.event(CASE, number, "CaseRecorded", told, draft.received_at)
    uow.audit("CaseRecorded", CASE, number, told)
    order = None if row.direct_answer else open_order(uow, site, row)
    return Recorded(number, order, True)


def _require_intake(uow: UnitOfWork) -> None:
    if not allows(uow.actor, Permission.FEED_CASES):
        require(uow.actor, Permission.TAKE_CALLS)


def _known(session: Session, draft: CaseDraft) -> Recorded | None:
    row = session.execute(
        _OF_REFERENCE, {"of_org": draft.source_org, "of_ref": draft.source_ref}
    ).one_or_none()
    if row is None:
        return None
    if row.content_hash != draft.content_hash:
        raise Conflict(
            "同一来源编号的诉求内容不同",
            message("来源编号 {ref} 已登记为 {number}。", ref=draft.source_ref, number=row.number),
            "请换用新的来源编号，或在原工单上补充。",
        )
    order = session.scalar(
        select(WorkOrderRow.number).where(WorkOrderRow.case_number == row.number)
    )
    return Recorded(row.number, order, False)


def _requester(session: Session, vault: ContactVault, draft: CaseDraft) -> int | None:
    requester = _caller(session, draft)
    if draft.number.strip():
        requester = requester_ids(session, vault, [draft.number])[draft.number]
    if requester is None:
        if draft.name.strip():
            raise Invalid("有姓名而无联系电话", "", "请填写联系电话，或一并留空（匿名）。")
        return None
    name_requester(session, vault, requester, draft.name)
    return requester


def _caller(session: Session, draft: CaseDraft) -> int | None:
    if draft.call is None:
        return None
    call = session.get(CallRow, draft.call)
    if call is None:
        raise NotFound(
            "没有这通来电",
            message("找不到来电 {call}。", call=draft.call),
            "来电编号以话务系统的记录为准。",
        )
    return call.requester_id
