"""Takes requests in: one per reference of its source, with the order that follows from it."""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.calls.naming import identifier_of
from ops_core.hotline.calls.references import no_such_call, require_name
from ops_core.hotline.cases.corrections import NOTHING, record_correction
from ops_core.hotline.cases.model import CASE, CaseDraft, as_written, check_draft
from ops_core.hotline.cases.requester_corrections import contact_hash, record_requester
from ops_core.hotline.cases.store import (
    KnownCase,
    NewCase,
    OnRecord,
    add_case,
    read_on_record,
)
from ops_core.hotline.contacts.requesters import name_requester, rename_requester, requester_ids
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.day_sums.model import moved, request_key
from ops_core.hotline.day_sums.store import move_day_sums
from ops_core.hotline.orders.citations import Citation, as_detail
from ops_core.hotline.orders.service import open_order
from ops_core.hotline.recorded_times import require_past
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.numbering import CASES, ORDERS
from ops_core.kernel.permissions import Permission, allows, require


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request on record; ``order`` is None where it was answered directly.

    ``corrected`` names what the source said otherwise before: the requester's ``number``, or
    fields of the request itself. ``superseded`` names what this word says otherwise than a later
    one that is on record: it was not taken.
    """

    case: str
    order: str | None
    is_new: bool
    corrected: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()


def record_case(
    uow: UnitOfWork,
    site: Site,
    vault: ContactVault,
    draft: CaseDraft,
    cited: tuple[Citation, ...] = (),
    *,
    corrects: bool = False,
) -> Recorded:
    """Record a request and accept its order; the same reference again gives the same numbers.

    The requester of a request taken on a call is the caller, unless the draft gives a number. The
    same reference with another number is a correction: the request is that requester's from then
    on, which is recorded; a word that is older than what is on record is not taken. ``cited`` are
    the versions of the knowledge base that were read out of; they go with the first recording. With
    ``corrects`` the same reference with other content is a correction of the source's, which is
    recorded beside the request.
    Raises Forbidden, :class:`Invalid` with all that is wrong, :class:`NotFound` for an unknown
    call, and :class:`Conflict` when the reference had other content before, or an identifier names
    the call that several telephone systems may have given.
    """
    _require_intake(uow)
    check_draft(draft, site.hotline)
    draft = as_written(draft)
    zone = ZoneInfo(site.contract.timezone)
    now = uow.clock.now()
    require_past(max(draft.received_at, _stated_at(draft)), now, draft.source_ref)
    cases, orders = CASES.on_day_of(now, zone), ORDERS.on_day_of(now, zone)
    on_record = read_on_record(
        uow.session, draft.source_org, draft.source_ref, draft.call, cases, orders
    )
    if on_record.known is not None:
        known = on_record.known
        return _again(uow, vault, _as_known(draft, known), known, corrects=corrects)
    if draft.call is not None and on_record.caller is None:
        draft = replace(draft, call=require_name(uow.session, site, draft.call))
        on_record = read_on_record(
            uow.session, draft.source_org, draft.source_ref, draft.call, cases, orders
        )
    case = NewCase(
        number=cases.after(on_record.last_case),
        day=cases.day,
        channel=draft.channel.value,
        source_org=draft.source_org,
        source_ref=draft.source_ref,
        requester_id=_requester(uow.session, vault, draft, on_record),
        call=draft.call,
        kind=draft.kind.value,
        category=draft.category,
        region=draft.region,
        title=draft.title,
        text=draft.text,
        direct_answer=draft.direct_answer,
        received_at=draft.received_at,
        recorded_by=str(uow.actor),
        content_hash=draft.content_hash,
        stated_at=draft.stated_at,
        requester_stated_at=_stated_at(draft) if draft.number else None,
        contact_hash=contact_hash(vault, draft),
    )
    detail = {
        "channel": case.channel,
        "kind": case.kind,
        "category": case.category,
        "call": case.call,
        **as_detail(cited),
    }
    uow.event(CASE, case.number, "CaseRecorded", detail, draft.received_at)
    uow.audit("CaseRecorded", CASE, case.number, detail)
    if case.direct_answer:
        add_case(uow.session, case)
        move_day_sums(uow.session, moved((), (request_key(case.received_at),)))
        return Recorded(case.number, None, True)
    order = orders.after(on_record.last_order)
    open_order(uow, site, order, case, cited)
    return Recorded(case.number, order, True)


def _require_intake(uow: UnitOfWork) -> None:
    if not allows(uow.actor, Permission.FEED_CASES):
        require(uow.actor, Permission.TAKE_CALLS)


def _as_known(draft: CaseDraft, known: KnownCase) -> CaseDraft:
    """The draft with the name of its call: the source may send the identifier alone again."""
    if known.call is None or draft.call != identifier_of(known.call):
        return draft
    return replace(draft, call=known.call)


def _again(
    uow: UnitOfWork, vault: ContactVault, draft: CaseDraft, known: KnownCase, *, corrects: bool
) -> Recorded:
    hashes = draft.content_hashes
    if known.call is not None and draft.call == known.call:
        # Stored when an identifier alone named a call.
        hashes += replace(draft, call=identifier_of(known.call)).content_hashes
    found = NOTHING
    if corrects:
        found = record_correction(uow, known.number, draft)
    elif known.content_hash not in hashes:
        raise Conflict(
            "同一来源编号的诉求内容不同",
            message(
                "来源编号 {ref} 已登记为 {number}。", ref=draft.source_ref, number=known.number
            ),
            "请换用新的来源编号，或在原工单上补充。",
        )
    found += record_requester(uow, vault, draft, known)
    return Recorded(known.number, known.order, False, found.taken, found.superseded)


def _stated_at(draft: CaseDraft) -> datetime:
    return draft.stated_at or draft.received_at


def _requester(
    session: Session, vault: ContactVault, draft: CaseDraft, on_record: OnRecord
) -> int | None:
    caller = on_record.caller
    if draft.call is not None and caller is None:
        raise no_such_call(draft.call)
    if draft.number:
        requester = requester_ids(session, vault, [draft.number])[draft.number]
        stated_at = _stated_at(draft)
        name_requester(session, vault, requester, draft.name, stated_at, stated_at)
        return requester
    if caller is not None and caller.requester is not None:
        rename_requester(
            session, vault, caller.requester, caller.name, draft.name, _stated_at(draft)
        )
        return caller.requester
    if draft.name:
        raise Invalid("有姓名而无联系电话", "", "请填写联系电话，或一并留空（匿名）。")
    return None
