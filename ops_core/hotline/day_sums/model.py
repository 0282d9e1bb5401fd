"""Where a record is counted: its day, and what of it a figure goes by (pure).

A sum holds what happened and no judgement, for those change with the calendar and with the clock.
Days are the site's; who judges by another zone counts the records themselves.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from ops_core.hotline.adjudications.model import AdjudicationState
from ops_core.kernel.times import SITE_ZONE

AT_ONCE = "at_once"
UNANSWERED = ""
SURELY_WITHIN = timedelta(hours=24)
"""The first working day ends no sooner than the day after the receipt."""
_OPEN = "open/"
RATED, UNRATED = "rated", "unrated"
_INSTANT = timedelta(microseconds=1)


class DaySeries(StrEnum):
    """What is counted, and by which of its instants."""

    REQUESTS = "requests"
    """Requests by their receipt."""
    WEB_ANSWERS = "web_answers"
    """Orders from the web by the receipt of their request."""
    DISPATCHES = "dispatches"
    """Orders by their first dispatch."""
    CALLBACKS = "callbacks"
    """Completed cycles of orders by their completion."""
    CALLBACK_RATINGS = "callback_ratings"
    """Callbacks that reached the requester, by when they did."""
    RATINGS = "ratings"
    """Ratings of the attitude by when they were given."""


class Returned(StrEnum):
    """What became of an order's returns."""

    NEVER = "never"
    AT_FAULT = "at_fault"
    """One was upheld as the operator's fault."""
    UNDECIDED = "undecided"
    OTHERWISE = "otherwise"


class DayKey(NamedTuple):
    """One sum: the series, the local day in ISO, and what the records have in common."""

    series: DaySeries
    day: str
    kind: str


Moves = Mapping[DayKey, int]


def moved(before: Iterable[DayKey], after: Iterable[DayKey]) -> Moves:
    """What a change of a record does to the sums."""
    by = Counter(after)
    by.subtract(before)
    return {key: count for key, count in by.items() if count}


def request_key(received_at: datetime) -> DayKey:
    """A request, whatever its channel."""
    return DayKey(DaySeries.REQUESTS, day_of(received_at), "")


def web_answer_key(received_at: datetime, answered_at: datetime | None) -> DayKey:
    """An order from the web: not answered, answered at once, or the day of its answer.

    The answer is the order's own, or else that of the order it is merged into. Midnight ends a day,
    as it ends a deadline.
    """
    kind = UNANSWERED
    if answered_at is not None:
        in_time = answered_at <= received_at + SURELY_WITHIN
        kind = AT_ONCE if in_time else day_of(answered_at - _INSTANT)
    return DayKey(DaySeries.WEB_ANSWERS, day_of(received_at), kind)


def dispatch_keys(first_dispatched_at: datetime | None, returned: Returned) -> Sequence[DayKey]:
    """An order that went to a unit, none before it did."""
    if first_dispatched_at is None:
        return ()
    return (DayKey(DaySeries.DISPATCHES, day_of(first_dispatched_at), returned.value),)


def callback_key(opened_at: datetime, outcome: str | None, within_days: int) -> DayKey:
    """A completed cycle: what came of its callback, or in how many working days it is due."""
    kind = f"{_OPEN}{within_days}" if outcome is None else outcome
    return DayKey(DaySeries.CALLBACKS, day_of(opened_at), kind)


def open_within(kind: str) -> int | None:
    """Of a callback's kind: the working days in which it is due, None for one that is done."""
    return int(kind.removeprefix(_OPEN)) if kind.startswith(_OPEN) else None


def callback_rating_key(done_at: datetime, attitude_score: int | None) -> DayKey:
    """A callback that reached the requester, who rated the attitude or did not."""
    kind = UNRATED if attitude_score is None else RATED
    return DayKey(DaySeries.CALLBACK_RATINGS, day_of(done_at), kind)


def rating_key(at: datetime, score: int) -> DayKey:
    """A rating, by its score."""
    return DayKey(DaySeries.RATINGS, day_of(at), str(score))


def returned_of(returns: int, decisions: Iterable[AdjudicationState]) -> Returned:
    """What became of an order's returns by the states of the matters about them."""
    states = Counter(decisions)
    if states[AdjudicationState.UPHELD]:
        return Returned.AT_FAULT
    if states[AdjudicationState.REJECTED] < returns:
        return Returned.UNDECIDED
    return Returned.OTHERWISE if returns else Returned.NEVER


def day_of(at: datetime) -> str:
    """The site's day of an instant, in ISO."""
    return f"{at.astimezone(SITE_ZONE):%Y-%m-%d}"
