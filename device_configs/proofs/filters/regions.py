"""From declared rules to regions of packets, and from a region back to words."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from ipaddress import IPv4Address

from device_configs.proofs.filters.boxes import ADDRESSES, PORTS, WEEK_MIN, MatchBox, Region
from device_configs.proofs.filters.packet_rule import PacketRule
from device_configs.proofs.filters.spans import Interval, common, intervals, merged
from device_configs.site.model import (
    Action,
    DeclaredRule,
    Protocol,
    RuleSet,
    Site,
    TimeRange,
    Weekday,
)

Service = tuple[int, Interval]
"""Protocols as a mask, and ports."""

_PROTOCOLS = {protocol: 1 << bit for bit, protocol in enumerate(Protocol)}
_WITH_PORTS = _PROTOCOLS[Protocol.TCP] | _PROTOCOLS[Protocol.UDP]
_WITHOUT_PORTS = _PROTOCOLS[Protocol.ICMP] | 1 << len(_PROTOCOLS)
"""ICMP and, as one, all protocols that are not named; never split by port."""
EVERY_SERVICE: tuple[Service, ...] = ((_WITH_PORTS, PORTS), (_WITHOUT_PORTS, PORTS))
EVERY_MINUTE = (1 << WEEK_MIN) - 1
"""Every minute of the week."""
_DAY_MIN = 24 * 60


class Universe:
    """The small sets of a site: which bit stands for which zone, and which for which era.

    ``places`` stand where packets come from and go to instead of the zones; ``bounds`` are dates
    beside those of the declaration that part two eras.
    """

    def __init__(
        self, site: Site, places: Iterable[str] | None = None, bounds: Iterable[datetime] = ()
    ) -> None:
        self._site = site
        named = site.zones if places is None else places
        self._zones = {name: 1 << bit for bit, name in enumerate(named)}
        declared = (
            bound
            for found in site.time_ranges.values()
            for bound in (found.starts_at, found.ends_at)
            if bound is not None
        )
        self._bounds: list[datetime] = sorted({*declared, *bounds})
        self._intervals: dict[tuple[str, ...], tuple[Interval, ...]] = {}
        self._services: dict[tuple[str, ...], tuple[Service, ...]] = {}
        self._times: dict[str | None, tuple[int, int]] = {}

    def rules_of(self, rule_set: RuleSet) -> tuple[PacketRule, ...]:
        """The rules of a set in their order, with their regions."""
        return tuple(
            PacketRule(
                name=rule.name,
                permits=rule.action is Action.ALLOW,
                region=self.region_of(rule),
                treatment=f"{rule.bandwidth} {rule.per_address} {rule.traffic_class}",
            )
            for rule in rule_set.rules
        )

    def region_of(self, rule: DeclaredRule) -> Region:
        """Every packet the rule matches; empty where its dimensions exclude each other."""
        times, eras = self.time_of(rule.time)
        if not times or not eras:
            return ()
        return tuple(
            MatchBox(self.mask(rule.from_zones), self.mask(rule.to_zones), protocols, times, eras,
                *source, *destination, *ports)
            for source in self.sources_of(rule)
            for destination in self._sets(rule.destinations)
            for protocols, ports in self.services_of(rule.applications)
        )  # fmt: skip

    def question(
        self,
        zones: tuple[str, str],
        sources: Sequence[Interval],
        destinations: Sequence[Interval],
        services: Sequence[Service],
    ) -> list[MatchBox]:
        """Packets from one zone to another, at any time."""
        _, eras = self.time_of(None)
        return [
            MatchBox(self.mask(zones[:1]), self.mask(zones[1:]), protocols, EVERY_MINUTE, eras,
                *source, *destination, *ports)
            for source in sources
            for destination in destinations
            for protocols, ports in services
        ]  # fmt: skip

    def sources_of(self, rule: DeclaredRule) -> tuple[Interval, ...]:
        """Addresses that are in a source set, in a region and at a user's place alike."""
        found = self._sets(rule.sources)
        if not rule.users and not rule.from_regions:
            return found
        site = self._site
        people = [
            prefix
            for name in rule.users
            for prefix in (site.users.get(name) or site.user_groups[name]).prefixes
        ]
        regions = [prefix for name in rule.from_regions for prefix in site.regions[name].prefixes]
        if rule.users:
            found = tuple(common(found, intervals(people)))
        return tuple(common(found, intervals(regions))) if rule.from_regions else found

    def destinations_of(self, rule: DeclaredRule) -> tuple[Interval, ...]:
        """Addresses in a destination set."""
        return self._sets(rule.destinations)

    def _sets(self, names: Sequence[str]) -> tuple[Interval, ...]:
        if not names:
            return (ADDRESSES,)
        key = tuple(names)
        if key not in self._intervals:
            sets = self._site.address_sets
            found = intervals(p for name in names for p in sets[name].prefixes)
            self._intervals[key] = tuple(found)
        return self._intervals[key]

    def services_of(self, names: Sequence[str]) -> tuple[Service, ...]:
        """(protocols, ports) of the applications; every packet if none is named."""
        key = tuple(names)
        if key not in self._services:
            self._services[key] = self._services_of(key) if key else EVERY_SERVICE
        return self._services[key]

    def _services_of(self, names: Sequence[str]) -> tuple[Service, ...]:
        ports: dict[Protocol, list[Interval]] = {}
        for name in names:
            for match in self._site.applications[name].matches:
                found = [(span.first, span.last) for span in match.ports] or [PORTS]
                ports.setdefault(match.protocol, []).extend(found)
        return tuple(
            (_PROTOCOLS[protocol], span)
            for protocol, spans in sorted(ports.items())
            for span in merged(spans)
        )

    def time_of(self, name: str | None) -> tuple[int, int]:
        """Minutes of the week and eras of a time range; always, without one."""
        if name not in self._times:
            self._times[name] = self._time_of(name)
        return self._times[name]

    def _time_of(self, name: str | None) -> tuple[int, int]:
        everywhen = (1 << (len(self._bounds) + 1)) - 1
        if name is None:
            return EVERY_MINUTE, everywhen
        found = self._site.time_ranges[name]
        return _minutes(found), everywhen & self.eras(found.starts_at, found.ends_at)

    def eras(self, starts_at: datetime | None, ends_at: datetime | None) -> int:
        """The eras from one date up to another, None for no end; both are known to part two."""
        first = self._bounds.index(starts_at) + 1 if starts_at else 0
        last = self._bounds.index(ends_at) if ends_at else len(self._bounds)
        return ~((1 << first) - 1) & ((1 << (last + 1)) - 1)

    def mask(self, names: Iterable[str]) -> int:
        """The zones (or places) of these names."""
        mask = 0
        for name in names:
            mask |= self._zones[name]
        return mask

    def services_in(self, region: Iterable[MatchBox]) -> list[str]:
        """``tcp 8080``, ``icmp``: what the boxes hold, with the time if it is not always."""
        ports: dict[tuple[int, int], list[Interval]] = {}
        for box in region:
            for bit in _bits(box.protocols):
                ports.setdefault((bit, box.times), []).append((box.port_low, box.port_high))
        return [
            _service(bit, span, times)
            for (bit, times), spans in sorted(ports.items())
            for span in merged(spans)
        ]

    def describe(self, box: MatchBox) -> str:
        """One packet of the box in words: ``seats 10.20.1.0 -> egov 10.100.0.10 tcp/8080``."""
        protocol = next((p for p, bit in _PROTOCOLS.items() if box.protocols & bit), None)
        port = "" if protocol in (None, Protocol.ICMP) else f"/{box.port_low}"
        when = "" if box.times == EVERY_MINUTE else f" {_moment(box.times)}"
        return (
            f"{self._zone(box.source_zones)} {IPv4Address(box.source_low)} > "
            f"{self._zone(box.destination_zones)} {IPv4Address(box.destination_low)} "
            f"{protocol or 'other'}{port}{when}"
        )

    def _zone(self, mask: int) -> str:
        return next(name for name, bit in self._zones.items() if mask & bit)


