"""A document as tables: what the pages, the workbook and the golden files are all made of."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

Cell = str | int | float
"""A text may have several lines; a number is shown as it is."""

Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A column and how it is set; ``wide`` columns hold sentences and lists, and wrap."""

    heading: str
    numeric: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A titled table; ``name`` is the same in every language."""

    name: str
    title: str
    columns: tuple[Heading, ...]
    rows: tuple[Row, ...]
    note: str = ""

    def matching(self, words: str) -> "Sheet":
        """The rows that hold each of the words in some cell, without regard to case."""
        sought = words.casefold().split()
        if not sought:
            return self
        kept = (row for row in self.rows if _holds(row, sought))
        return replace(self, rows=tuple(kept))


def _holds(row: Row, words: Iterable[str]) -> bool:
    texts = [str(cell).casefold() for cell in row]
    return all(any(word in text for text in texts) for word in words)
