"""What a person wrote, without what nobody can read (pure).

Control and escape characters, zero width, and lone surrogates are no content: a reason made of them
is none, a terminal must not obey a stored text, and PostgreSQL keeps no NUL.
"""

import re
import unicodedata

_BLANK_LETTERS = "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Letters and signs that Unicode draws as nothing (Default_Ignorable_Code_Point, braille blank)."""
_LAYOUT = "\n\t"
_ESCAPE_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x9b[0-?]*[@-~]"
)
"""Of a terminal (ECMA-48): its letters are no content either."""


def written(text: str) -> str:
    """The text as it can be read, without blanks around it; empty when there is nothing to read."""
    if text.isascii() and text.isprintable():
        return text.strip()
    plain = _ESCAPE_SEQUENCE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(character for character in plain if _is_seen(character)).strip()
    return kept if any(_is_content(character) for character in kept) else ""


def _is_seen(character: str) -> bool:
    if character in _LAYOUT:
        return True
    unseen = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Cn", "Co")
    return not unseen and character not in _BLANK_LETTERS


def _is_content(character: str) -> bool:
    """Not a blank, nor a mark that stands on nothing."""
    return unicodedata.category(character)[0] not in "ZCM"
