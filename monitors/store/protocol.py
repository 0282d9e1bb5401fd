"""What every metric store promises; tests/monitors/store holds each implementation to it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from monitors.samples import FieldValue, Sample, Tags

LARGEST_INTEGER = 2**63 - 1
"""Both stores keep signed 64-bit integers."""


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

    ``tags`` always means the complete tag set of a series. A field keeps the type of its first
    value (integer, float, text or boolean); a sample that breaks this is refused. Writing a
    sample again changes nothing; another value for the same series and instant replaces.
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

    def forget(self, before: datetime) -> None:
        """Drop every value older than ``before``."""
        ...

    def close(self) -> None: ...


def is_storable(sample: Sample) -> bool:
    """True when every store can keep the sample exactly as it is.

    Line protocol has no way to write empty tag values, line breaks in tags, or a backslash at
    the end of one, and neither store has a place for NaN or for integers above 63 bits.
    """
    names = (sample.measurement, *(text for tag in sample.tags for text in tag), *sample.fields)
    return all(_is_plain(name) for name in names) and all(
        _is_finite(value) for value in sample.fields.values()
    )


def _is_plain(text: str) -> bool:
    return bool(text) and "\\" not in text and "\n" not in text and "\r" not in text


def _is_finite(value: FieldValue) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return abs(value) <= LARGEST_INTEGER
    return True
