"""What a question mark shows: the words that may follow (pure)."""

from collections.abc import Iterable

from device_configs.emulator.command_tables import commands_of
from device_configs.emulator.kinds import ChangeManner
from device_configs.emulator.prompts import working
from device_configs.emulator.state import BoxState, CliSession
from device_configs.emulator.vocabulary import source_line
from device_configs.grammar.machine import END_OF_LINE
from device_configs.grammar.views import View

_ENTER = "<cr>"
_COMMIT = ["description", "label", "persist", "trial", _ENTER]
_TRIAL = ["INTEGER<60-65535>", "description", "label", "persist", _ENTER]


def help_lines(state: BoxState, session: CliSession, typed: str) -> tuple[str, ...]:
    """The words that may come next after what was typed, or complete its last word."""
    words = source_line(typed).words
    partial = words[-1] if words and not typed.endswith(" ") else ""
    before = words[:-1] if partial else words
    found = sorted({word for word in _following(state, session, before) if _fits(word, partial)})
    if not found:
        return (
            (" % Unrecognized command.",)
            if state.kind.comware
            else ("Error: Unrecognized command found at '^' position.",)
        )
    return tuple(f"  {word}" for word in found)


def _fits(word: str, partial: str) -> bool:
    return not partial or word.startswith(partial)


def _following(state: BoxState, session: CliSession, before: tuple[str, ...]) -> Iterable[str]:
    if before[:1] == ("commit",) and state.kind.manner is ChangeManner.TWO_PHASE:
        words = _COMMIT if len(before) == 1 else _TRIAL
        return [w for w in words if w != "persist" or not state.traits.without_persist]
    found: set[str] = set()
    for command in commands_of(state.kind):
        marks = command.pattern.split()
        head = marks[: len(before)]
        if len(head) == len(before) and all(
            mark in ("*", "...") or mark.startswith(word)
            for mark, word in zip(head, before, strict=True)
        ):
            if command.views != "any" and (session.path is None) != (command.views == "user"):
                continue
            rest = marks[len(before) :]
            found.add(rest[0] if rest and rest[0] not in ("*", "...") else _ENTER)
    if session.path is not None:
        vocabulary = state.kind.vocabulary
        view = vocabulary.view(working(state, session), session.path)
        found |= _of_grammar(view, before, vocabulary.platform)
    return found


def _of_grammar(view: View, before: tuple[str, ...], platform: str) -> set[str]:
    if not before:
        return {start.split()[0] for start in view.beginnings()}
    line = source_line(" ".join(before))
    found: set[str] = set()
    for command in view.candidates(line):
        if command.platforms and platform not in command.platforms:
            continue
        reading = command.machine.read(line)
        if reading.accepted:
            found.add(_ENTER)
        elif reading.stopped == len(line.words):
            found.update(_ENTER if one == END_OF_LINE else one for one in reading.allowed)
    return found
