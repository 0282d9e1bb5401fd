"""Requests as their events give them: channel and receipt put them into indicators 2 and 5."""

from collections.abc import Iterator
from itertools import groupby, islice

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ops_core.hotline.cases.model import CASE
from ops_core.hotline.cases.tables import CaseRow
from ops_core.kernel.tables import EventRow
from ops_core.kpi.differences import DerivedDifference, DerivedKind, Fields, differing, shown

AT_ONCE = 500
"""Requests looked up by one question."""
_RECORDED = "CaseRecorded"
_NAMES = ("channel", "kind", "category", "call")


def case_differences(session: Session) -> Iterator[DerivedDifference]:
    """Every request that its event does not give, and every one without an event."""
    rows = session.scalars(
        select(EventRow)
        .where(EventRow.aggregate_type == CASE, EventRow.type == _RECORDED)
        .order_by(EventRow.aggregate_id, EventRow.position)
        .execution_options(yield_per=5000)
    )
    recorded = (
        (number, _by_event(next(events)))
        for number, events in groupby(rows, key=lambda row: row.aggregate_id)
    )
    while some := list(islice(recorded, AT_ONCE)):
        stored = _stored(session, [number for number, _ in some])
        for number, fields in some:
            yield from differing(DerivedKind.CASE, number, stored.get(number), fields)
    has_event = exists().where(
        EventRow.aggregate_type == CASE, EventRow.aggregate_id == CaseRow.number
    )
    for number in session.scalars(select(CaseRow.number).where(~has_event)):
        yield from differing(DerivedKind.CASE, number, {}, None)


def _by_event(event: EventRow) -> Fields:
    found = {name: shown(event.payload.get(name)) for name in _NAMES}
    return found | {"received_at": event.occurred_at.isoformat()}


def _stored(session: Session, numbers: list[str]) -> dict[str, Fields]:
    row = CaseRow
    rows = session.execute(
        select(row.number, row.received_at, row.channel, row.kind, row.category, row.call)
        .where(row.number.in_(numbers))
    )  # fmt: skip
    return {
        number: {name: shown(value) for name, value in zip(_NAMES, values, strict=True)}
        | {"received_at": received_at.isoformat()}
        for number, received_at, *values in rows
    }
