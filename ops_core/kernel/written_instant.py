"""Instants as people and programs write them: in ISO 8601, never a bare number or day (pure)."""

import re
from datetime import UTC, datetime, tzinfo
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator

# The first and last years that a datetime has are without an equal in UTC for some offsets.
_DAY_AND_TIME = re.compile(r"(?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}")


def instant_written(text: str, zone: tzinfo | None) -> datetime | None:
    """The instant in UTC that a text names, in ``zone`` where it gives no offset itself.

    None for anything else: a number, a day without a time, no offset and no ``zone``, a year that
    nothing here happened in.
    """
    if not _DAY_AND_TIME.match(text):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if at.tzinfo is None and zone is None:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _written_out(value: object) -> object:
    """A number would be taken for seconds since 1970: a day such as 20260302, and -1, too."""
    is_written = not isinstance(value, str) or _DAY_AND_TIME.match(value)
    if not is_written or isinstance(value, (int, float, bytes)):
        raise ValueError("no instant in ISO 8601, such as 2026-11-24T08:30:00+08:00")
    return value


WRITTEN_OUT = BeforeValidator(_written_out)
WrittenInstant = Annotated[AwareDatetime, WRITTEN_OUT]
"""An instant as a program sends it, with its offset."""
