"""Operations written as the lines that a device is given: views entered and left (pure)."""

from device_configs.patches.operations import Operation
from device_configs.patches.tree import ConfigurationNode, ConfigurationTree

LEAVE = "quit"


class PatchWriter:
    """Goes from view to view; a view that is there already may be entered by a shorter line."""

    def __init__(self, before: ConfigurationTree) -> None:
        self._lines: list[str] = []
        self._at: list[ConfigurationNode] = []
        self._there = set(_paths(before.inside, ()))

    def send(self, operation: Operation) -> None:
        """Write one operation, in its view."""
        if operation.opens:
            self._go((*operation.views, operation.node), fresh=True)
            self._there.add(tuple(node.slot for node in (*operation.views, operation.node)))
            return
        self._go(operation.views)
        self._lines.extend(operation.text.split("\n"))

    def finished(self) -> list[str]:
        """All lines, the last of which leaves the last view."""
        self._leave(0)
        return self._lines

    def _go(self, views: tuple[ConfigurationNode, ...], *, fresh: bool = False) -> None:
        common = 0
        while (
            common < min(len(self._at), len(views))
            and self._at[common].slot == views[common].slot
            and not (fresh and common == len(views) - 1)
        ):
            common += 1
        self._leave(common)
        for depth, node in enumerate(views[common:], start=common):
            path = tuple(view.slot for view in views[: depth + 1])
            enter = node.rule.document.enter
            short = enter and path in self._there and not (fresh and depth == len(views) - 1)
            self._lines.append(node.fit.fill(enter) if short else node.text)
            self._at.append(node)

    def _leave(self, depth: int) -> None:
        while len(self._at) > depth:
            self._lines.append(self._at.pop().rule.document.ends or LEAVE)


def _paths(
    nodes: tuple[ConfigurationNode, ...], around: tuple[str, ...]
) -> "list[tuple[str, ...]]":
    found = []
    for node in nodes:
        if node.view is not None:
            path = (*around, node.slot)
            found.append(path)
            found.extend(_paths(node.inside, path))
    return found
