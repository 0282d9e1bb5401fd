"""Replies that co-units owe, each with when it is due; few orders wait for any at a time."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, literal_column
from sqlalchemy.orm import Session

from ops_core.hotline.orders.co_deadlines import Contribution, co_deadlines, read_contributions
from ops_core.hotline.orders.deadlines import DeadlineReading, order_deadlines
from ops_core.hotline.orders.steps import CONTRIBUTED_IN
from ops_core.hotline.orders.store import deadlines_of, order_of
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kernel.working_days import WorkCalendar

OwedReplies = Mapping[WorkOrderRow, tuple[DeadlineReading, ...]]


def waits_for_co_units() -> tuple[ColumnElement[bool], ...]:
    """Conditions for orders to which some co-unit owes its reply; they go by an index."""
    states = [state.value for state in CONTRIBUTED_IN]
    return WorkOrderRow.co_waiting != literal_column("''"), WorkOrderRow.state.in_(states)


def owed_replies(
    session: Session,
    orders: Select[WorkOrderRow],
    calendar: WorkCalendar,
    zone: ZoneInfo,
    now: datetime,
) -> OwedReplies:
    """What co-units owe to those of the ``orders`` that wait for them, as of ``now``."""
    rows = session.scalars(orders.where(*waits_for_co_units())).all()
    asked = read_contributions(session, [row.number for row in rows])
    return {row: _owed(row, asked.get(row.number, ()), calendar, zone, now) for row in rows}


def _owed(
    row: WorkOrderRow,
    asked: Iterable[Contribution],
    calendar: WorkCalendar,
    zone: ZoneInfo,
    now: datetime,
) -> tuple[DeadlineReading, ...]:
    order = order_of(row)
    own = order_deadlines(order, deadlines_of(row), calendar, zone, now)
    if not own:
        return ()
    replies = co_deadlines(order, tuple(asked), own[-1], calendar, zone, now)
    return tuple(reply for reply in replies if reply.is_open)
