"""When an order is due, from its time stamps and the calendar (pure).

A deadline is some working days, or hours, after the first dispatch of the cycle, signed for or not
(:mod:`ops_core.hotline.deadline_policies.time_limits`). A co-unit's runs from when it was asked
(:mod:`ops_core.hotline.orders.co_deadlines`). Time that the purchaser gave, and working days on
hold (see :mod:`ops_core.hotline.orders.hold`), are added to that of handling. A review pauses
nothing: a reply that is handed back never stopped the time to handle the order, and one that waits
for its review counts as in time for nobody yet. A year without a published calendar makes it
unknown: it is shown so and never counts as kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from device_configs.site.hotline import CaseKind, Hotline
from ops_core.hotline.deadline_policies.rules import DeadlineRules, Urgency
from ops_core.hotline.deadline_policies.time_limits import TimeLimit
from ops_core.hotline.orders.hold import hold_days, is_held
from ops_core.hotline.orders.order import Order
from ops_core.hotline.orders.steps import OrderState
from ops_core.kernel.i18n import Message
from ops_core.kernel.json_values import JsonObject
from ops_core.kernel.working_days import UnpublishedYear, WorkCalendar


class DeadlineKind(StrEnum):
    """签收, 办理, 回访, 协办."""

    SIGN = "sign"
    HANDLE = "handle"
    CALLBACK = "callback"
    CONTRIBUTE = "contribute"


class DeadlineVerdict(StrEnum):
    RUNNING = "running"
    MET = "met"
    MISSED = "missed"
    UNDER_REVIEW = "under_review"
    """Replied in time: kept if the reply passes its review."""
    ON_HOLD = "on_hold"
    """The purchaser stopped the clock, until the day of review at the latest."""
    UNKNOWN = "unknown"
    """The calendar lacks the year in which it ends."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long an order has: its unit by what is in force when its cycle is first dispatched, the
    callback by the contract when it is accepted. Working days, unless there are hours."""

    policy_version: int
    sign_within: int
    handle_within: int
    callback_within: int
    sign_hours: int = 0
    handle_hours: int = 0

    @property
    def signing(self) -> TimeLimit:
        return TimeLimit(self.sign_within, self.sign_hours)

    @property
    def handling(self) -> TimeLimit:
        return TimeLimit(self.handle_within, self.handle_hours)

    def as_detail(self) -> Mapping[str, int]:
        """For the event that accepts the order, which is the declaration's: in working days."""
        return {
            "policy_version": self.policy_version,
            "sign_within": self.sign_within,
            "handle_within": self.handle_within,
            "callback_within": self.callback_within,
        }


@dataclass(frozen=True, slots=True)
class DeadlineReading:
    """One deadline at one instant. ``due_at`` None: unknown, for the ``reason`` given; ``unit`` is
    the co-unit whose deadline it is."""

    kind: DeadlineKind
    within_days: int
    started_at: datetime
    due_at: datetime | None
    met_at: datetime | None
    verdict: DeadlineVerdict
    reason: str = ""
    within_hours: int = 0
    unit: str = ""

    @property
    def is_open(self) -> bool:
        """Nobody has done yet what it asks for."""
        return self.met_at is None

    @property
    def words(self) -> Message:
        """How long it is, in words."""
        return TimeLimit(self.within_days, self.within_hours).words


def declared_deadlines(hotline: Hotline, kind: CaseKind) -> Deadlines:
    """The declaration's, which an order of this kind is accepted under."""
    policy = hotline.orders
    return Deadlines(
        policy.version,
        policy.sign_within_working_days,
        hotline.handle_within(kind),
        policy.callback.within_working_days,
    )


def dispatched_deadlines(
    version: int, rules: DeadlineRules, kind: CaseKind, urgency: Urgency
) -> dict[str, int]:
    """For the event that first dispatches a cycle; :func:`with_pinned` reads it."""
    signing, handling = rules.sign_within[urgency], rules.handle_within[kind][urgency]
    detail = {
        "policy_version": version,
        "sign_within": signing.working_days,
        "handle_within": handling.working_days,
    }
    hours = {"sign_hours": signing.hours, "handle_hours": handling.hours}
    return detail | {name: given for name, given in hours.items() if given}


def with_pinned(order: Order, detail: JsonObject) -> Order:
    """The order with what an event fixes of its deadlines; unchanged where it says nothing."""
    if "policy_version" not in detail:
        return order
    return replace(
        order,
        policy_version=_number(detail, "policy_version"),
        sign_within=_number(detail, "sign_within"),
        handle_within=_number(detail, "handle_within"),
        sign_hours=_number(detail, "sign_hours"),
        handle_hours=_number(detail, "handle_hours"),
    )


def _number(detail: JsonObject, name: str) -> int:
    written = detail.get(name)
    return written if isinstance(written, int) else 0


def read_deadline(
    kind: DeadlineKind,
    within: TimeLimit,
    started_at: datetime,
    met_at: datetime | None,
    calendar: WorkCalendar,
    zone: ZoneInfo,
    now: datetime,
) -> DeadlineReading:
    """One deadline: missed exactly when it was met after ``due_at``, or is unmet past it."""
    try:
        due_at = within.due(started_at, calendar, zone)
    except UnpublishedYear as lacking:
        return unknown_deadline(kind, within, started_at, met_at, lacking.detail)
    if (met_at or now) > due_at:
        verdict = DeadlineVerdict.MISSED
    else:
        verdict = DeadlineVerdict.MET if met_at is not None else DeadlineVerdict.RUNNING
    return DeadlineReading(
        kind, within.working_days, started_at, due_at, met_at, verdict, within_hours=within.hours
    )


def unknown_deadline(
    kind: DeadlineKind,
    within: TimeLimit,
    started_at: datetime,
    met_at: datetime | None,
    reason: str,
) -> DeadlineReading:
    """One of which nobody can say when it ends."""
    return DeadlineReading(
        kind, within.working_days, started_at, None, met_at, DeadlineVerdict.UNKNOWN, reason,
        within.hours,
    )  # fmt: skip


def order_deadlines(
    order: Order, deadlines: Deadlines, calendar: WorkCalendar, zone: ZoneInfo, now: datetime
) -> tuple[DeadlineReading, ...]:
    """The deadlines of the running cycle that have begun: signing and handling."""
    if order.dispatched_at is None:
        return ()
    begun = order.dispatched_at
    signing = read_deadline(
        DeadlineKind.SIGN, deadlines.signing, begun, order.signed_at, calendar, zone, now
    )
    return signing, _handling(order, deadlines, calendar, zone, now)


def _handling(
    order: Order, deadlines: Deadlines, calendar: WorkCalendar, zone: ZoneInfo, now: datetime
) -> DeadlineReading:
    """A hold that runs is counted to its day of review: it stops no clock for longer."""
    begun = order.dispatched_at or order.accepted_at
    within = deadlines.handling.plus(order.extended_by + order.held_days)
    try:
        within = within.plus(hold_days(order, date.max, calendar, zone))
    except UnpublishedYear as lacking:
        return unknown_deadline(
            DeadlineKind.HANDLE, within, begun, order.replied_at, lacking.detail
        )
    reading = read_deadline(
        DeadlineKind.HANDLE, within, begun, order.replied_at, calendar, zone, now
    )
    if order.state is OrderState.REPLIED and reading.verdict is DeadlineVerdict.MET:
        return replace(reading, verdict=DeadlineVerdict.UNDER_REVIEW)
    if reading.verdict is DeadlineVerdict.RUNNING and is_held(order, now, zone):
        return replace(reading, verdict=DeadlineVerdict.ON_HOLD)
    return reading
