"""Overlaps among many intervals by one sweep over their sorted starts."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Span(NamedTuple):
    """Integers from ``low`` to ``high``, both included, and whose they are."""

    low: int
    high: int
    name: str


def overlapping(spans: Iterable[Span]) -> Iterator[tuple[Span, Span]]:
    """Every two spans that share an integer, the one that starts first (or is wider) first."""
    open_spans: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.low, -span.high, span.name)):
        open_spans = [earlier for earlier in open_spans if earlier.high >= span.low]
        yield from ((earlier, span) for earlier in open_spans)
        open_spans.append(span)
