"""How much work waits and what of it is late: counts that stay cheap over any number of orders.

An order's deadline depends on the day of its dispatch alone, so the calendar gives one instant for
each length of deadline: whatever began before it is due by now. The database only compares.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ops_core.hotline.callbacks.model import CallbackState
from ops_core.hotline.callbacks.tables import CallbackTaskRow
from ops_core.hotline.cases.model import Channel
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.orders.steps import ENDED, OrderState
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kernel.working_days import UnpublishedYear, WorkCalendar

_LONGEST_LOOK_BACK_DAYS = 400
_OPEN = tuple(state.value for state in OrderState if state not in ENDED)


@dataclass(frozen=True, slots=True)
class Workload:
    """Requests by web today, orders not completed, callbacks not made; late ones among them.

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
    calendar: WorkCalendar, within_days: int, by: datetime, zone: ZoneInfo
) -> datetime | None:
    """The local midnight before which a deadline of so many working days began that ends by ``by``.

    None when no deadline of this length ends by then, as far as the published calendar reaches.
    """
    today = by.astimezone(zone).date()
    for back in range(1, _LONGEST_LOOK_BACK_DAYS):
        start = datetime.combine(today - timedelta(days=back), time(), zone)
        try:
            if calendar.due(start, within_days, zone) <= by:
                return start + timedelta(days=1)
        except UnpublishedYear:
            continue
    return None


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
    handle_within = row.handle_within + row.extended_by
    open_ = row.state.in_(_OPEN)
    lengths = session.execute(select(row.sign_within, handle_within).where(open_).distinct()).all()

    def late(by: datetime) -> ColumnElement[int]:
        deadlines = (
            _begun(row.dispatched_at, row.sign_within, {sign for sign, _ in lengths},
                   row.signed_at, calendar, zone, by),
            _begun(row.dispatched_at, handle_within, {handle for _, handle in lengths},
                   row.replied_at, calendar, zone, by),
        )  # fmt: skip
        return func.coalesce(func.sum(case((or_(*deadlines), 1), else_=0)), 0)

    total, overdue, by_then = session.execute(
        select(func.count(), late(now), late(now + soon)).select_from(row).where(open_)
    ).one()
    return total, int(overdue), int(by_then) - int(overdue)


def _begun(
    begun_at: InstrumentedAttribute[datetime | None],
    within: ColumnElement[int] | InstrumentedAttribute[int],
    lengths: set[int],
    met_at: InstrumentedAttribute[datetime | None],
    calendar: WorkCalendar,
    zone: ZoneInfo,
    by: datetime,
) -> ColumnElement[bool]:
    """Not met, and due by then."""
    ends = {length: begun_before(calendar, length, by, zone) for length in sorted(lengths)}
    return and_(
        met_at.is_(None),
        or_(
            false(),
            *(
                and_(within == length, begun_at < before)
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
        before = begun_before(calendar, within, now, zone)
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
