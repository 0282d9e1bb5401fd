"""Address, service and time objects that the rules of a box refer to by name."""

from dataclasses import dataclass
from datetime import datetime

from device_configs.render.families.spans import EVERYTHING, Piece, Spans
from device_configs.site.model import DeclaredRule, Protocol, Site, TimeRange, Weekday

Ports = tuple[tuple[int, int], ...]

_ECHO = "icmp-echo"
MOST_DIMENSION_NAMES = 1
"""A dimension of several names gets an object of its own, named after the rule."""


@dataclass(frozen=True)
class AddressObject:
    """``is_region``: the object is a declared region and nothing else."""

    name: str
    pieces: tuple[Piece, ...]
    is_region: bool = False


@dataclass(frozen=True)
class ServiceMatch:
    """``protocol``: tcp, udp, icmp (any), icmp-echo, or a protocol number; destination ports."""

    protocol: str
    ports: Ports


@dataclass(frozen=True)
class ServiceObject:
    name: str
    matches: tuple[ServiceMatch, ...]


@dataclass(frozen=True)
class TimePeriod:
    """Local times ``HH:MM``, the end not included but as 24:00."""

    start: str
    end: str
    days: tuple[Weekday, ...]


@dataclass(frozen=True)
class TimeObject:
    name: str
    periods: tuple[TimePeriod, ...]
    starts_at: datetime | None
    ends_at: datetime | None


def time_object(time_range: TimeRange) -> TimeObject:
    """A declared time range; boxes count local time as the declaration does."""
    return TimeObject(
        time_range.name,
        tuple(TimePeriod(p.start, p.end, p.days) for p in time_range.periods),
        time_range.starts_at,
        time_range.ends_at,
    )


@dataclass(frozen=True)
class _Dimension:
    """One condition of a rule on an address: the names of one kind, and their addresses."""

    kind: str
    names: tuple[str, ...]
    addresses: Spans

    @property
    def title(self) -> str | None:
        """The object's name, where the dimension names one thing only."""
        if len(self.names) > MOST_DIMENSION_NAMES:
            return None
        return f"{self.kind}-{self.names[0]}"


class Objects:
    """Collects the objects that rules refer to, each once, in the order of their first use."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._addresses: dict[str, AddressObject] = {}
        self._services: dict[str, ServiceObject] = {}
        self._dimensions: dict[tuple[str, tuple[str, ...]], _Dimension] = {}

    def addresses(self) -> tuple[AddressObject, ...]:
        return tuple(self._addresses.values())

    def services(self) -> tuple[ServiceObject, ...]:
        return tuple(self._services.values())

    def match_something(self, rule: DeclaredRule) -> bool:
        """Whether a rule has any source and any destination."""
        return all(
            _common(found).spans for found in (self._sources(rule), self._destinations(rule))
        )

    def source(self, rule: DeclaredRule) -> AddressObject | None:
        """The addresses that are in every source dimension of a rule; None for all."""
        return self._joined(self._sources(rule), f"rule-{rule.name}-source")

    def destination(self, rule: DeclaredRule) -> AddressObject | None:
        """The addresses that are in every destination dimension of a rule; None for all."""
        return self._joined(self._destinations(rule), f"rule-{rule.name}-destination")

    def _sources(self, rule: DeclaredRule) -> list[_Dimension]:
        return [
            *self._dimension("user", rule.users),
            *self._dimension("set", rule.sources),
            *self._dimension("region", rule.from_regions),
            *self._dimension("zone", rule.from_zones),
        ]

    def _destinations(self, rule: DeclaredRule) -> list[_Dimension]:
        return [
            *self._dimension("set", rule.destinations),
            *self._dimension("zone", rule.to_zones),
        ]

    def named(self, name: str, addresses: Spans, is_region: bool = False) -> AddressObject:
        """The object of a name; the addresses of a name never differ."""
        if name not in self._addresses:
            self._addresses[name] = AddressObject(name, addresses.pieces(), is_region)
        return self._addresses[name]

    def application(self, name: str) -> str:
        """Name of the service object of a declared application."""
        matches = tuple(
            ServiceMatch(
                _ECHO if match.protocol is Protocol.ICMP else match.protocol.value,
                tuple((ports.first, ports.last) for ports in match.ports),
            )
            for match in self._site.applications[name].matches
        )
        return self.service(ServiceObject(f"app-{name}", matches))

    def service(self, service: ServiceObject) -> str:
        return self._services.setdefault(service.name, service).name

    def _dimension(self, kind: str, names: tuple[str, ...]) -> tuple[_Dimension, ...]:
        """A condition that names something, each worked out once: many rules share a few."""
        if not names:
            return ()
        if (kind, names) not in self._dimensions:
            addresses = Spans(())
            for name in names:
                addresses |= self._named_addresses(kind, name)
            self._dimensions[kind, names] = _Dimension(kind, names, addresses)
        return (self._dimensions[kind, names],)

    def _named_addresses(self, kind: str, name: str) -> Spans:
        site = self._site
        if kind == "zone":
            if name in site.outside_zones:
                return Spans.of(site.prefixes_outside[name]).complement()
            return Spans.of(site.zone_prefixes[name])
        if kind == "user":
            people = site.user_groups[name] if name in site.user_groups else site.users[name]
            return Spans.of(people.prefixes)
        return Spans.of((site.regions if kind == "region" else site.address_sets)[name].prefixes)

    def _joined(self, dimensions: list[_Dimension], name: str) -> AddressObject | None:
        """The object of what is in all dimensions: a dimension's own when the others add nothing
        to it, otherwise one that is named after the rule."""
        addresses = _common(dimensions)
        if addresses.is_everything:
            return None
        for dimension in dimensions:
            if dimension.addresses == addresses and dimension.title is not None:
                return self.named(dimension.title, addresses, dimension.kind == "region")
        return self.named(name, addresses)


def _common(dimensions: list[_Dimension]) -> Spans:
    addresses = EVERYTHING
    for dimension in dimensions:
        addresses &= dimension.addresses
    return addresses
