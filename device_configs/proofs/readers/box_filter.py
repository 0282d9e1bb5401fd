"""The security policy of a vendor's text as a packet filter (pure)."""

from collections.abc import Iterator

from device_configs.proofs.facts import Surroundings
from device_configs.proofs.filters.boxes import ADDRESSES
from device_configs.proofs.filters.packet_filter import (
    ALWAYS,
    FilterLine,
    Matched,
    PacketFilter,
    Ports,
)
from device_configs.proofs.filters.regions import EVERY_SERVICE
from device_configs.proofs.readers.box import BoxText, PolicyText
from device_configs.proofs.readers.box_facts import (
    PortNames,
)
from device_configs.proofs.readers.protection_text import (
    FloodGuard,
    ProtectionText,
    RuleText,
    ZoneGuard,
)


def filter_of(box: BoxText, around: Surroundings) -> PacketFilter:
    """What the security policy decides; raises ValueError for a box without one."""
    if box.policy is None:
        raise ValueError("it has no security policy")
    return _Policy(box, box.policy, PortNames(box, around)).packet_filter()


def protection_of(box: BoxText, around: Surroundings) -> ProtectionText:
    """What the text protects, by declared ports; raises ValueError for a box without a policy."""
    if box.policy is None:
        raise ValueError("it has no security policy")
    found = box.protection
    policy = _Policy(box, box.policy, PortNames(box, around))
    lines = tuple(line for rule in found.treatments for line in policy.lines_of(rule))
    return ProtectionText(
        guards=tuple(policy.guard(guard) for guard in found.guards),
        looked_into=found.looked_into,
        treatments=PacketFilter(lines, permits_by_default=False),
        figures=found.figures,
    )


class _Policy:
    def __init__(self, box: BoxText, policy: PolicyText, names: PortNames) -> None:
        self._policy = policy
        below = names.below()
        self._zones = {
            zone: frozenset[str]().union(*(names.ports_of(name, below) for name in members))
            for zone, members in policy.zones.items()
        }
        everything = (names.ports_of(name, below) for name in box.interfaces)
        self._unzoned = frozenset[str]().union(*everything).difference(*self._zones.values())

    def packet_filter(self) -> PacketFilter:
        lines = [*self._without_zone()]
        for rule in self._policy.rules:
            lines += self.lines_of(rule)
        lines += self._within()
        return PacketFilter(tuple(lines), self._policy.permits_by_default)

    def _without_zone(self) -> Iterator[FilterLine]:
        if self._unzoned:
            yield FilterLine("no zone", False, _all_packets(self._unzoned, None))
            yield FilterLine("no zone", False, _all_packets(None, self._unzoned))

    def lines_of(self, rule: RuleText) -> Iterator[FilterLine]:
        entering, leaving = self._ports(rule.from_zones), self._ports(rule.to_zones)
        if not (entering and leaving):
            return  # It is about packets of the box itself.
        for when in (ALWAYS,) if rule.times is None else rule.times:
            matched = Matched(
                entering,
                leaving,
                (ADDRESSES,) if rule.sources is None else rule.sources,
                (ADDRESSES,) if rule.destinations is None else rule.destinations,
                EVERY_SERVICE if rule.services is None else rule.services,
                when,
            )
            yield FilterLine(rule.name, rule.permits, matched)

    def guard(self, guard: ZoneGuard) -> FloodGuard:
        """The same for the ports of its zone."""
        ports = self._zones[guard.zone] if guard.zone else None
        entering, leaving = (None, ports) if guard.towards else (ports, None)
        return FloodGuard(guard.kind, guard.per_second, entering, leaving)

    def _ports(self, zones: tuple[str, ...]) -> Ports:
        known = self._zones.values() if not zones else (
            self._zones[zone] for zone in zones if zone != self._policy.own_zone
        )  # fmt: skip
        return frozenset[str]().union(*known)

    def _within(self) -> Iterator[FilterLine]:
        if self._policy.within_zones is self._policy.permits_by_default:
            return
        for zone, ports in self._zones.items():
            yield FilterLine(f"zone {zone}", self._policy.within_zones, _all_packets(ports, ports))


def _all_packets(entering: Ports | None, leaving: Ports | None) -> Matched:
    return Matched(entering, leaving, (ADDRESSES,), (ADDRESSES,), EVERY_SERVICE)
