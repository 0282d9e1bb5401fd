"""Links of a chain whose change shows: each hash covers the one before it (pure)."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from ops_core.kernel.json_values import JsonObject, canonical_json

GENESIS = "0" * 64
"""What the first link names as its predecessor."""


def link_hash(previous_hash: str, content: JsonObject) -> str:
    """SHA-256, in hexadecimal, over the previous hash and the content as canonical JSON."""
    return hashlib.sha256(f"{previous_hash}\n{canonical_json(content)}".encode()).hexdigest()


class Chained(Protocol):
    """A link that knows its place, counted from 1, and the hash of the one before it."""

    @property
    def sequence(self) -> int: ...
    @property
    def previous_hash(self) -> str: ...
    @property
    def hash(self) -> str: ...


LinkT = TypeVar("LinkT", bound=Chained)


def first_broken(links: Iterable[LinkT], hash_of: Callable[[LinkT], str]) -> int | None:
    """The place at which a chain is broken, None when every link holds.

    ``hash_of`` is the hash that a link ought to bear, from all it says.
    """
    previous = GENESIS
    for place, link in enumerate(links, start=1):
        is_whole = link.previous_hash == previous and link.hash == hash_of(link)
        if link.sequence != place or not is_whole:
            return place
        previous = link.hash
    return None
