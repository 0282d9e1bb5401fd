"""What a device has after the lines of a patch, by the patch knowledge (pure).

This is a model of a device, not of the patch: it reads lines as text and knows nothing of why they
were sent. A real device may refuse a line that this model takes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from device_configs.grammar.views import SYSTEM_VIEW
from device_configs.patches.grouping import LineGroup
from device_configs.patches.model import Patch
from device_configs.patches.operations import undo_text
from device_configs.patches.parsing import OpenNode, add_line, node_of, reader_of
from device_configs.patches.reading import LineReading
from device_configs.patches.tree import ConfigurationNode, ConfigurationTree, Slots
from device_configs.patches.writing import LEAVE


def apply_patch(tree: ConfigurationTree, patch: Patch) -> ConfigurationTree:
    """The tree of a device after a patch. Raises ValueError for a line that it would refuse."""
    device = ModelDevice(tree)
    for line in patch.lines:
        device.take(line)
    return device.tree()


def states(tree: ConfigurationTree, lines: Sequence[str]) -> Iterator[ConfigurationTree]:
    """The tree after each line, in order."""
    device = ModelDevice(tree)
    for line in lines:
        device.take(line)
        yield device.tree()


class ModelDevice:
    """A device in its system view; takes line after line."""

    def __init__(self, tree: ConfigurationTree) -> None:
        self._family, self._platform = tree.family, tree.platform
        self._reader = reader_of(tree.family, tree.platform)
        system = self._reader.grammar.views[SYSTEM_VIEW]
        nothing = node_of(self._reader.read_text(None, SYSTEM_VIEW), SYSTEM_VIEW, ())
        self._root = OpenNode(nothing, -1, system, ())
        self._fill(self._root, tree.inside)
        self._path = [self._root]
        self._banner: tuple[OpenNode, str] | None = None

    def tree(self) -> ConfigurationTree:
        """What the device has now."""
        return ConfigurationTree(self._family, self._platform, tuple(self._root.children()))

    def take(self, text: str) -> None:
        """Take one line. Raises ValueError for one that no form of its view accepts."""
        if self._banner is not None:
            self._goes_on(text, *self._banner)
            return
        block = self._path[-1]
        if text in (LEAVE, block.node.rule.document.ends) and len(self._path) > 1:
            self._path.pop()
            return
        reading = self._reader.read_text(block.view, text)
        free = block.view is None or block.view.free_text
        if not reading.known and not free:
            raise ValueError(f"refused in {' / '.join(self._names()) or SYSTEM_VIEW}: {text}")
        if not (self._enters(block, text) or self._undoes(block, text) or self._moves(block, text)):
            self._sets(block, reading, text)

    def _names(self) -> Slots:
        return tuple(one.node.slot for one in self._path[1:])

    def _fill(self, block: OpenNode, nodes: tuple[ConfigurationNode, ...]) -> None:
        for node in nodes:
            view = self._reader.grammar.views[node.view] if node.view else None
            inner = OpenNode(node, 0, view, (*block.path, node.slot))
            block.inside[node.slot] = inner
            self._fill(inner, node.inside)

    def _enters(self, block: OpenNode, text: str) -> bool:
        """Enter a view that is there by its shorter line; whether it was one."""
        for inner in block.inside.values():
            enter = inner.node.rule.document.enter
            if enter and inner.node.fit.fill(enter) == text != inner.node.text:
                self._path.append(inner)
                return True
        return False

    def _undoes(self, block: OpenNode, text: str) -> bool:
        """Take away what the line takes back; whether there was anything."""
        return (
            self._undoes_group(block, text)
            or self._undoes_line(block, text)
            or self._undoes_numbers(block, text)
        )

    def _undoes_line(self, block: OpenNode, text: str) -> bool:
        for slot, inner in list(block.inside.items()):
            node = inner.node
            if node.known and node.members is None and text == undo_text(node):
                del block.inside[slot]
                self._wipe(block, node)
                return True
        return False

    def _undoes_group(self, block: OpenNode, text: str) -> bool:
        for inner in list(block.inside.values()):
            for group in self._reader.knowledge.view(inner.node.group).groups:
                fit = group.pattern.fit(inner.node.words)
                lines = LineGroup(group, fit.taken, again=False) if fit is not None else None
                if lines is not None and lines.undo == text:
                    _remove_group(block, lines)
                    return True
        return False

    def _undoes_numbers(self, block: OpenNode, text: str) -> bool:
        reading = self._reader.read_text(block.view, text)
        if not reading.negative:
            return False
        add_line(self._reader, block, reading, text)
        return True

    def _moves(self, block: OpenNode, text: str) -> bool:
        rules = {
            inner.node.rule.document.move: inner.node.rule
            for inner in block.inside.values()
            if inner.node.rule.document.move
        }
        for template in rules:
            pattern = re.escape(template).replace(r"\$1", r"(.+)").replace(r"\$2", r"(.+)")
            pattern = pattern.replace(r"\ before\ ", r"\ (before|after)\ ")
            found = re.fullmatch(pattern, text)
            if found is not None:
                self._move(block, template, *found.groups())
                return True
        return False

    def _move(self, block: OpenNode, template: str, subject: str, way: str, anchor: str) -> None:
        slots = {
            inner.node.fit.taken[0]: slot
            for slot, inner in block.inside.items()
            if inner.node.rule.document.move == template
        }
        order = list(block.inside)
        order.remove(slots[subject])
        at = order.index(slots[anchor]) + (way == "after")
        order.insert(at, slots[subject])
        block.inside = {slot: block.inside[slot] for slot in order}

    def _sets(self, block: OpenNode, reading: LineReading, text: str) -> None:
        if reading.left_out:
            node = node_of(reading, text, block.path)
            block.inside.pop(node.slot, None)
            return
        if reading.rule.document.atomic:
            block.inside.pop(node_of(reading, text, block.path).slot, None)
        inner = add_line(self._reader, block, reading, text)
        self._wipe(block, inner.node)
        if reading.opens is not None:
            self._path.append(inner)
        if reading.delimiter is not None:
            self._banner = inner, reading.delimiter

    def _wipe(self, block: OpenNode, node: ConfigurationNode) -> None:
        for slot, inner in list(block.inside.items()):
            if slot != node.slot and any(one.fit(inner.node.words) for one in node.rule.wipes):
                del block.inside[slot]

    def _goes_on(self, text: str, inner: OpenNode, delimiter: str) -> None:
        whole = f"{inner.node.text}\n{text}"
        inner.node = replace(inner.node, text=whole, same=whole)
        if delimiter in text:
            self._banner = None


def _remove_group(block: OpenNode, lines: LineGroup) -> None:
    for slot, inner in list(block.inside.items()):
        if lines.covers(inner.node):
            del block.inside[slot]
        elif lines.group.document.deep:
            _remove_group(inner, lines)
