"""What a box understands: its family's grammar in its own dialect, and what lines do (pure)."""

from dataclasses import dataclass
from functools import cached_property

from device_configs.emulator.effects import Effects, load_effects
from device_configs.emulator.entries import ConfigLine, Path, at
from device_configs.grammar.family import load_family
from device_configs.grammar.forms import CommandForm
from device_configs.grammar.lines import SourceLine, read_line
from device_configs.grammar.machine import FormReading
from device_configs.grammar.notation import Keyword
from device_configs.grammar.views import SYSTEM_VIEW, CommandFamily, View


@dataclass(frozen=True)
class Vocabulary:
    """A family of the command grammar; ``platform`` is one of its tags, such as ``ne``."""

    family: str
    platform: str

    @cached_property
    def grammar(self) -> CommandFamily:
        return load_family(self.family)

    @cached_property
    def effects(self) -> Effects:
        return load_effects(self.family)

    def view(self, root: ConfigLine, path: Path) -> View:
        """The view at a path; the system view where the path leads nowhere."""
        line = at(root, path)
        name = line.view if line is not None else None
        return self.grammar.views[name or SYSTEM_VIEW]

    def read(self, view: View, line: SourceLine) -> tuple[CommandForm, FormReading] | None:
        """The form of a view that takes a line on this platform."""
        return view.read(line, self.platform)


def source_line(text: str) -> SourceLine:
    """A line as the grammar reads it; of nothing but blanks, it has no words."""
    return read_line(1, text) or SourceLine(1, 0, "", (), ())


def kept_words(command: CommandForm, words: tuple[str, ...]) -> int:
    """How many words of a line the vendors' regular undo repeats: to the last fixed keyword."""
    items = command.tree.items
    fixed = [at for at, item in enumerate(items) if isinstance(item, Keyword)]
    if not fixed:
        return len(words)
    keyword = items[fixed[-1]]
    start = min(fixed[-1], len(words) - 1)
    if isinstance(keyword, Keyword):
        for at, word in enumerate(words[start:], start):
            if word == keyword.word:
                return at + 1
        for at, word in enumerate(words):
            if word == keyword.word:
                return at + 1
    return len(words)
