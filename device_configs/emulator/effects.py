"""What lines do to a configuration, as data per family: ``effects/<family>.yml``.

The grammar says which lines a view takes; this says what becomes of them: which line takes the
place of which, which are lists, what is a default, in which order the box shows them. It is written
apart from the patch maker's knowledge, so that each is a check of the other.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

Words = tuple[str, ...]
Patterns = Mapping[str, tuple[Words, ...]]
_ANY, _ANY_LEFT_OUT = "*", "~"
_ALL = "all"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IrregularUndo(_Strict):
    """An ``undo`` whose words are not those of the lines that it removes."""

    undo: str
    removes: tuple[str, ...]


class VariedOrder(_Strict):
    """Order of the lines in views whose names begin alike."""

    views: tuple[str, ...]
    order: tuple[str, ...]


class EffectsDocument(_Strict):
    """A data file. Patterns are words; ``*`` stands for any one word.

    In ``slots`` ``~`` is any word that does not count: ``qos apply policy ~ *`` has one policy a
    direction.
    """

    slots: tuple[str, ...]
    """Lines that a later one with the same first words replaces (the longest pattern counts)."""
    many: tuple[str, ...]
    """Lines of which each stands for itself."""
    lists: tuple[str, ...]
    """Lines whose last words are a list: a later one adds to it, its undo takes away."""
    word_lists: tuple[str, ...]
    """The same for lists of words, which are shown one a line."""
    word_list_views: tuple[str, ...] = ()
    """The views in which those stand."""
    left_out: tuple[str, ...] = ()
    """Words of headings that do not name what they open: ``number`` in ``acl number 2000``."""
    defaults: Mapping[str, tuple[str, ...]] = {}
    """By platform (``all``: every one), lines in force by themselves: they are not shown, and their
    undo is."""
    hidden: Mapping[str, tuple[str, ...]] = {}
    """By platform, lines that say nothing beyond the default; the box does not show them."""
    irregular: tuple[IrregularUndo, ...] = ()
    cascades: tuple[str, ...] = ()
    """Lines whose removal from a view removes the same beginnings in the views below."""
    order: tuple[str, ...] = ()
    """First words of the lines of the system view as the box shows them."""
    orders: tuple[VariedOrder, ...] = ()
    prompts: Mapping[str, str] = {}
    """How a view is named in the prompt; ``{n}`` is a word of the line that opened it."""
    copied: tuple[str, ...] = ()
    """Lines of the system view, with all below them, that a pair copies to its other half."""
    running: Mapping[str, str] = {}
    """Views by the line that makes them run: while it stands, no other line can be changed."""
    clears: tuple[IrregularUndo, ...] = ()
    """Lines (``undo`` holds their first words) that remove others when they are set."""
    enforced: tuple[str, ...] = ()
    """Kinds of names that must exist before a line refers to them, and are kept while it does."""


class Effects:
    """The data of one family, ready to be asked."""

    def __init__(self, document: EffectsDocument) -> None:
        self.document = document
        self._slots = patterns(document.slots)
        self._many = patterns(document.many)
        self._lists = patterns(document.lists)
        self._word_lists = patterns(document.word_lists)
        self._defaults = {on: patterns(texts) for on, texts in document.defaults.items()}
        self._hidden = {on: patterns(texts) for on, texts in document.hidden.items()}
        self._cascades = patterns(document.cascades)
        self._left_out = patterns(document.left_out)
        self._copied = patterns(document.copied)
        self._irregular = _removals(document.irregular)
        self._clears = _removals(document.clears)

    def normal(self, words: Words) -> Words:
        """The words of a heading without those that do not name what it opens."""
        found = len(longest(words, self._left_out))
        return (*words[: found - 1], *words[found:]) if 0 < found < len(words) else words

    def slot(self, words: Words, regular: int) -> Words:
        """The slot of a line; ``regular`` words are kept where no pattern says otherwise."""
        many, slot = longest(words, self._many), longest(words, self._slots)
        if len(many) > len(slot):
            return words
        if not slot:
            return words[:regular]
        return tuple(word for word, mark in zip(words, slot, strict=False) if mark != _ANY_LEFT_OUT)

    def list_of(self, words: Words) -> int:
        """After how many words the list of a line begins; 0 for a line without."""
        return len(longest(words, self._lists))

    def words_of(self, words: Words, view: str | None) -> int:
        """After how many words a line's list of words begins; 0 for a line without."""
        if view not in self.document.word_list_views:
            return 0
        return len(longest(words, self._word_lists))

    def is_default(self, words: Words, platform: str) -> bool:
        return _matches(words, self._defaults, platform)

    def is_absent(self, words: Words, platform: str) -> bool:
        """Whether the box does not show a line, because it says nothing beyond the default."""
        return self.is_default(words, platform) or _matches(words, self._hidden, platform)

    def cascades(self, words: Words) -> bool:
        return bool(longest(words, self._cascades))

    def is_copied(self, words: Words) -> bool:
        """Whether a pair copies a line (or the line that opens the view it stands in)."""
        return bool(longest(words, self._copied))

    def removed_by(self, words: Words) -> tuple[Words, ...]:
        """The beginnings of the lines that ``undo`` and these words remove."""
        return _removed(words, self._irregular) or (words,)

    def cleared_by(self, words: Words) -> tuple[Words, ...]:
        """The beginnings of the lines of the same view that setting a line removes."""
        return _removed(words, self._clears, exactly=False)


