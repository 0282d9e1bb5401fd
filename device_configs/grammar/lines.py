"""A configuration text as lines of words with their indentation; nothing of any family is here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

SECTION_END = "#"
# A quoted string is one word, blanks included; a quote inside a word is an ordinary character.
_WORD = re.compile(r'"[^"]*"(?=\s|$)|\S+')


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line that holds something; ``starts`` are the words' offsets in ``text``."""

    number: int
    indent: int
    text: str
    words: tuple[str, ...]
    starts: tuple[int, ...]

    def rest(self, word: int) -> str:
        """The text from a word (counted from 0) to the end of the line, blanks kept."""
        return self.text[self.starts[word] :]


def read_line(number: int, raw: str) -> SourceLine | None:
    """The line, or None when it holds nothing but blanks."""
    body = raw.lstrip(" ")
    text = body.rstrip()
    if not text:
        return None
    indent = len(raw) - len(body)
    if '"' not in text:
        words = tuple(text.split())
        return SourceLine(number, indent, text, words, _starts(text, words))
    found = list(_WORD.finditer(text))
    return SourceLine(
        number, indent, text, tuple(m.group() for m in found), tuple(m.start() for m in found)
    )


def read_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a text, numbered from 1, without their line ends."""
    return enumerate(text.splitlines(), start=1)


def _starts(text: str, words: tuple[str, ...]) -> tuple[int, ...]:
    starts = []
    at = 0
    for word in words:
        at = text.index(word, at)
        starts.append(at)
        at += len(word)
    return tuple(starts)
