"""Edits of a YAML file by the places of its nodes, so that comments and layout stay (pure).

Items are copied with their lines; lists and mappings in flow style get one more entry before their
bracket. An edit of what stands otherwise raises :class:`EditRefused`.
"""

import re
from collections.abc import Iterator, Mapping

import yaml


class EditRefused(Exception):
    """The file is not written as the edit expects; the text says where."""


class YamlEdits:
    """Edits of one file. Places are those of the text as it was; ``text`` has all edits in it."""

    def __init__(self, name: str, text: str) -> None:
        self._name, self._before = name, text
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if not isinstance(root, yaml.MappingNode):
            raise EditRefused(f"{name} is no mapping")
        self.root: yaml.MappingNode = root
        self._insertions: list[tuple[int, str]] = []
        self._starts = [0]
        for line in text.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    @property
    def text(self) -> str:
        """The file with all edits."""
        parts, at = [], 0
        for index, added in sorted(self._insertions, key=lambda one: one[0]):
            parts += [self._before[at:index], added]
            at = index
        return "".join((*parts, self._before[at:]))

    def copy_below(
        self, item: yaml.Node, key: yaml.Node | None, changes: Mapping[str, str]
    ) -> None:
        """Repeat the lines of an item below it, with other words in it.

        ``key`` is its key in a mapping, None for an item of a list. ``changes`` are whole words.
        """
        first = (key or item).start_mark.line
        last = _last_line(item)
        lines = self._before[self._starts[first] : self._starts[last + 1]]
        if key is None and not lines.lstrip().startswith("- "):
            raise EditRefused(f"{self._name}: line {first + 1} does not begin an item")
        ending = "" if lines.endswith("\n") else "\n"
        self._insertions.append((self._starts[last + 1], ending + with_words(lines, changes)))

    def item_below(self, item: yaml.Node, entry: str) -> None:
        """One more item of a list in block style, below one that it has, in one line."""
        first, last = item.start_mark.line, _last_line(item)
        before = self._before[self._starts[first] : item.start_mark.index]
        if not before.lstrip().startswith("- "):
            raise EditRefused(f"{self._name}: line {first + 1} does not begin an item")
        at = min(last + 1, len(self._starts) - 1)
        ending = "" if self._before[: self._starts[at]].endswith("\n") else "\n"
        self._insertions.append((self._starts[at], f"{ending}{before}{entry}\n"))

    def append(self, node: yaml.Node, entry: str) -> None:
        """One more entry of a list or mapping in flow style, which has some already."""
        flowing = isinstance(node, yaml.CollectionNode) and node.flow_style and node.value
        if not flowing:
            line = node.start_mark.line + 1
            raise EditRefused(
                f"{self._name}: what begins in line {line} is not written in one line"
            )
        self._insertions.append((node.end_mark.index - 1, f", {entry}"))


def _last_line(node: yaml.Node) -> int:
    """Where the node ends itself; a block's own end lies behind the comments after it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.line)


def with_words(text: str, changes: Mapping[str, str]) -> str:
    """The text with whole words replaced, all at once; a name within a longer one is none."""
    if not changes:
        return text
    words = "|".join(re.escape(word) for word in sorted(changes, key=len, reverse=True))
    return re.sub(rf"(?<![\w.-])(?:{words})(?![\w.-])", lambda found: changes[found[0]], text)


def child(node: yaml.Node, *keys: str) -> yaml.Node:
    """The node below these keys; KeyError where there is none."""
    for key in keys:
        node = dict(pairs(node))[key][1]
    return node


def pairs(node: yaml.Node) -> Iterator[tuple[str, tuple[yaml.Node, yaml.Node]]]:
    """The entries of a mapping by their keys; none for another node."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield str(key.value), (key, value)


def items(node: yaml.Node) -> list[yaml.Node]:
    """The items of a list; none for another node."""
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def scalar(node: yaml.Node, key: str) -> str | None:
    """The text under a key of a mapping; None where it has none."""
    found = dict(pairs(node)).get(key)
    return str(found[1].value) if found and isinstance(found[1], yaml.ScalarNode) else None


def lists_with(node: yaml.Node, entry: str) -> Iterator[yaml.SequenceNode]:
    """Every list below a node that holds the entry, or ``kind:entry``'s own text, as a scalar."""
    if isinstance(node, yaml.SequenceNode):
        if any(isinstance(one, yaml.ScalarNode) and one.value == entry for one in node.value):
            yield node
        for one in node.value:
            yield from lists_with(one, entry)
    elif isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from lists_with(value, entry)
