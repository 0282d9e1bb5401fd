"""What became of a call, seen at an instant, and whether that is abnormal (pure)."""

from datetime import datetime, timedelta
from enum import StrEnum

from ops_core.hotline.calls.model import Call, Outcome

NO_END_AFTER = timedelta(hours=4)
"""Longer than any call takes: its end was not recorded, or the telephone system lost it."""


class CallOutcome(StrEnum):
    """What became of a call; UNKNOWN: it is over, or must be, and no end was reported."""

    WAITING = "waiting"
    TALKING = "talking"
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    TIMED_OUT = "timed_out"
    OVERFLOWED = "overflowed"
    LEFT_BY_KEY = "left_by_key"
    DROPPED = "dropped"
    UNKNOWN = "unknown"


ABNORMAL = (
    CallOutcome.ABANDONED,
    CallOutcome.TIMED_OUT,
    CallOutcome.OVERFLOWED,
    CallOutcome.DROPPED,
    CallOutcome.UNKNOWN,
)
"""Abnormal as such; a call that waits is so once it waited too long."""


def has_no_end(call: Call, now: datetime) -> bool:
    """Whether its end ought to have been heard long since."""
    return call.left_at is None and call.entered_at <= now - NO_END_AFTER


def outcome_of(call: Call, now: datetime) -> CallOutcome:
    """What became of a call, seen at ``now``."""
    if has_no_end(call, now):
        return CallOutcome.UNKNOWN
    if call.outcome is Outcome.ANSWERED and call.left_at is None:
        return CallOutcome.TALKING
    return CallOutcome(call.outcome.value)


def is_abnormal(call: Call, outcome: CallOutcome, wait: timedelta, now: datetime) -> bool:
    """Nobody took it, its end is unknown, or it waits longer than ``wait``."""
    too_long = outcome is CallOutcome.WAITING and now - call.entered_at > wait
    return too_long or outcome in ABNORMAL


def stored_outcome(chosen: CallOutcome | None) -> Outcome | None:
    """How a call of that outcome is stored; None where any is."""
    if chosen is None or chosen is CallOutcome.UNKNOWN:
        return None
    return Outcome.ANSWERED if chosen is CallOutcome.TALKING else Outcome(chosen.value)


def is_over(chosen: CallOutcome | None) -> bool | None:
    """A call in progress and one that ended are both stored as answered: what tells them apart."""
    return {CallOutcome.TALKING: False, CallOutcome.ANSWERED: True}.get(chosen) if chosen else None
