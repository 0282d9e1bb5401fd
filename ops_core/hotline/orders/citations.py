"""Which version of which article somebody who took a request read out of (pure)."""

from dataclasses import dataclass

from pydantic import JsonValue

from ops_core.kernel.json_values import JsonObject

CITED = "cited"
"""The member of an order's first link, and of a request's event, that lists them."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A version as it was seen: its content is named by its hash, for ever."""

    article: str
    version: int
    content_hash: str


def as_detail(cited: tuple[Citation, ...]) -> dict[str, JsonValue]:
    """What goes into an event; nothing where nothing was cited."""
    listed: list[JsonValue] = [
        {"article": one.article, "version": one.version, "content_hash": one.content_hash}
        for one in cited
    ]
    return {CITED: listed} if listed else {}


def citations_of(detail: JsonObject) -> tuple[Citation, ...]:
    """What an event cites."""
    listed = detail.get(CITED)
    found = listed if isinstance(listed, list) else []
    return tuple(
        Citation(str(one.get("article")), version, str(one.get("content_hash")))
        for one in found
        if isinstance(one, dict) and isinstance(version := one.get("version"), int)
    )
