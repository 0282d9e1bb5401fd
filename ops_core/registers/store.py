"""Items and their links as rows."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import message
from ops_core.registers.model import PlanItem, RegisterEvent, due_at, due_day
from ops_core.registers.tables import RegisterEventRow, RegisterItemRow

ITEM = "register"
"""Aggregate type of items' events, and their subject in the audit log."""
_DATES = frozenset({"due_on", "proposed_due_on"})


def find_item(session: Session, number: str) -> PlanItem:
    """Raises :class:`NotFound`."""
    row = session.get(RegisterItemRow, number)
    if row is None:
        raise NotFound(
            "没有这个事项",
            message("找不到计划事项 {number}。", number=number),
            "事项编号形如 R-20261124-00001。",
        )
    return item_of(row)


def item_of(row: RegisterItemRow) -> PlanItem:
    """The stored item as a value: what replaying its events gives."""
    values = {one.name: getattr(row, one.name) for one in fields(PlanItem)}
    for name in _DATES:
        values[name] = None if values[name] is None else _date(values[name])
    return PlanItem(**values)


def store_event(session: Session, item: PlanItem, event: RegisterEvent, zone: ZoneInfo) -> None:
    """Add the link to its item's chain, and store what the item is now."""
    row = session.get(RegisterItemRow, item.number)
    if row is None:
        row = RegisterItemRow(number=item.number)
        session.add(row)
    for one in fields(PlanItem):
        value = getattr(item, one.name)
        if one.name in _DATES and value is not None:
            value = value.isoformat()
        setattr(row, one.name, dict(value) if one.name in ("fields", "takers") else value)
    row.due_day, row.due_at = due_day(item.due_on, zone), due_at(item.due_on, zone)
    session.flush()
    session.add(
        RegisterEventRow(
            item=event.item,
            sequence=event.sequence,
            step=event.step,
            at=event.at,
            recorded_at=event.recorded_at,
            actor=event.actor,
            state=event.state,
            due_on=event.due_on.isoformat(),
            detail=dict(event.detail),
            previous_hash=event.previous_hash,
            hash=event.hash,
        )
    )
    session.flush()


def events_of_item(session: Session, number: str) -> Sequence[RegisterEvent]:
    """The item's chain from its first link."""
    rows = session.scalars(
        select(RegisterEventRow)
        .where(RegisterEventRow.item == number)
        .order_by(RegisterEventRow.sequence)
    )
    return [event_of(row) for row in rows]


def event_of(row: RegisterEventRow) -> RegisterEvent:
    """The stored link as a value."""
    return RegisterEvent(
        row.item, row.sequence, row.step, row.at, row.recorded_at, row.actor, row.state,
        _date(row.due_on), row.detail, row.previous_hash, row.hash,
    )  # fmt: skip


def _date(text: str) -> date:
    """The earliest there is for a text that is none: of what was tampered with."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.min
