"""What a dispatch goes by: the catalogue, the calendar, and the deadlines in force then."""

from datetime import datetime

from pydantic import JsonValue

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.hotline.deadline_policies.rules import Urgency
from ops_core.hotline.deadline_policies.store import rules_in_force, rules_of_version
from ops_core.hotline.deadline_policies.time_limits import written_limit
from ops_core.hotline.orders.co_deadlines import CO_WITHIN
from ops_core.hotline.orders.deadlines import dispatched_deadlines
from ops_core.hotline.orders.order import Order
from ops_core.hotline.orders.store import StoredOrder
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.shown_names import UnitName


def dispatch_detail(
    uow: UnitOfWork, site: Site, stored: StoredOrder, unit: str, urgency: str, now: datetime
) -> dict[str, JsonValue]:
    """For the event of a dispatch now. The first one of a cycle fixes its deadlines.

    Raises :class:`Invalid` for a unit that is not declared, and for an urgency where deadlines run
    already.
    """
    require_declared(site, unit)
    detail: dict[str, JsonValue] = {
        "catalogue_version": site.hotline.catalogue_version,
        "proposed_unit": site.hotline.proposed_unit(stored.category, stored.region),
        "calendar_version": site.calendar.version,
    }
    if stored.order.dispatched_at is None:
        chosen = Urgency(urgency or Urgency.ORDINARY)
        return {**detail, **cycle_detail(uow, site, stored, chosen, now)}
    if urgency and urgency != stored.order.urgency:
        raise Invalid(
            "本轮时限已开始计算",
            "再次派单不改变紧急程度和时限。",
            "请不填紧急程度后再派单；确需提前的，请催办或督办。",
        )
    return detail


def cycle_detail(
    uow: UnitOfWork, site: Site, stored: StoredOrder, urgency: Urgency, now: datetime
) -> dict[str, JsonValue]:
    """What the first dispatch of a cycle fixes: urgency, and the deadlines in force."""
    version, rules = rules_in_force(uow.session, site.hotline, now)
    days = dispatched_deadlines(version, rules, CaseKind(stored.kind), urgency)
    return {"urgency": urgency.value, **days}


def co_detail(uow: UnitOfWork, site: Site, order: Order, unit: str) -> dict[str, JsonValue]:
    """What asking a co-unit fixes: its limit by the version that the order is under, if it has one.

    Raises :class:`Invalid` for a unit that is not declared.
    """
    require_declared(site, unit)
    version, at = order.policy_version, order.dispatched_at
    rules = rules_of_version(uow.session, site.hotline, version, at)
    if rules.contribute_within is None:
        return {}
    urgency = Urgency(order.urgency or Urgency.ORDINARY)
    return {CO_WITHIN: written_limit(rules.contribute_within[urgency])}


def require_declared(site: Site, unit: str) -> None:
    """Raises :class:`Invalid` for a unit that hotline.yml does not have; nothing is no unit."""
    if unit and unit not in site.hotline.unit_of:
        raise Invalid(
            "没有这个承办单位",
            message("派单目录中没有 {unit}。", unit=UnitName(unit)),
            message("可选：{units}。", units=tuple(map(UnitName, site.hotline.unit_of))),
            members={"units": [*site.hotline.unit_of]},
        )
