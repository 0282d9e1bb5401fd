"""Taking back one's own last step on an order, within a minute.

State, deadlines and sums become what they were before it. What others may have gone by already is
not taken back (:mod:`ops_core.hotline.orders.final_steps`), nor is what something rests on: a step
of an order that others are merged into, or to which a file was attached meanwhile, and a completion
whose callback has begun. A completion that is taken back leaves no callback: its order was never
closed, and its chain has both links.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.callbacks.store import discard_task, is_untouched
from ops_core.hotline.day_sums.store import move_day_sums
from ops_core.hotline.orders.access import require_sight, require_sight_of
from ops_core.hotline.orders.attaching import PERSONAL_OF_ORDER
from ops_core.hotline.orders.day_sums import moves_of_step
from ops_core.hotline.orders.final_steps import final_reason
from ops_core.hotline.orders.model import link, replay
from ops_core.hotline.orders.order import Order, OrderEvent, names_of
from ops_core.hotline.orders.service import (
    ORDER,
    STEP_PERMISSION,
    check_version,
    record_undo,
)
from ops_core.hotline.orders.steps import Step
from ops_core.hotline.orders.store import (
    StoredOrder,
    events_of_order,
    load_order,
    no_such_order,
    store_step,
)
from ops_core.hotline.orders.withdrawn import taken_back
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict
from ops_core.kernel.i18n import Message, message
from ops_core.kernel.json_values import JsonObject
from ops_core.kernel.permissions import require
from ops_core.kernel.tables import EvidenceFileRow
from ops_core.kernel.undoing import UNDO_WITHIN, UNDONE_VERSION, UndoOffer, check_undo


@dataclass(frozen=True, slots=True)
class UndoReading:
    """An order's last step: the offer to take it back, or the ``obstacle`` why nobody may."""

    step: Step
    by: str
    until: datetime
    offer: UndoOffer | None
    obstacle: Message | None

    def is_fresh(self, now: datetime) -> bool:
        """Whether the step's minute runs at an instant."""
        return UndoOffer(self.step.value, 0, self.by, self.until).is_open(now)


def undo_reading(
    session: Session, site: Site, stored: StoredOrder, events: Sequence[OrderEvent]
) -> UndoReading:
    """What may be taken back of an order, by whom and until when, or why nothing may."""
    last, until = events[-1], events[-1].recorded_at + UNDO_WITHIN
    obstacle = final_reason(site, last, stored.channel) or _rests_on(session, stored, last)
    offer = UndoOffer(last.step.value, last.sequence, last.actor, until)
    return UndoReading(last.step, last.actor, until, None if obstacle else offer, obstacle)


def _rests_on(session: Session, stored: StoredOrder, last: OrderEvent) -> Message | None:
    """What rests on the last step already; None where nothing does."""
    if stored.followers:
        return message("其他工单已并入此工单")
    if _has_file_since(session, last):
        return message("其后已添加附件")
    order = stored.order
    if last.step is Step.COMPLETE and not is_untouched(session, order.number, order.cycle):
        return message("已开始回访")
    return None


def read_undo(session: Session, site: Site, number: str, now: datetime) -> UndoReading | None:
    """The same of a stored order at an instant; None once the step's minute is over."""
    stored, events = load_order(session, number), events_of_order(session, number)
    reading = undo_reading(session, site, stored, events) if stored and events else None
    return reading if reading is not None and reading.is_fresh(now) else None


def undo(uow: UnitOfWork, site: Site, number: str, version: int | None = None) -> Order:
    """Withdraw the actor's own last step. Raises Forbidden, NotFound and Conflict."""
    require_sight(uow.actor)
    stored = load_order(uow.session, number)
    if stored is None:
        raise no_such_order(number)
    order = stored.order
    require_sight_of(uow.actor, order.unit, *names_of(order.co_units))
    check_version(order, version)
    events, now = events_of_order(uow.session, number), uow.clock.now()
    reading = undo_reading(uow.session, site, stored, events)
    if reading.obstacle is not None:
        raise _refusal(reading.obstacle)
    offer = check_undo(reading.offer, uow.actor, now)
    require(uow.actor, STEP_PERMISSION[Step(offer.type)])
    return _take_back(uow, stored, events, offer)


def _take_back(
    uow: UnitOfWork, stored: StoredOrder, events: Sequence[OrderEvent], offer: UndoOffer
) -> Order:
    order, before, now = stored.order, replay(events[:-1]), uow.clock.now()
    unit = "" if before is None else before.unit
    at = max(now, order.last_at)
    detail: JsonObject = {"undone": offer.type, UNDONE_VERSION: offer.version}
    event = link(order, order.number, Step.UNDO, str(uow.actor), at, now, unit, detail)
    after = taken_back(order, before, event)
    moves = moves_of_step(uow.session, replace(stored, order=after), order)
    store_step(uow.session, order, after, event)
    if offer.type == Step.COMPLETE:
        discard_task(uow.session, order.number, order.cycle)
    move_day_sums(uow.session, {key: -count for key, count in moves.items()})
    record_undo(uow, event, order, after)
    return after


def _refusal(reason: Message) -> Conflict:
    detail = message("不能撤销：{reason}。", reason=reason)
    return Conflict("此步骤不能撤销", detail, "请用后续步骤更正，并写明原因。")


def _has_file_since(session: Session, last: OrderEvent) -> bool:
    file = EvidenceFileRow
    query = (
        select(func.count())
        .select_from(file)
        .where(file.subject_type.in_((ORDER, PERSONAL_OF_ORDER)), file.subject_id == last.order)
        .where(file.at >= last.recorded_at)
    )
    return bool(session.scalar(query))
