"""A configuration text becomes a tree, as when a box reads its startup file (pure)."""

from dataclasses import dataclass

from device_configs.emulator.edits import NotInGrammar, edit
from device_configs.emulator.entries import ConfigLine, Path, empty
from device_configs.emulator.refusals import LineRefused
from device_configs.emulator.vocabulary import Vocabulary
from device_configs.grammar.lines import read_line
from device_configs.grammar.views import SYSTEM_VIEW

_SECTION, _RETURN, _QUIT = "#", "return", "quit"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration read from a text, and the lines that the box did not take."""

    root: ConfigLine
    refused: tuple[str, ...]


def load_text(vocabulary: Vocabulary, text: str, root: ConfigLine | None = None) -> Loaded:
    """The configuration that a text gives, line by line as its indentation nests it.

    ``root`` is what the lines are added to, nothing if None. Lines that the grammar does not take
    are left out and listed; VRP ends its files with a NUL, which is no part of them.
    """
    found = root if root is not None else empty(SYSTEM_VIEW)
    refused: list[str] = []
    open_views: list[tuple[int, Path]] = [(-1, ())]
    for raw in text.replace("\0", "").splitlines():
        line = read_line(1, raw)
        if line is None or line.text.startswith("!"):
            continue
        while open_views[-1][0] >= line.indent:
            open_views.pop()
        path = open_views[-1][1]
        if line.text == _SECTION:
            continue
        if line.text == _RETURN:
            open_views = [(-1, ())]
            continue
        if line.text == _QUIT:
            continue
        try:
            after = edit(vocabulary, found, path, line, startup=True)
        except (NotInGrammar, LineRefused):
            refused.append(line.text)
            continue
        found = after.root
        if after.path != path:
            open_views.append((line.indent, after.path))
    return Loaded(found, tuple(refused))
