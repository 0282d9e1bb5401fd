"""Exemptions held against their events, each of which has all of the exemption after it."""

from collections.abc import Iterator, Mapping

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.kernel.tables import EventRow
from ops_core.kpi.assessment.exemption_store import EXEMPTION, exemption_detail, exemption_of
from ops_core.kpi.assessment.tables import ExemptionRow
from ops_core.kpi.differences import DerivedDifference, DerivedKind, Fields, all_differing, shown


def exemption_differences(session: Session) -> Iterator[DerivedDifference]:
    """Every exemption that is not what its last event says."""
    rows = session.scalars(select(ExemptionRow))
    stored = {row.number: fields_of(exemption_detail(exemption_of(row))) for row in rows}
    yield from all_differing(DerivedKind.EXEMPTION, stored, last_states(session, EXEMPTION))


def last_states(session: Session, aggregate: str) -> dict[str, Fields]:
    """What the last event of each aggregate has of it."""
    rows = session.execute(
        select(EventRow.aggregate_id, EventRow.payload)
        .where(EventRow.aggregate_type == aggregate)
        .order_by(EventRow.position)
    )
    return {identifier: fields_of(payload) for identifier, payload in rows}


def fields_of(detail: Mapping[str, JsonValue]) -> Fields:
    return {name: shown(value) for name, value in detail.items()}
