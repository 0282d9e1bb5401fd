"""A table as plain text: columns aligned by what a terminal shows, no library needed."""

import unicodedata
from collections.abc import Sequence

_GAP = "  "


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lines of aligned columns below their heads; nothing is cut short or folded."""
    lines = [tuple(head), *(tuple(row) for row in rows)]
    widths = [max(shown_width(cell) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join(_line(cells, widths) for cells in lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell + " " * (width - shown_width(cell)) for cell, width in zip(cells, widths, strict=True)
    )
    return _GAP.join(padded).rstrip()


def shown_width(text: str) -> int:
    """Columns that a terminal needs for it: two for a wide character (UAX #11), else one."""
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
