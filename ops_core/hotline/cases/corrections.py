"""A source that says otherwise of a request it handed over: recorded beside it, in its order.

The request stays as it was taken in: the order was accepted, dispatched and judged by it. People
see both on the order's page. Of what a source says at several instants the latest word holds; one
that comes late, or once more, corrects nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.hotline.cases.model import CASE, CaseDraft
from ops_core.hotline.cases.tables import CaseCorrectionRow, CaseRow
from ops_core.hotline.statements import heard_at, holds_over, is_later
from ops_core.kernel.commands import UnitOfWork

CORRECTABLE = ("kind", "category", "region", "title", "text")
"""What of a request a source may correct."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """Fields that hold from now on, and fields whose value was said at a later instant already."""

    taken: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()

    def __add__(self, other: "Corrected") -> "Corrected":
        return Corrected(self.taken + other.taken, self.superseded + other.superseded)


NOTHING = Corrected()


def record_correction(uow: UnitOfWork, number: str, draft: CaseDraft) -> Corrected:
    """Record what the draft says otherwise than the request as it stands now."""
    rows = _rows(uow.session, number)
    latest = rows[-1]
    fields = tuple(name for name in CORRECTABLE if getattr(latest, name) != getattr(draft, name))
    if not fields:
        if draft.stated_at is not None and is_later(draft.stated_at, latest.stated_at):
            latest.stated_at = draft.stated_at
        return NOTHING
    if draft.stated_at is None:
        if any(one.content_hash in draft.content_hashes for one in rows):
            return Corrected(superseded=fields)
        stated_at = heard_at(uow.clock.now(), latest.stated_at or _first_known(latest))
    else:
        stated_at = draft.stated_at
        kept = latest.stated_at, latest.content_hash
        if not holds_over((stated_at, draft.content_hash), kept):
            return Corrected(superseded=fields)
    _store(uow, number, draft, len(rows), stated_at)
    detail: dict[str, JsonValue] = {
        "sequence": len(rows),
        "fields": list(fields),
        "content_hash": draft.content_hash,
    }
    uow.event(CASE, number, "CaseContentCorrected", detail)
    uow.audit("CaseContentCorrected", CASE, number, detail)
    return Corrected(fields)


def _rows(session: Session, number: str) -> list[CaseRow | CaseCorrectionRow]:
    """The request and its corrections; the last one holds."""
    corrections = session.scalars(
        select(CaseCorrectionRow)
        .where(CaseCorrectionRow.case_number == number)
        .order_by(CaseCorrectionRow.sequence)
    )
    return [session.get_one(CaseRow, number), *corrections]


def _first_known(row: CaseRow | CaseCorrectionRow) -> datetime:
    return row.received_at if isinstance(row, CaseRow) else row.recorded_at


def _store(
    uow: UnitOfWork, number: str, draft: CaseDraft, sequence: int, stated_at: datetime
) -> None:
    uow.session.add(
        CaseCorrectionRow(
            case_number=number,
            sequence=sequence,
            recorded_at=uow.clock.now(),
            recorded_by=str(uow.actor),
            content_hash=draft.content_hash,
            stated_at=stated_at,
            **{name: getattr(draft, name) for name in CORRECTABLE},
        )
    )
