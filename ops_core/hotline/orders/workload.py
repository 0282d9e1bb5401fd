"""How much work waits and what of it is late: counts that stay cheap over any number of orders.

A deadline in working days depends on the day of its dispatch alone, so the calendar gives one
instant for each length of deadline: whatever began before it is due by now. One in hours gives that
instant by itself. The database only compares.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ops_core.hotline.callbacks.model import CallbackState
from ops_core.hotline.callbacks.tables import CallbackTaskRow
from ops_core.hotline.cases.model import Channel
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.deadline_policies.time_limits import TimeLimit
from ops_core.hotline.orders.deadlines import order_deadlines
from ops_core.hotline.orders.owed_replies import (
    OwedReplies,
    owed_replies,
    waits_for_co_units,
)
from ops_core.hotline.orders.steps import ENDED, OrderState
from ops_core.hotline.orders.store import deadlines_of, order_of
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kernel.working_days import UnpublishedYear, WorkCalendar

_LONGEST_LOOK_BACK_DAYS = 400
_OPEN = tuple(state.value for state in OrderState if state not in ENDED)


@dataclass(frozen=True, slots=True)
class Workload:
    """Requests by web today, orders not completed, callbacks not made; late ones among them.

    An order is late by its unit or by a co-unit, and counts once.
    ``orders_due_soon`` counts those that will be late by the end of the given span, not those
    that are late already.
    """

    web_today: int
    orders_open: int
    orders_overdue: int
    orders_due_soon: int
    callbacks_open: int
    callbacks_overdue: int


def begun_before(
    calendar: WorkCalendar, within: TimeLimit, by: datetime, zone: ZoneInfo
) -> datetime | None:
    """The instant before which a deadline of this length began that ends by ``by``: of working days
    a local midnight.

    None when no deadline of this length ends by then, as far as the published calendar reaches.
    """
    if within.hours:
        return _begun_hours_before(calendar, within, by, zone)
    today = by.astimezone(zone).date()
    for back in range(1, _LONGEST_LOOK_BACK_DAYS):
        start = datetime.combine(today - timedelta(days=back), time(), zone)
        try:
            if within.due(start, calendar, zone) <= by:
                return start + timedelta(days=1)
        except UnpublishedYear:
            continue
    return None


def _begun_hours_before(
    calendar: WorkCalendar, within: TimeLimit, by: datetime, zone: ZoneInfo
) -> datetime | None:
    """Hours end at ``by`` itself, too; working days after them begin on the day they are over."""
    hours = timedelta(hours=within.hours)
    if not within.working_days:
        return by - hours + datetime.resolution
    over_before = begun_before(calendar, TimeLimit(within.working_days), by, zone)
    return None if over_before is None else over_before - hours


def read_workload(
    session: Session, calendar: WorkCalendar, zone: ZoneInfo, now: datetime, soon: timedelta
) -> Workload:
    """The counts at ``now``; deadlines of which the calendar knows no end are never late."""
    orders = _orders(session, calendar, zone, now, soon)
    callbacks = _callbacks(session, calendar, zone, now)
    return Workload(_web_today(session, f"{now.astimezone(zone):%Y%m%d}"), *orders, *callbacks)


def _web_today(session: Session, day: str) -> int:
    conditions = (CaseRow.day == day, CaseRow.channel == Channel.WEB.value)
    return session.scalar(select(func.count()).select_from(CaseRow).where(*conditions)) or 0


def _orders(
    session: Session, calendar: WorkCalendar, zone: ZoneInfo, now: datetime, soon: timedelta
) -> tuple[int, int, int]:
    row = WorkOrderRow
    handle_within = row.handle_within + row.extended_by + row.held_days
    open_ = row.state.in_(_OPEN)
    lengths = session.execute(
        select(row.sign_within, row.sign_hours, handle_within, row.handle_hours)
        .where(open_)
        .distinct()
    ).all()
    signing = {TimeLimit(days, hours) for days, hours, _, _ in lengths}
    handling = {TimeLimit(days, hours) for _, _, days, hours in lengths}

    def is_late(by: datetime) -> ColumnElement[bool]:
        deadlines = (
            _begun(row.dispatched_at, (row.sign_within, row.sign_hours), signing,
                   row.signed_at, calendar, zone, by),
            and_(
                row.held_at.is_(None),  # the clock stands still until the review: below
                _begun(row.dispatched_at, (handle_within, row.handle_hours), handling,
                       row.replied_at, calendar, zone, by),
            ),
        )  # fmt: skip
        return or_(*deadlines)

    counts = (_count_of(is_late(now)), _count_of(is_late(now + soon)))
    total, overdue, by_then = session.execute(
        select(func.count(), *counts).select_from(row).where(open_)
    ).one()
    owed = owed_replies(session, select(row), calendar, zone, now)
    held = _held_ends(session, calendar, zone, now)

    def count_others(by: datetime) -> int:
        late = _late_by_co_units(owed, by) | {one for one, due_at in held.items() if due_at <= by}
        return _count_others(session, late, is_late(by))

    overdue, by_then = (
        int(overdue) + count_others(now),
        int(by_then) + count_others(now + soon),
    )
    return total, overdue, by_then - overdue


def _count_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _held_ends(
    session: Session, calendar: WorkCalendar, zone: ZoneInfo, now: datetime
) -> Mapping[str, datetime]:
    """When the handling of each order on hold is due, as far as the calendar says: a review that
    is forgotten has the clock running again. Few orders are on hold."""
    rows = session.scalars(
        select(WorkOrderRow).where(WorkOrderRow.state == OrderState.ON_HOLD.value)
    )
    readings = {
        row.number: order_deadlines(order_of(row), deadlines_of(row), calendar, zone, now)
        for row in rows
    }
    handling = {number: found[-1] for number, found in readings.items() if found}
    ends = {number: one.due_at for number, one in handling.items() if one.met_at is None}
    return {number: due_at for number, due_at in ends.items() if due_at is not None}


def _late_by_co_units(owed: OwedReplies, by: datetime) -> set[str]:
    return {
        row.number
        for row, replies in owed.items()
        if any(reply.due_at is not None and reply.due_at <= by for reply in replies)
    }


def _count_others(session: Session, late: Set[str], is_late: ColumnElement[bool]) -> int:
    """How many of these are not late by the database's own comparison as well."""
    if not late:
        return 0
    row = WorkOrderRow
    either = or_(and_(*waits_for_co_units()), row.state == OrderState.ON_HOLD.value)
    return len(late - set(session.scalars(select(row.number).where(either, is_late))))


