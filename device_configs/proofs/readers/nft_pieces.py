"""A line of nftables read by its pieces, each of which stands in many lines of a file.

Rules come by the thousand and say the same few things in ever new combinations. What a piece says
is read once by the reader of lines (nft_line.py), and a line is its pieces together. Only pieces
that mean the same wherever they stand are taken; any other line is read as a whole.
"""

import re
from collections.abc import Mapping

from device_configs.proofs.readers.nft_line import NftLine, Surroundings, read_line

_CONDITIONS = (" ip saddr ", " oifname ", " ip daddr ", " tcp ", " udp ", " meta ")
_ENDINGS = (" goto ", " counter ", " accept", " drop", " jump ")
"""Where pieces begin, in the order that rules are written in; one of the endings is the last."""
_WORD = r'(?:"[^"{}]*"|[^\s{}"]+)'
_VALUES = rf"(?:{_WORD}|\{{(?: {_WORD},?)+ \}})"
_CLAUSE = (
    rf"(?:[io]ifname {_VALUES}|ip [sd]addr (?:!= )?{_VALUES}|(?:tcp|udp) dport {_VALUES}"
    rf"|meta day {_VALUES}|meta hour {_WORD})"
)
_CLAUSES = re.compile(rf"{_CLAUSE}(?: {_CLAUSE})*")
"""Clauses whose reader takes the words it needs and looks at none behind them."""
_ENDING = re.compile(r'(?:counter (?:name "([^"]*)" )?)?(?:(accept|drop)|(jump|goto) ([^\s{}"]+))')
_SILENT = re.compile(r'counter(?: name "[^"]*")?|ct mark set [^\s{}"]+')

Part = Mapping[str, object]
"""What a piece says: fields of a line that are not as in one that says nothing."""


class PieceReader:
    """Reads the lines of one file; ``around`` is what they refer to."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._parts: dict[str, Part | None] = {}

    def read(self, text: str) -> NftLine:
        """What :func:`~device_configs.proofs.readers.nft_line.read_line` reads."""
        return self._assembled(text) or read_line(text, self._around)

    def _assembled(self, text: str) -> NftLine | None:
        """The line of its pieces; None where one has to be seen with the others."""
        *conditions, ending = _pieces(text)
        ended = _ENDING.fullmatch(ending)
        if ended is None:
            return None
        said: dict[str, object] = {}
        fields = 0
        for piece in conditions:
            if piece not in self._parts:
                self._parts[piece] = self._part(piece)
            part = self._parts[piece]
            if part is None:
                return None
            said.update(part)
            fields += len(part)
        if len(said) < fields:
            return None  # Two pieces speak about the same.
        counter, decides, leads, target = ended.groups("")
        line = NftLine(verdict=decides or leads, target=target, counter=counter)
        vars(line).update(said)
        return line

    def _part(self, piece: str) -> Part | None:
        if not _CLAUSES.fullmatch(piece):
            return None
        try:
            line = read_line(piece, self._around)
        except ValueError:
            return None
        return {
            name: value for name, value in vars(line).items() if value != getattr(_NOTHING, name)
        }


def is_silent(text: str) -> bool:
    """Whether a line only counts or marks, so that no packet's way depends on it."""
    return _SILENT.fullmatch(text) is not None


def _pieces(text: str) -> list[str]:
    found, begins = [], 0
    for word in _CONDITIONS:
        cut = text.find(word, begins)
        if cut >= 0:
            found.append(text[begins:cut])
            begins = cut + 1
    for word in _ENDINGS:
        cut = text.find(word, begins)
        if cut >= 0:
            return [*found, text[begins:cut], text[cut + 1 :]]
    return [*found, text[begins:]]


_NOTHING = NftLine()
