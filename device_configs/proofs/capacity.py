"""What rules guarantee still fits after any one failure (A5, A12).

Firewalls keep state, so traffic is not shared between the halves: whatever way is left has to
carry all of it. A guarantee of a rule is a promise towards the zone at the far end of a circuit;
the promises of one rule set towards that zone add up. Access cables are shared by the seats of one
switch only and carry their part, which no rule tells, so they are left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from device_configs.proofs.cuts import cuts, ways_to
from device_configs.proofs.risks import culprits
from device_configs.proofs.scenarios import Culprit, CulpritKind, single_failures
from device_configs.proofs.topology import attachments, is_narrow, service_sides, side_of
from device_configs.proofs.verdict import Finding, Proof, in_order
from device_configs.site.model import Circuit, Rate, Rule, RuleSet, Service, Site

NAME = "capacity"
TITLE = "Guaranteed bandwidth fits what any one failure leaves"


@dataclass(frozen=True)
class Demand:
    """What the rules of one set guarantee towards a zone and back, in Mbit/s."""

    rule_set: str
    zone: str
    out_mbps: int
    in_mbps: int
    by_class: Mapping[str, int]
    """Traffic class -> the larger of its two directions."""

    @property
    def mbps(self) -> int:
        return max(self.out_mbps, self.in_mbps)


def prove_capacity(site: Site) -> Proof:
    """Name every circuit and every failure that leaves less than what is guaranteed."""
    wanted = [demand for zone in sorted(site.outside_zones) for demand in demands(site, zone)]
    found = [
        *(finding for demand in wanted for finding in _circuits(site, demand)),
        *(finding for demand in wanted for finding in _shares(site, demand)),
        *(finding for demand in wanted for finding in _thin_ways(site, demand)),
        *_declared_lines(site),
    ]
    return Proof(
        NAME,
        TITLE,
        findings=in_order(found),
        undecided=() if wanted else (_no_guarantee(),),
        counts={
            "guarantees": len(list(_guaranteeing(site))),
            "circuits": len(site.circuits),
        },
    )


@dataclass(frozen=True)
class _Guarantee:
    rule_set: RuleSet
    rule: Rule
    rate: Rate


def _guaranteeing(site: Site) -> Iterator[_Guarantee]:
    for rule_set in site.rule_sets.values():
        for rule in rule_set.rules:
            if rule.bandwidth is not None and rule.bandwidth.guaranteed_mbps is not None:
                yield _Guarantee(rule_set, rule, rule.bandwidth.guaranteed_mbps)


def demands(site: Site, zone: str) -> Iterator[Demand]:
    """The sum of each rule set's guarantees over the circuits of a zone, if it gives any."""
    for rule_set in site.rule_sets.values():
        out, back = 0, 0
        by_class: dict[str, tuple[int, int]] = {}
        for found in _guaranteeing(site):
            if found.rule_set is not rule_set:
                continue
            there, here = _directions(found, zone)
            out, back = out + there, back + here
            name = found.rule.traffic_class or _unmarked(site)
            before = by_class.get(name, (0, 0))
            by_class[name] = (before[0] + there, before[1] + here)
        if out or back:
            largest = {name: max(rates) for name, rates in by_class.items()}
            yield Demand(rule_set.name, zone, out, back, largest)


def _directions(found: _Guarantee, zone: str) -> tuple[int, int]:
    """Mbit/s towards the zone and from it."""
    if zone in found.rule.to_zones:
        return found.rate.up, found.rate.down
    if zone in found.rule.from_zones:
        return found.rate.down, found.rate.up
    return 0, 0


def _unmarked(site: Site) -> str:
    return next((c.name for c in site.traffic_classes.values() if c.dscp == 0), "")


def _circuits(site: Site, demand: Demand) -> Iterator[Finding]:
    """Each circuit of the zone may be the one that is left."""
    for circuit in _of_zone(site, demand.zone):
        if circuit.bandwidth_mbps < demand.mbps:
            yield Finding(
                (circuit.name, demand.rule_set),
                f"has {circuit.bandwidth_mbps} Mbit/s, and {demand.mbps} Mbit/s are guaranteed "
                f"over it",
                f"the rules of {demand.rule_set} add up to {demand.out_mbps} Mbit/s towards "
                f"{demand.zone} and {demand.in_mbps} Mbit/s back",
                "guarantee less, or order more bandwidth",
                witness=f"{demand.mbps} > {circuit.bandwidth_mbps}",
            )