def port_of(protocol: Protocol, port: int | None) -> Service:
    """One port of a protocol; all of them for None."""
    return _PROTOCOLS[protocol], PORTS if port is None else (port, port)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        mask ^= low
        yield low


def _service(protocol: int, span: Interval, times: int) -> str:
    name = next((p.value for p, bit in _PROTOCOLS.items() if bit == protocol), "other")
    ports = "" if span == PORTS else f" {span[0]}"
    if ports and span[1] != span[0]:
        ports += f"-{span[1]}"
    when = "" if times == EVERY_MINUTE else f" at some times, first {_moment(times)}"
    return f"{name}{ports}{when}"


def _minutes(found: TimeRange) -> int:
    """The minutes of the week as a mask; all of them where only dates bound the range."""
    if not found.periods:
        return EVERY_MINUTE
    mask = 0
    for period in found.periods:
        day = ((1 << (period.end_minute - period.start_minute)) - 1) << period.start_minute
        for weekday in period.days:
            mask |= day << (list(Weekday).index(weekday) * _DAY_MIN)
    return mask


def _moment(times: int) -> str:
    day, minute = divmod((times & -times).bit_length() - 1, _DAY_MIN)
    return f"{list(Weekday)[day]} {minute // 60:02}:{minute % 60:02}"
