"""Pydantic's validation errors as faults: what was found, what is allowed, the nearest word."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from device_configs.site.documents.policy import PLACE
from device_configs.site.faults import Faults, nearest
from device_configs.site.model.policy import CLOCK_TIME
from device_configs.site.texts import NEEDED

_PATTERNS = {
    CLOCK_TIME: "write a time as 08:30, at most 24:00",
    PLACE: "write network/holder, as svc/gate",
    **NEEDED,
}
_QUOTED = re.compile(r"'([^']*)'")


def add_problems(
    error: ValidationError,
    file: str,
    path: str,
    value: object,
    model: type[BaseModel],
    faults: Faults,
    elsewhere: Mapping[str, tuple[str, str]] | None = None,
) -> None:
    """Add every problem of one item ``value``; ``path`` is where it stands in the file.

    ``elsewhere`` has file and path of the fields that stand in another place.
    """
    problems = error.errors(include_url=False)
    locations = [tuple(problem["loc"]) for problem in problems]
    for problem, location in zip(problems, locations, strict=True):
        below = (other for other in locations if other != location)
        if problem["type"] == "too_short" and any(
            other[: len(location)] == location for other in below
        ):
            continue  # only because its items have faults
        found, remedy, allowed = _words(problem, model, location)
        place = (elsewhere or {}).get(str(location[0])) if location else None
        faults.add(*(place or (file, _path(path, location, value))), found, remedy, allowed)


def _path(path: str, location: tuple[int | str, ...], value: object) -> str:
    """A location as people read it: ``rules[agents-platform].bandwidth``, ``prefixes[0]``."""
    text, here = path, value
    for part in location:
        here = _step(here, part)
        if isinstance(part, int):
            name = here.get("name") if isinstance(here, dict) else None
            text += f"[{part if name is None else name}]"
        else:
            text += f".{part}" if text else part
    return text or "-"


def _step(value: object, part: int | str) -> object:
    try:
        return value[part]  # type: ignore[index]
    except (TypeError, KeyError, IndexError):
        return None


def _words(
    problem: Any, model: type[BaseModel], location: tuple[int | str, ...]
) -> tuple[str, str, tuple[str, ...]]:
    kind = problem["type"]
    if kind == "missing":
        return "is missing", "add it", ()
    if kind == "extra_forbidden":
        fields = tuple(_fields_at(model, location[:-1]))
        suggestion = nearest(str(location[-1]), fields) if fields else None
        return "is no known field", suggestion or "remove it", fields
    if kind == "too_short" and problem["input"]:
        return f"has {len(problem['input'])}", f"give at least {problem['ctx']['min_length']}", ()
    found = f"found {problem['input']!r}"
    if kind in ("enum", "literal_error"):
        allowed = tuple(_QUOTED.findall(problem["ctx"]["expected"]))
        return found, nearest(str(problem["input"]), allowed) or "use one of the list", allowed
    if kind == "string_pattern_mismatch" and problem["ctx"]["pattern"] in _PATTERNS:
        return found, _PATTERNS[problem["ctx"]["pattern"]], ()
    if kind == "ip_v4_network":
        return found, _network_suggestion(str(problem["input"])), ()
    text = str(problem["msg"]).removeprefix("Value error, ")
    if kind == "value_error" and isinstance(problem["input"], dict | list):
        return "does not fit together", text, ()
    return found, text[0].lower() + text[1:], ()


def _network_suggestion(written: str) -> str:
    try:
        return f"did you mean {str(IPv4Network(written, strict=False))!r}?"
    except ValueError:
        return "write an IPv4 network as 10.20.1.0/24"


def _fields_at(model: type[BaseModel], location: tuple[int | str, ...]) -> Mapping[str, Any]:
    """Fields of the model that stands at a location within ``model``; none if it is no model."""
    here: Any = model
    for part in location:
        if isinstance(part, str) and _is_model(here):
            field = here.model_fields.get(part)
            here = _inner(field.annotation) if field is not None else None
    return here.model_fields if _is_model(here) else {}


def _inner(annotation: Any) -> Any:
    """The model within ``X | None``, ``tuple[X, ...]`` or ``Annotated[X, ...]``."""
    if get_origin(annotation) in (Union, UnionType, tuple, Annotated):
        return next((m for part in get_args(annotation) if _is_model(m := _inner(part))), None)
    return annotation


def _is_model(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, BaseModel)
