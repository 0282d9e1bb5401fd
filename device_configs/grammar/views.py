"""The views of a vendor's command line, and the family they make (pure)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from device_configs.grammar.form_words import beginning
from device_configs.grammar.forms import CommandForm
from device_configs.grammar.lines import SourceLine
from device_configs.grammar.machine import FormReading
from device_configs.grammar.values import ValueTypes

SYSTEM_VIEW = "system"


@dataclass(frozen=True, eq=False)
class View:
    """A view by its name, with its commands by the words a line may begin with."""

    name: str
    title: str
    commands: Mapping[str, tuple[CommandForm, ...]]
    opened: bool
    """Whether a line stands in it; False for a group of forms that views share."""
    free_text: bool
    """Whether a line that no command accepts is text rather than a fault."""

    def beginnings(self) -> Iterable[str]:
        """The first words of the view's commands, ``undo`` lines by their second."""
        return self.commands.keys()

    def candidates(self, line: SourceLine) -> tuple[CommandForm, ...]:
        """Commands that begin as the line does."""
        return self.commands.get(beginning(line), ())

    def read(
        self, line: SourceLine, platform: str | None
    ) -> tuple[CommandForm, FormReading] | None:
        """The command that accepts the line and how it read it, or None."""
        words = frozenset(line.words)
        for command in self.candidates(line):
            if command.needed <= words and _on(command, platform):
                reading = command.machine.read(line)
                if reading.accepted:
                    return command, reading
        return None


@dataclass(frozen=True, eq=False)
class CommandFamily:
    """Everything the grammar knows of one family."""

    name: str
    title: str
    platforms: Mapping[str, str]
    views: Mapping[str, View]
    predefined: Mapping[str, frozenset[str]]
    types: ValueTypes

    @property
    def system(self) -> View:
        return self.views[SYSTEM_VIEW]


def _on(command: CommandForm, platform: str | None) -> bool:
    return platform is None or not command.platforms or platform in command.platforms