def _of_zone(site: Site, zone: str) -> list[Circuit]:
    return [circuit for circuit in site.circuits.values() if circuit.zone == zone]


def _shares(site: Site, demand: Demand) -> Iterator[Finding]:
    """What is guaranteed to a traffic class fits the share the line gives that class."""
    for circuit in _of_zone(site, demand.zone):
        if circuit.bandwidth_mbps < demand.mbps:
            continue
        line = site.bandwidth_classes[circuit.bandwidth_class]
        shares = {share.traffic_class: share.guaranteed_percent for share in line.shares}
        for name, mbps in demand.by_class.items():
            share = circuit.bandwidth_mbps * shares.get(name, 0) // 100
            if shares and mbps > share:
                yield Finding(
                    (circuit.name, line.name, demand.rule_set),
                    f"gives the class {name} {share} Mbit/s, and {mbps} Mbit/s are guaranteed "
                    f"to it",
                    f"rules of {demand.rule_set} promise what the line does not hold back",
                    "guarantee less, or give the class a larger share in qos.yml",
                    witness=f"{mbps} > {share}",
                )


def _thin_ways(site: Site, demand: Demand) -> Iterator[Finding]:
    """Failures that leave a way, but none on which every backbone cable carries the demand."""
    services = [s for s in site.services.values() if s.zone == demand.zone and s.used_by_seats]
    circuits = _of_zone(site, demand.zone)
    if not services or any(c.bandwidth_mbps < demand.mbps for c in circuits):
        return
    lost, thin = _cut_by(site, services, 0), _cut_by(site, services, demand.mbps)
    # Where no way is wide enough to begin with, every failure would be named for nothing.
    suspects = [_NOTHING.name] if _NOTHING.name in thin else sorted(thin)
    for name in suspects:
        seats = thin[name] - lost.get(name, frozenset())
        if seats:
            failing = "no failure is needed: it" if name == _NOTHING.name else "its failure"
            yield Finding(
                (name, demand.rule_set),
                f"{failing} leaves {len(seats)} seats no way of {demand.mbps} Mbit/s to "
                f"{demand.zone}",
                f"the rules of {demand.rule_set} guarantee as much, and one way carries all of it",
                "guarantee less, or widen the cables of the way that is left",
                witness=", ".join(_narrow(site, services, demand.mbps)),
            )


_NOTHING = Culprit(CulpritKind.GROUP, "site", frozenset())
"""The scenario in which everything stands."""


def _cut_by(site: Site, services: list[Service], least_mbps: int) -> dict[str, frozenset[str]]:
    """Name of what fails -> seats without a way of that bandwidth to one of the services."""
    ways = ways_to(site, services, least_mbps)
    scenarios = single_failures((_NOTHING, *culprits(site)))
    return {cut.culprits[0].name: cut.all_seats for cut in cuts(ways, attachments(site), scenarios)}


def _narrow(site: Site, services: list[Service], mbps: int) -> list[str]:
    """Backbone cables below the demand on the sides that the services stand on."""
    sides = frozenset().union(*(service_sides(site, service) for service in services))
    return sorted(
        link.name
        for link in site.links.values()
        if is_narrow(link, mbps) and side_of(site, site.networks[link.network]) in sides
    )


def _declared_lines(site: Site) -> Iterator[Finding]:
    """The port at the end of a circuit is at least as fast as the circuit."""
    for circuit in site.circuits.values():
        for name in circuit.links:
            link = site.links[name]
            if link.bandwidth_mbps is not None and link.bandwidth_mbps < circuit.bandwidth_mbps:
                yield Finding(
                    (name, circuit.name),
                    f"carries {link.bandwidth_mbps} Mbit/s of the {circuit.bandwidth_mbps} "
                    f"Mbit/s that {circuit.name} has",
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
