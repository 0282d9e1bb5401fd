"""Names in a refusal that a screen shows otherwise than they are kept (pure).

A rule knows a person by the sign-in name and a unit by the name in hotline.yml, which the command
line takes as they are. A reader of the web is shown the display name and the unit's title, as far
as he may see them: whoever answers him puts them in.
"""

from collections.abc import Callable

from ops_core.kernel.errors import Problem
from ops_core.kernel.i18n import Message


class PersonName(str):
    """A person's sign-in name, or that of a program or part of the platform."""

    __slots__ = ()


class UnitName(str):
    """A unit by its name in hotline.yml."""

    __slots__ = ()


Shown = Callable[[PersonName | UnitName], str]


def with_shown_names(problem: Problem, shown: Shown) -> Problem:
    """The refusal with each such name as it is shown."""
    return Problem(
        type=problem.type,
        title=_shown_text(problem.title, shown),
        status=problem.status,
        detail=_shown_text(problem.detail, shown),
        remedy=_shown_text(problem.remedy, shown),
        members=problem.members,
    )


def holds_names(problem: Problem) -> bool:
    """Whether a name in it may be shown otherwise."""
    return any(map(_holds, (problem.title, problem.detail, problem.remedy)))


def _holds(value: object) -> bool:
    if isinstance(value, tuple):
        return any(map(_holds, value))
    if isinstance(value, Message):
        return any(map(_holds, value.values.values()))
    return isinstance(value, PersonName | UnitName)


def _shown_text(text: str, shown: Shown) -> str:
    return str(_shown(text, shown)) if not isinstance(text, Message) else _filled(text, shown)


def _filled(text: Message, shown: Shown) -> Message:
    return Message(text.template, {name: _shown(one, shown) for name, one in text.values.items()})


def _shown(value: object, shown: Shown) -> object:
    if isinstance(value, tuple):
        return tuple(_shown(one, shown) for one in value)
    if isinstance(value, Message):
        return _filled(value, shown)
    return shown(value) if isinstance(value, PersonName | UnitName) else value
