"""What screens and programs read of adjudications: lists by kind and state, one with its events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ops_core.hotline.adjudications.kinds import AdjudicationKind
from ops_core.hotline.adjudications.model import Adjudication, AdjudicationState
from ops_core.hotline.adjudications.store import (
    ADJUDICATION,
    adjudication_of,
    find_adjudication,
)
from ops_core.hotline.adjudications.tables import AdjudicationRow
from ops_core.kernel.events import Event, events_of

PAGE = 100


@dataclass(frozen=True, slots=True)
class AdjudicationFilter:
    """Which matters are asked for; ``query`` is part of a subject, an order, a person."""

    kind: AdjudicationKind | None = None
    state: AdjudicationState | None = None
    query: str = ""
    after: str = ""
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class AdjudicationList:
    """A page of a list, the newest first; ``after`` asks for the next one, None at the end."""

    matters: tuple[Adjudication, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class AdjudicationHistory:
    """A matter with its events."""

    matter: Adjudication
    events: tuple[Event, ...]


def list_adjudications(session: Session, filters: AdjudicationFilter) -> AdjudicationList:
    """The matters that fit, the newest first."""
    row = AdjudicationRow
    query = select(row).order_by(row.submitted_at.desc(), row.number.desc())
    if filters.kind is not None:
        query = query.where(row.kind == filters.kind.value)
    if filters.state is not None:
        query = query.where(row.state == filters.state.value)
    if sought := filters.query.strip():
        fields = (row.subject, row.order, row.person, row.number)
        parts = [field.contains(sought, autoescape=True) for field in fields]
        query = query.where(parts[0] | parts[1] | parts[2] | parts[3])
    if filters.after:
        last = find_adjudication(session, filters.after)
        key = last.submitted_at, last.number
        query = query.where(
            (row.submitted_at < key[0]) | ((row.submitted_at == key[0]) & (row.number < key[1]))
        )
    rows = session.scalars(query.limit(filters.limit + 1)).all()
    matters = tuple(adjudication_of(one) for one in rows[: filters.limit])
    return AdjudicationList(matters, matters[-1].number if len(rows) > filters.limit else None)


def count_pending_by_kind(session: Session) -> Mapping[AdjudicationKind, int]:
    """How many matters of each kind nobody has decided."""
    row = AdjudicationRow
    found = session.execute(
        select(row.kind, func.count())
        .where(row.state == AdjudicationState.PENDING.value)
        .group_by(row.kind)
    )
    return dict.fromkeys(AdjudicationKind, 0) | {AdjudicationKind(k): n for k, n in found}


def read_adjudication(session: Session, number: str) -> AdjudicationHistory:
    """One matter with its events. Raises NotFound."""
    matter = find_adjudication(session, number)
    return AdjudicationHistory(matter, tuple(events_of(session, ADJUDICATION, number)))


def matters_of_order(session: Session, order: str) -> Sequence[Adjudication]:
    """The matters about an order, the oldest first."""
    row = AdjudicationRow
    found = session.scalars(select(row).where(row.order == order).order_by(row.number))
    return [adjudication_of(one) for one in found]
