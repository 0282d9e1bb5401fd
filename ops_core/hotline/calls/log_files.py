"""A telephone system's log as a file: Asterisk's own, a CSV export of its table, or FreeSWITCH's
records of calls (pure).

Asterisk's file is ``epoch|callid|queue|agent|EVENT|data1|...``, without a header and without
numbers. A line is therefore named by its second, its place within that second, and what it says:
read again, from a file that was rotated or has grown, it is the same line.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from ops_core.hotline.calls.freeswitch import MARK, read_callcenter
from ops_core.hotline.calls.queue_log import IncomingEvent, LogReading
from ops_core.kernel.strict_csv import NO_END, read_records, wrong_width

COLUMNS = ("id", "time", "callid", "queuename", "agent", "event")
_OWN_COLUMNS = ("time", "callid", "queuename", "agent", "event", "data1", "data2")
_LEAST, _MOST = 5, 11
"""Fields of a line: ATTENDEDTRANSFER over a LINK has the most, with six after the event."""
_PLACE_BITS, _CONTENT_BITS = 11, 20


class SecondPlaces:
    """How many lines of each second were read before; one for all files of a log, oldest first."""

    def __init__(self) -> None:
        self._read: Counter[int] = Counter()

    def number(self, second: int, line: str) -> int:
        """A line's own number: grows with the second and the place within it; below 2**63."""
        place = self._read[second]
        self._read[second] += 1
        most = (1 << _PLACE_BITS) - 1
        digest = hashlib.blake2b(line.encode(), digest_size=4).digest()
        content = int.from_bytes(digest) & ((1 << _CONTENT_BITS) - 1)
        high = (second << _PLACE_BITS) | min(place, most)
        return (high << _CONTENT_BITS) | content


def read_file(lines: Iterable[str], name: str, reading: LogReading, places: SecondPlaces) -> None:
    """Read a file of any kind, known by its first line that is not blank; lines have their ends.

    One without any holds nothing: a log that was rotated a moment ago.
    """
    first, whole = _with_first_written(lines)
    if not first:
        return
    is_own = "|" in first and first.partition("|")[0].strip().isdecimal()
    if is_own or first.count("|") >= _LEAST - 1:
        read_own_lines(whole, name, reading, places)
    elif first.startswith(MARK):
        read_callcenter(whole, name, reading)
    else:
        read_table(whole, name, reading)


def read_grown(
    lines: Sequence[str], name: str, reading: LogReading, places: SecondPlaces, first: int
) -> None:
    """Read what a followed file has grown by; ``first`` is the number of its first line."""
    if _with_first_written(lines)[0].startswith(MARK):
        read_callcenter(lines, name, reading, first)
    else:
        read_own_lines(lines, name, reading, places, first)


def _with_first_written(lines: Iterable[str]) -> tuple[str, Iterable[str]]:
    """The first line that is not blank, empty for none, and all lines: blank ones keep their
    numbers."""
    passed, rest = list[str](), iter(lines)
    for line in rest:
        passed.append(line)
        if line.strip():
            return line, chain(passed, rest)
    return "", passed


def read_table(lines: Iterable[str], name: str, reading: LogReading) -> None:
    """Read a CSV export; the header names the columns."""
    records = read_records(lines)
    header = next(records, None)
    columns = () if header is None else tuple(cell.strip() for cell in header.cells)
    wrong = [column for column in COLUMNS if columns.count(column) != 1]
    wrong += [c for c, times in Counter(columns).items() if times > 1 and c not in COLUMNS]
    if wrong:
        remedy = f"start the file with the header {','.join(COLUMNS)},data1,data2,..., each once"
        reading.refuse(name, 1, ",".join(wrong), "", remedy)
        return
    for record in records:
        problem = record.problem or wrong_width(record, len(columns))
        if problem:
            remedy = record.remedy or "give every line as many cells as the header"
            reading.refuse(name, record.line, "line", problem, remedy)
        else:
            reading.take(name, record.line, dict(zip(columns, record.cells, strict=True)))


def read_own_lines(
    lines: Iterable[str], name: str, reading: LogReading, places: SecondPlaces, first: int = 1
) -> None:
    """Read lines of Asterisk's file; ``first`` is the number of the first one."""
    for number, line in enumerate(lines, start=first):
        text = line.rstrip("\r\n")
        if text == line:
            remedy = "send it whole, or follow it while it grows: zhishou calls follow"
            reading.refuse(name, number, "line", NO_END, remedy)
        elif "\0" in text:
            reading.refuse(name, number, "line", "holds a NUL", "remove it")
        elif text.strip():
            _take_own_line(text, name, number, reading, places)


def _take_own_line(
    text: str, name: str, number: int, reading: LogReading, places: SecondPlaces
) -> None:
    fields = text.split("|")
    second = fields[0].strip().partition(".")[0]
    if not _LEAST <= len(fields) <= _MOST or not second.isdecimal() or len(second) > 10:
        remedy = "give epoch|callid|queue|agent|EVENT|data..., each event in a line of its own"
        reading.refuse(name, number, "line", f"{len(fields)} fields", remedy)
        return
    row = dict(zip(_OWN_COLUMNS, fields, strict=False))
    row["id"] = str(places.number(int(second), text))
    reading.take(name, number, row)


def batches(events: list[IncomingEvent], size: int) -> Iterator[list[IncomingEvent]]:
    """The events in batches of ``size``, always cut at the same places of the same log."""
    for start in range(0, len(events), size):
        yield events[start : start + size]
