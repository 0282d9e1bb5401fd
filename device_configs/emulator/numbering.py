"""Numbers that a box gives by itself to rules that came without one (pure)."""

from device_configs.emulator.entries import ConfigLine

_Words = tuple[str, ...]
_STEP = 5
_ACTIONS = ("permit", "deny")


def numbered(words: _Words, view: ConfigLine | None, family: str) -> _Words:
    """A rule with the number that the box gives it; any other line as it is.

    Access lists count by five (both families); Comware's security rules have a number and a name.
    """
    if words[0] != "rule" or len(words) < 2 or view is None:
        return words
    if words[1] in _ACTIONS:
        used = [int(n) for line in view.lines if (n := _number(line)) is not None]
        following = (max(used) // _STEP + 1) * _STEP if used else 0
        return ("rule", str(following if used else _first(family)), *words[1:])
    if family == "h3c_comware" and words[1] == "name" and view.view == "security-policy":
        used = [int(n) for line in view.lines if (n := _number(line)) is not None]
        return ("rule", str(max(used) + 1 if used else 0), *words[1:])
    return words


def named(words: _Words) -> _Words:
    """The heading of a security rule without its number: the name is its identity."""
    if len(words) > 3 and words[0] == "rule" and words[1].isdigit() and words[2] == "name":
        return ("rule", *words[2:])
    return words


def _first(family: str) -> int:
    return 0 if family == "h3c_comware" else _STEP


def _number(line: ConfigLine) -> str | None:
    words = line.text.split()
    return words[1] if len(words) > 1 and words[0] == "rule" and words[1].isdigit() else None
