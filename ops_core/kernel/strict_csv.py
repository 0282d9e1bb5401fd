"""CSV read strictly: what is not plainly a record is named by its line, not guessed at (pure).

Python's reader takes an unbalanced quotation mark for the beginning of a cell that goes on to the
next one, however many lines away: all of them vanish into that cell. No table that we read has line
breaks within cells, so each line is a record of its own.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

NO_END = "has no end: the file was cut off here"


@dataclass(frozen=True, slots=True)
class CsvRecord:
    """The cells of a line; ``problem`` and ``remedy`` instead where it is no record."""

    line: int
    cells: tuple[str, ...] = ()
    problem: str = ""
    remedy: str = ""


def read_records(lines: Iterable[str]) -> Iterator[CsvRecord]:
    """The records of lines with their ends, numbered from 1; empty lines are passed over.

    A last line without an end may be a part of one: the file was cut, or is still being written.
    """
    for number, line in enumerate(lines, start=1):
        text = line.rstrip("\r\n")
        if text == line:
            yield CsvRecord(number, problem=NO_END, remedy="end the last line with a line break")
        elif text.strip():
            yield _record(number, text)


def _record(number: int, text: str) -> CsvRecord:
    if "\0" in text:
        return CsvRecord(number, problem="holds a NUL", remedy="remove it")
    if text.count('"') % 2:
        return CsvRecord(number, problem="has an unbalanced quotation mark",
                         remedy="close or remove it")  # fmt: skip
    try:
        (cells,) = csv.reader([text], strict=True)
    except (csv.Error, ValueError) as error:
        return CsvRecord(number, problem=f"is no CSV ({error})", remedy="quote the cell as a whole")
    return CsvRecord(number, tuple(cells))


def wrong_width(record: CsvRecord, width: int) -> str:
    """What is wrong with a record that has not as many cells as its header; empty for nothing."""
    found = len(record.cells)
    return "" if found == width else f"has {found} cells where the header has {width}"
