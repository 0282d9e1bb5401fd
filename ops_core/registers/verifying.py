"""Items held against their chains, and the chains' ends against the audit log."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.kernel.audit import Break
from ops_core.kernel.errors import DomainError
from ops_core.kernel.recorded_ends import (
    SEAL,
    RecordedEnd,
    end_breaks,
    recorded_ends,
    row_seal,
    unrecorded_breaks,
)
from ops_core.registers.kinds import every_kind
from ops_core.registers.model import PlanItem, RegisterEvent, due_at, due_day, first_break, replay
from ops_core.registers.service import ACKNOWLEDGEMENT
from ops_core.registers.store import ITEM, event_of, item_of
from ops_core.registers.tables import AcknowledgementRow, RegisterEventRow, RegisterItemRow


@dataclass(frozen=True, slots=True)
class RegisterFlaw:
    """Where an item is not what its chain, or the audit log, says."""

    item: str
    field: str
    stored: str
    recorded: str


def register_flaws(session: Session, zone: ZoneInfo) -> Iterator[RegisterFlaw]:
    """Every item whose chain is broken or cut, or whose row its chain does not give."""
    recorded = recorded_ends(session, ITEM, "hash")
    rows = {row.number: row for row in session.scalars(select(RegisterItemRow))}
    links = session.scalars(
        select(RegisterEventRow)
        .order_by(RegisterEventRow.item, RegisterEventRow.sequence)
        .execution_options(yield_per=5000)
    )
    for number, events in groupby((event_of(link) for link in links), key=lambda e: e.item):
        yield from _flaws_of(number, list(events), rows.pop(number, None), recorded, zone)
    for number in rows:
        yield RegisterFlaw(number, "chain", "there", "none")


def register_breaks(session: Session) -> Iterator[Break]:
    """Items and acknowledgements that are not what the audit log says of them."""
    recorded = recorded_ends(session, ITEM, "hash")
    present = {row.number: row.last_hash for row in session.scalars(select(RegisterItemRow))}
    yield from end_breaks(ITEM, recorded, present)
    sealed = recorded_ends(session, ACKNOWLEDGEMENT, SEAL)
    rows = session.scalars(select(AcknowledgementRow))
    seals = {f"{row.item}/{row.person}": row_seal(row) for row in rows}
    yield from end_breaks(ACKNOWLEDGEMENT, sealed, seals)
    yield from unrecorded_breaks(session, ACKNOWLEDGEMENT, seals)


def _flaws_of(
    number: str,
    events: list[RegisterEvent],
    row: RegisterItemRow | None,
    recorded: Mapping[str, RecordedEnd],
    zone: ZoneInfo,
) -> Iterator[RegisterFlaw]:
    broken_at = first_break(events)
    if broken_at is not None:
        yield RegisterFlaw(number, f"link {broken_at}", "broken", "whole")
        return
    audited = recorded[number].hash if number in recorded else "none"
    if audited != events[-1].hash:
        yield RegisterFlaw(number, "last link", events[-1].hash, audited)
    replayed = _replayed(events)
    if row is None or replayed is None:
        yield RegisterFlaw(number, "item", "none", "there")
        return
    yield from _differing(item_of(row), replayed)
    for field, ought in (
        ("due_day", due_day(replayed.due_on, zone)),
        ("due_at", due_at(replayed.due_on, zone)),
    ):
        if getattr(row, field) != ought:
            yield RegisterFlaw(number, field, str(getattr(row, field)), str(ought))


def _replayed(events: list[RegisterEvent]) -> PlanItem | None:
    """By the kind that the chain itself names; None for a chain that its kind does not allow."""
    kind = every_kind().get(str(events[0].detail.get("kind")))
    try:
        return None if kind is None else replay(kind, events)
    except (DomainError, ValueError):
        return None


def _differing(stored: PlanItem, replayed: PlanItem) -> Iterator[RegisterFlaw]:
    for field in fields(PlanItem):
        is_so, ought = getattr(stored, field.name), getattr(replayed, field.name)
        if is_so != ought:
            yield RegisterFlaw(replayed.number, field.name, str(is_so), str(ought))
