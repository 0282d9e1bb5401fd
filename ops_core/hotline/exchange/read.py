"""Requests as the systems that handed them over read them; each system sees its own alone.

Titles, texts and answers are masked here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.exchange.model import ANSWERING_STEPS, ExchangedRequest, answer_of
from ops_core.hotline.orders.deadlines import DeadlineKind
from ops_core.hotline.orders.listed import listed_of
from ops_core.hotline.orders.steps import ENDED, Step
from ops_core.hotline.orders.store import event_of
from ops_core.hotline.orders.tables import OrderEventRow, WorkOrderRow
from ops_core.hotline.orders.withdrawn import effective_links
from ops_core.kernel.masking import mask_text

MOST = 1000


@dataclass(frozen=True, slots=True)
class ExchangeFilter:
    """Which requests are asked for; ``source`` None: of every source, ``unit`` None: of every unit.

    ``numbers`` are orders, ``received`` is [from, to]; what is empty or None limits nothing.
    """

    source: str | None
    numbers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    received: tuple[datetime, datetime] | None = None
    is_closed: bool | None = None
    unit: str | None = None
    offset: int = 0
    limit: int = MOST


def read_exchanged(
    session: Session, site: Site, filters: ExchangeFilter, now: datetime
) -> tuple[ExchangedRequest, ...]:
    """The requests, the newest first; what was answered on the spot has no order and is not one."""
    rows = session.execute(_matching(filters)).all()
    answers = _answers(session, [order.number for order, _ in rows])
    return tuple(
        _exchanged(order, case, site, answers.get(order.number, ""), now) for order, case in rows
    )


def order_of_case(session: Session, filters: ExchangeFilter, case: str) -> str | None:
    """The order of a request by the request's number; None for one that is not shown, too."""
    query = _matching(filters).with_only_columns(WorkOrderRow.number)
    return session.scalar(query.where(CaseRow.number == case))


def received_before(session: Session, source: str, reference: str) -> datetime | None:
    """When the request that has this reference came in; None for a new reference."""
    return session.scalar(
        select(CaseRow.received_at).where(
            CaseRow.source_org == source, CaseRow.source_ref == reference
        )
    )


def _matching(filters: ExchangeFilter) -> Select[WorkOrderRow, CaseRow]:
    query = select(WorkOrderRow, CaseRow).join(CaseRow)
    if filters.source is not None:
        query = query.where(CaseRow.source_org == filters.source)
    if filters.unit is not None:
        query = query.where(WorkOrderRow.unit == filters.unit)
    if filters.numbers:
        query = query.where(WorkOrderRow.number.in_(filters.numbers))
    if filters.categories:
        query = query.where(CaseRow.category.in_(filters.categories))
    if filters.received is not None:
        query = query.where(CaseRow.received_at.between(*filters.received))
    if filters.is_closed is not None:
        ended = WorkOrderRow.state.in_([state.value for state in ENDED])
        query = query.where(ended if filters.is_closed else ~ended)
    newest = query.order_by(CaseRow.received_at.desc(), WorkOrderRow.number.desc())
    return newest.offset(filters.offset).limit(filters.limit)


def _answers(session: Session, numbers: Sequence[str]) -> Mapping[str, str]:
    """What was answered to each order, masked."""
    rows = session.scalars(
        select(OrderEventRow)
        .where(OrderEventRow.order.in_(numbers))
        .where(OrderEventRow.step.in_([step.value for step in ANSWERING_STEPS | {Step.UNDO}]))
        .order_by(OrderEventRow.order, OrderEventRow.sequence)
    )
    links = groupby((event_of(row) for row in rows), key=lambda event: event.order)
    return {
        order: mask_text(
            answer_of(
                (one.step, str(one.detail.get("remark", ""))) for one in effective_links(events)
            )
        )
        for order, events in links
    }


def _exchanged(
    row: WorkOrderRow, case: CaseRow, site: Site, answer: str, now: datetime
) -> ExchangedRequest:
    listed = listed_of(row, site, now)
    due = [one.due_at for one in listed.deadlines if one.kind is DeadlineKind.HANDLE]
    return ExchangedRequest(
        order=row.number,
        case=case.number,
        source_org=case.source_org,
        source_ref=mask_text(case.source_ref),
        kind=CaseKind(case.kind),
        category=case.category,
        region=case.region,
        title=listed.title,
        text=mask_text(case.text),
        unit=row.unit,
        state=listed.order.state,
        received_at=case.received_at,
        changed_at=row.last_at,
        due_at=due[0] if due else None,
        answer=answer,
    )
