"""A source that says another number or name of a request's requester than it said before.

What it says with an instant holds from that instant on. What it says without one counts as said
when it is heard for the first time: the same once more changes nothing, however late it comes.
"""

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.orm import Session

from ops_core.hotline.cases.corrections import NOTHING, Corrected
from ops_core.hotline.cases.model import CASE, CaseDraft
from ops_core.hotline.cases.store import KnownCase, correct_requester
from ops_core.hotline.contacts.requesters import (
    NameOutcome,
    has_greater_number,
    is_named,
    name_requester,
    requester_ids,
)
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.statements import heard_at, is_later
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.events import events_of
from ops_core.kernel.json_values import canonical_json
from ops_core.kernel.masking import normal_number

CORRECTED = "CaseRequesterCorrected"
RENAMED = "OtherRequesterNamed"
"""A late word named somebody whose request this is no more (``requester``) otherwise."""
_CONTACT = "contact"
"""The member of an event with the keyed digest of the number and name that were said."""


def contact_hash(vault: ContactVault, draft: CaseDraft) -> str:
    """By which the same number and name are known again; nobody reads them out of it."""
    number = normal_number(draft.number) if draft.number else ""
    return vault.hash_of(canonical_json({"number": number, "name": draft.name}))


def record_requester(
    uow: UnitOfWork, vault: ContactVault, draft: CaseDraft, known: KnownCase
) -> Corrected:
    """Take what the draft says otherwise of the requester, and record it."""
    digest = contact_hash(vault, draft)
    requester, is_other = known.requester, False
    if draft.number:
        requester = requester_ids(uow.session, vault, [draft.number])[draft.number]
        is_other = requester != known.requester
    if requester is None:
        return NOTHING
    if draft.stated_at is None and _was_stated(uow.session, known, digest):
        return _superseded(uow.session, vault, draft, requester, is_other=is_other)
    now, is_taken = uow.clock.now(), True
    naming = name_requester(uow.session, vault, requester, draft.name, draft.stated_at, now)
    if draft.number:
        is_taken = _take_number(uow, known, requester, draft.stated_at)
    is_renamed = naming is NameOutcome.CHANGED
    if not is_taken:
        # The name is the person's, whosever the request is: it holds for his other requests.
        if is_renamed:
            _record(uow, known, RENAMED, {"requester": requester, _CONTACT: digest})
        return Corrected(superseded=("number",))
    fields = ("number",) if is_other else ("name",) if is_renamed else ()
    if fields:
        change: dict[str, JsonValue] = {
            "before": known.requester, "after": requester, "fields": list(fields), _CONTACT: digest
        }  # fmt: skip
        _record(uow, known, CORRECTED, change)
    return Corrected(fields, ("name",) if naming is NameOutcome.SUPERSEDED else ())


def _record(uow: UnitOfWork, known: KnownCase, what: str, detail: dict[str, JsonValue]) -> None:
    uow.event(CASE, known.number, what, detail)
    uow.audit(what, CASE, known.number, detail)


def _was_stated(session: Session, known: KnownCase, digest: str) -> bool:
    if digest == known.contact_hash:
        return True
    events = events_of(session, CASE, known.number)
    return any(e.type in {CORRECTED, RENAMED} and e.payload.get(_CONTACT) == digest for e in events)


def _superseded(
    session: Session, vault: ContactVault, draft: CaseDraft, requester: int, *, is_other: bool
) -> Corrected:
    """What of a repeat is not what holds by now."""
    if is_other:
        return Corrected(superseded=("number",))
    is_kept = not draft.name or is_named(session, vault, requester, draft.name)
    return NOTHING if is_kept else Corrected(superseded=("name",))


def _take_number(
    uow: UnitOfWork, known: KnownCase, requester: int, stated_at: datetime | None
) -> bool:
    """Have the request be this requester's, unless another one's number was said later."""
    kept_at = known.requester_stated_at
    if requester == known.requester:
        if stated_at is not None and is_later(stated_at, kept_at):
            correct_requester(uow.session, known.number, requester, stated_at)
        return True
    at = heard_at(uow.clock.now(), kept_at) if stated_at is None else stated_at
    if known.requester is not None and not is_later(at, kept_at):
        is_tie = at == kept_at
        if not is_tie or not has_greater_number(uow.session, requester, known.requester):
            return False
    correct_requester(uow.session, known.number, requester, at)
    return True
