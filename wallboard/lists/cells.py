"""What stands in a list: values for programs, words for people; searched and sorted (pure)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Named:
    """A value that people are shown another way: a state by its word, a person by his name."""

    value: str | float | None
    word: str


Cell = str | int | float | datetime | Named | None
JsonCell = str | int | float | None
Row = Sequence[Cell]

_DIGITS = re.compile(r"(\d+)")


def text_of(cell: Cell, zone: ZoneInfo) -> str:
    """As a table says it: an instant in the site's time to the second, nothing as nothing."""
    if cell is None:
        return ""
    if isinstance(cell, Named):
        return cell.word
    if isinstance(cell, datetime):
        return f"{cell.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    return str(cell)


def value_of(cell: Cell) -> JsonCell:
    """As a program reads it: an instant as ISO 8601 with its offset."""
    if isinstance(cell, Named):
        return cell.value
    return cell.isoformat() if isinstance(cell, datetime) else cell


def matching(rows: Sequence[Row], words: str, zone: ZoneInfo) -> Sequence[Row]:
    """The rows in which every word stands somewhere, as a table says it or as a value."""
    sought = words.lower().split()
    return [row for row in rows if _has_all(row, sought, zone)] if sought else rows


def in_order(
    rows: Sequence[Row], column: int, zone: ZoneInfo, *, descending: bool
) -> Sequence[Row]:
    """By one column: numbers by size, texts with the numbers in them; nothing and what is not known
    come last."""
    known = [row for row in rows if value_of(row[column]) is not None]
    unknown = [row for row in rows if value_of(row[column]) is None]
    known.sort(key=lambda row: _rank(row[column], zone), reverse=descending)
    return [*known, *unknown]


def _has_all(row: Row, sought: Sequence[str], zone: ZoneInfo) -> bool:
    known = [cell for cell in row if value_of(cell) is not None]
    text = "\n".join(f"{text_of(cell, zone)}\n{value_of(cell)}" for cell in known).lower()
    return all(word in text for word in sought)


def _rank(cell: Cell, zone: ZoneInfo) -> tuple[int, float, list[tuple[int, int, str]]]:
    value = value_of(cell)
    if isinstance(value, int | float):
        return 0, value, []
    parts = _DIGITS.split(text_of(cell, zone).lower())
    return 1, 0, [(0, int(one), "") if one.isdecimal() else (1, 0, one) for one in parts]
