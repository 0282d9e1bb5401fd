"""Instants as both stores keep them: whole microseconds since the epoch."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    """Microseconds since the epoch; exact, unlike ``datetime.timestamp``."""
    return (at - EPOCH) // MICROSECOND


def instant(value: int) -> datetime:
    """The aware UTC datetime of microseconds since the epoch."""
    return EPOCH + timedelta(microseconds=value)
