"""A configuration text read as a tree of commands (pure).

The text is what a device shows: comments, ``#`` between the views, ``return``, banners over several
lines, a NUL at the end of a saved file. Lines of one view may stand in several places.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from device_configs.grammar.family import load_family
from device_configs.grammar.lines import SECTION_END, SourceLine, read_line
from device_configs.grammar.views import SYSTEM_VIEW, View
from device_configs.patches.knowledge import PatchRule, load_knowledge
from device_configs.patches.numbers import read_numbers
from device_configs.patches.reading import CommandReader, LineReading
from device_configs.patches.tree import ConfigurationNode, ConfigurationTree, Slots

_LEAVE, _LEAVE_ALL = "quit", "return"
MOST_LINES = 5_000
"""Different lines whose readings are kept, some 2 KB each."""
_READERS: dict[tuple[str, str | None], CommandReader] = {}
_ONE_AT_A_TIME = threading.Lock()


def parse_configuration(family: str, text: str, platform: str | None = None) -> ConfigurationTree:
    """The tree of a configuration text.

    ``family`` is one of :data:`device_configs.patches.knowledge.FAMILIES`, ``platform`` a dialect
    of the grammar. Lines that the grammar does not know stay in the tree, marked. Raises KeyError
    for an unknown family or platform.
    """
    return parse_with(reader_of(family, platform), text)


def reader_of(family: str, platform: str | None) -> CommandReader:
    """A reader of lines; all texts of a dialect share one, so that equal lines are read once.

    It is replaced once it knows :data:`MOST_LINES`. Two threads may use it: a reading is a value,
    and the same whoever makes it.
    """
    reader = _READERS.get((family, platform))
    if reader is not None and reader.known_lines <= MOST_LINES:
        return reader
    with _ONE_AT_A_TIME:  # else sixteen threads that begin together read the grammar sixteen times
        known = _READERS.get((family, platform))
        if known is not None and known is not reader:
            return known
        grammar = load_family(family)
        if platform is not None and platform not in grammar.platforms:
            raise KeyError(platform)
        reader = CommandReader(grammar, load_knowledge(family), platform)
        _READERS[family, platform] = reader
        return reader


def parse_with(reader: CommandReader, text: str) -> ConfigurationTree:
    """The tree of a text, by a reader."""
    return ConfigurationTree(reader.knowledge.family, reader.platform, _Parsing(reader).run(text))


@dataclass(slots=True)
class OpenNode:
    """A node while its view is read; numbers of a list are gathered from several lines."""

    node: ConfigurationNode
    indent: int
    view: View | None
    path: Slots
    inside: dict[str, "OpenNode"] = field(default_factory=dict)
    own_indent: int | None = None

    def closed(self) -> ConfigurationNode:
        """The node with everything inside it."""
        return replace(self.node, inside=tuple(self.children()))

    def children(self) -> Iterator[ConfigurationNode]:
        """The nodes of the view; lists that say no more than their default are left out."""
        for inner in self.inside.values():
            node = inner.closed()
            if node.members is None or node.members != frozenset(node.rule.document.members):
                yield node


@dataclass(slots=True)
class _Parsing:
    reader: CommandReader
    blocks: list[OpenNode] = field(init=False)

    def __post_init__(self) -> None:
        system = self.reader.grammar.views[SYSTEM_VIEW]
        nothing = node_of(self.reader.read_text(None, SYSTEM_VIEW), SYSTEM_VIEW, ())
        self.blocks = [OpenNode(nothing, -1, system, ())]

    def run(self, text: str) -> tuple[ConfigurationNode, ...]:
        lines = enumerate(text.replace("\0", "").splitlines(), start=1)
        for number, raw in lines:
            line = read_line(number, raw.expandtabs(1))
            if line is None or self._says_nothing(line) or self._moves(line):
                continue
            reading = self._take(line)
            if reading.delimiter is not None:
                self._take_rest(reading.delimiter, lines)
        return tuple(self.blocks[0].children())

    def _says_nothing(self, line: SourceLine) -> bool:
        knowledge = self.reader.knowledge
        return line.text.startswith(knowledge.comments) or line.text in knowledge.dropped

    def _moves(self, line: SourceLine) -> bool:
        """Leave the views that the indentation ends; whether the line says nothing else."""
        while self.blocks[-1].indent >= line.indent:
            self.blocks.pop()
        block = self.blocks[-1]
        if line.words == (SECTION_END,):
            block.own_indent = None
        elif line.words == (_LEAVE,):
            del self.blocks[max(1, len(self.blocks) - 1) :]
        elif line.words == (_LEAVE_ALL,):
            del self.blocks[1:]
        else:
            if block.own_indent is None or line.indent < block.own_indent:
                block.own_indent = line.indent
            return False
        return True

    def _take(self, line: SourceLine) -> LineReading:
        block = self.blocks[-1]
        reading = self.reader.read(block.view, line)
        if not reading.left_out:
            last = add_line(self.reader, block, reading, line.text)
            if reading.opens is not None or not reading.known:
                last.indent = line.indent
                self.blocks.append(last)
        return reading

    def _take_rest(self, delimiter: str, lines: Iterator[tuple[int, str]]) -> None:
        """The further lines of a banner, up to its delimiter."""
        *_, opened = self.blocks[-1].inside.values()
        gathered = [opened.node.text]
        for _, raw in lines:
            gathered.append(raw)
            if delimiter in raw:
                break
        text = "\n".join(gathered)
        opened.node = replace(opened.node, text=text, same=text)


def add_line(reader: CommandReader, block: OpenNode, reading: LineReading, text: str) -> OpenNode:
    """Put a line into a view, over what stands in its slot; returns the node, or the last one."""
    if reading.rule.document.values == "numbers":
        return _add_numbers(block, reading, text)
    apart = list(_apart(reader, block, reading))
    if not apart:
        return _put(reader, block, reading, text, over=True)
    return [_put(reader, block, one, written, over=False) for one, written in apart][-1]


def _put(
    reader: CommandReader, block: OpenNode, reading: LineReading, text: str, *, over: bool
) -> OpenNode:
    """Put one node into its slot; what stands there keeps its inside, and its line unless
    ``over``."""
    node = node_of(reading, text, block.path)
    last = block.inside.get(node.slot)
    if last is None:
        view = reader.grammar.views[reading.opens] if reading.opens else None
        last = OpenNode(node, -1, view, (*block.path, node.slot))
        block.inside[node.slot] = last
    elif over:
        last.node = node
    return last


def _apart(
    reader: CommandReader, block: OpenNode, reading: LineReading
) -> Iterator[tuple[LineReading, str]]:
    """The lines that a line of several words or numbers stands for."""
    document = reading.rule.document
    key = " ".join(reading.fit.key)
    if document.values == "words":
        for word in reading.fit.rest:
            text = f"{key} {word}"
            yield reader.read_text(block.view, text), text
    elif document.values == "blocks":
        for number in sorted(read_numbers(reading.fit.rest)):
            text = f"{document.block} {number}"
            yield reader.read_text(block.view, text), text


def _add_numbers(block: OpenNode, reading: LineReading, text: str) -> OpenNode:
    node = node_of(reading, text, block.path)
    last = block.inside.get(node.slot)
    if last is None:
        members = frozenset(reading.rule.document.members)
        last = OpenNode(replace(node, members=members), -1, None, block.path)
        block.inside[node.slot] = last
    numbers = read_numbers(reading.fit.rest)
    before = last.node.members or frozenset()
    members = before - numbers if reading.negative else before | numbers
    last.node = replace(last.node, members=members)
    return last


def node_of(reading: LineReading, text: str, path: Slots) -> ConfigurationNode:
    """The node of a reading in the block of a path, without what stands inside it."""
    return ConfigurationNode(
        text,
        " ".join(reading.fit.key) if reading.rule.document.values == "numbers" else reading.same,
        slot_of(reading.rule, reading),
        reading.rule,
        reading.fit,
        reading.group,
        reading.opens,
        defines=reading.names_in(path, defined=True),
        refers=reading.names_in(path, defined=False),
        secrets=reading.secrets,
        known=reading.known,
    )


def slot_of(rule: PatchRule, reading: LineReading) -> str:
    """What a line overwrites: its rule's slot, else its key, else nothing but itself."""
    if rule.document.slot:
        return reading.fit.fill(rule.document.slot)
    if not rule.listed or rule.document.values == "words":
        return reading.same
    return " ".join(reading.fit.key)
