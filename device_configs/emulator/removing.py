"""What an ``undo`` takes out of a configuration (pure)."""

from dataclasses import replace

from device_configs.emulator.effects import begins
from device_configs.emulator.entries import ConfigLine, Path, Slot, changed, with_line, without
from device_configs.emulator.number_lists import read_numbers, write_numbers
from device_configs.emulator.value_lists import shrunk
from device_configs.emulator.vocabulary import Vocabulary

_Words = tuple[str, ...]
_BATCH = ("vlan", "batch")


def removed(vocabulary: Vocabulary, root: ConfigLine, path: Path, words: _Words) -> ConfigLine:
    """The configuration after ``undo`` and these words in the view at a path.

    Where there is nothing to remove nothing changes, as on the platforms.
    """
    effects = vocabulary.effects
    words = effects.normal(words)

    def change(view: ConfigLine) -> ConfigLine:
        if effects.is_default(words, vocabulary.platform):
            view = without(view, frozenset({words}))
            return with_line(view, ConfigLine(f"undo {' '.join(words)}", ("undo", *words)))
        listed = shrunk(effects, view, words)
        if listed is None:
            listed = without(view, _victims(vocabulary, view, words))
        if effects.cascades(words):
            listed = replace(listed, lines=tuple(_cascaded(line, words) for line in listed.lines))
        return listed if path else _vlans(listed, words)

    return changed(root, path, change)


def _victims(vocabulary: Vocabulary, view: ConfigLine, words: _Words) -> frozenset[Slot]:
    """Slots of the lines that begin with the words; else of the line with their slot."""
    beginnings = vocabulary.effects.removed_by(words)
    found = frozenset(
        line.slot
        for line in view.lines
        for start in beginnings
        if begins(_normal(vocabulary, line), start) or line.slot == start
    )
    if found:
        return found
    slot = vocabulary.effects.slot(words, len(words))
    return frozenset(line.slot for line in view.lines if line.slot == slot)


def _normal(vocabulary: Vocabulary, line: ConfigLine) -> _Words:
    return vocabulary.effects.normal(tuple(line.text.split()))


def _cascaded(line: ConfigLine, words: _Words) -> ConfigLine:
    kept = tuple(
        _cascaded(below, words)
        for below in line.lines
        if tuple(below.text.split())[: len(words)] != words
    )
    return replace(line, lines=kept)


def _vlans(view: ConfigLine, words: _Words) -> ConfigLine:
    """A VLAN ends wherever it was made: in the batch or by a view of its own."""
    if words[:1] != ("vlan",) or len(words) < 2:
        return view
    batch = words[:2] == _BATCH
    try:
        gone = read_numbers(words[2:] if batch else words[1:])
    except ValueError:
        return view
    view = without(view, frozenset(("vlan", str(number)) for number in gone))
    line = view.find(_BATCH)
    if batch or line is None:
        return view
    left = read_numbers(line.text.split()[2:]) - gone
    if not left:
        return without(view, frozenset({_BATCH}))
    return with_line(view, replace(line, text=f"vlan batch {write_numbers(left)}"))
