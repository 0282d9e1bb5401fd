"""In which order the demonstration catches up: what began just now, then today, then the past.

A call or request belongs to one backlog with all that follows from it, by the instant it began; so
backlogs go on apart from each other, and what is new need not wait for what is old (pure).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from ops_core.hotline.demonstration.hours import local_day, midnight

MAIN = "demonstration"
"""The newest backlog's consumer, and the only one once all have caught up. A consumer's position is
the second (since 1970) up to which everything of its backlog has happened."""
_BEFORE = f"{MAIN}-before-"
JUST_NOW = timedelta(hours=1)
"""What began within it comes first."""
DONE_WITHIN = timedelta(minutes=1)
"""A backlog that is no further behind has caught up."""


@dataclass(frozen=True, slots=True)
class Beginnings:
    """What begins in [since, before), aware UTC; None where there is no bound."""

    since: datetime | None = None
    before: datetime | None = None

    def holds(self, begun: datetime) -> bool:
        """Whether something that began then belongs to it."""
        is_late_enough = self.since is None or self.since <= begun
        return is_late_enough and (self.before is None or begun < self.before)

    def touches(self, day: date, zone: ZoneInfo) -> bool:
        """Whether anything that begins on a local day may belong to it."""
        is_late_enough = self.since is None or local_day(self.since, zone) <= day
        return is_late_enough and (self.before is None or midnight(day, zone) < self.before)


@dataclass(frozen=True, slots=True)
class Backlog:
    """A beginnings, and the instant up to which everything of it has happened."""

    beginnings: Beginnings
    reached: datetime

    @property
    def consumer(self) -> str:
        """The name under which its position is kept; it says the beginnings."""
        before = self.beginnings.before
        return MAIN if before is None else f"{_BEFORE}{int(before.timestamp())}"


def backlogs_of(positions: Mapping[str, int]) -> tuple[Backlog, ...]:
    """The backlogs on record, the newest first; none before the first start."""
    bounds = sorted(int(c.removeprefix(_BEFORE)) for c in positions if c.startswith(_BEFORE))
    consumers = [*(f"{_BEFORE}{bound}" for bound in bounds), *([MAIN] if MAIN in positions else [])]
    edges = [None, *(_instant(bound) for bound in bounds), None]
    windows = [Beginnings(*edge) for edge in pairwise(edges)]
    found = zip(consumers, windows, strict=False)
    return tuple(Backlog(w, _instant(positions[c])) for c, w in found)[::-1]


def backlogs_from(reached: datetime, now: datetime, today: datetime) -> tuple[Backlog, ...]:
    """How to catch up from ``reached`` on; ``today`` is the local midnight before ``now``."""
    recent = _whole(max(now - JUST_NOW, today))
    if reached >= recent:
        return (Backlog(Beginnings(), reached),)
    newest = Backlog(Beginnings(since=recent), recent)
    if reached >= today or recent == today:
        return (newest, Backlog(Beginnings(before=recent), reached))
    earlier_today = Backlog(Beginnings(today, recent), today)
    return (newest, earlier_today, Backlog(Beginnings(before=today), reached))


def slowest(backlogs: Sequence[Backlog]) -> datetime:
    """Up to when everything has happened."""
    return min(backlog.reached for backlog in backlogs)


def share_done(
    backlogs: Sequence[Backlog], begun: Mapping[str, datetime], now: datetime
) -> int | None:
    """Percent of the time caught up with since it was ``begun`` (by consumer); None when all is."""
    if all(now - backlog.reached <= DONE_WITHIN for backlog in backlogs):
        return None
    whole = sum((now - begun[backlog.consumer] for backlog in backlogs), timedelta(0))
    left = sum((max(now - backlog.reached, timedelta(0)) for backlog in backlogs), timedelta(0))
    return min(99, 100 - int(100 * (left / whole)))


def moved(backlog: Backlog, reached: datetime) -> Backlog:
    """The backlog once everything up to ``reached`` has happened; it never goes back."""
    return replace(backlog, reached=max(backlog.reached, reached))


def _instant(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
