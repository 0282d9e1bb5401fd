"""Addresses that nobody on the Internet has, from ``bogons.yml`` beside this module."""

from collections.abc import Iterable
from functools import cache
from ipaddress import IPv4Network, collapse_addresses
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

FILE = Path(__file__).with_suffix(".yml")


class Bogon(BaseModel):
    """A prefix from which no honest packet of the Internet comes, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prefix: IPv4Network
    reason: str = Field(min_length=20)


class _BogonFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    bogons: tuple[Bogon, ...] = Field(min_length=1)


@cache
def bogons() -> tuple[Bogon, ...]:
    """The list that ships with the product, in ascending order."""
    found = yaml.load(FILE.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return tuple(sorted(_BogonFile.model_validate(found).bogons, key=lambda bogon: bogon.prefix))


def bogons_without(declared: Iterable[IPv4Network]) -> tuple[IPv4Network, ...]:
    """The bogons but for what a declaration itself puts on the Internet, collapsed."""
    left = [bogon.prefix for bogon in bogons()]
    for known in declared:
        left = [part for prefix in left for part in _without(prefix, known)]
    return tuple(collapse_addresses(left))


def _without(prefix: IPv4Network, known: IPv4Network) -> Iterable[IPv4Network]:
    if not prefix.overlaps(known):
        return (prefix,)
    return () if prefix.subnet_of(known) else prefix.address_exclude(known)
