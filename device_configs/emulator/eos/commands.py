"""Which commands an emulated EOS box knows in which mode (data beside this module; pure)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from device_configs.patches.patterns import LinePattern, Words, parse_pattern

GLOBAL = "global"
_FILE = Path(__file__).with_name("commands.yml")


@dataclass(frozen=True, slots=True)
class ModeCommand:
    """One form; ``place`` is where it is shown among those of its mode."""

    form: LinePattern
    place: int
    opens: str = ""
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownLine:
    """A line that a mode knows; ``name`` is what a later line of the same name overwrites."""

    command: ModeCommand
    name: Words


@cache
def modes() -> Mapping[str, tuple[ModeCommand, ...]]:
    """The commands of every mode."""
    document = yaml.safe_load(_FILE.read_text("utf-8"))
    return {mode: tuple(_commands(forms)) for mode, forms in document.items()}


def known_line(mode: str, words: Words) -> KnownLine | None:
    """How a mode reads a line; None where it knows no such command."""
    for command in modes()[mode]:
        fit = command.form.fit(words)
        if fit is not None and (fit.rest or not command.form.open):
            return KnownLine(command, fit.key)
    return None


def _commands(forms: list[str | dict[str, object]]) -> Iterator[ModeCommand]:
    for place, entry in enumerate(forms):
        fields = {"form": entry} if isinstance(entry, str) else entry
        secrets = fields.get("secrets", ())
        yield ModeCommand(
            parse_pattern(str(fields["form"])),
            place,
            str(fields.get("opens", "")),
            tuple(str(word) for word in secrets) if isinstance(secrets, list) else (),
        )
