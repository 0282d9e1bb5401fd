"""What must hold of a store whatever was done to it, and wherever a process was killed."""

from collections import Counter
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ops_core.hotline.callbacks.tables import CallbackTaskRow
from ops_core.hotline.calls.tables import CallTallyRow
from ops_core.hotline.calls.tallies import recount
from ops_core.hotline.orders.model import replay
from ops_core.hotline.orders.order import first_break
from ops_core.hotline.orders.steps import Step
from ops_core.hotline.orders.store import event_of, order_of
from ops_core.hotline.orders.tables import OrderEventRow, WorkOrderRow
from ops_core.kernel.audit import verify_chain
from ops_core.kernel.database import Database
from ops_core.kernel.tables import EventRow

SHANGHAI = ZoneInfo("Asia/Shanghai")


def unsound(database: Database) -> list[str]:
    """Everything that is wrong with the store; empty when every invariant holds."""
    with database.reading() as session:
        return [
            *(f"audit: {found}" for found in verify_chain(session)),
            *_sequences_with_gaps(session),
            *_orders_unlike_their_events(session),
            *_callbacks_unlike_completions(session),
            *_tallies_unlike_calls(session),
        ]


def _sequences_with_gaps(session: Session) -> list[str]:
    rows = session.execute(
        select(
            EventRow.aggregate_type,
            EventRow.aggregate_id,
            func.count(),
            func.min(EventRow.sequence),
            func.max(EventRow.sequence),
        ).group_by(EventRow.aggregate_type, EventRow.aggregate_id)
    )
    return [f"events of {row}: a gap" for row in rows if (row[3], row[4]) != (1, row[2])]


def _orders_unlike_their_events(session: Session) -> list[str]:
    faults = []
    chains: dict[str, list[OrderEventRow]] = {}
    for row in session.scalars(select(OrderEventRow).order_by(OrderEventRow.sequence)):
        chains.setdefault(row.order, []).append(row)
    for stored in session.scalars(select(WorkOrderRow)):
        events = [event_of(row) for row in chains.pop(stored.number, [])]
        if first_break(events) is not None:
            faults.append(f"{stored.number}: chain broken at {first_break(events)}")
        elif replay(events) != order_of(stored):
            faults.append(f"{stored.number}: the row is not the replay of its events")
    return faults + [f"{number}: events without an order" for number in chains]


def _callbacks_unlike_completions(session: Session) -> list[str]:
    """Invariant 5: one callback for each completion, and none without."""
    completions = Counter(
        session.scalars(select(OrderEventRow.order).where(OrderEventRow.step == Step.COMPLETE))
    )
    tasks: dict[str, list[int]] = {}
    for order, cycle in session.execute(
        select(CallbackTaskRow.order, CallbackTaskRow.cycle).order_by(CallbackTaskRow.cycle)
    ):
        tasks.setdefault(order, []).append(cycle)
    expected = {order: list(range(1, count + 1)) for order, count in completions.items()}
    return [] if tasks == expected else [f"callbacks {tasks} for completions {expected}"]


def _tallies_unlike_calls(session: Session) -> list[str]:
    rows = session.scalars(select(CallTallyRow).where(CallTallyRow.count != 0))
    stored = {(row.day, row.outcome, row.offered): row.count for row in rows}
    counted = recount(session, SHANGHAI)
    return [] if stored == counted else [f"tallies {stored}, calls {counted}"]
