"""``rule move`` (USG) and ``move rule`` (Comware): the order of rules (pure)."""

from collections.abc import Callable
from dataclasses import replace

from device_configs.emulator.entries import ConfigLine
from device_configs.emulator.refusals import LineRefused

_Words = tuple[str, ...]
Change = Callable[[ConfigLine], ConfigLine]


def moved(words: _Words) -> Change | None:
    """What a moving line does to its view; None for any other line."""
    match words:
        case ("rule", "move", name, ("before" | "after") as side, other):
            return lambda view: _next_to(view, _called(view, name), side, _called(view, other))
        case ("rule", "move", name, ("top" | "bottom" | "up" | "down") as side):
            return lambda view: _by_itself(view, _called(view, name), side)
        case ("move", "rule", "name", name, ("before" | "after") as side, "name", other):
            return lambda view: _next_to(view, _called(view, name), side, _called(view, other))
        case ("move", "rule", "name", name, ("top" | "bottom" | "up" | "down") as side):
            return lambda view: _by_itself(view, _called(view, name), side)
        case ("move", "rule", number, "before", other):
            return lambda view: _next_to(
                view, _counted(view, number), "before", _counted(view, other)
            )
    return None


def _rules(view: ConfigLine) -> list[int]:
    return [at for at, line in enumerate(view.lines) if line.text.split()[0] == "rule"]


def _called(view: ConfigLine, name: str) -> int:
    """Place of the rule with a name; its heading ends with it on both platforms."""
    for at in _rules(view):
        if name in view.lines[at].text.split()[1:]:
            return at
    raise LineRefused("Error: The rule does not exist.")


def _counted(view: ConfigLine, number: str) -> int:
    for at in _rules(view):
        if view.lines[at].text.split()[1] == number:
            return at
    raise LineRefused("The rule does not exist.")


def _next_to(view: ConfigLine, rule: int, side: str, other: int) -> ConfigLine:
    if rule == other:
        return view
    lines = list(view.lines)
    line, mark = lines[rule], lines[other]
    lines.remove(line)
    lines.insert(lines.index(mark) + (side == "after"), line)
    return replace(view, lines=tuple(lines))


def _by_itself(view: ConfigLine, rule: int, side: str) -> ConfigLine:
    places = _rules(view)
    at = places.index(rule)
    target = {"top": 0, "bottom": len(places) - 1, "up": at - 1, "down": at + 1}[side]
    if not 0 <= target < len(places) or target == at:
        return view
    return _next_to(view, rule, "after" if target > at else "before", places[target])
