"""Spells of our own lateness, as a pure function of the signs of it.

A sign is a stretch of time in which something of ours came late. The order in which signs are
known, and how often somebody looks, change no spell.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class SignKind(StrEnum):
    """What was late, or lost."""

    COLLECTOR = "collector"
    """The loop that sends requests and reads answers woke late; or the whole process stood."""
    REPLIES = "replies"
    """The kernel dropped replies because they were not read in time."""
    THREADS = "threads"
    """Threads of the process woke late: the judge among them."""
    DATABASE = "database"
    """What was judged waited to be stored."""


SPOILS_EVIDENCE = frozenset({SignKind.COLLECTOR, SignKind.REPLIES})
"""Late judging or storing delays what is said; it makes no answer look like silence."""


@dataclass(frozen=True, slots=True, order=True)
class Sign:
    """Something of ours was late during [start, end); aware UTC."""

    end: datetime
    start: datetime
    kind: SignKind

    @property
    def lasted(self) -> timedelta:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Spell:
    """A spell: its signs' time and a quiet time after them, in which nothing may be late again."""

    start: datetime
    late_until: datetime
    end: datetime
    kinds: frozenset[SignKind]

    @property
    def lasted(self) -> timedelta:
        """How long things were late, from the first to the last sign."""
        return self.late_until - self.start

    def overlaps(self, start: datetime, end: datetime) -> bool:
        return start < self.end and self.start < end


@dataclass(frozen=True, slots=True)
class ImpairmentSettings:
    """What counts as late, and for how long it is remembered.

    ``slight``: lateness worth noting; ``many`` of them within ``window`` make a spell.
    ``hard``: one sign of this length makes a spell at once (two rounds of pings).
    ``quiet``: a spell ends after so long without a sign.
    ``notice_after``: what was late for less is counted, not said.
    ``notice_quiet``: "impaired" is taken back after so long without a spell; a spell before
    that is the same one to people, so that the notice never flaps.
    ``notice_patience``: so long at most it is not taken back while single signs still come, for
    more of them would make a spell that began before.
    ``remembered``: evidence older than this is judged by its age alone.
    """

    slight: timedelta = timedelta(seconds=0.25)
    hard: timedelta = timedelta(seconds=1)
    many: int = 4
    window: timedelta = timedelta(seconds=10)
    quiet: timedelta = timedelta(seconds=3)
    notice_after: timedelta = timedelta(seconds=3)
    notice_quiet: timedelta = timedelta(seconds=20)
    notice_patience: timedelta = timedelta(seconds=30)
    remembered: timedelta = timedelta(minutes=15)


def spells_of(
    signs: Iterable[Sign], settings: ImpairmentSettings, known: Iterable[Spell] = ()
) -> tuple[Spell, ...]:
    """``known`` spells and those that the signs make, by start; none touches another."""
    ordered = sorted({sign for sign in signs if sign.lasted >= settings.slight})
    found = [*known]
    for position, sign in enumerate(ordered):
        cluster = ordered[max(0, position - settings.many + 1) : position + 1]
        close = sign.end - cluster[0].end <= settings.window
        if len(cluster) == settings.many and close:
            found.append(_interval(cluster, settings))
        elif sign.lasted >= settings.hard:
            found.append(_interval([sign], settings))
    spells = joined(found)
    # What is slightly late within a spell keeps it from ending.
    while (grown := joined([*spells, *_extending(spells, ordered, settings)])) != spells:
        spells = grown
    return spells


def _extending(
    spells: Sequence[Spell], signs: Sequence[Sign], settings: ImpairmentSettings
) -> list[Spell]:
    return [
        _interval([sign], settings)
        for sign in signs
        if any(spell.overlaps(sign.start, sign.end) for spell in spells)
    ]


def _interval(signs: Sequence[Sign], settings: ImpairmentSettings) -> Spell:
    until = max(sign.end for sign in signs)
    return Spell(
        start=min(sign.start for sign in signs),
        late_until=until,
        end=until + settings.quiet,
        kinds=frozenset(sign.kind for sign in signs),
    )


def joined(intervals: Iterable[Spell]) -> tuple[Spell, ...]:
    """The same time in intervals that do not touch, by start."""
    found: list[Spell] = []
    for interval in sorted(intervals, key=lambda one: (one.start, one.end)):
        if found and interval.start <= found[-1].end:
            last = found[-1]
            found[-1] = Spell(
                last.start,
                max(last.late_until, interval.late_until),
                max(last.end, interval.end),
                last.kinds | interval.kinds,
            )
        else:
            found.append(interval)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Lateness:
    """What is remembered of our own lateness: recent signs, and the spells there were."""

    signs: tuple[Sign, ...] = ()
    spells: tuple[Spell, ...] = ()

    def with_signs(
        self, fresh: Iterable[Sign], now: datetime, settings: ImpairmentSettings
    ) -> "Lateness":
        """These signs as well; what is too old to matter is forgotten."""
        signs, spells = {*self.signs, *fresh}, self.spells
        if len(signs) > len(self.signs):
            spells = spells_of(signs, settings, spells)
        since = now - 2 * (settings.window + settings.quiet)
        return Lateness(
            tuple(sorted(sign for sign in signs if sign.end >= since)),
            tuple(spell for spell in spells if spell.end >= now - settings.remembered),
        )

    def current(self, now: datetime) -> Spell | None:
        """The spell that lasts at ``now``."""
        return next((spell for spell in self.spells if spell.start <= now < spell.end), None)

    def is_settled(self, now: datetime, grace: timedelta) -> bool:
        """Whether no spell lasts, and none has ended less than ``grace`` ago."""
        return not any(spell.start <= now < spell.end + grace for spell in self.spells)


class NoticeStep(StrEnum):
    """What is said about our lateness; the values are event types."""

    IMPAIRED = "MonitoringImpaired"
    RESTORED = "MonitoringRestored"


@dataclass(frozen=True, slots=True)
class Notice:
    """What people are shown: monitoring is impaired since ``since``, by these kinds."""

    since: datetime
    late_until: datetime
    kinds: frozenset[SignKind]


def next_notice(
    notice: Notice | None, lateness: Lateness, now: datetime, settings: ImpairmentSettings
) -> tuple[Notice | None, NoticeStep | None]:
    """The notice at ``now``, given the one before, and what changed; it never flaps."""
    live = [spell for spell in lateness.spells if now < spell.late_until + settings.notice_quiet]
    if notice is None:
        live = [spell for spell in live if spell.lasted >= settings.notice_after]
    if not live and notice is not None and _may_go_on(notice, lateness.signs, now, settings):
        return notice, None
    if not live:
        return None, NoticeStep.RESTORED if notice else None
    return (
        Notice(
            since=notice.since if notice else min(spell.start for spell in live),
            late_until=max(spell.late_until for spell in live),
            kinds=frozenset(kind for spell in live for kind in spell.kinds)
            | (notice.kinds if notice else frozenset()),
        ),
        None if notice else NoticeStep.IMPAIRED,
    )


def _may_go_on(
    notice: Notice, signs: Iterable[Sign], now: datetime, settings: ImpairmentSettings
) -> bool:
    """Whether recent signs may turn out to be a spell, which then began before it was ended."""
    if now >= notice.late_until + settings.notice_quiet + settings.notice_patience:
        return False
    return any(sign.end > now - settings.window for sign in signs)
