"""A configuration as a tree of lines (pure): each line may open a view with lines of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

Slot = tuple[str, ...]
"""What a line is about: a line with the same slot in the same view takes its place."""
Path = tuple[Slot, ...]
"""Where a view stands: the slots of the lines that open it, from the outermost."""


@dataclass(frozen=True, slots=True)
class ConfigLine:
    """One line; ``view`` is the view it opens, None for a line that opens none."""

    text: str
    slot: Slot
    view: str | None = None
    lines: tuple["ConfigLine", ...] = ()

    def find(self, slot: Slot) -> "ConfigLine | None":
        """The line of this view that has a slot."""
        return next((line for line in self.lines if line.slot == slot), None)


def empty(view: str) -> ConfigLine:
    """A configuration without a line; ``view`` is the name of the outermost view."""
    return ConfigLine("", (), view)


def at(root: ConfigLine, path: Path) -> ConfigLine | None:
    """The line that opens the view at a path; None where it is no longer there."""
    found: ConfigLine | None = root
    for slot in path:
        found = found.find(slot) if found is not None else None
    return found


def changed(root: ConfigLine, path: Path, change: Callable[[ConfigLine], ConfigLine]) -> ConfigLine:
    """The tree with one view changed. Raises KeyError for a path that is not there."""
    if not path:
        return change(root)
    first, *rest = path
    if root.find(first) is None:
        raise KeyError(path)
    return replace(
        root,
        lines=tuple(
            changed(line, tuple(rest), change) if line.slot == first else line
            for line in root.lines
        ),
    )


def walk(root: ConfigLine, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every line with the texts of the lines that stand above it."""
    for line in root.lines:
        yield above, line.text
        yield from walk(line, (*above, line.text))


def with_line(view: ConfigLine, line: ConfigLine) -> ConfigLine:
    """The view with a line in the place of the one with its slot, or after the last."""
    if view.find(line.slot) is None:
        return replace(view, lines=(*view.lines, line))
    return replace(
        view, lines=tuple(line if other.slot == line.slot else other for other in view.lines)
    )


def without(view: ConfigLine, victims: frozenset[Slot]) -> ConfigLine:
    """The view without the lines of some slots."""
    return replace(view, lines=tuple(line for line in view.lines if line.slot not in victims))
