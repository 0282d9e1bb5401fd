"""Which stored orders a filter means."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Select, and_, literal_column, or_, select, true
from sqlalchemy.orm import Session, aliased

from ops_core.hotline.cases.model import WEB_CHANNELS
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.orders.order import joined
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.hotline.orders.tabs import STATES_OF, OrderFilter, OrderTab
from ops_core.kernel.masking import HIDDEN, mask_text

BATCH = 200


def matching(filters: OrderFilter) -> Select[WorkOrderRow]:
    """Without an order of its own; titles are compared as they were written.

    :func:`shown_matches` has the last word.
    """
    query = select(WorkOrderRow).where(WorkOrderRow.state.in_(STATES_OF[filters.tab]))
    if filters.tab is OrderTab.ANSWER:
        query = query.where(*is_unanswered())
    if filters.state is not None:
        query = query.where(WorkOrderRow.state == filters.state)
    if filters.tab is OrderTab.CONTRIBUTE:
        query = query.where(*_is_waited_for(filters.unit))
    elif filters.unit:
        query = query.where(WorkOrderRow.unit == filters.unit)
    if sought := filters.query.strip():
        parts = [part for part in sought.split(HIDDEN) if part]
        in_title = [WorkOrderRow.title.icontains(part, autoescape=True) for part in parts]
        query = query.where(
            or_(
                WorkOrderRow.number.startswith(sought.upper(), autoescape=True),
                and_(true(), *in_title),
            )
        )
    return query


def shown_matches(
    session: Session, query: Select[WorkOrderRow], filters: OrderFilter
) -> Iterator[WorkOrderRow]:
    """Of what the database found in titles as they were written, what is in them as shown."""
    for row in session.scalars(query.execution_options(yield_per=BATCH)):
        if is_shown_match(row.number, row.title, filters.query):
            yield row


def is_shown_match(number: str, title: str, query: str) -> bool:
    """Whether an order is found by a query: in its number's beginning or its title as shown."""
    sought = query.strip()
    if not sought or number.startswith(sought.upper()):
        return True
    return sought.lower() in mask_text(title).lower()


def is_unanswered() -> tuple[ColumnElement[bool], ...]:
    """Conditions for orders from the web whose citizen has no answer yet."""
    request = aliased(CaseRow)
    from_web = (
        select(request.number)
        .where(request.number == WorkOrderRow.case_number)
        .where(request.channel.in_([channel.value for channel in WEB_CHANNELS]))
        .exists()
    )
    open_states = [state.value for state in STATES_OF[OrderTab.ANSWER]]
    return WorkOrderRow.state.in_(open_states), WorkOrderRow.answered_at.is_(None), from_web


def _is_waited_for(unit: str) -> tuple[ColumnElement[bool], ...]:
    """Conditions for orders to which this unit, or (empty) any, owes a contribution."""
    waiting = WorkOrderRow.co_waiting
    of_unit = joined([unit] if unit else [])
    return waiting != literal_column("''"), waiting.contains(of_unit, autoescape=True)
