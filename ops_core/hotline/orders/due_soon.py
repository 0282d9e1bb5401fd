"""Orders whose time is over, or soon will be."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.deadline_policies.time_limits import TimeLimit
from ops_core.hotline.orders.deadlines import DeadlineKind, read_deadline
from ops_core.hotline.orders.listed import OrderList, listed_orders
from ops_core.hotline.orders.matching import is_shown_match, matching
from ops_core.hotline.orders.owed_replies import owed_replies
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.hotline.orders.tabs import OrderFilter


def due_orders(session: Session, site: Site, filters: OrderFilter, now: datetime) -> OrderList:
    numbers = due_soon(session, site, filters, now)
    start = numbers.index(filters.after) + 1 if filters.after in numbers else 0
    page = numbers[start : start + filters.limit]
    rows = {
        row.number: row
        for row in session.scalars(select(WorkOrderRow).where(WorkOrderRow.number.in_(page)))
    }
    shown = listed_orders(session, [rows[number] for number in page], site, now)
    more = len(numbers) > start + filters.limit
    return OrderList(shown, page[-1] if more else None)


def due_soon(session: Session, site: Site, filters: OrderFilter, now: datetime) -> list[str]:
    """Orders with an open deadline, a co-unit's among them, that is past, due soon, or cannot be
    computed; the latest first.

    Thousands of orders are open at a time and few of their deadlines press: only what decides is
    read of them, and the end of a deadline is computed once a day of dispatch.
    """
    soon = now + timedelta(seconds=site.hotline.abnormal.due_within_s)
    zone = ZoneInfo(site.contract.timezone)
    ends: dict[tuple[date | datetime, TimeLimit], datetime | None] = {}

    def end(begun: datetime, within: TimeLimit) -> datetime | None:
        # Working days depend on the day alone, hours on the instant.
        key = begun if within.hours else begun.astimezone(zone).date(), within
        if key not in ends:
            reading = read_deadline(
                DeadlineKind.HANDLE, within, begun, None, site.calendar, zone, now
            )
            ends[key] = reading.due_at
        return ends[key]

    found: dict[str, tuple[bool, datetime]] = {}
    chosen = matching(filters).with_only_columns(
        WorkOrderRow.number,
        WorkOrderRow.dispatched_at,
        WorkOrderRow.signed_at,
        WorkOrderRow.sign_within,
        WorkOrderRow.sign_hours,
        WorkOrderRow.handle_hours,
        WorkOrderRow.handle_within + WorkOrderRow.extended_by + WorkOrderRow.held_days,
        WorkOrderRow.title,
        WorkOrderRow.hold_until,
        WorkOrderRow.held_at,
    )
    for row in session.execute(chosen):
        number, begun, signed, sign_within, sign_hours, handle_hours, days, *others = row
        title, until, held = others
        if begun is None or not is_shown_match(number, title, filters.query):
            continue
        handling, signing = TimeLimit(days, handle_hours), TimeLimit(sign_within, sign_hours)
        open_limits = [handling] if signed else [signing, handling]
        due = [end(begun, within) for within in open_limits]
        if held is not None:  # the clock stands until the day of its review is over
            due = [datetime.fromisoformat(until).replace(tzinfo=zone) + timedelta(days=1)]
        known = [at for at in due if at is not None]
        if None in due or min(known) <= soon:
            found[number] = not known, min(known, default=begun)
    for number, owed in _owed_by_co_units(session, site, filters, now, soon):
        found[number] = min(owed, found.get(number, owed))
    return sorted(found, key=lambda number: (found[number], number))


def _owed_by_co_units(
    session: Session, site: Site, filters: OrderFilter, now: datetime, soon: datetime
) -> Iterator[tuple[str, tuple[bool, datetime]]]:
    """Orders to which a co-unit owes a reply by then, or by nobody knows when.

    A unit is shown what is owed to the orders it leads, and what it owes itself.
    """
    zone, orders = ZoneInfo(site.contract.timezone), select(WorkOrderRow)
    if filters.state is not None:
        orders = orders.where(WorkOrderRow.state == filters.state)
    for row, replies in owed_replies(session, orders, site.calendar, zone, now).items():
        if not is_shown_match(row.number, row.title, filters.query):
            continue
        if filters.unit not in ("", row.unit):
            replies = tuple(one for one in replies if one.unit == filters.unit)
        due = [one.due_at for one in replies]
        known = [at for at in due if at is not None]
        if None in due or (known and min(known) <= soon):
            yield row.number, (not known, min(known, default=row.accepted_at))
