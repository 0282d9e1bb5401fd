"""Until when co-units owe their replies, by the version of the deadlines that the order is under.

A co-unit's time runs from when it was asked and is over with the lead unit's at the latest; where
that version says nothing of co-units, it is the lead unit's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.hotline.deadline_policies.time_limits import NO_LIMIT, TimeLimit, limit_of
from ops_core.hotline.orders.deadlines import (
    DeadlineKind,
    DeadlineReading,
    DeadlineVerdict,
    read_deadline,
)
from ops_core.hotline.orders.order import Order, OrderEvent, names_of
from ops_core.hotline.orders.steps import NEW_CYCLES, Step
from ops_core.hotline.orders.store import event_of
from ops_core.hotline.orders.tables import OrderEventRow
from ops_core.hotline.orders.withdrawn import effective_links
from ops_core.kernel.working_days import WorkCalendar

CO_WITHIN = "co_within"
"""The member of the event that asks a co-unit: its limit, where the version in force has one."""
_STEPS = frozenset({Step.ENLIST, Step.CO_REPLY, Step.CO_MISSING, Step.UNDO}) | NEW_CYCLES


@dataclass(frozen=True, slots=True)
class Contribution:
    """What a co-unit owes in the running cycle; ``is_missing``: on record that it will not come."""

    unit: str
    asked_at: datetime
    limit: TimeLimit
    replied_at: datetime | None = None
    is_missing: bool = False


def contributions_of(events: Iterable[OrderEvent]) -> tuple[Contribution, ...]:
    """What the links of one order's chain say of co-units, in the order they were asked in."""
    asked: dict[str, Contribution] = {}
    for event in effective_links(events):
        unit = str(event.detail.get("co_unit", ""))
        if event.step in NEW_CYCLES:
            asked = {}
        elif event.step is Step.ENLIST:
            asked[unit] = Contribution(unit, event.at, limit_of(event.detail.get(CO_WITHIN)))
        elif event.step is Step.CO_REPLY and unit in asked:
            asked[unit] = replace(asked[unit], replied_at=event.at)
        elif event.step is Step.CO_MISSING and unit in asked:
            asked[unit] = replace(asked[unit], is_missing=True)
    return tuple(asked.values())


def co_deadlines(
    order: Order,
    contributions: Sequence[Contribution],
    leads: DeadlineReading,
    calendar: WorkCalendar,
    zone: ZoneInfo,
    now: datetime,
) -> Iterator[DeadlineReading]:
    """The deadlines of co-units whose replies came or are owed; ``leads`` is the lead unit's."""
    units = names_of(order.co_units)
    for one in contributions:
        if one.unit in units and not one.is_missing:
            yield _reading(one, leads, calendar, zone, now)


def _reading(
    one: Contribution, leads: DeadlineReading, calendar: WorkCalendar, zone: ZoneInfo, now: datetime
) -> DeadlineReading:
    own = read_deadline(
        DeadlineKind.CONTRIBUTE, one.limit, one.asked_at, one.replied_at, calendar, zone, now
    )
    # Nobody knows when an unknown one ends: it is missed with the lead unit's, and never met by it.
    ends_at = own.due_at or one.replied_at or now
    if one.limit != NO_LIMIT and (leads.due_at is None or ends_at <= leads.due_at):
        return replace(own, unit=one.unit)
    return replace(
        leads,
        kind=DeadlineKind.CONTRIBUTE,
        unit=one.unit,
        started_at=one.asked_at,
        met_at=one.replied_at,
        verdict=_verdict(one.replied_at, leads.due_at, now),
    )


def _verdict(met_at: datetime | None, due_at: datetime | None, now: datetime) -> DeadlineVerdict:
    if due_at is None:
        return DeadlineVerdict.UNKNOWN
    if (met_at or now) > due_at:
        return DeadlineVerdict.MISSED
    return DeadlineVerdict.RUNNING if met_at is None else DeadlineVerdict.MET


def read_contributions(
    session: Session, numbers: Sequence[str]
) -> Mapping[str, tuple[Contribution, ...]]:
    """Those of several orders, by their numbers; of most orders there are none."""
    if not numbers:
        return {}
    rows = session.scalars(
        select(OrderEventRow)
        .where(OrderEventRow.order.in_(numbers))
        .where(OrderEventRow.step.in_([step.value for step in _STEPS]))
        .order_by(OrderEventRow.order, OrderEventRow.sequence)
    )
    links = (event_of(row) for row in rows)
    return {
        number: contributions_of(events)
        for number, events in groupby(links, key=lambda event: event.order)
    }
