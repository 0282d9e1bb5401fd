"""What rules guarantee still fits after any one failure (A5, A12).

Firewalls keep state, so traffic is not shared between the halves: whatever way is left has to
carry all of it. A guarantee of a rule is a promise towards the zone at the far end of a circuit;
the promises of one rule set towards that zone add up. Access cables are shared by the seats of one
switch only and carry their part, which no rule tells, so they are left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from device_configs.proofs.failures.cuts import cuts, ways_to
from device_configs.proofs.failures.risks import failed_elements
from device_configs.proofs.failures.scenarios import (
    FailedElement,
    FailedElementKind,
    single_failures,
)
from device_configs.proofs.topology import (
    attachments,
    is_narrow,
    service_sides,
    side_of,
)
from device_configs.proofs.verdict import Finding, Proof, claim, in_order
from device_configs.site.model import Circuit, DeclaredRule, LinkKind, RuleSet, Service, Site

NAME = "capacity"
TITLE = "Guaranteed bandwidth fits what any one failure leaves"


@dataclass(frozen=True)
class Demand:
    """What the rules of one set guarantee towards a zone and back, in Mbit/s."""

    rule_set: RuleSet
    zone: str
    out_mbps: int
    in_mbps: int
    rules: int
    """How many rules give a guarantee."""
    by_class: Mapping[str, int]
    """Traffic class -> the larger of its two directions."""

    @property
    def name(self) -> str:
        """Name of the rule set."""
        return self.rule_set.name

    @property
    def mbps(self) -> int:
        return max(self.out_mbps, self.in_mbps)


def prove_capacity(site: Site) -> Proof:
    """Name every circuit and every failure that leaves less than what is guaranteed."""
    demanded = [demand for zone in sorted(site.outside_zones) for demand in demands(site, zone)]
    parts, ways = Parts(site), _Ways(site)
    found = list(_declared_lines(site))
    for demand in demanded:
        circuits = parts.circuits_of(demand)
        found += _circuits(circuits, demand)
        found += _shares(site, circuits, demand)
        if all(circuit.bandwidth_mbps >= demand.mbps for circuit in circuits):
            found += _thin_ways(ways, parts.seats_of(demand), demand)
    return Proof(
        NAME,
        TITLE,
        findings=in_order(found),
        undecided=() if demanded else (_no_guarantee(),),
        counts={
            "guarantees": sum(demand.rules for demand in demanded),
            "circuits": len(site.circuits),
        },
    )


def demands(site: Site, zone: str) -> Iterator[Demand]:
    """The sum of each rule set's guarantees over the circuits of a zone, if it gives any."""
    unmarked = next((c.name for c in site.traffic_classes.values() if c.dscp == 0), "")
    for rule_set in site.rule_sets.values():
        out, back, rules = 0, 0, 0
        by_class: dict[str, tuple[int, int]] = {}
        for rule in rule_set.rules:
            there, here = _directions(rule, zone)
            if there or here:
                out, back, rules = out + there, back + here, rules + 1
                name = rule.traffic_class or unmarked
                before = by_class.get(name, (0, 0))
                by_class[name] = (before[0] + there, before[1] + here)
        if rules:
            largest = {name: max(rates) for name, rates in by_class.items()}
            yield Demand(rule_set, zone, out, back, rules, largest)


class Parts:
    """Which circuits and seats a rule set serves: those its devices are cabled to.

    A part is what holds together by data cables without what is not ours and without relays,
    which begin a conversation of their own.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._part: dict[str, str] = {}
        for name in site.devices:
            if name not in self._part and self._joins(name):
                self._spread(name)

    def _joins(self, name: str) -> bool:
        device = self._site.devices.get(name)
        return device is not None and device.is_ours and not device.role.relays

    def _spread(self, first: str) -> None:
        waiting, self._part[first] = [first], first
        while waiting:
            here = waiting.pop()
            for link in self._site.links_of[here]:
                there = link.peer_of(here).device
                data = link.kind is not LinkKind.MANAGEMENT
                if data and there not in self._part and self._joins(there):
                    self._part[there] = first
                    waiting.append(there)

    def _parts_of(self, demand: Demand) -> set[str]:
        return {self._part[name] for name in demand.rule_set.devices if name in self._part}

    def circuits_of(self, demand: Demand) -> list[Circuit]:
        """Circuits to the zone that end in the rule set's part."""
        parts = self._parts_of(demand)
        return [
            circuit
            for circuit in self._site.circuits.values()
            if circuit.zone == demand.zone
            and any(
                self._part.get(end.device) in parts
                for name in circuit.links
                for end in self._site.links[name].ends
            )
        ]

    def seats_of(self, demand: Demand) -> frozenset[str]:
        """Seats whose switch stands in the rule set's part."""
        parts = self._parts_of(demand)
        return frozenset(
            seat.name for seat in self._site.seats.values() if self._part.get(seat.switch) in parts
        )


def _directions(rule: DeclaredRule, zone: str) -> tuple[int, int]:
    """Guaranteed Mbit/s towards the zone and from it."""
    rate = rule.bandwidth.guaranteed_mbps if rule.bandwidth is not None else None
    if rate is None:
        return 0, 0
    if zone in rule.to_zones:
        return rate.up, rate.down
    return (rate.down, rate.up) if zone in rule.from_zones else (0, 0)


