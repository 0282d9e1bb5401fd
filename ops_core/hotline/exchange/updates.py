"""What another system says of an order that was handed to it, as steps of the order.

The states are GeoReport's and those that mySociety's extension adds to them, as far as one of them
is a step of the unit's (``Open311::Endpoint::Service::Request::Update::mySociety``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from types import MappingProxyType

from device_configs.site.model import Site
from ops_core.hotline.orders.access import require_sight, require_sight_of
from ops_core.hotline.orders.order import Order, OrderEvent
from ops_core.hotline.orders.particulars import UPDATE_AT, ForeignUpdate, Particulars
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.steps import NOTED_IN, OrderState, Step
from ops_core.hotline.orders.store import events_of_order, load_order, no_such_order
from ops_core.hotline.recorded_times import require_past
from ops_core.hotline.statements import is_later
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.written_text import written

LONGEST_NUMBER = 100
"""Characters of another system's numbers."""


class UpdateStatus(StrEnum):
    """What a system may say of an order: it has it, it is not its own, or it is answered."""

    OPEN = "open"
    INVESTIGATING = "investigating"
    IN_PROGRESS = "in_progress"
    NOT_RESPONSIBLE = "not_councils_responsibility"
    CLOSED = "closed"
    FIXED = "fixed"
    NO_FURTHER_ACTION = "no_further_action"


_TAKING = frozenset({UpdateStatus.OPEN, UpdateStatus.INVESTIGATING, UpdateStatus.IN_PROGRESS})
_ANSWERED: Mapping[OrderState, tuple[Step, ...]] = MappingProxyType(
    {
        OrderState.DISPATCHED: (Step.SIGN, Step.REPLY),
        OrderState.APPROVED: (Step.COMPLETE,),
    }
)


@dataclass(frozen=True, slots=True)
class OrderUpdate:
    """One word of another system about an order. ``identifier`` names it there for ever;
    ``their_number`` is the order's number there, empty where it says none."""

    order: str
    identifier: str
    status: UpdateStatus
    description: str
    their_number: str = ""
    stated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TakenUpdate:
    """What an update did: the last link of the order's chain that it made.

    ``is_superseded``: it did nothing, since the same unit had said ``sequence`` at a later instant.
    """

    order: str
    sequence: int
    is_new: bool
    is_superseded: bool = False


def steps_of(status: UpdateStatus, state: OrderState) -> tuple[Step, ...]:
    """The steps that a word means in a state, in their order; the state machine has the last word.

    That it is being handled signs for an order, and is a note of one that is signed for already. An
    answer to an order that was not signed for signs for it as well; after its review has passed the
    same word completes the order.
    """
    if status in _TAKING:
        return (Step.NOTE,) if state in NOTED_IN else (Step.SIGN,)
    if status is UpdateStatus.NOT_RESPONSIBLE:
        return (Step.RETURN,)
    return _ANSWERED.get(state, (Step.REPLY,))


def take_update(uow: UnitOfWork, site: Site, update: OrderUpdate) -> TakenUpdate:
    """Take the steps that an update means, as its actor's own; the same update again takes none.

    Raises Forbidden, NotFound and Conflict as a step does, Conflict for an identifier that said
    otherwise before, and Invalid. What the actor's unit said before the order went to another one
    is known as well: the answer to it may have been lost. Of updates with an instant an older one
    that comes after a newer one is superseded: the order goes by what was said last.
    """
    update = _checked(update, uow.clock.now())
    require_sight(uow.actor)
    stated = _stated(uow, update.order)
    known = _known(stated, update)
    if known is not None:
        return TakenUpdate(update.order, known.sequence, False)
    newer = _newer(stated, update)
    if newer is not None:
        return TakenUpdate(update.order, newer.sequence, False, is_superseded=True)
    order = _own_order(uow, update.order)
    *before, last = steps_of(update.status, order.state)
    for step in before:
        take_step(uow, site, update.order, step, particulars=_particulars(update))
    remark, particulars = update.description, _particulars(update)
    after = take_step(uow, site, update.order, last, remark=remark, particulars=particulars)
    return TakenUpdate(update.order, after.version, True)


def _own_order(uow: UnitOfWork, number: str) -> Order:
    """The order, while the actor's unit has it."""
    stored = load_order(uow.session, number)
    if stored is None:
        raise no_such_order(number)
    require_sight_of(uow.actor, stored.order.unit)
    return stored.order


def _stated(uow: UnitOfWork, order: str) -> list[OrderEvent]:
    """The links by which the actor's unit said something; of others' nobody learns anything."""
    events = events_of_order(uow.session, order)
    return [e for e in events if e.unit == uow.actor.unit and "update" in e.detail]


def _newer(stated: Iterable[OrderEvent], update: OrderUpdate) -> OrderEvent | None:
    """The link of what the unit said last, where that is strictly later than the update.

    Of one instant that which arrives last is the later one: each is a step with a text of its own,
    and systems that stamp whole seconds say several things within one.
    """
    if update.stated_at is None:
        return None
    dated = [(e, str(e.detail[UPDATE_AT])) for e in stated if UPDATE_AT in e.detail]
    by_instant = [((datetime.fromisoformat(at), e.sequence), e) for e, at in dated]
    if not by_instant:
        return None
    (at, _), last = max(by_instant, key=itemgetter(0))
    return last if is_later(at, update.stated_at) else None


def _known(stated: Iterable[OrderEvent], update: OrderUpdate) -> OrderEvent | None:
    """The last link that the same update made. Raises Conflict where it said otherwise."""
    made = [event for event in stated if event.detail["update"] == update.identifier]
    if not made:
        return None
    detail = made[-1].detail
    recorded = [str(detail.get(name, "")) for name in ("update_status", "remark", "their_number")]
    if recorded != [update.status.value, update.description, update.their_number]:
        raise Conflict(
            "同一更新编号的内容不同",
            message("更新 {identifier} 已登记，内容与此不同。", identifier=update.identifier),
            "请换用新的更新编号。",
        )
    return made[-1]


def _particulars(update: OrderUpdate) -> Particulars:
    foreign = ForeignUpdate(
        update.identifier, update.status.value, update.their_number, update.stated_at
    )
    return Particulars(update=foreign)


def _checked(update: OrderUpdate, now: datetime) -> OrderUpdate:
    """The update with what can be read of its texts; the description is checked by its step.

    One that is stamped ahead is of ``now``: nothing that is said after it is older than it is.
    """
    identifier, theirs = written(update.identifier), written(update.their_number)
    if not 0 < len(identifier) <= LONGEST_NUMBER or len(theirs) > LONGEST_NUMBER:
        raise Invalid(
            "更新编号不正确",
            message("更新编号须为 1 至 {limit} 字，对方编号同此上限。", limit=LONGEST_NUMBER),
            "请填写对方系统中该更新的编号。",
        )
    if update.stated_at is not None:
        require_past(update.stated_at, now, identifier)
        update = replace(update, stated_at=min(update.stated_at, now))
    described = written(update.description)
    return replace(update, identifier=identifier, their_number=theirs, description=described)
