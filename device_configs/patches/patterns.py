"""Patterns of command lines and what is made of a line that fits (pure).

``vrrp vrid * priority ~``: a word stands for itself, ``*`` is any word, ``{a|b}`` one of these
(``Vlanif*``: what begins so), and ``~`` at the end is what follows, if anything. The words before
``~`` are the line's key.
In a template ``$1`` is what the first ``*`` or ``{ }`` took, ``$rest`` what ``~`` took, ``$line``
the whole line.
"""

import re
from dataclasses import dataclass

Words = tuple[str, ...]
ANY, REST = "*", "~"
_REFERENCE = re.compile(r"\$(\d+|rest|line)")


@dataclass(frozen=True, slots=True)
class PatternFit:
    """How a line fits a pattern: the words of its key, those that ``*`` took, and the rest."""

    key: Words
    taken: Words
    rest: Words

    def fill(self, template: str) -> str:
        """The template with the words of the line."""

        def word(found: re.Match[str]) -> str:
            name = found.group(1)
            if name == "rest":
                return " ".join(self.rest)
            if name == "line":
                return " ".join((*self.key, *self.rest))
            return self.taken[int(name) - 1]

        return _REFERENCE.sub(word, template).strip()


@dataclass(frozen=True, slots=True)
class PatternWord:
    """What fits at one place of a line: these words, and those with these beginnings."""

    words: frozenset[str]
    beginnings: tuple[str, ...] = ()

    def fits(self, word: str) -> bool:
        """Whether a word fits."""
        return word in self.words or (bool(self.beginnings) and word.startswith(self.beginnings))

    @property
    def literal(self) -> bool:
        """Whether one word alone fits, which then need not be taken."""
        return len(self.words) == 1 and not self.beginnings


@dataclass(frozen=True, slots=True)
class LinePattern:
    """A compiled pattern; ``open`` when it ends in ``~``."""

    tokens: tuple[PatternWord, ...]
    open: bool

    def fit(self, words: Words) -> PatternFit | None:
        """The fit of a line's words, or None."""
        length = len(self.tokens)
        if len(words) < length or (len(words) > length and not self.open):
            return None
        taken = []
        for token, word in zip(self.tokens, words, strict=False):
            if not token.fits(word):
                return None
            if not token.literal:
                taken.append(word)
        return PatternFit(words[:length], tuple(taken), words[length:])

    @property
    def first_words(self) -> frozenset[str] | None:
        """The words that a line may begin with; None: any."""
        if not self.tokens or self.tokens[0].beginnings:
            return None
        return self.tokens[0].words


def parse_pattern(text: str) -> LinePattern:
    """The pattern of a text; raises ValueError where ``~`` is not its end."""
    words = text.split()
    is_open = bool(words) and words[-1] == REST
    if is_open:
        words.pop()
    if REST in words:
        raise ValueError(f"{text!r}: '~' stands at the end alone")
    return LinePattern(tuple(_word(word) for word in words), is_open)


def _word(text: str) -> PatternWord:
    braced = text.startswith("{") and text.endswith("}")
    alternatives = text[1:-1].split("|") if braced else [text]
    return PatternWord(
        frozenset(word for word in alternatives if not word.endswith(ANY)),
        tuple(word[:-1] for word in alternatives if word.endswith(ANY)),
    )
