"""Orders of requests that came over the internet, as they are stored."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session, aliased

from ops_core.hotline.adjudications.kinds import AdjudicationKind
from ops_core.hotline.adjudications.model import AdjudicationState
from ops_core.hotline.adjudications.tables import AdjudicationRow
from ops_core.hotline.cases.model import WEB_CHANNELS
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kpi.judging.web_orders import WebOrder
from ops_core.kpi.periods import Period

Appeals = Mapping[str, str]
"""The matter by which the purchaser let an order be left out, by the order's number."""
_ORDER, _CASE, _MATTER = WorkOrderRow, CaseRow, AdjudicationRow
_LEAD = aliased(WorkOrderRow)
_ANSWERED_AT = func.coalesce(_ORDER.answered_at, _LEAD.answered_at)
"""Its own first answer, or that of the order it is merged into (domain/ops.md, section 2)."""
_ANSWERED_BY = case((_ORDER.answered_at.is_not(None), _ORDER.answered_by), else_=_LEAD.answered_by)
_CHANNELS = [channel.value for channel in WEB_CHANNELS]
_SURE_DAYS = 0.999
"""A little less than 24 hours: SQLite's days are no exact numbers."""
_SURE = timedelta(days=_SURE_DAYS)
UNANSWERED_ORDERS = _ANSWERED_AT.is_(None)


def read_appeals(session: Session) -> Appeals:
    """Every order that is left out; the purchaser grants few."""
    rows = session.execute(
        select(_MATTER.subject, func.max(_MATTER.number))
        .where(*_is_upheld_appeal())
        .group_by(_MATTER.subject)
    )
    return dict(rows.all())


def read_web_orders(
    session: Session, period: Period, appeals: Appeals, *conditions: ColumnElement[bool]
) -> Iterator[WebOrder]:
    """The orders received in the period, the latest first."""
    query = (
        _orders()
        .where(_CASE.channel.in_(_CHANNELS), *conditions)
        .where(_CASE.received_at >= period.start, _CASE.received_at < period.end)
        .order_by(_CASE.received_at.desc(), _ORDER.number.desc())
    )
    for row in session.execute(query):
        yield _order(row, appeals)


def read_appealed(session: Session, period: Period, appeals: Appeals) -> Sequence[WebOrder]:
    """Those of the period that are left out, the latest received first.

    Found by their appeals, whatever the length of the period.
    """
    subjects = select(_MATTER.subject).where(*_is_upheld_appeal())
    query = _orders().add_columns(_CASE.channel).where(_ORDER.number.in_(subjects))
    rows = session.execute(query).all() if appeals else ()
    found = (_order(row[:-1], appeals) for row in rows if row[-1] in _CHANNELS)
    of_period = (order for order in found if period.holds(order.received_at))
    return sorted(of_period, key=lambda o: (o.received_at, o.number), reverse=True)


def receipts_without_answer(session: Session) -> Sequence[datetime]:
    """When the requests were received that still wait for an answer."""
    waiting = select(_CASE.received_at).select_from(_ORDER)
    joined = waiting.join(_CASE, _ORDER.case_number == _CASE.number).outerjoin(_LEAD, _of_lead())
    return session.scalars(joined.where(_CASE.channel.in_(_CHANNELS), UNANSWERED_ORDERS)).all()


def not_surely_in_time(session: Session) -> ColumnElement[bool]:
    """Not answered within a little less than 24 hours."""
    answered, received = _ANSWERED_AT, _CASE.received_at
    if session.get_bind().dialect.name == "sqlite":
        in_time = func.julianday(answered) - func.julianday(received) <= _SURE_DAYS
    else:
        in_time = answered - received <= _SURE
    return ~func.coalesce(in_time, False)


def _is_upheld_appeal() -> tuple[ColumnElement[bool], ...]:
    upheld = _MATTER.state == AdjudicationState.UPHELD.value
    return _MATTER.kind == AdjudicationKind.APPEAL.value, upheld


def _of_lead() -> ColumnElement[bool]:
    return _LEAD.number == _ORDER.merged_into


def _orders() -> Select[Any]:
    return (
        select(_ORDER.number, _CASE.received_at, _ORDER.answered_at, _ANSWERED_BY,
               _LEAD.answered_at)
        .select_from(_CASE)
        .join(_ORDER, _ORDER.case_number == _CASE.number)
        .outerjoin(_LEAD, _of_lead())
    )  # fmt: skip


def _order(row: Sequence[Any], appeals: Appeals) -> WebOrder:
    number, received_at, answered_at, answered_by, of_lead = row
    appeal = appeals.get(number, "")
    return WebOrder(number, received_at, answered_at, answered_by or "", appeal, of_lead)
