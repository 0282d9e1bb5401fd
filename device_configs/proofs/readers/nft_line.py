"""One line of an nftables chain: what it matches, and what becomes of it.

A line is read for the first packet of a session (packet_filter.py). Words that such a packet never
fulfils (an established session, a fragment, a rate that is exceeded) make the line match nothing.
Every other word must be known here: ValueError names the one that is not.
"""

import re
from functools import lru_cache

from device_configs.proofs.readers.nft_match import LineSurroundings, NftLine
from device_configs.proofs.readers.nft_words import (
    WORDS,
)

_TOKEN = re.compile(r'"[^"]*"|[{}]|[^\s{}"]+')


def read_line(text: str, around: LineSurroundings) -> NftLine:
    """Read one line; raises ValueError for a word that is not known."""
    if "@" in text or "ifname" in text:
        return _read(text, around)
    return _read_alone(text)


@lru_cache(maxsize=65_536)
def _read_alone(text: str) -> NftLine:
    """A line that refers to nothing: both halves of a pair have it, and many have the same."""
    return _read(text, LineSurroundings({}, {}, 0))


def _read(text: str, around: LineSurroundings) -> NftLine:
    line = NftLine(words=_TOKEN.findall(text)[::-1])
    while line.words:
        word = line.words.pop()
        read = WORDS.get(word)
        if read is None:
            raise ValueError(f"{word!r} in {text!r} is not understood")
        try:
            read(line, word, around)
        except (IndexError, KeyError, ValueError) as error:
            raise ValueError(f"{text!r} is not understood: {error}") from error
    return line
