"""Lines of nftables in the usual form, thousands at a time.

Rules come by the thousand and say the same few things in ever new combinations: the ports a packet
enters and leaves by, addresses, services, times, what becomes of it. Each of these stands in a
column of its own; what a column says is read once by the reader of lines (nft_line.py), and a line
is its columns together. A line of another form is read as a whole.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from device_configs.proofs.filters.boxes import ADDRESSES
from device_configs.proofs.filters.packet_filter import Matched
from device_configs.proofs.filters.regions import EVERY_SERVICE
from device_configs.proofs.readers.nft_line import read_line
from device_configs.proofs.readers.nft_match import LineSurroundings, NftLine

EVERYTHING = Matched(None, None, (ADDRESSES,), (ADDRESSES,), EVERY_SERVICE)
"""What a line without conditions matches."""

_PORTS = r'(?:"[^"{}]*"|\{(?: "[^"{}]*",?)+ \}) '
_ADDRESSES = r"(?:!= )?(?:@[\w-]+|[\d./-]+|\{ [\d./, -]+ \}) "
_NUMBERS = r"(?:[\d-]+|\{ [\d, -]+ \}) "
_USUAL = re.compile(
    rf"((?:iifname {_PORTS})?)((?:ip saddr {_ADDRESSES})*)"
    rf"((?:oifname {_PORTS})?)((?:ip daddr {_ADDRESSES})*)"
    rf"((?:(?:tcp|udp) dport {_NUMBERS})?)((?:meta day {_NUMBERS})?(?:meta hour {_NUMBERS})?)"
    r'(?:counter (?:name "([^"]*)" )?)?(?:(accept|drop)|(jump|goto) ([\w-]+))'
)
_FIELDS = tuple(
    map(
        Matched._fields.index,
        ("entering", "sources", "leaving", "destinations", "services", "when"),
    )
)
"""Which field of what a line matches each of the first columns says."""
_SILENT = re.compile(r'counter(?: name "[^"]*")?|ct mark set [\w:-]+')
_UNUSUAL = object()


class UsualLine(NamedTuple):
    """A line as read, with what is asked of an :class:`~.nft_line.NftLine`."""

    counter: str
    verdict: str
    target: str
    known: Matched

    @property
    def never(self) -> bool:
        return False

    @property
    def source_ports(self) -> None:
        return None

    @property
    def is_unconditional(self) -> bool:
        return self.known == EVERYTHING

    def matched(self, _: int) -> Matched:
        return self.known


class LineReader:
    """Reads the lines of one file; ``around`` is what they refer to."""

    def __init__(self, around: LineSurroundings) -> None:
        self._around = around
        self._values: tuple[dict[str, object], ...] = tuple({} for _ in _FIELDS)

    def read(self, texts: Sequence[str]) -> list[UsualLine | NftLine]:
        """The lines in their order; raises ValueError for a word that is not known."""
        forms = [_USUAL.fullmatch(text) for text in texts]
        usual = iter(self._usual([form.groups("") for form in forms if form is not None]))
        found = (None if form is None else next(usual) for form in forms)
        return [
            read_line(text, self._around) if line is None else line
            for text, line in zip(texts, found, strict=True)
        ]

    def _usual(self, rows: Sequence[tuple[str, ...]]) -> list[UsualLine | None]:
        if not rows:
            return []
        *conditions, counters, decides, leads, targets = zip(*rows, strict=True)
        fields: list[list[object]] = [[]] * len(_FIELDS)
        for column, (field, texts) in enumerate(zip(_FIELDS, conditions, strict=True)):
            fields[field] = self._read_column(column, texts)
        matched = map(Matched._make, zip(*fields, strict=True))
        plain = not any(_UNUSUAL in values.values() for values in self._values)
        return [
            UsualLine(counter, decided or led, target, known)
            if plain or not any(value is _UNUSUAL for value in known)
            else None
            for counter, decided, led, target, known in zip(
                counters, decides, leads, targets, matched, strict=True
            )
        ]

    def _read_column(self, column: int, texts: Sequence[str]) -> list[object]:
        values = self._values[column]
        for text in set(texts) - values.keys():
            values[text] = self._read_piece(text.rstrip(), _FIELDS[column])
        return [values[text] for text in texts]

    def _read_piece(self, text: str, field: int) -> object:
        """One field of what it matches; unusual where it is for the whole line to say."""
        try:
            line = read_line(text, self._around)
            return _UNUSUAL if line.never else line.matched(self._around.offset_min)[field]
        except ValueError:
            return _UNUSUAL


def is_silent(text: str) -> bool:
    """Whether a line only counts or marks, so that no packet's way depends on it."""
    return _SILENT.fullmatch(text) is not None
