"""Lines whose values are a list: set adds, undo takes away (pure)."""

from device_configs.emulator.effects import Effects
from device_configs.emulator.entries import ConfigLine, with_line, without
from device_configs.emulator.number_lists import read_numbers, write_numbers

_Words = tuple[str, ...]
_ALL = frozenset(range(1, 4095))


def grown(effects: Effects, view: ConfigLine, words: _Words) -> ConfigLine | None:
    """The view with the values of a list line added; None for a line that is no list."""
    if head := effects.list_of(words):
        slot = words[:head]
        return _with_numbers(view, slot, _numbers(view, slot) | _read(words[head:]))
    if head := effects.words_of(words, view.view):
        return _with_words(view, words, head)
    return None


def shrunk(effects: Effects, view: ConfigLine, words: _Words) -> ConfigLine | None:
    """The view with the values of a list line taken away; None for a line that is no list."""
    if head := effects.list_of(words):
        slot = words[:head]
        left = _numbers(view, slot) - _read(words[head:]) if len(words) > head else frozenset()
        return _with_numbers(view, slot, left)
    if (head := effects.words_of(words, view.view)) and len(words) > head:
        kept = words[:head]
        return without(view, frozenset((*kept, value) for value in _values(words, head)))
    return None


def numbers_of(view: ConfigLine, slot: _Words) -> frozenset[int]:
    """The numbers of a view's list line; none where it has no such line."""
    return _numbers(view, slot)


def _numbers(view: ConfigLine, slot: _Words) -> frozenset[int]:
    line = view.find(slot)
    return _read(tuple(line.text.split())[len(slot) :]) if line is not None else frozenset()


def _read(words: _Words) -> frozenset[int]:
    return _ALL if words == ("all",) else read_numbers(words)


def _with_numbers(view: ConfigLine, slot: _Words, numbers: frozenset[int]) -> ConfigLine:
    if not numbers:
        return without(view, frozenset({slot}))
    return with_line(view, ConfigLine(f"{' '.join(slot)} {write_numbers(numbers)}", slot))


def _with_words(view: ConfigLine, words: _Words, head: int) -> ConfigLine:
    """Each value of the line as a line of its own, as the boxes show them."""
    for value in _values(words, head):
        slot = (*words[:head], value)
        if view.find(slot) is None:
            view = with_line(view, ConfigLine(" ".join(slot), slot))
    return view


def _values(words: _Words, head: int) -> _Words:
    return words[head:]
