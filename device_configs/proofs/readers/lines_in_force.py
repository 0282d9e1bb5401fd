"""Which lines of a box's text are in force, view by view, and what took the others away (pure).

A text is a list of commands: a later one may undo an earlier, or take its place, and a view may be
entered more than once. So a line that stands in the text need not be in force.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from sys import intern

from device_configs.proofs.readers.blocks import Block

SYSTEM = ""
"""The view in which a text begins."""
_NAMED = re.compile(r"^(interface [A-Za-z-]+) (?=\d)")


@dataclass(frozen=True)
class StatedLine:
    """A line of a view; ``undone_by`` is the later line that took it away, empty where none did."""

    text: str
    undone_by: str = ""


@dataclass(frozen=True)
class LinesInForce:
    """The watched lines of each view by its heading, the view of the system by no word."""

    views: Mapping[str, tuple[StatedLine, ...]]

    def stated(self, view: str, line: str) -> StatedLine | None:
        """The line as the view has it at the end; None where it never stands."""
        return next((found for found in self.views.get(view, ()) if found.text == line), None)

    def in_force(self, view: str, beginning: str) -> tuple[str, ...]:
        """Lines of a view that begin with these words and that nothing took away."""
        return tuple(
            line.text
            for line in self.views.get(view, ())
            if not line.undone_by and begins(line.text, beginning)
        )

    def named(self, pattern: str) -> tuple[str, ...]:
        """Views whose heading the pattern finds."""
        return tuple(view for view in self.views if re.search(pattern, view))


def begins(line: str, words: str) -> bool:
    """Whether a line begins with whole words."""
    return line == words or line.startswith(f"{words} ")


@dataclass(frozen=True)
class LineWords:
    """How a platform says things: ``undoing`` begins a line that takes another away, ``single``
    begin commands that stand once in a view, ``watched`` are first words that matter."""

    undoing: str
    single: tuple[str, ...]
    watched: frozenset[str]


def lines_in_force(blocks: Collection[Block], words: LineWords) -> LinesInForce:
    """Follow a text from its first line to its last."""
    reading = _Reading(words)
    reading.read(blocks, SYSTEM)
    return LinesInForce({view: tuple(lines) for view, lines in reading.views.items()})


@dataclass
class _Reading:
    words: LineWords
    views: dict[str, list[StatedLine]] = field(default_factory=dict)

    def read(self, blocks: Collection[Block], view: str) -> None:
        self.views.setdefault(view, [])
        for block in blocks:
            line = _spelled(str(block))
            self._say(view, line)
            if block.inside or _opens(line):
                self.read(block.inside, f"{view} / {line}" if view else line)

    def _say(self, view: str, line: str) -> None:
        undone = line.removeprefix(f"{self.words.undoing} ")
        if undone != line:
            self._undo(view, undone, line)
        if undone.split(" ", 1)[0] in self.words.watched:
            self.views[view] = [*self._left(view, line), StatedLine(intern(line))]

    def _undo(self, view: str, undone: str, by: str) -> None:
        self.views[view] = [
            replace(line, undone_by=by)
            if not line.undone_by and self._is_meant(line.text, undone)
            else line
            for line in self.views[view]
        ]
        for other in list(self.views):
            if view == SYSTEM and other and begins(other, undone):
                self.views[other] = [replace(line, undone_by=by) for line in self.views[other]]

    def _is_meant(self, line: str, undone: str) -> bool:
        """``undo X`` takes away X and what begins with it; a value behind it may be another."""
        return begins(line, undone) or any(begins(undone, slot) for slot in self._slots(line))

    def _left(self, view: str, line: str) -> Iterator[StatedLine]:
        """What a line leaves as it was: it takes the place of others in its slot."""
        slots = self._slots(line)
        opposite = f"{self.words.undoing} {line}"
        for found in self.views[view]:
            if found.text == line:
                continue
            replaced = found.text == opposite or (slots and slots == self._slots(found.text))
            taken = bool(replaced) and not found.undone_by
            yield replace(found, undone_by=line) if taken else found

    def _slots(self, line: str) -> list[str]:
        return [slot for slot in self.words.single if begins(line, slot)]


def _spelled(line: str) -> str:
    """``interface GigabitEthernet 0/0/1`` is the same view as without the blank."""
    return _NAMED.sub(r"\1", line)


def _opens(line: str) -> bool:
    return line.startswith("interface ")
