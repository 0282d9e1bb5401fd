"""What one line makes of a configuration (pure).

A line that the grammar does not take in its view is refused in the vendor's words; what is taken
has the effect that ``effects/<family>.yml`` describes.
"""

from dataclasses import dataclass, replace

from device_configs.emulator.ciphers import sealed
from device_configs.emulator.entries import (
    ConfigLine,
    Path,
    Slot,
    at,
    changed,
    with_line,
    without,
)
from device_configs.emulator.listing import KEY_BLOCK_ENDS
from device_configs.emulator.moving import moved
from device_configs.emulator.numbering import named, numbered
from device_configs.emulator.references import refuse_missing, refuse_removal
from device_configs.emulator.refusals import LineRefused
from device_configs.emulator.removing import removed
from device_configs.emulator.value_lists import grown
from device_configs.emulator.vocabulary import Vocabulary, kept_words
from device_configs.grammar.forms import CommandForm
from device_configs.grammar.lines import SourceLine
from device_configs.grammar.views import View

_UNDO = "undo"
_STOPS = ("stop", "undo start", "undo start now")


@dataclass(frozen=True, slots=True)
class Edit:
    """A configuration after a line, and the view the session stands in then."""

    root: ConfigLine
    path: Path
    notes: tuple[str, ...] = ()
    """What the box says besides."""


class NotInGrammar(Exception):
    """No form of the view takes the line."""


def edit(
    vocabulary: Vocabulary,
    root: ConfigLine,
    path: Path,
    line: SourceLine,
    startup: bool = False,
) -> Edit:
    """What a line does in the view at a path.

    At ``startup`` the lines come in the order in which the box shows them, and it takes them all:
    names that a later line defines, and a test that starts before its last line.

    Raises :class:`NotInGrammar` for a line of no form, and
    :class:`~device_configs.emulator.refusals.LineRefused` for one that the box will not carry out.
    """
    view = vocabulary.view(root, path)
    if line.text == KEY_BLOCK_ENDS and (path or startup):
        # It leaves the view, and is no line of it: the box shows it behind the block.
        return Edit(root, path[:-1])
    found = vocabulary.read(view, line)
    if found is None:
        if view.free_text:
            text = ConfigLine(line.text, line.words)
            return Edit(changed(root, path, lambda v: with_line(v, text)), path)
        raise NotInGrammar
    command, reading = found
    if not startup:
        _refuse_while_running(vocabulary, root, path, view, line)
    starts = vocabulary.effects.document.running.get(view.name)
    if starts is not None and line.text in _STOPS:
        return Edit(
            changed(root, path, lambda v: without(v, frozenset({_slot_of(v, starts)}))), path
        )
    if line.words[0] == _UNDO and command.undoes:
        after = removed(vocabulary, root, path, line.words[1:])
        refuse_removal(vocabulary, root, after)
        return Edit(after, path)
    if not startup:
        refuse_missing(vocabulary, root, line, reading.captures)
    words = sealed(vocabulary.family, line.words)
    if moved_rule := moved(words):
        return Edit(changed(root, path, moved_rule), path)
    if command.opens is not None:
        return _opened(vocabulary, root, path, words, command.opens)
    return _set(vocabulary, root, path, command, words)


def _opened(
    vocabulary: Vocabulary, root: ConfigLine, path: Path, words: tuple[str, ...], opens: str
) -> Edit:
    """Enter the view that a line opens, which it makes if it is not there."""
    effects = vocabulary.effects
    names = named(effects.normal(words))
    slot = effects.slot(names, len(names))
    parent = at(root, path)
    existing = parent.find(slot) if parent is not None else None
    if existing is None:
        text = " ".join(numbered(words, parent, vocabulary.family))
        opened = ConfigLine(text, slot, opens)
    elif len(words) > len(existing.text.split()):
        opened = replace(existing, text=" ".join(words))
    else:
        return Edit(root, (*path, slot))
    after = changed(root, path, lambda view: with_line(view, opened))
    return Edit(after, (*path, slot))


def _set(
    vocabulary: Vocabulary,
    root: ConfigLine,
    path: Path,
    command: CommandForm,
    words: tuple[str, ...],
) -> Edit:
    effects = vocabulary.effects
    parent = at(root, path)
    words = numbered(words, parent, vocabulary.family)
    slot = effects.slot(words, kept_words(command, words))
    cleared = effects.cleared_by(words)
    notes: tuple[str, ...] = ()

    def change(view: ConfigLine) -> ConfigLine:
        victims = {
            line.slot
            for line in view.lines
            if (line.slot[:1] == (_UNDO,) and line.slot[1:] in (words, slot))
            or any(tuple(line.text.split())[: len(start)] == start for start in cleared)
        }
        if effects.is_absent(words, vocabulary.platform):
            return without(view, frozenset({*victims, slot}))
        view = without(view, frozenset(victims))
        return grown(effects, view, words) or with_line(view, ConfigLine(" ".join(words), slot))

    if cleared and parent is not None and parent.find(slot) is None:
        notes = ("Info: All IPv4 and IPv6 related configurations on this interface are removed.",)
    elif cleared:
        cleared = ()
    after = changed(root, path, change)
    return Edit(after, path, notes)


def _slot_of(view: ConfigLine, text: str) -> Slot:
    return next((line.slot for line in view.lines if line.text == text), ())


def _refuse_while_running(
    vocabulary: Vocabulary, root: ConfigLine, path: Path, view: View, line: SourceLine
) -> None:
    """A test that runs is not changed: it is stopped first."""
    starts = vocabulary.effects.document.running.get(view.name)
    block = at(root, path)
    if starts is None or block is None or line.text in (starts, *_STOPS):
        return
    if any(one.text == starts for one in block.lines):
        raise LineRefused("Error: The test instance is running; stop it before it is changed.")
