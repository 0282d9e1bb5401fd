"""Why a line fits no form of its view, and what its author may have meant."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches

from device_configs.grammar.family import FAMILIES, load_family
from device_configs.grammar.form_words import UNDO
from device_configs.grammar.lines import SourceLine
from device_configs.grammar.machine import END_OF_LINE
from device_configs.grammar.masking import MASK_OF_SECRETS, is_secret
from device_configs.grammar.views import CommandFamily, View

MOST_VIEWS_NAMED = 3
NEAR = 0.75
"""How alike a word is to the one that is offered as what may have been meant."""
SLIP = 0.8
"""How alike a word is to the one that was meant: one letter of five, two of ten."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a fault says of a line; ``word`` is counted from 0.

    ``opens`` is the view that the line would open if it were right, where that is certain: the
    lines under it are judged by it.
    """

    word: int
    found: str
    allowed: tuple[str, ...]
    remedy: str
    opens: str | None = None
    is_outside: bool = False
    """Whether nothing like it is known: neither a command nor a keyword near one."""


def diagnose(
    family: CommandFamily, view: View, line: SourceLine, platform: str | None
) -> Diagnosis:
    """The diagnosis of a line that ``view`` does not accept on ``platform``."""
    candidates = view.candidates(line)
    if not candidates:
        return _unknown(view, line, _elsewhere(family, view, line, platform))
    readings = [(command, command.machine.read(line)) for command in candidates]
    if any(reading.accepted for _, reading in readings):
        return _other_platform(family, view, line, platform)
    word = max(reading.stopped for _, reading in readings)
    nearest = [(command, reading) for command, reading in readings if reading.stopped == word]
    allowed = _in_order(label for _, reading in nearest for label in reading.allowed)
    opened = {command.opens for command, _ in nearest if command.opens is not None}
    elsewhere, near = _elsewhere_or_near(family, view, line, platform, word, allowed)
    is_mistake = bool(elsewhere) or (near is not None and is_slip(line.words[word], near))
    return Diagnosis(
        word,
        _found(line, word, allowed),
        allowed,
        elsewhere or _offered(near),
        opened.pop() if len(opened) == 1 else None,
        not is_mistake and _is_unknown_keyword(line, word, allowed),
    )


def is_slip(written: str, meant: str) -> bool:
    """Whether a word is another one mistyped, and not a command of its own that looks like it.

    ``sbfd`` is no mistake for ``bfd``, nor ``ripng`` for ``rip``.
    """
    if written[:1] != meant[:1]:
        return False
    alike = SequenceMatcher(None, written, meant).ratio()
    return alike >= SLIP or sorted(written) == sorted(meant)


def _offered(near: str | None) -> str:
    return "" if near is None else f"did you mean {near!r}?"


def _is_unknown_keyword(line: SourceLine, word: int, allowed: tuple[str, ...]) -> bool:
    """Whether a line goes on by a word where keywords, or nothing more, are known: a value out of
    its range is wrong, a keyword that no reference here has is another matter."""
    if word == len(line.words) or is_secret(line, word):
        return False
    begins_as_keyword = re.match(r"[a-z]", line.words[word]) is not None
    return begins_as_keyword and (
        allowed == (END_OF_LINE,) or any(_is_keyword(label) for label in allowed)
    )


def _elsewhere_or_near(
    family: CommandFamily,
    view: View,
    line: SourceLine,
    platform: str | None,
    word: int,
    allowed: tuple[str, ...],
) -> tuple[str, str | None]:
    """Where the line would be right, or the keyword that is near; nothing for a wrong value."""
    if word == len(line.words) or not any(_is_keyword(label) for label in allowed):
        return "", None
    elsewhere = _elsewhere(family, view, line, platform)
    return elsewhere, None if elsewhere else _nearest(line, word, allowed)


def _is_keyword(label: str) -> bool:
    return label[0].islower() and label != END_OF_LINE


def _unknown(view: View, line: SourceLine, elsewhere: str) -> Diagnosis:
    """No command of the view begins as the line does."""
    undoing = line.words[0] == UNDO and len(line.words) > 1
    word = 1 if undoing else 0
    begun = f"{UNDO} {line.words[1]}" if undoing else line.words[0]
    near = [] if elsewhere else get_close_matches(begun, list(view.beginnings()), 1, NEAR)
    is_mistake = bool(elsewhere) or any(is_slip(begun, meant) for meant in near)
    found = f"no command of this view begins with {begun!r} (word {word + 1})"
    return Diagnosis(
        word,
        found,
        (),
        elsewhere or _offered(near[0] if near else None),
        _would_open(view, line, near[0]) if near and is_mistake else None,
        is_outside=not is_mistake,
    )


def _would_open(view: View, line: SourceLine, beginning: str) -> str | None:
    words = (*beginning.split(), *line.words[len(beginning.split()) :])
    found = view.read(SourceLine(line.number, line.indent, line.text, words, line.starts), None)
    return found[0].opens if found else None


def _other_platform(
    family: CommandFamily, view: View, line: SourceLine, platform: str | None
) -> Diagnosis:
    """The line is right, but on other platforms of the family."""
    found = view.read(line, None)
    tags = sorted(found[0].platforms) if found else []
    having = ", ".join(family.platforms[tag] for tag in tags)
    here = family.platforms[platform] if platform else ""
    return Diagnosis(0, f"{line.words[0]!r} is no such command on {here}", (), f"it is on {having}")


def _found(line: SourceLine, word: int, allowed: tuple[str, ...]) -> str:
    if word == len(line.words):
        return "the line is incomplete"
    shown = MASK_OF_SECRETS if is_secret(line, word) else line.words[word]
    if allowed == (END_OF_LINE,):
        return f"{shown!r} (word {word + 1}) is one word too many"
    return f"{shown!r} (word {word + 1}) does not fit"


def _nearest(line: SourceLine, word: int, allowed: Iterable[str]) -> str | None:
    if is_secret(line, word):
        return None
    keywords = [label for label in allowed if _is_keyword(label)]
    return next(iter(get_close_matches(line.words[word], keywords, n=1)), None)


def _elsewhere(family: CommandFamily, view: View, line: SourceLine, platform: str | None) -> str:
    """Where the line would be right: other views of the family, or the other family."""
    views = [
        other.name
        for other in family.views.values()
        if other is not view and other.opened and other.read(line, platform)
    ]
    if views:
        shown = ", ".join(views[:MOST_VIEWS_NAMED])
        more = " and others" if len(views) > MOST_VIEWS_NAMED else ""
        return f"it is a command of {shown}{more}"
    for name in FAMILIES:
        other_family = load_family(name)
        if other_family is family or family.name not in FAMILIES:
            continue
        if any(other.read(line, None) for other in other_family.views.values()):
            return f"it is a command of {name}"
    return ""


def _in_order(labels: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(labels))
