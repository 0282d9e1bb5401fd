"""Requests of a period by what they are about, and which chapter they belong to (pure)."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from device_configs.site.model import Site
from device_configs.site.reporting import ReportChapter
from ops_core.reports.snapshot import (
    Chapter,
    CountedShare,
    HotMatter,
    shares,
    show_change,
    show_share,
)

HOT_MATTERS = 10


@dataclass(frozen=True, slots=True)
class MatterCount:
    """How many requests came by a channel, of a kind, category and region."""

    channel: str
    kind: str
    category: str
    region: str
    count: int


def counted_by(
    matters: Iterable[MatterCount], key: Callable[[MatterCount], str]
) -> list[tuple[str, int]]:
    """Sums by whatever the key names."""
    summed: Counter[str] = Counter()
    for one in matters:
        summed[key(one)] += one.count
    return list(summed.items())


def total_of(matters: Iterable[MatterCount]) -> int:
    return sum(one.count for one in matters)


def hot_matters(
    now: Sequence[MatterCount], before: Sequence[MatterCount], site: Site
) -> tuple[HotMatter, ...]:
    """The categories asked for most, the most frequent first."""
    former = dict(counted_by(before, lambda one: one.category))
    found = sorted(counted_by(now, lambda one: one.category), key=lambda one: (-one[1], one[0]))
    return tuple(
        HotMatter(
            title=category_title(name, site),
            count=count,
            previous=former.get(name, 0),
            change=show_change(count, former.get(name, 0)),
        )
        for name, count in found[:HOT_MATTERS]
    )


def chapters_of(matters: Sequence[MatterCount], site: Site) -> tuple[Chapter, ...]:
    """Every declared chapter, also one that nothing fell into; a request may be in several."""
    whole = total_of(matters)
    return tuple(
        _chapter(chapter, matters, whole, site) for chapter in site.report_chapters.values()
    )


def is_classified(category: str, kind: str, site: Site) -> bool:
    """Whether some chapter takes a request of the category and kind."""
    return any(_takes(chapter, category, kind) for chapter in site.report_chapters.values())


def category_title(name: str, site: Site) -> str:
    """As people read it; one that is declared no more by its name."""
    found = site.hotline.category_of.get(name)
    return name if found is None else found.title.zh


def region_title(name: str, site: Site) -> str:
    found = site.hotline.region_of.get(name)
    return name if found is None else found.title.zh


def unit_title(name: str, site: Site) -> str:
    found = site.hotline.unit_of.get(name)
    return name if found is None else found.title.zh


def _chapter(
    chapter: ReportChapter, matters: Sequence[MatterCount], whole: int, site: Site
) -> Chapter:
    taken = [one for one in matters if _takes(chapter, one.category, one.kind)]
    count = total_of(taken)
    parts: tuple[CountedShare, ...] = shares(
        counted_by(taken, lambda one: category_title(one.category, site))
    )
    return Chapter(title=chapter.title.zh, count=count, share=show_share(count, whole), parts=parts)


def _takes(chapter: ReportChapter, category: str, kind: str) -> bool:
    return category in chapter.categories or kind in chapter.kinds
