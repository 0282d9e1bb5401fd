"""Looking a name up in the declaration, with the nearest names when it is not there."""

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar

Found = TypeVar("Found")


class UnknownName(LookupError):
    """No ``what`` (device, seat, link) is declared under the name; ``nearest`` look like it."""

    def __init__(self, what: str, name: str, nearest: list[str]) -> None:
        super().__init__(f"no {what} {name!r}")
        self.name = name
        self.nearest = nearest


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Up to three known names that look like ``name``, the nearest first."""
    return difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)


def find(name: str, known: Mapping[str, Found], what: str) -> Found:
    """Look a name up; a bare seat number (``7``) finds ``seat-007``."""
    if name in known:
        return known[name]
    if name.isdecimal() and f"seat-{int(name):03d}" in known:
        return known[f"seat-{int(name):03d}"]
    raise UnknownName(what, name, nearest(name, known))
