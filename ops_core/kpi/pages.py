"""Records a page at a time, by key, the latest first (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass

from ops_core.kpi.cursor import Cursor
from ops_core.kpi.records import Record

PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Records, the latest first; ``following`` leads to older ones, None at the end."""

    records: tuple[Record, ...]
    following: Cursor | None = None


def page_of(found: Iterable[Record], limit: int = PAGE_SIZE) -> Page:
    """A page of what a source found: one record more than fits says that there are others."""
    records: list[Record] = []
    for record in found:
        if len(records) == limit:
            return Page(tuple(records), records[-1].cursor)
        records.append(record)
    return Page(tuple(records))


def page_from(records: Iterable[Record], after: Cursor | None, limit: int = PAGE_SIZE) -> Page:
    """A page of records that are at hand, the latest first."""
    if after is None:
        return page_of(records, limit)
    seen = (after.at, after.key)
    return page_of((r for r in records if (r.at, r.cursor.key) < seen), limit)
