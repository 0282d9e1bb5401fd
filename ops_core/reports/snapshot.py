"""The frozen data of a report: every number it shows, as it shows it (pure).

A document adds no arithmetic of its own, so that what stands in it is what was frozen. Shares and
changes are cut off after two digits; of a zero base there is no change, which prints as a dash.
"""

from datetime import datetime

from device_configs.site.values import Frozen
from ops_core.kpi.ratios import ratio, show_percent

DASH = "—"
UNCLASSIFIED_SHOWN = 200
"""How many requests of no chapter are listed by their numbers; all are counted."""


class ComparedCount(Frozen):
    """A count beside the period before (环比) and the same one a year earlier (同比)."""

    now: int
    previous: int
    last_year: int | None
    """None where there is no such period."""
    change: str
    change_of_year: str


class CountedShare(Frozen):
    """One of the kinds that a total is made of."""

    title: str
    count: int
    share: str


class HotMatter(Frozen):
    """What many asked for, beside the period before."""

    title: str
    count: int
    previous: int
    change: str


class UnitHandling(Frozen):
    """What one unit was given, and how far it has come."""

    title: str
    dispatched: int
    signed: int
    completed: int
    returned: int


class Handling(Frozen):
    """办理质效: of the orders dispatched in the period, and of the callbacks made in it."""

    dispatched: int
    signed: int
    signed_share: str
    completed: int
    completed_share: str
    returned: int
    asked: int
    """Requesters who answered how satisfied they are with the result."""
    satisfied: int
    satisfied_share: str


class IndicatorLine(Frozen):
    """An assessed indicator over the period; ``unadjusted`` is it before exclusions, if any."""

    number: int
    title: str
    goal: str
    numerator: int
    denominator: int
    display: str
    met: str
    """达标, 未达标, or a dash where it cannot be said."""
    unadjusted: str


class Chapter(Frozen):
    """A fixed chapter with the categories that fell into it."""

    title: str
    count: int
    share: str
    parts: tuple[CountedShare, ...]


class ReportSnapshot(Frozen):
    """All that a report says but for its author's words.

    ``watermark`` is the position of the last event that was recorded when it was taken.
    """

    key: str
    duty: str
    title: str
    label: str
    subject: str
    organisation: str
    recipients: tuple[str, ...]
    start: datetime
    end: datetime
    first_day: str
    last_day: str
    taken_at: datetime
    taken_on: str
    """The local day of that."""
    watermark: int
    demonstration: bool
    total: ComparedCount
    channels: tuple[CountedShare, ...]
    kinds: tuple[CountedShare, ...]
    regions: tuple[CountedShare, ...]
    units: tuple[UnitHandling, ...]
    hot: tuple[HotMatter, ...]
    handling: Handling
    chapters: tuple[Chapter, ...]
    unclassified: tuple[str, ...]
    unclassified_count: int
    indicators: tuple[IndicatorLine, ...]
    faults: tuple[CountedShare, ...]
    faults_restored: int
    is_topic: bool


def show_share(part: int, whole: int) -> str:
    """A share per cent, cut off; a dash of nothing."""
    found = ratio(part, whole)
    return DASH if found is None else show_percent(found)


def show_change(now: int, before: int | None) -> str:
    """How much more or less than before, per cent with its sign, cut off towards zero.

    A dash where there is nothing to compare with: a change from zero has no size.
    """
    if not before:
        return DASH
    hundredths = abs(now - before) * 10_000 // before
    sign = "+" if now > before else "-" if now < before else ""
    return f"{sign}{hundredths // 100}.{hundredths % 100:02d}%"


def compare(now: int, previous: int, last_year: int | None) -> ComparedCount:
    """The counts with their changes."""
    return ComparedCount(
        now=now,
        previous=previous,
        last_year=last_year,
        change=show_change(now, previous),
        change_of_year=show_change(now, last_year),
    )


def shares(counts: list[tuple[str, int]]) -> tuple[CountedShare, ...]:
    """The largest first; what is equal by its title. What did not occur is left out."""
    whole = sum(count for _, count in counts)
    kept = sorted(((t, n) for t, n in counts if n), key=lambda one: (-one[1], one[0]))
    return tuple(CountedShare(title=t, count=n, share=show_share(n, whole)) for t, n in kept)
