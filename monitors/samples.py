"""Measured values on their way from a collector to the metric store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

FieldValue = float | int | str | bool
Tags = tuple[tuple[str, str], ...]


def tags_of(**tags: str) -> Tags:
    """Tags in their one canonical order (by key), e.g. ``(("agent_host", "rt-a"),)``."""
    return tuple(sorted(tags.items()))


@dataclass(frozen=True, slots=True)
class Sample:
    """Fields of one measurement at one instant, named as Telegraf names them.

    ``at`` is the time of collection, aware UTC: writing a sample twice is then harmless.
    ``tags`` are sorted by key, so that equal tag sets compare equal.
    """

    measurement: str
    tags: Tags
    fields: Mapping[str, FieldValue]
    at: datetime

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"sample {self.measurement}: time {self.at} has no time zone")
        if not self.fields:
            raise ValueError(f"sample {self.measurement} has no fields")
        object.__setattr__(self, "tags", tuple(sorted(self.tags)))
