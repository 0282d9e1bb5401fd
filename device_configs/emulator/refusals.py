"""How a box refuses a line, in its vendor's words (pure)."""

from device_configs.grammar.lines import SourceLine
from device_configs.grammar.machine import END_OF_LINE
from device_configs.grammar.views import View


class LineRefused(Exception):
    """A line that the box does not carry out; the text is what it says, without line ends."""


VRP_SENTENCE = "Error: {}"
COMWARE_SENTENCE = " % {}"
_UNKNOWN = "Unrecognized command found at '^' position."
_INCOMPLETE = "Incomplete command found at '^' position."
_TOO_MANY = "Too many parameters found at '^' position."
_WRONG = "Wrong parameter found at '^' position."


def caret_answer(
    view: View, line: SourceLine, platform: str | None, prompt: str, sentence: str
) -> str:
    """The caret under the word that fits no form, and the vendor's sentence about it.

    ``prompt`` stands before what was typed: the caret's column counts from the screen's edge.
    """
    word, allowed = _where(view, line, platform)
    column = line.starts[word] if word < len(line.words) else len(line.text)
    return f"{' ' * (len(prompt) + column)}^\r\n{sentence.format(_finding(line, word, allowed))}"


def _where(view: View, line: SourceLine, platform: str | None) -> tuple[int, tuple[str, ...]]:
    """The word (from 0) where the nearest forms stop, and what they would take there."""
    readings = [
        command.machine.read(line)
        for command in view.candidates(line)
        if platform is None or not command.platforms or platform in command.platforms
    ]
    readings = [reading for reading in readings if not reading.accepted]
    if not readings:
        return (1 if line.words[0] == "undo" and len(line.words) > 1 else 0), ()
    word = max(reading.stopped for reading in readings)
    return word, tuple(a for r in readings if r.stopped == word for a in r.allowed)


def _finding(line: SourceLine, word: int, allowed: tuple[str, ...]) -> str:
    if not allowed:
        return _UNKNOWN
    if word >= len(line.words):
        return _INCOMPLETE
    if set(allowed) == {END_OF_LINE}:
        return _TOO_MANY
    if any(label[0] == "<" or label[0].isupper() for label in allowed):
        return _WRONG
    return _UNKNOWN
