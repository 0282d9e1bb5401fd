"""What a rendered packet filter decides, in the words of no platform.

A reader turns a device's text into these lines, one a rule or a part of one, in their order; the
proof of the filters turns them into boxes. All of it is about the first packet of a session: it is
new, whole, of a TCP session its SYN, and within every limit of rate and number.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from device_configs.proofs.filters.regions import Service
from device_configs.proofs.filters.spans import Interval

Ports = frozenset[str]
"""Declared ports of a device."""


class When(NamedTuple):
    """``minutes`` of the site's week as a mask, None for all; from ``starts_at`` up to ``ends_at``,
    which is local time without its zone, as the declaration writes it."""

    minutes: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


ALWAYS = When()


class Matched(NamedTuple):
    """What a line matches; ``entering`` and ``leaving`` None for every port."""

    entering: Ports | None
    leaving: Ports | None
    sources: tuple[Interval, ...]
    destinations: tuple[Interval, ...]
    services: tuple[Service, ...]
    when: When = ALWAYS


class FilterLine(NamedTuple):
    """One line that decides; ``name`` is the rule it stands for, or what the text says of it."""

    name: str
    permits: bool
    matched: Matched


@dataclass(frozen=True)
class PacketFilter:
    """What a device does with the packets that others send through it.

    ``replies`` are lines that let packets pass by the port they come from: what they match is
    written as the session it answers, so it must be a permitted one.
    """

    lines: tuple[FilterLine, ...]
    permits_by_default: bool
    replies: tuple[FilterLine, ...] = field(default=())
