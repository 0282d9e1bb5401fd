"""Pydantic's validation errors as faults: what was found, what is allowed, the nearest word."""

import re
from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from device_configs.site.faults import Faults, nearest

_QUOTED = re.compile(r"'([^']*)'")


def add_problems(
    error: ValidationError, file: str, path: str, model: type[BaseModel], faults: Faults
) -> None:
    """Add every problem of one item; ``path`` is where the item stands in the file."""
    for problem in error.errors(include_url=False):
        if problem["type"] == "too_short" and problem["input"]:
            continue  # its items are faults already
        location = tuple(problem["loc"])
        at = ".".join(str(part) for part in (path, *location) if part != "")
        found, remedy, allowed = _words(problem, model, location)
        faults.add(file, at, found, remedy, allowed)


def _words(
    problem: Any, model: type[BaseModel], location: tuple[int | str, ...]
) -> tuple[str, str, tuple[str, ...]]:
    kind = problem["type"]
    if kind == "missing":
        return "is missing", "add it", ()
    if kind == "extra_forbidden":
        fields = tuple(_fields_at(model, location[:-1]))
        hint = nearest(str(location[-1]), fields) if fields else None
        return "is no known field", hint or "remove it", fields
    found = f"found {problem['input']!r}"
    if kind in ("enum", "literal_error"):
        allowed = tuple(_QUOTED.findall(problem["ctx"]["expected"]))
        return found, nearest(str(problem["input"]), allowed) or "use one of the list", allowed
    text = str(problem["msg"]).removeprefix("Value error, ")
    if kind == "value_error" and isinstance(problem["input"], dict | list):
        return "does not fit together", text, ()
    return found, text[0].lower() + text[1:], ()


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
