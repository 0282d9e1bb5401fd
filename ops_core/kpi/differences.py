"""Records that are not what their events amount to (pure)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import JsonValue


class DerivedKind(StrEnum):
    CALL = "call"
    SOURCE = "source"
    """All that one telephone system reported."""
    CALLBACK = "callback"
    ATTEMPT = "attempt"
    RATING = "rating"
    TERMINALS = "terminals"
    """All that was recorded of seats' terminals."""
    PRESENCE = "presence"
    """All that was recorded of who is at which seat."""
    CASE = "case"
    ADJUDICATION = "adjudication"
    REGISTER = "register"
    """An item of planned work."""
    EVENT = "event"
    REPORT = "report"
    EXEMPTION = "exemption"
    DEADLINES = "deadlines"
    """A version of the deadlines of orders."""
    PERIOD = "period"
    SEAL = "seal"


@dataclass(frozen=True, slots=True)
class DerivedDifference:
    """A record that is not what its events amount to; ``none`` where one side has nothing."""

    kind: DerivedKind
    identifier: str
    field: str
    stored: str
    by_events: str


Fields = Mapping[str, str]
UNKNOWN = "unknown"
"""By events that do not say: nothing to hold a field against."""
_INSTANTS = frozenset({"at", "done_at"})
_ONE_COMMAND = timedelta(seconds=1)


def all_differing(
    kind: DerivedKind, stored: Mapping[str, Fields], recorded: Mapping[str, Fields]
) -> Iterator[DerivedDifference]:
    """Every record of either side that is not the same on the other."""
    for name in sorted(stored.keys() | recorded.keys()):
        yield from differing(kind, name, stored.get(name), recorded.get(name))


def differing(
    kind: DerivedKind, name: str, stored: Fields | None, recorded: Fields | None
) -> Iterable[DerivedDifference]:
    """The fields of one record that differ; of one that is on one side only, the record."""
    if stored is None or recorded is None:
        if stored is not recorded:
            there = ("none", "there") if stored is None else ("there", "none")
            yield DerivedDifference(kind, name, "record", *there)
        return
    for field, value in stored.items():
        by_events = recorded.get(field, "none")
        at_once = field in _INSTANTS and _at_once(value, by_events)
        if by_events not in (value, UNKNOWN) and not at_once:
            yield DerivedDifference(kind, name, field, value, by_events)


def _at_once(one: str, other: str) -> bool:
    """A row and its event were stamped one after the other by the same command."""
    if "none" in (one, other):
        return False
    return abs(datetime.fromisoformat(one) - datetime.fromisoformat(other)) < _ONE_COMMAND


def shown(value: JsonValue) -> str:
    """A value of an event's payload as text; ``none`` for no value."""
    return "none" if value is None else str(value)
