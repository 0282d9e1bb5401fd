"""How wide a text is, and how it is broken, so that none leaves its box on the wall or on paper.

Widths are of Noto Sans CJK SC, rounded up: Han characters fill the em, digits are tabular.
"""

import unicodedata

_NARROW = frozenset("fijlrt.,:;!|'()[]/- ")
_WIDE = frozenset("mwMW%@")
_HAN_LATIN_GAP = 0.14


def text_width(text: str, size: float) -> float:
    """Width in the unit of ``size`` (font size in px), an upper bound."""
    total = 0.0
    previous_wide: bool | None = None
    for character in text:
        wide = unicodedata.east_asian_width(character) in "WFA"
        if previous_wide is not None and wide is not previous_wide and character != " ":
            total += _HAN_LATIN_GAP
        total += _em(character, wide)
        previous_wide = wide
    return total * size


def _em(character: str, wide: bool) -> float:
    if wide:
        return 1.0
    if character in _NARROW:
        return 0.37
    if character in _WIDE:
        return 0.93
    return 0.66 if character.isupper() else 0.58


def fitting_size(text: str, size: float, room: float) -> float:
    """The size, or as much less as keeps the text within the room."""
    needed = text_width(text, size)
    return size if needed <= room else size * room / needed


def fit_lines(title: str, short: str, width: float, size: float) -> tuple[str, ...]:
    """The title on one line, or broken in two, or else its short name; each within ``width``."""
    if text_width(title, size) <= width:
        return (title,)
    halves = [
        (title[:cut].rstrip(), title[cut:].lstrip())
        for cut in _breaks(title)
        if max(text_width(part.strip(), size) for part in (title[:cut], title[cut:])) <= width
    ]
    if not halves:
        return (short,)
    return min(halves, key=lambda pair: abs(len(pair[0]) - len(pair[1])))


def _breaks(title: str) -> list[int]:
    """Positions at which a line may end: at spaces, or between two Han characters."""
    if " " in title:
        return [i for i, character in enumerate(title) if character == " "]
    return [
        i
        for i in range(2, len(title) - 1)
        if title[i - 1] > "⺀" and (title[i] > "⺀" or not title[i].isascii())
    ]
