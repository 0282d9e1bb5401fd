"""Half-open stretches of time: united, cut to a period, and what they leave of it (pure)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

Span = tuple[datetime, datetime]
"""[start, end)."""


def united(spans: Iterable[Span], start: datetime, end: datetime) -> Sequence[Span]:
    """The parts of [start, end) that at least one span covers, disjoint, the earliest first."""
    found: list[Span] = []
    for first, last in sorted((max(a, start), min(b, end)) for a, b in spans):
        if first >= last:
            continue
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def rest_of(spans: Sequence[Span], start: datetime, end: datetime) -> Sequence[Span]:
    """The parts of [start, end) between spans that are disjoint and in order."""
    edges = [start, *(edge for span in spans for edge in span), end]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]


def holds(spans: Iterable[Span], at: datetime) -> bool:
    return any(start <= at < end for start, end in spans)