def _circuits(circuits: Iterable[Circuit], demand: Demand) -> Iterator[Finding]:
    """Each circuit of the zone may be the one that is left."""
    for circuit in circuits:
        if circuit.bandwidth_mbps < demand.mbps:
            yield Finding(
                (circuit.name, demand.name),
                claim(
                    "has {bandwidth_mbps} Mbit/s, and {mbps} Mbit/s are guaranteed over it",
                    bandwidth_mbps=circuit.bandwidth_mbps,
                    mbps=demand.mbps,
                ),
                claim(
                    "the rules of {name} add up to {out_mbps} Mbit/s towards {zone} "
                    "and {in_mbps} Mbit/s back",
                    name=demand.name,
                    out_mbps=demand.out_mbps,
                    zone=demand.zone,
                    in_mbps=demand.in_mbps,
                ),
                "guarantee less, or order more bandwidth",
                witness=f"{demand.mbps} > {circuit.bandwidth_mbps}",
            )


def _shares(site: Site, circuits: Iterable[Circuit], demand: Demand) -> Iterator[Finding]:
    """What is guaranteed to a traffic class fits the share the line gives that class."""
    for circuit in circuits:
        if circuit.bandwidth_mbps < demand.mbps:
            continue
        line = site.bandwidth_classes[circuit.bandwidth_class]
        shares = {share.traffic_class: share.guaranteed_percent for share in line.shares}
        for name, mbps in demand.by_class.items():
            share = circuit.bandwidth_mbps * shares.get(name, 0) // 100
            if shares and mbps > share:
                yield Finding(
                    (circuit.name, line.name, demand.name),
                    claim(
                        "gives the class {name} {share} Mbit/s, "
                        "and {mbps} Mbit/s are guaranteed to it",
                        name=name,
                        share=share,
                        mbps=mbps,
                    ),
                    claim(
                        "rules of {name} promise what the line does not hold back", name=demand.name
                    ),
                    "guarantee less, or give the class a larger share in qos.yml",
                    witness=f"{mbps} > {share}",
                )


_NOTHING = FailedElement(FailedElementKind.GROUP, "site", frozenset())
"""The scenario in which everything stands."""


class _Ways:
    """Seats cut by each failure where only wide enough cables count; each question asked once."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._cut: dict[tuple[str, int], dict[str, frozenset[str]]] = {}
        self._narrow: dict[tuple[str, int], tuple[str, ...]] = {}

    def cut(self, zone: str, least_mbps: int) -> Mapping[str, frozenset[str]]:
        """Name of what fails -> seats without a way of that bandwidth to the zone's services."""
        key = (zone, least_mbps)
        if key not in self._cut:
            ways = ways_to(self._site, self._services(zone), least_mbps)
            scenarios = single_failures((_NOTHING, *failed_elements(self._site)))
            found = cuts(ways, attachments(self._site), scenarios)
            self._cut[key] = {cut.failed_elements[0].name: cut.all_seats for cut in found}
        return self._cut[key]

    def narrow(self, zone: str, mbps: int) -> tuple[str, ...]:
        """Backbone cables below the bandwidth on the sides that lead to the zone's services."""
        key = (zone, mbps)
        if key not in self._narrow:
            services = self._services(zone)
            sides = {side for s in services for side in service_sides(self._site, s)}
            self._narrow[key] = tuple(sorted(
                link.name for link in self._site.links.values()
                if is_narrow(link, mbps)
                and side_of(self._site, self._site.networks[link.network]) in sides
            ))  # fmt: skip
        return self._narrow[key]

    def _services(self, zone: str) -> list[Service]:
        services = self._site.services.values()
        return [service for service in services if service.zone == zone and service.used_by_seats]


def _thin_ways(ways: _Ways, served: frozenset[str], demand: Demand) -> Iterator[Finding]:
    """Failures that leave a way, but none on which every backbone cable carries the demand."""
    narrow = ways.narrow(demand.zone, demand.mbps)
    if not narrow:
        return
    lost, thin = ways.cut(demand.zone, 0), ways.cut(demand.zone, demand.mbps)
    # Where no way is wide enough to begin with, every failure would be named for nothing.
    already = thin.get(_NOTHING.name, frozenset()) & served
    suspects = [_NOTHING.name] if already else sorted(thin)
    for name in suspects:
        seats = (thin[name] - lost.get(name, frozenset())) & served
        if seats:
            failing = "no failure is needed: it" if name == _NOTHING.name else "its failure"
            yield Finding(
                (name, demand.name),
                claim(
                    "{failing} leaves {count} seats no way of {mbps} Mbit/s to {zone}",
                    failing=failing,
                    count=len(seats),
                    mbps=demand.mbps,
                    zone=demand.zone,
                ),
                claim(
                    "the rules of {name} guarantee as much, and one way carries all of it",
                    name=demand.name,
                ),
                "guarantee less, or widen the cables of the way that is left",
                witness=", ".join(narrow),
            )


def _declared_lines(site: Site) -> Iterator[Finding]:
    """The port at the end of a circuit is at least as fast as the circuit."""
    for circuit in site.circuits.values():
        for name in circuit.links:
            link = site.links[name]
            if link.bandwidth_mbps is not None and link.bandwidth_mbps < circuit.bandwidth_mbps:
                yield Finding(
                    (name, circuit.name),
                    claim(
                        "carries {carried} Mbit/s of the {ordered} Mbit/s that {name} has",
                        carried=link.bandwidth_mbps,
                        ordered=circuit.bandwidth_mbps,
                        name=circuit.name,
                    ),
                    "what is paid for cannot be used",
                    "correct the bandwidth of the link or of the circuit",
                    witness=f"{link.bandwidth_mbps} < {circuit.bandwidth_mbps}",
                )


def _no_guarantee() -> Finding:
    return Finding(
        ("site",),
        "no rule guarantees bandwidth over a circuit",
        "a claim about nothing is not shown to hold",
        "give rules `guaranteed_mbps` in policies.yml",
    )
