"""Lists of orders by what is to be done, and how many each has."""

from datetime import datetime
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.orders.due_soon import due_orders, due_soon
from ops_core.hotline.orders.listed import OrderList, listed_orders
from ops_core.hotline.orders.matching import matching, shown_matches
from ops_core.hotline.orders.steps import OrderState
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.hotline.orders.tabs import OLDEST_FIRST, STATES_OF, OrderFilter, OrderTab


def list_orders(session: Session, site: Site, filters: OrderFilter, now: datetime) -> OrderList:
    """Orders of a tab: oldest first where something is to be done, the newest first otherwise."""
    if filters.tab is OrderTab.DUE:
        return due_orders(session, site, filters, now)
    query = matching(filters)
    if filters.tab in OLDEST_FIRST:
        query = query.order_by(WorkOrderRow.number)
        query = query.where(WorkOrderRow.number > filters.after) if filters.after else query
    else:
        query = query.order_by(WorkOrderRow.number.desc())
        query = query.where(WorkOrderRow.number < filters.after) if filters.after else query
    rows = list(islice(shown_matches(session, query, filters), filters.limit + 1))
    listed = listed_orders(session, rows[: filters.limit], site, now)
    return OrderList(listed, listed[-1].order.number if len(rows) > filters.limit else None)


def count_orders(session: Session, site: Site, unit: str, now: datetime) -> dict[OrderTab, int]:
    """How many orders every tab holds, of one unit or (empty) of all."""
    query = select(WorkOrderRow.state, func.count()).group_by(WorkOrderRow.state)
    if unit:
        query = query.where(WorkOrderRow.unit == unit)
    counted = {OrderState(state): count for state, count in session.execute(query)}
    found = {
        tab: sum(counted.get(state, 0) for state in states) for tab, states in STATES_OF.items()
    }
    waiting = matching(OrderFilter(OrderTab.ANSWER, unit=unit)).with_only_columns(func.count())
    found[OrderTab.ANSWER] = session.scalar(waiting) or 0
    owed = matching(OrderFilter(OrderTab.CONTRIBUTE, unit=unit)).with_only_columns(func.count())
    found[OrderTab.CONTRIBUTE] = session.scalar(owed) or 0
    due = OrderFilter(OrderTab.DUE, unit=unit)
    found[OrderTab.DUE] = len(due_soon(session, site, due, now))
    return found
