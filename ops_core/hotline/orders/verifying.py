"""Orders held against their chains, and the chains' ends against the audit log.

A chain whose last links were cut off is whole as far as it goes: the audit log still has the hash
of what was taken last.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import groupby, islice

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ops_core.hotline.orders.model import replay
from ops_core.hotline.orders.order import Order, OrderEvent, first_break
from ops_core.hotline.orders.service import ORDER
from ops_core.hotline.orders.store import event_of, order_of
from ops_core.hotline.orders.tables import OrderEventRow, WorkOrderRow
from ops_core.kernel.json_values import readable_json_object
from ops_core.kernel.tables import AuditEntryRow

AT_ONCE = 500
"""Orders looked up by one question: a year has more than memory should hold."""


@dataclass(frozen=True, slots=True)
class OrderFlaw:
    """Where an order is not what its chain, or the audit log, says."""

    order: str
    field: str
    stored: str
    recorded: str


def order_flaws(session: Session) -> Iterator[OrderFlaw]:
    """Every order whose chain is broken or cut, or whose row its chain does not give."""
    last_audited = _last_audited(session)
    chains = _chains(session)
    while some := list(islice(chains, AT_ONCE)):
        stored = _stored(session, [links[0].order for links in some])
        for links in some:
            number = links[0].order
            yield from _flaws_of(number, links, stored.get(number), last_audited)
    has_chain = exists().where(OrderEventRow.order == WorkOrderRow.number)
    for number in session.scalars(select(WorkOrderRow.number).where(~has_chain)):
        yield OrderFlaw(number, "chain", "there", "none")


def _chains(session: Session) -> Iterator[list[OrderEvent]]:
    """The links of one order after the other."""
    rows = session.scalars(
        select(OrderEventRow)
        .order_by(OrderEventRow.order, OrderEventRow.sequence)
        .execution_options(yield_per=5000)
    )
    for _, links in groupby((event_of(row) for row in rows), key=lambda event: event.order):
        yield list(links)


def _stored(session: Session, numbers: Sequence[str]) -> dict[str, Order]:
    rows = session.scalars(select(WorkOrderRow).where(WorkOrderRow.number.in_(numbers)))
    return {row.number: order_of(row) for row in rows}


def _flaws_of(
    number: str, events: list[OrderEvent], row: Order | None, last_audited: Mapping[str, str]
) -> Iterator[OrderFlaw]:
    broken_at = first_break(events)
    if broken_at is not None:
        yield OrderFlaw(number, f"link {broken_at}", "broken", "whole")
        return
    if last_audited.get(number, "none") != events[-1].hash:
        audited = last_audited.get(number, "none")
        yield OrderFlaw(number, "last link", events[-1].hash, audited)
    replayed = replay(events)
    if row is None or replayed is None:
        yield OrderFlaw(number, "order", "none", "there")
        return
    for field in fields(Order):
        is_so, ought = getattr(row, field.name), getattr(replayed, field.name)
        if is_so != ought:
            yield OrderFlaw(number, field.name, str(is_so), str(ought))


def _last_audited(session: Session) -> dict[str, str]:
    """The hash of the last step of each order that the audit log knows."""
    rows = session.execute(
        select(AuditEntryRow.subject_id, AuditEntryRow.detail)
        .where(AuditEntryRow.subject_type == ORDER, AuditEntryRow.action.startswith("order."))
        .order_by(AuditEntryRow.position)
        .execution_options(yield_per=5000)
    )
    found: dict[str, str] = {}
    for number, detail in rows:
        hashed = readable_json_object(detail).get("hash")
        if isinstance(hashed, str):
            found[number] = hashed
    return found
