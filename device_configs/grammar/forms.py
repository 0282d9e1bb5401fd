"""What the forms of a grammar become: commands, with their undo forms, found by first words."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from device_configs.grammar.form_words import (
    UNDO,
    needed_words,
)
from device_configs.grammar.machine import Machine
from device_configs.grammar.notation import (
    Choice,
    Form,
    Keyword,
    Node,
    Repeat,
    Series,
    Value,
    parse_form,
)
from device_configs.grammar.values import ValueTypes


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
    return CommandForm(view, form, tree, platforms, frozenset(needed_words(tree)), types, undoes)


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
