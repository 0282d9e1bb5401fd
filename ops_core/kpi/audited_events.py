"""Events that figures are recomputed from, held against what the audit log has of the same acts.

Each such act left both, in one transaction and under one name; the audit log is a chain, the events
are not. What an entry and its event say in common has to be the same.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from incident.store import INCIDENT
from ops_core.hotline.adjudications.store import ADJUDICATION
from ops_core.hotline.callbacks.model import CALLBACK
from ops_core.hotline.calls.ratings import RATING
from ops_core.hotline.calls.service import CALL_SOURCE
from ops_core.hotline.cases.model import CASE
from ops_core.hotline.deadline_policies.store import DEADLINE_POLICY
from ops_core.kernel.json_values import readable_json_object
from ops_core.kernel.tables import AuditEntryRow, EventRow
from ops_core.kpi.assessment.exemption_store import EXEMPTION
from ops_core.kpi.assessment.period_store import ASSESSMENT
from ops_core.kpi.differences import DerivedDifference, DerivedKind, shown

OF_FIGURES = (
    ADJUDICATION, CALLBACK, CASE, RATING, INCIDENT, CALL_SOURCE, EXEMPTION, ASSESSMENT,
    DEADLINE_POLICY,
)  # fmt: skip
"""Aggregates whose events nothing else holds: those of orders are chains of their own."""

_ENTRIES_ALONE = frozenset({"refused", "ContactUnmasked"})
"""Acts about them that leave no event."""

Act = tuple[str, str, str]
"""Aggregate's type and id, and what was done."""


def event_differences(session: Session) -> Iterator[DerivedDifference]:
    """Events that were changed, added or taken out."""
    events, entries = _events(session), _entries(session)
    for act in sorted(events.keys() | entries.keys()):
        aggregate, identifier, kind = act
        name = f"{aggregate} {identifier} {kind}"
        has, ought = events.get(act, []), entries.get(act, [])
        if len(has) != len(ought):
            yield DerivedDifference(
                DerivedKind.EVENT, name, "count", str(len(has)), str(len(ought))
            )
            continue
        for one, recorded in zip(has, ought, strict=True):
            for field in one.keys() & recorded.keys():
                if one[field] != recorded[field]:
                    yield DerivedDifference(
                        DerivedKind.EVENT, name, field, shown(one[field]), shown(recorded[field])
                    )


Payloads = Mapping[Act, list[Mapping[str, JsonValue]]]


def _events(session: Session) -> Payloads:
    row = EventRow
    found: dict[Act, list[Mapping[str, JsonValue]]] = defaultdict(list)
    rows = session.execute(
        select(row.aggregate_type, row.aggregate_id, row.type, row.payload, row.actor)
        .where(row.aggregate_type.in_(OF_FIGURES))
        .order_by(row.position)
        .execution_options(yield_per=5000)
    )
    for aggregate, identifier, kind, payload, actor in rows:
        found[aggregate, identifier, kind].append({**payload, " actor": actor})
    return found


def _entries(session: Session) -> Payloads:
    row = AuditEntryRow
    found: dict[Act, list[Mapping[str, JsonValue]]] = defaultdict(list)
    rows = session.execute(
        select(row.subject_type, row.subject_id, row.action, row.detail, row.actor)
        .where(row.subject_type.in_(OF_FIGURES))
        .order_by(row.position)
        .execution_options(yield_per=5000)
    )
    for aggregate, identifier, kind, detail, actor in rows:
        if kind not in _ENTRIES_ALONE:
            act = (aggregate, identifier, kind)
            found[act].append({**readable_json_object(detail), " actor": actor})
    return found
