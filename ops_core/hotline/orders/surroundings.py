"""What a step goes by besides the order itself: policies, the calendar, other orders, callbacks."""

from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from device_configs.site.model import Site
from ops_core.hotline.callbacks.store import read_answers
from ops_core.hotline.orders.contributing import check_enlisted, check_waited_for
from ops_core.hotline.orders.deadlines import order_deadlines
from ops_core.hotline.orders.dispatching import co_detail, cycle_detail, dispatch_detail
from ops_core.hotline.orders.extension import check_extension
from ops_core.hotline.orders.hold import check_hold, hold_days, review_day
from ops_core.hotline.orders.merging import check_merge
from ops_core.hotline.orders.particulars import Particulars
from ops_core.hotline.orders.second_round import (
    check_second_round,
    escalated,
    is_dissatisfied,
)
from ops_core.hotline.orders.steps import Step
from ops_core.hotline.orders.store import StoredOrder, load_order, no_such_order
from ops_core.kernel.commands import UnitOfWork


def looked_up(
    uow: UnitOfWork,
    site: Site,
    stored: StoredOrder,
    step: Step,
    unit: str,
    given: Particulars,
    now: datetime,
) -> dict[str, JsonValue]:
    """What the step's event says of it. Raises :class:`Invalid` for what is not declared."""
    order, zone = stored.order, ZoneInfo(site.contract.timezone)
    match step:
        case Step.DISPATCH:
            return dispatch_detail(uow, site, stored, unit, given.urgency, now)
        case Step.REDO:
            return cycle_detail(uow, site, stored, escalated(order.urgency), now)
        case Step.ENLIST:
            return co_detail(uow, site, order, given.co_unit)
        case Step.CO_REPLY:
            return {"co_unit": uow.actor.unit}
        case Step.SUSPEND:
            return {"until": review_day(given.until, now.astimezone(zone).date()).isoformat()}
        case Step.RESUME | Step.REPLY if order.held_at is not None:
            return {
                "held_days": hold_days(order, now.astimezone(zone).date(), site.calendar, zone),
                "calendar_version": site.calendar.version,
            }
        case _:
            return {}


def check_surroundings(
    uow: UnitOfWork, site: Site, stored: StoredOrder, step: Step, given: Particulars, now: datetime
) -> None:
    """Raises Conflict, Invalid and NotFound, as the rules of the step do; its state allows it."""
    order = stored.order
    match step:
        case Step.EXTEND:
            policy, due_at = site.hotline.orders.extension, _due_at(site, stored, now)
            check_extension(order, given.days, policy, due_at, now)
        case Step.SUSPEND | Step.HOLD:
            until = order.hold_until if step is Step.HOLD else ""  # a unit asks with a new day
            check_hold(_due_at(site, stored, now), now, until, ZoneInfo(site.contract.timezone))
        case Step.MERGE:
            _check_merge(uow, stored, given.lead.strip())
        case Step.ENLIST:
            check_enlisted(order, given.co_unit)
        case Step.CO_MISSING:
            check_waited_for(order, given.co_unit)
        case Step.REDO:
            answers = read_answers(uow.session, order.number, order.cycle)
            satisfied = site.hotline.satisfaction.satisfied
            check_second_round(answers is not None and is_dissatisfied(*answers, satisfied))
        case _:
            pass


def _due_at(site: Site, stored: StoredOrder, now: datetime) -> datetime | None:
    zone = ZoneInfo(site.contract.timezone)
    _, handling = order_deadlines(stored.order, stored.deadlines, site.calendar, zone, now)
    return handling.due_at


def _check_merge(uow: UnitOfWork, stored: StoredOrder, lead: str) -> None:
    found = load_order(uow.session, lead)
    if found is None:
        raise no_such_order(lead)
    check_merge(stored.order, found.order, stored.followers)
