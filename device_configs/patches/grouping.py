"""Lines that one command takes away together: a peer of BGP, a virtual router (pure)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from device_configs.patches.knowledge import PatchGroup, PatchKnowledge
from device_configs.patches.operations import Operation
from device_configs.patches.patterns import Words
from device_configs.patches.tree import ConfigurationName, ConfigurationNode

Nodes = Iterable[ConfigurationNode]


@dataclass(frozen=True, slots=True)
class LineGroup:
    """A group of lines of the device by what its pattern took; ``again`` when it is made anew."""

    group: PatchGroup
    taken: Words
    again: bool

    def covers(self, node: ConfigurationNode) -> bool:
        """Whether a line belongs to the group."""
        fit = self.group.pattern.fit(node.words)
        return fit is not None and fit.taken == self.taken

    @property
    def undo(self) -> str:
        """The command that takes the group away."""
        text = self.group.document.undo
        for number, word in enumerate(self.taken, start=1):
            text = text.replace(f"${number}", word)
        return text

    def names(
        self, nodes: Nodes
    ) -> tuple[frozenset[ConfigurationName], frozenset[ConfigurationName]]:
        """What the group's lines among these nodes define and refer to, inner views included."""
        defines: frozenset[ConfigurationName] = frozenset()
        refers: frozenset[ConfigurationName] = frozenset()
        for node in nodes:
            if self.covers(node):
                defines, refers = defines | node.defines, refers | node.refers
            if self.group.document.deep:
                inner_defines, inner_refers = self.names(node.inside)
                defines, refers = defines | inner_defines, refers | inner_refers
        return defines, refers


@dataclass(frozen=True, slots=True)
class UndoneGroup:
    """A group that a patch takes away, with the operation that does it."""

    lines: LineGroup
    operation: Operation


def leaving_groups(
    knowledge: PatchKnowledge, old: tuple[ConfigurationNode, ...], new: Nodes
) -> Iterator[LineGroup]:
    """The groups of a view that the intended text has no line of, or that it makes anew."""
    before, after = _members(knowledge, old), _members(knowledge, new)
    for key, lines in before.items():
        group, taken = key
        if key not in after:
            yield LineGroup(group, taken, again=False)
        elif _changed(group, lines, after[key]):
            yield LineGroup(group, taken, again=True)


def takes_more(knowledge: PatchKnowledge, node: ConfigurationNode, undo: str) -> bool:
    """Whether the command that takes a line back takes other lines of its group with it."""
    for group in knowledge.view(node.group).groups:
        fit = group.pattern.fit(node.words)
        if fit is not None and LineGroup(group, fit.taken, again=False).undo == undo:
            return True
    return False


def _members(
    knowledge: PatchKnowledge, nodes: Nodes
) -> dict[tuple[PatchGroup, Words], list[ConfigurationNode]]:
    found: dict[tuple[PatchGroup, Words], list[ConfigurationNode]] = {}
    for node in nodes:
        for group in knowledge.view(node.group).groups:
            fit = group.pattern.fit(node.words)
            if fit is not None:
                found.setdefault((group, fit.taken), []).append(node)
    return found


def _changed(group: PatchGroup, old: list[ConfigurationNode], new: list[ConfigurationNode]) -> bool:
    pattern = group.recreate

    def decisive(nodes: list[ConfigurationNode]) -> set[str]:
        return {node.same for node in nodes if pattern is not None and pattern.fit(node.words)}

    return decisive(old) != decisive(new)
