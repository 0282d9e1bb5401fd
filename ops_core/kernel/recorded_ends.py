"""What the audit log says things are, held against what they are.

An entry of the audit log may carry a seal: a hash over the whole row after the change, or the last
link of an aggregate's own chain. The last one recorded is what the thing still has to be.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import JsonValue
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from ops_core.kernel.audit import Break, BreakKind
from ops_core.kernel.database import Base
from ops_core.kernel.i18n import message
from ops_core.kernel.json_values import canonical_json, readable_json_object
from ops_core.kernel.tables import AuditEntryRow

SEAL = "seal"
"""The member of an entry's detail that holds a row's seal."""
RECORDING_NOTHING = ("refused", "evidence.taken")
"""Acts about a thing that change nothing of it: that somebody tried, or looked, is no record."""


@dataclass(frozen=True, slots=True)
class RecordedEnd:
    """The last hash that was recorded of a thing, and the position of the entry."""

    position: int
    hash: str


def row_seal(row: Base) -> str:
    """SHA-256, in hexadecimal, over every column of a row that holds something, by name.

    What is null is left out, so that a column that is added later breaks no seal.
    """
    held = {c.key: getattr(row, c.key) for c in inspect(type(row)).column_attrs}
    values = {name: _plain(value) for name, value in held.items() if value is not None}
    return hashlib.sha256(canonical_json(values).encode()).hexdigest()


def recorded_ends(session: Session, subject_type: str, member: str) -> dict[str, RecordedEnd]:
    """The last hash of each thing of a type under that member of the entries' detail."""
    rows = session.execute(
        select(AuditEntryRow.position, AuditEntryRow.subject_id, AuditEntryRow.detail)
        .where(AuditEntryRow.subject_type == subject_type)
        .order_by(AuditEntryRow.position)
        .execution_options(yield_per=5000)
    )
    found: dict[str, RecordedEnd] = {}
    for position, identifier, detail in rows:
        hashed = readable_json_object(detail).get(member)
        if isinstance(hashed, str):
            found[identifier] = RecordedEnd(position, hashed)
    return found


def end_breaks(
    subject_type: str, recorded: Mapping[str, RecordedEnd], present: Mapping[str, str]
) -> Iterator[Break]:
    """Each thing that does not end as recorded, or is gone (pure); unrecorded ones pass."""
    for identifier, end in recorded.items():
        subject = f"{subject_type} {identifier}"
        if identifier not in present:
            detail = message("{subject} 已不存在", subject=subject)
            yield Break(end.position, BreakKind.AGGREGATE, detail)
        elif present[identifier] != end.hash:
            detail = message("{subject} 与审计记录的末次散列不符", subject=subject)
            yield Break(end.position, BreakKind.AGGREGATE, detail)


def unrecorded_breaks(
    session: Session, subject_type: str, present: Collection[str]
) -> Iterator[Break]:
    """Each thing of which no entry of the audit log says that anybody made or changed it.

    What was recorded before entries bore seals has entries, too.
    """
    recorded = set(
        session.scalars(
            select(AuditEntryRow.subject_id)
            .where(AuditEntryRow.subject_type == subject_type)
            .where(AuditEntryRow.action.not_in(RECORDING_NOTHING))
            .distinct()
        )
    )
    for identifier in sorted(set(present) - recorded):
        detail = message("{subject} 没有审计记录", subject=f"{subject_type} {identifier}")
        yield Break(0, BreakKind.AGGREGATE, detail)


def _plain(value: JsonValue | datetime) -> JsonValue:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value
