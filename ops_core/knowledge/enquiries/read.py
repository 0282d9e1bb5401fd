"""What pages and programs read of corrections and questions; texts are masked here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.kernel.masking import mask_text
from ops_core.knowledge.chain import Aggregate, broken_link
from ops_core.knowledge.enquiries.model import (
    Enquiry,
    EnquiryKind,
    EnquiryState,
    replay_enquiry,
)
from ops_core.knowledge.store import links_of
from ops_core.knowledge.tables import KnowledgeEnquiryRow

PAGE = 100


@dataclass(frozen=True, slots=True)
class ListedEnquiry:
    """One line of a list."""

    number: str
    kind: EnquiryKind
    state: EnquiryState
    article: str
    raised_by: str
    raised_at: datetime


@dataclass(frozen=True, slots=True)
class EnquiryRecord:
    """One enquiry with all that was written, and the link at which its chain is broken."""

    enquiry: Enquiry
    broken_at: int | None


def list_enquiries(
    session: Session, state: EnquiryState | None = None, raised_by: str = "", after: str = ""
) -> Sequence[ListedEnquiry]:
    """Enquiries, the latest first, of everybody or of one person."""
    row = KnowledgeEnquiryRow
    query = select(row).order_by(row.number.desc()).limit(PAGE + 1)
    if state is not None:
        query = query.where(row.state == state.value)
    if raised_by:
        query = query.where(row.raised_by == raised_by)
    if after:
        query = query.where(row.number < after)
    return [
        ListedEnquiry(
            one.number, EnquiryKind(one.kind), EnquiryState(one.state), one.article,
            one.raised_by, one.raised_at,
        )
        for one in session.scalars(query)
    ]  # fmt: skip


def read_enquiry(session: Session, number: str) -> EnquiryRecord:
    """One enquiry. Raises NotFound."""
    links = links_of(session, Aggregate.ENQUIRY, number)
    enquiry = replay_enquiry(links)
    remarks = tuple(replace(one, text=mask_text(one.text)) for one in enquiry.remarks)
    return EnquiryRecord(replace(enquiry, remarks=remarks), broken_link(links))