def _begun(
    begun_at: InstrumentedAttribute[datetime | None],
    within: tuple[ColumnElement[int] | InstrumentedAttribute[int], InstrumentedAttribute[int]],
    lengths: set[TimeLimit],
    met_at: InstrumentedAttribute[datetime | None],
    calendar: WorkCalendar,
    zone: ZoneInfo,
    by: datetime,
) -> ColumnElement[bool]:
    """Not met, and due by then."""
    days, hours = within
    ends = {
        length: begun_before(calendar, length, by, zone)
        for length in sorted(lengths, key=lambda one: (one.hours, one.working_days))
    }
    return and_(
        met_at.is_(None),
        or_(
            false(),
            *(
                and_(days == length.working_days, hours == length.hours, begun_at < before)
                for length, before in ends.items()
                if before is not None
            ),
        ),
    )


def _callbacks(
    session: Session, calendar: WorkCalendar, zone: ZoneInfo, now: datetime
) -> tuple[int, int]:
    task, order = CallbackTaskRow, WorkOrderRow
    rows = session.execute(
        select(order.callback_within, func.count())
        .join(task, task.order == order.number)
        .where(task.state == CallbackState.OPEN.value)
        .group_by(order.callback_within)
    ).all()
    overdue = 0
    for within, _ in rows:
        before = begun_before(calendar, TimeLimit(within), now, zone)
        if before is not None:
            overdue += (
                session.scalar(
                    select(func.count())
                    .select_from(task)
                    .join(order, order.number == task.order)
                    .where(
                        task.state == CallbackState.OPEN.value,
                        order.callback_within == within,
                        task.opened_at < before,
                    )
                )
                or 0
            )
    return sum(count for _, count in rows), overdue
