"""The words by which a command form begins, and those it needs (pure)."""

from collections.abc import Iterator

from device_configs.grammar.lines import SourceLine
from device_configs.grammar.notation import (
    Choice,
    Keyword,
    Node,
    NotationFault,
    Repeat,
    Series,
    Value,
)

UNDO = "undo"
INTEGER = "an integer"
"""Stands for the first word of lines that begin with a number (Comware's object groups)."""


def needed_words(node: Node) -> Iterator[str]:
    if isinstance(node, Keyword):
        yield node.word
    elif isinstance(node, Series):
        for item in node.items:
            yield from needed_words(item)
    elif isinstance(node, Repeat):
        yield from needed_words(node.item)
    elif isinstance(node, Choice) and not node.optional:
        first, *others = (set(needed_words(alternative)) for alternative in node.alternatives)
        yield from first.intersection(*others)


def beginning(line: SourceLine) -> str:
    """The key under which the commands that a line may be of are found."""
    first = line.words[0]
    if first == UNDO and len(line.words) > 1:
        return f"{UNDO} {_key(line.words[1])}"
    return _key(first)


def _key(word: str) -> str:
    return INTEGER if word.isdigit() else word


def beginnings(tree: Series) -> Iterator[str]:
    """The keys of a command. Raises :class:`NotationFault` when it begins with no keyword."""
    first = tuple(_first_words(tree.items))
    if first == (UNDO,):
        for word in _first_words(tree.items[1:]):
            yield f"{UNDO} {word}"
    else:
        yield from first


def _first_words(items: tuple[Node, ...]) -> Iterator[str]:
    """The words that elements in a row may begin with; an optional one leaves it to the next."""
    first = items[0]
    if isinstance(first, Keyword):
        yield first.word
    elif isinstance(first, Choice):
        for alternative in first.alternatives:
            yield from _first_words((alternative,))
        if first.optional:
            yield from _first_words(items[1:])
    elif isinstance(first, Series):
        yield from _first_words(first.items)
    elif isinstance(first, Value) and first.type == "<":
        yield INTEGER
    else:
        raise NotationFault("a form begins with a keyword or a choice of keywords")
