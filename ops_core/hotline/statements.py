"""Which of two words about one thing holds: the one of the later instant (pure).

A request of another system may be late, or sent once more after its answer was lost. What it says
is therefore compared by the instant of the fact and never by that of its arrival: in whatever order
and however often words arrive, the same one holds in the end.
"""

from datetime import UTC, datetime, timedelta

_NEVER = datetime.min.replace(tzinfo=UTC)
_JUST_AFTER = timedelta(microseconds=1)


def holds_over(stated: tuple[datetime, str], kept: tuple[datetime | None, str]) -> bool:
    """Whether what is said now holds over what is kept; each is an instant and a value.

    Of one instant the greater value holds: arbitrary, and the same in any order of arrival. A kept
    value without an instant is older than any other.
    """
    at, value = stated
    kept_at, kept_value = kept
    return (at, value) > (kept_at or _NEVER, kept_value)


def is_later(at: datetime, kept_at: datetime | None) -> bool:
    """Whether the kept value was said once more at a later instant."""
    return at > (kept_at or _NEVER)


def heard_at(now: datetime, kept_at: datetime | None) -> datetime:
    """The instant of what names none and was never heard before: now, behind what is kept."""
    return now if kept_at is None or kept_at < now else kept_at + _JUST_AFTER
