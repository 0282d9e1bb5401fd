"""What a text says beside its rules: what is looked into, what is limited, what is defended.

The same for all platforms, before it is held against the declaration.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from device_configs.proofs.filters.packet_filter import PacketFilter, Ports, When
from device_configs.proofs.filters.regions import Service
from device_configs.proofs.filters.spans import Interval
from device_configs.site.model import FloodKind

Figures = Mapping[str, int]
"""``maximum up`` and the like in kbit/s, ``connections`` and ``new per second`` of one address."""


@dataclass(frozen=True)
class FloodGuard:
    """Packets of a flood above so many a second are dropped; 0 drops every one.

    ``entering`` are the ports that they come in by, None where ``leaving`` says by which they would
    leave; neither is given where all packets count.
    """

    kind: FloodKind
    per_second: int
    entering: Ports | None = None
    leaving: Ports | None = None


@dataclass(frozen=True)
class ProtectionText:
    """``looked_into`` are the rules whose profile matches signatures, None for a platform that has
    none. ``treatments`` decides, as a packet filter does, by which rule a packet is limited;
    ``figures`` are those of the rules that limit, None for a platform that is not read so far."""

    guards: tuple[FloodGuard, ...]
    looked_into: frozenset[str] | None = None
    treatments: PacketFilter | None = None
    figures: Mapping[str, Figures] = field(default_factory=dict)


@dataclass(frozen=True)
class RuleText:
    """A rule of the security policy; empty or None for what it does not ask."""

    name: str
    permits: bool
    from_zones: tuple[str, ...] = ()
    to_zones: tuple[str, ...] = ()
    sources: tuple[Interval, ...] | None = None
    destinations: tuple[Interval, ...] | None = None
    services: tuple[Service, ...] | None = None
    times: tuple[When, ...] | None = None


@dataclass(frozen=True)
class ZoneGuard:
    """A flood towards or out of a zone of interfaces; of every packet for no zone."""

    kind: FloodKind
    per_second: int
    zone: str = ""
    towards: bool = True


@dataclass(frozen=True)
class BoxProtection:
    """As the text has it: by zones of interfaces and with rules that are not multiplied out."""

    looked_into: frozenset[str] = frozenset()
    guards: tuple[ZoneGuard, ...] = ()
    treatments: tuple[RuleText, ...] = ()
    figures: Mapping[str, Figures] = field(default_factory=dict)
