"""A configuration as the box shows it: the vendor's order, sections and indentation (pure)."""

import re
from collections.abc import Iterable, Iterator, Sequence

from device_configs.emulator.effects import Effects
from device_configs.emulator.entries import ConfigLine

_SECTION = "#"
_KEY_VIEW = "public-key"
KEY_BLOCK_ENDS = "peer-public-key end"
_KEY_BEGINS, _KEY_ENDS = "public-key-code begin", "public-key-code end"
_NUMBERS = re.compile(r"\d+")
_SORTED_BY_NAME = ("interface", "vlan", "acl")


def listed(effects: Effects, root: ConfigLine) -> list[str]:
    """The lines of the whole configuration, from the first ``#`` to ``return``."""
    lines = [_SECTION]
    before: ConfigLine | None = None
    for line in _ordered(effects.document.order, root.lines):
        if before is not None and not _one_section(before, line):
            lines.append(_SECTION)
        lines.extend(_with_below(effects, line, 0))
        before = line
    if before is not None:
        lines.append(_SECTION)
    return [*lines, "return"]


def listed_view(effects: Effects, view: ConfigLine) -> list[str]:
    """What ``display this`` shows of one view."""
    return [_SECTION, *_with_below(effects, view, 0), _SECTION, "return"]


def _with_below(effects: Effects, line: ConfigLine, depth: int) -> Iterator[str]:
    yield " " * depth + line.text
    order = next((o.order for o in effects.document.orders if (line.view or "") in o.views), ())
    in_key = False
    for below in _ordered(order, line.lines) if order else line.lines:
        if below.lines and line.view in ("bgp", "aaa"):
            yield " " * (depth + 1) + _SECTION
        in_key = in_key and below.text != _KEY_ENDS
        yield from _with_below(effects, below, depth + 1 + in_key)
        in_key = in_key or below.text == _KEY_BEGINS
    if line.view == _KEY_VIEW:
        yield " " * depth + KEY_BLOCK_ENDS


def _one_section(before: ConfigLine, line: ConfigLine) -> bool:
    """Lines without a view of their own that begin alike stand in one section."""
    if before.view is not None or line.view is not None:
        return False
    return _feature(before) == _feature(line)


def _feature(line: ConfigLine) -> str:
    words = line.text.split()
    return words[1] if words[0] == "undo" and len(words) > 1 else words[0]


def _ordered(order: Sequence[str], lines: Iterable[ConfigLine]) -> list[ConfigLine]:
    """The lines in the vendor's order; those it does not name come last, as they came."""
    ranks = sorted(enumerate(order), key=lambda entry: -len(entry[1]))

    def key(line: ConfigLine) -> tuple[int, tuple[object, ...]]:
        for rank, start in ranks:
            if line.text == start or line.text.startswith(f"{start} "):
                return rank, _by_name(line)
        return len(ranks), ()

    return sorted(lines, key=key)


def _by_name(line: ConfigLine) -> tuple[object, ...]:
    if line.view is None or line.text.split()[0] not in _SORTED_BY_NAME:
        return ()
    numbers = tuple(int(number) for number in _NUMBERS.findall(line.text))
    return (_NUMBERS.sub("", line.text), numbers)