@cache
def load_effects(family: str) -> Effects:
    """The effects of a family's lines; FileNotFoundError for a family without."""
    text = (Path(__file__).parent / "effects" / f"{family}.yml").read_text("utf-8")
    return Effects(EffectsDocument.model_validate(yaml.load(text, Loader=yaml.CSafeLoader)))


def patterns(texts: Sequence[str]) -> Patterns:
    """Patterns as words by the first of them, the longest first."""
    found: dict[str, list[Words]] = {}
    for text in texts:
        words = tuple(text.split())
        found.setdefault(words[0], []).append(words)
    return {
        first: tuple(sorted(several, key=len, reverse=True)) for first, several in found.items()
    }


def begins(words: Words, pattern: Words) -> bool:
    """Whether words begin as a pattern says."""
    return len(words) >= len(pattern) and all(
        mark in (_ANY, _ANY_LEFT_OUT, word) for word, mark in zip(words, pattern, strict=False)
    )


def longest(words: Words, found: Patterns) -> Words:
    """The longest pattern that words begin with; empty for none."""
    return next((pattern for pattern in found.get(words[0], ()) if begins(words, pattern)), ())


def _matches(words: Words, by_platform: Mapping[str, Patterns], platform: str) -> bool:
    return any(
        len(longest(words, by_platform[on])) == len(words)
        for on in (_ALL, platform)
        if on in by_platform
    )


Removals = tuple[tuple[Words, tuple[Words, ...]], ...]


def _removals(entries: Sequence[IrregularUndo]) -> Removals:
    return tuple(
        (tuple(entry.undo.split()), tuple(tuple(text.split()) for text in entry.removes))
        for entry in entries
    )


def _removed(words: Words, removals: Removals, exactly: bool = True) -> tuple[Words, ...]:
    """What the words remove; ``exactly`` with the words that follow those of the entry."""
    for undo, removes in removals:
        if begins(words, undo):
            bound = [word for word, mark in zip(words, undo, strict=False) if mark == _ANY]
            rest = words[len(undo) :] if exactly else ()
            return tuple((*_bind(pattern, bound), *rest) for pattern in removes)
    return ()


def _bind(pattern: Sequence[str], bound: Sequence[str]) -> Words:
    values = iter(bound)
    return tuple(next(values, word) if word == _ANY else word for word in pattern)
