"""A configuration as a tree of commands, by what the device means with it (pure)."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from device_configs.patches.knowledge import PatchRule
from device_configs.patches.numbers import write_numbers
from device_configs.patches.patterns import PatternFit, Words

Slots = tuple[str, ...]
ConfigurationName = tuple[str, str, Slots | None]
"""Kind, name, and the block that a local name belongs to."""


@dataclass(frozen=True, slots=True)
class ConfigurationNode:
    """One command with the lines of the view it opens.

    ``text`` is the line as written. ``same`` is what it means: two lines are equal when theirs is,
    with secrets masked. ``slot`` is what it overwrites within its view. ``members`` are the numbers
    of a list, ``view`` the view of the grammar that the line opens.
    """

    text: str
    same: str
    slot: str
    rule: PatchRule = field(repr=False, compare=False)
    fit: PatternFit = field(repr=False, compare=False)
    group: str = ""
    """The view, or group of forms, of the grammar that the line's form stands in."""
    view: str | None = None
    inside: tuple["ConfigurationNode", ...] = ()
    members: frozenset[int] | None = None
    defines: frozenset[ConfigurationName] = frozenset()
    refers: frozenset[ConfigurationName] = frozenset()
    secrets: tuple[str, ...] = field(default=(), repr=False)
    known: bool = True

    @property
    def words(self) -> Words:
        """The words of what the line means."""
        return tuple(self.same.split())

    def lines(self) -> Iterator[str]:
        """The commands that make the node, without those inside it."""
        if self.members is None:
            yield self.text
            return
        base = frozenset(self.rule.document.members)
        key = " ".join(self.fit.key)
        if base - self.members:
            yield f"undo {key} {write_numbers(base - self.members)}"
        if self.members - base:
            yield f"{key} {write_numbers(self.members - base)}"

    def all_names(self) -> tuple[frozenset[ConfigurationName], frozenset[ConfigurationName]]:
        """What the line and everything inside it define, and refer to."""
        defines, refers = self.defines, self.refers
        for node in self.inside:
            inner_defines, inner_refers = node.all_names()
            defines, refers = defines | inner_defines, refers | inner_refers
        return defines, refers


@dataclass(frozen=True, slots=True)
class ConfigurationTree:
    """The commands of the system view. Trees are equal when they mean the same."""

    family: str
    platform: str | None
    inside: tuple[ConfigurationNode, ...] = field(repr=False)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ConfigurationTree):
            return NotImplemented
        return self.family == other.family and shape(self.inside) == shape(other.inside)

    def __hash__(self) -> int:
        return hash((self.family, shape(self.inside)))

    @property
    def text(self) -> str:
        """The configuration as text, secrets as they were read."""
        written: list[str] = []
        for node in self.inside:
            written.append("#")
            _write(node, 0, written)
        return "\n".join((*written, "#", "return")) + "\n"


def shape(nodes: tuple[ConfigurationNode, ...]) -> Hashable:
    """What the lines of a view mean: order counts only where a device goes by it, and a view that
    is always there counts only for what stands in it."""
    nodes = tuple(node for node in nodes if node.inside or not node.rule.document.fixed)
    plain = frozenset(
        (
            node.same,
            node.members,
            tuple(line.text for line in node.inside)
            if node.rule.document.atomic
            else shape(node.inside),
        )
        for node in nodes
    )
    return plain, tuple(node.slot for node in nodes if node.rule.document.move)


def _write(node: ConfigurationNode, depth: int, written: list[str]) -> None:
    written.extend(" " * depth + line for line in node.lines())
    for inner in node.inside:
        _write(inner, depth + 1, written)
    if node.rule.document.ends:
        written.append(" " * depth + node.rule.document.ends)
