"""Long holds (挂账): for a long-term cause, by the purchaser, with a day of review (pure).

A unit asks for it while its deadline runs, with the reason and the day of review; the purchaser
alone puts an order on hold. It is no pause of the unit's (domain/ops.md, section 3): only what the
purchaser agreed to stops the clock, from the day after the hold on, and at the latest until the day
of review. Whoever forgets the review has the clock running again. Working days on hold are added
to those of handling, counted by the same calendar.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ops_core.hotline.orders.order import Order
from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.times import date_time
from ops_core.kernel.working_days import WorkCalendar

MOST_DAYS = 366
"""Calendar days until the review: what takes longer is reviewed in between."""


def review_day(written: str, today: date) -> date:
    """The day of review of a request for a hold, as 2026-12-31. Raises :class:`Invalid`."""
    try:
        day = date.fromisoformat(written)
    except ValueError as error:
        raise Invalid(
            "复核日期不正确", message("填写的是 {day}。", day=written), "请写成 2026-12-31 的形式。"
        ) from error
    if not today < day <= today + timedelta(days=MOST_DAYS):
        raise Invalid(
            "复核日期不正确",
            message("填写的是 {day}。", day=written),
            message("请填写明天起 {most} 天以内的日期。", most=MOST_DAYS),
        )
    return day


def check_hold(due_at: datetime | None, now: datetime, until: str, zone: ZoneInfo) -> None:
    """Raises :class:`Conflict` once the deadline has passed: what is missed stays missed; and once
    the day of review (``until``) is over, which a hold that is granted then would not reach.

    ``due_at`` None: no published calendar says when it is.
    """
    if until and until < now.astimezone(zone).date().isoformat():
        raise Conflict(
            "挂账的复核日期已过",
            message("复核日期为 {day}。", day=until),
            "请不予挂账，由承办单位重新申请并写明新的复核日期。",
        )
    if due_at is not None and now > due_at:
        raise Conflict(
            "办理期限已过",
            message("办理期限为 {due}。", due=date_time(due_at)),
            "挂账须在期限届满前申请和批准；请尽快答复。",
        )


def hold_days(order: Order, ended_on: date, calendar: WorkCalendar, zone: ZoneInfo) -> int:
    """Working days that the running hold takes if it ends on that day; 0 of one that is not held.

    Raises :class:`UnpublishedYear`.
    """
    if order.held_at is None:
        return 0
    last = min(ended_on, date.fromisoformat(order.hold_until))
    return calendar.between(order.held_at.astimezone(zone).date(), last)


def is_held(order: Order, now: datetime, zone: ZoneInfo) -> bool:
    """Whether the clock stands still: on hold, and the day of review is not over."""
    return order.held_at is not None and now.astimezone(zone).date().isoformat() <= order.hold_until
