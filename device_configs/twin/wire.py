"""Values of the control protocol as JSON and back, by the standard library alone.

A short command must not pay for a library of models. What is read is checked all the same: every
field against its type, and no field that the type does not have.
"""

import base64
import binascii
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Value = TypeVar("Value")

type_hints = cache(get_type_hints)


class NotOfTheProtocol(ValueError):
    """JSON that is no value of the type asked for; the text says where and why."""


def encode(value: object) -> Any:
    """JSON members of a value; fields that have their default are left out."""
    if is_dataclass(value):
        found = {field.name: (field.default, getattr(value, field.name)) for field in fields(value)}
        return {name: encode(now) for name, (default, now) in found.items() if now != default}
    return _plain(value, encode)


def encode_whole(value: object) -> Any:
    """JSON members of a value, every field of it."""
    if is_dataclass(value):
        return {field.name: encode_whole(getattr(value, field.name)) for field in fields(value)}
    return _plain(value, encode_whole)


def _plain(value: object, inner: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case Mapping():
            return {str(name): inner(item) for name, item in value.items()}
        case tuple():
            return [inner(item) for item in value]
    return value


def decode(kind: type[Value], found: object) -> Value:
    """The value that the JSON stands for. Raises :class:`NotOfTheProtocol`."""
    decoded: Value = _decode(kind, found, kind.__name__)
    return decoded


def _decode(kind: Any, found: Any, where: str) -> Any:
    if isinstance(kind, type) and is_dataclass(kind):
        return _decode_fields(kind, found, where)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _decode_optional(inner, found, where)
    if origin is tuple:
        items = _require(list, found, where)
        return tuple(_decode(inner[0], item, where) for item in items)
    if origin is not None:
        items = _require(dict, found, where)
        return {name: _decode(inner[1], item, f"{where}.{name}") for name, item in items.items()}
    return _decode_scalar(kind, found, where)


def _decode_optional(kinds: tuple[Any, ...], found: Any, where: str) -> Any:
    (kind,) = (kind for kind in kinds if kind is not type(None))
    return None if found is None else _decode(kind, found, where)


def _decode_fields(kind: type, found: Any, where: str) -> Any:
    given = _require(dict, found, where)
    types = type_hints(kind)
    if unknown := given.keys() - types.keys():
        raise NotOfTheProtocol(f"{where}: no field is named {', '.join(sorted(unknown))}")
    missing = [
        field.name
        for field in fields(kind)
        if field.default is MISSING and field.default_factory is MISSING and field.name not in given
    ]
    if missing:
        raise NotOfTheProtocol(f"{where}: {', '.join(missing)} missing")
    return kind(
        **{name: _decode(types[name], item, f"{where}.{name}") for name, item in given.items()}
    )


def _decode_scalar(kind: type, found: Any, where: str) -> Any:
    if issubclass(kind, Enum):
        try:
            return kind(found)
        except ValueError:
            raise NotOfTheProtocol(f"{where}: {found!r} is no {kind.__name__}") from None
    if kind is bytes:
        try:
            return base64.b64decode(_require(str, found, where), validate=True)
        except (binascii.Error, ValueError) as error:
            raise NotOfTheProtocol(f"{where}: {error}") from None
    if kind is float and type(found) is int:
        return float(found)
    return _require(kind, found, where)


def _require(kind: type, found: Any, where: str) -> Any:
    if type(found) is not kind:
        raise NotOfTheProtocol(f"{where}: expected {kind.__name__}, found {found!r}")
    return found
