"""Chains as rows: read whole, appended to with their event and their audit entry."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import message
from ops_core.knowledge.chain import Aggregate, KnowledgeLink
from ops_core.knowledge.tables import KnowledgeLinkRow

HASH = "hash"
"""The member of an audit entry's detail that holds the link's hash."""


def links_of(session: Session, aggregate: Aggregate, number: str) -> Sequence[KnowledgeLink]:
    """A chain from its first link. Raises :class:`NotFound` where there is none."""
    rows = session.scalars(
        select(KnowledgeLinkRow)
        .where(KnowledgeLinkRow.aggregate == aggregate.value, KnowledgeLinkRow.number == number)
        .order_by(KnowledgeLinkRow.sequence)
    ).all()
    if not rows:
        raise NotFound("没有这条记录", message("找不到 {number}。", number=number))
    return [link_of(row) for row in rows]


def link_of(row: KnowledgeLinkRow) -> KnowledgeLink:
    """The stored link as a value."""
    return KnowledgeLink(
        Aggregate(row.aggregate), row.number, row.sequence, row.step, row.at, row.recorded_at,
        row.actor, row.detail, row.previous_hash, row.hash,
    )  # fmt: skip


def append(uow: UnitOfWork, link: KnowledgeLink, summary: Mapping[str, JsonValue]) -> None:
    """Store a link; its event and audit entry have the ``summary``, which holds no free text."""
    uow.session.add(
        KnowledgeLinkRow(
            aggregate=link.aggregate.value,
            number=link.number,
            sequence=link.sequence,
            step=link.step,
            at=link.at,
            recorded_at=link.recorded_at,
            actor=link.actor,
            detail=dict(link.detail),
            previous_hash=link.previous_hash,
            hash=link.hash,
        )
    )
    uow.session.flush()
    detail = {"step": link.step, **summary}
    uow.event(link.aggregate.value, link.number, "KnowledgeStepTaken", detail, link.at)
    action = f"{link.aggregate.value}.{link.step}"
    uow.audit(action, link.aggregate.value, link.number, {**detail, HASH: link.hash})
