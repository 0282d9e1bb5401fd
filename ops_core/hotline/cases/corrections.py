"""A source that says otherwise of a request it handed over: recorded beside it, in its order.

The request stays as it was taken in: the order was accepted, dispatched and judged by it. People
see both on the order's page.
"""

from pydantic import JsonValue
from sqlalchemy import select

from ops_core.hotline.cases.model import CASE, CaseDraft
from ops_core.hotline.cases.tables import CaseCorrectionRow, CaseRow
from ops_core.kernel.commands import UnitOfWork

CORRECTABLE = ("kind", "category", "region", "title", "text")
"""What of a request a source may correct."""


def record_correction(uow: UnitOfWork, number: str, draft: CaseDraft) -> tuple[str, ...]:
    """Record what the draft says otherwise than the request as it stands now; the fields' names.

    Empty for what has been said before: a repeat that was late corrects nothing.
    """
    earlier = list(
        uow.session.scalars(
            select(CaseCorrectionRow)
            .where(CaseCorrectionRow.case_number == number)
            .order_by(CaseCorrectionRow.sequence)
        )
    )
    if any(one.content_hash in draft.content_hashes for one in earlier):
        return ()
    latest: CaseRow | CaseCorrectionRow = (
        earlier[-1] if earlier else uow.session.get_one(CaseRow, number)
    )
    fields = tuple(name for name in CORRECTABLE if getattr(latest, name) != getattr(draft, name))
    if not fields:
        return ()
    sequence = len(earlier) + 1
    uow.session.add(
        CaseCorrectionRow(
            case_number=number,
            sequence=sequence,
            recorded_at=uow.clock.now(),
            recorded_by=str(uow.actor),
            content_hash=draft.content_hash,
            **{name: getattr(draft, name) for name in CORRECTABLE},
        )
    )
    detail: dict[str, JsonValue] = {
        "sequence": sequence,
        "fields": list(fields),
        "content_hash": draft.content_hash,
    }
    uow.event(CASE, number, "CaseContentCorrected", detail)
    uow.audit("CaseContentCorrected", CASE, number, detail)
    return fields
