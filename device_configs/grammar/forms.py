"""What the forms of a grammar become: commands, with their undo forms, found by first words."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from device_configs.grammar.lines import SourceLine
from device_configs.grammar.machine import Machine
from device_configs.grammar.notation import (
    Choice,
    Form,
    Keyword,
    Node,
    NotationFault,
    Repeat,
    Series,
    Value,
    parse_form,
)
from device_configs.grammar.values import ValueTypes

UNDO = "undo"
INTEGER = "an integer"
"""Stands for the first word of lines that begin with a number (Comware's object groups)."""


@dataclass(frozen=True, eq=False)
class CommandForm:
    """A form in use: how to read a line by it, and what the line does."""

    view: str
    """The view (or group of forms) whose data holds the form."""
    form: Form
    tree: Series
    platforms: frozenset[str]
    needed: frozenset[str]
    """Keywords without which no line can be of this form."""
    types: ValueTypes
    undoes: bool

    @cached_property
    def machine(self) -> Machine:
        return Machine(self.tree, self.types)

    @property
    def opens(self) -> str | None:
        return None if self.undoes else self.form.opens


def commands_of(
    view: str,
    text: str,
    irregular: tuple[str, ...] | None,
    platforms: frozenset[str],
    types: ValueTypes,
) -> Iterator[CommandForm]:
    """The command of a form, and those that undo it.

    ``irregular`` are its undo forms without the word ``undo``; None: the regular ones.
    Raises :class:`NotationFault`.
    """
    form = parse_form(text)
    _check_types(form.tree, types)
    yield _command(view, form, form.tree, platforms, types, undoes=False)
    for tree in _undo_trees(form, irregular):
        yield _command(view, form, tree, platforms, types, undoes=True)


def _command(
    view: str, form: Form, tree: Series, platforms: frozenset[str], types: ValueTypes, undoes: bool
) -> CommandForm:
    return CommandForm(view, form, tree, platforms, frozenset(_needed(tree)), types, undoes)


def _undo_trees(form: Form, irregular: tuple[str, ...] | None) -> Iterator[Series]:
    """Irregular undo forms as written; else the form itself and the form cut after a keyword.

    The vendors' regular undo repeats the keywords and leaves out the values that follow the last
    of them, or repeats the whole line.
    """
    undo = Keyword(UNDO)
    if irregular is not None:
        for text in irregular:
            yield Series((undo, *_unmarked(parse_form(text).tree).items))
        return
    items = _unmarked(form.tree).items
    if items[0] == undo:
        return
    last = max((i for i, item in enumerate(items) if isinstance(item, Keyword)), default=0)
    kept, trailing = items[: last + 1], items[last + 1 :]
    tail = (Choice((Series(trailing),), optional=True, any_order=False),) if trailing else ()
    yield Series((undo, *kept, *tail))


def _unmarked(node: Series) -> Series:
    """The same tree without definitions and references: an undo line makes and needs no name."""
    return Series(tuple(_without_marks(item) for item in node.items))


def _without_marks(node: Node) -> Node:
    if isinstance(node, Value):
        return Value(node.type, node.arguments)
    if isinstance(node, Series):
        return _unmarked(node)
    if isinstance(node, Choice):
        return Choice(
            tuple(_without_marks(a) for a in node.alternatives), node.optional, node.any_order
        )
    if isinstance(node, Repeat):
        return Repeat(_without_marks(node.item), node.most)
    return node


def _needed(node: Node) -> Iterator[str]:
    if isinstance(node, Keyword):
        yield node.word
    elif isinstance(node, Series):
        for item in node.items:
            yield from _needed(item)
    elif isinstance(node, Repeat):
        yield from _needed(node.item)
    elif isinstance(node, Choice) and not node.optional:
        first, *others = (set(_needed(alternative)) for alternative in node.alternatives)
        yield from first.intersection(*others)


def _check_types(node: Node, types: ValueTypes) -> None:
    if isinstance(node, Value):
        types.take(node)
    elif isinstance(node, Series):
        for item in node.items:
            _check_types(item, types)
    elif isinstance(node, Choice):
        for alternative in node.alternatives:
            _check_types(alternative, types)
    elif isinstance(node, Repeat):
        _check_types(node.item, types)


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
