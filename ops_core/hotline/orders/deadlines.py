"""When an order is due, from its time stamps and the calendar (pure).

A deadline is some working days after the first dispatch of the cycle, signed for or not; the last
of them ends at 24:00. Time that the purchaser gave (延期) is added to that of handling. A review
pauses nothing: a reply that is handed back never stopped the time to handle the order, and one that
waits for its review counts as in time for nobody yet. A year without a published calendar makes it
unknown: it is shown so and never counts as kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from device_configs.site.hotline import CaseKind, Hotline
from ops_core.hotline.orders.order import Order
from ops_core.hotline.orders.steps import OrderState
from ops_core.kernel.working_days import UnpublishedYear, WorkCalendar


class DeadlineKind(StrEnum):
    """签收, 办理, 回访."""

    SIGN = "sign"
    HANDLE = "handle"
    CALLBACK = "callback"


class DeadlineVerdict(StrEnum):
    RUNNING = "running"
    MET = "met"
    MISSED = "missed"
    UNDER_REVIEW = "under_review"
    """Replied in time: kept if the reply passes its review."""
    UNKNOWN = "unknown"
    """The calendar lacks the year in which it ends."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Working days an order has; fixed when it is accepted."""

    policy_version: int
    sign_within: int
    handle_within: int
    callback_within: int

    def as_detail(self) -> Mapping[str, int]:
        """For the event that fixes them."""
        return {
            "policy_version": self.policy_version,
            "sign_within": self.sign_within,
            "handle_within": self.handle_within,
            "callback_within": self.callback_within,
        }


@dataclass(frozen=True, slots=True)
class DeadlineReading:
    """One deadline at one instant. ``due_at`` None: unknown, for the ``reason`` given."""

    kind: DeadlineKind
    within_days: int
    started_at: datetime
    due_at: datetime | None
    met_at: datetime | None
    verdict: DeadlineVerdict
    reason: str = ""

    @property
    def is_open(self) -> bool:
        """Nobody has done yet what it asks for."""
        return self.met_at is None


def deadlines_for(hotline: Hotline, kind: CaseKind) -> Deadlines:
    """The deadlines an order of this kind is accepted under now."""
    policy = hotline.orders
    return Deadlines(
        policy.version,
        policy.sign_within_working_days,
        hotline.handle_within(kind),
        policy.callback.within_working_days,
    )


def read_deadline(
    kind: DeadlineKind,
    within_days: int,
    started_at: datetime,
    met_at: datetime | None,
    calendar: WorkCalendar,
    zone: ZoneInfo,
    now: datetime,
) -> DeadlineReading:
    """One deadline: missed exactly when it was met after ``due_at``, or is unmet past it."""
    try:
        due_at = calendar.due(started_at, within_days, zone)
    except UnpublishedYear as lacking:
        return DeadlineReading(
            kind, within_days, started_at, None, met_at, DeadlineVerdict.UNKNOWN, lacking.detail
        )
    if (met_at or now) > due_at:
        verdict = DeadlineVerdict.MISSED
    else:
        verdict = DeadlineVerdict.MET if met_at is not None else DeadlineVerdict.RUNNING
    return DeadlineReading(kind, within_days, started_at, due_at, met_at, verdict)


def order_deadlines(
    order: Order, deadlines: Deadlines, calendar: WorkCalendar, zone: ZoneInfo, now: datetime
) -> tuple[DeadlineReading, ...]:
    """The deadlines of the running cycle that have begun: signing and handling."""
    if order.dispatched_at is None:
        return ()
    begun = order.dispatched_at
    signing = read_deadline(
        DeadlineKind.SIGN, deadlines.sign_within, begun, order.signed_at, calendar, zone, now
    )
    handling = read_deadline(
        DeadlineKind.HANDLE, deadlines.handle_within + order.extended_by, begun, order.replied_at,
        calendar, zone, now,
    )  # fmt: skip
    if order.state is OrderState.REPLIED and handling.verdict is DeadlineVerdict.MET:
        handling = replace(handling, verdict=DeadlineVerdict.UNDER_REVIEW)
    return signing, handling
