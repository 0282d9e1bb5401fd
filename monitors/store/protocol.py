"""What every metric store promises; tests/monitors/store holds each implementation to it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from monitors.samples import FieldValue, Sample, Tags

LARGEST_INTEGER = 2**63 - 1
"""Both stores keep signed 64-bit integers."""
EARLIEST, LATEST = datetime(1678, 1, 1, tzinfo=UTC), datetime(2262, 1, 1, tzinfo=UTC)
RESERVED = "time"


class StoreUnavailable(Exception):
    """The store cannot be reached or cannot write now; the same call may succeed later."""


class StoreRefused(Exception):
    """The store understood and refuses; the same call will never succeed."""


@dataclass(frozen=True, slots=True)
class Point:
    """A field's value at an instant (aware UTC), or its mean over the bucket that starts there."""

    at: datetime
    value: FieldValue


@dataclass(frozen=True, slots=True)
class Written:
    """Outcome of a write in samples; refused ones are counted and dropped, never retried."""

    accepted: int
    refused: int

    def __add__(self, other: "Written") -> "Written":
        return Written(self.accepted + other.accepted, self.refused + other.refused)


class MetricStore(Protocol):
    """Samples in, points out. Every method may be called from any thread.

    ``tags`` always means the complete tag set of a series. A field of a measurement keeps the type
    of its first value (integer, float, text or boolean) in all its series; a sample that breaks
    this is refused. Writing a sample again changes nothing; another value for the same series and
    instant replaces.
    """

    def write(self, samples: Sequence[Sample]) -> Written:
        """Store the samples durably. Raises StoreUnavailable when nothing may be assumed."""
        ...

    def last(self, measurement: str, tags: Tags, field: str) -> Point | None:
        """The newest value of a field, None when there is none."""
        ...

    def last_of_each(self, measurement: str, field: str) -> Mapping[Tags, Point]:
        """The newest value of a field in every series of the measurement."""
        ...

    def series(
        self,
        measurement: str,
        tags: Tags,
        field: str,
        start: datetime,
        end: datetime,
        step: timedelta | None = None,
    ) -> list[Point]:
        """Values in [start, end) in order of time.

        With ``step``: one mean per bucket, buckets aligned to the epoch; a bucket without values
        is left out, for a gap is not a zero. Text and booleans have no mean: StoreRefused.
        """
        ...

    def retain(self, keep: timedelta, newest: datetime) -> None:
        """See to it that values older than ``keep`` go, ``newest`` being the newest of all.

        Called once an hour. Raises StoreRefused where this is not ours to arrange: then it is not
        called again.
        """
        ...

    def close(self) -> None: ...


def is_storable(sample: Sample) -> bool:
    """True when every store can keep the sample exactly as it is.

    Line protocol has no way to write empty tag values, line breaks in tags, a backslash at the end
    of one, or a measurement that looks like a comment; ``time`` is InfluxDB's own name, and its
    third generation has no tag and field of one name. No store has a place for NaN, for integers
    above 63 bits, or for instants that nanoseconds since 1970 do not reach.
    """
    tag_keys = {key for key, _ in sample.tags}
    fields = sample.fields
    names = (sample.measurement, *(text for tag in sample.tags for text in tag), *fields)
    return (
        bool(fields)
        and all(_is_plain(name) for name in names)
        and all(_is_finite(value) for value in fields.values())
        and not sample.measurement.startswith("#")
        and RESERVED not in tag_keys
        and RESERVED not in fields
        and len(tag_keys) == len(sample.tags)
        and tag_keys.isdisjoint(fields)
        and EARLIEST <= sample.at < LATEST
    )


def _is_plain(text: str) -> bool:
    return (
        bool(text)
        and "\\" not in text
        and "\n" not in text
        and "\r" not in text
        and _is_unicode(text)
    )


def _is_finite(value: FieldValue) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return abs(value) <= LARGEST_INTEGER
    return _is_unicode(value)


def _is_unicode(text: str) -> bool:
    """No half of a surrogate pair, for which UTF-8 has no bytes."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
