"""No single failure between any seat and any service (A1): devices, links, shared-risk groups.

Every failure at once by bit-parallel reachability (graph.py) over the layered ways of traffic
(topology.py); what the declaration accepts in risks.yml is reported, and violates nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from device_configs.proofs.failures.cuts import Cut, Ways, cuts, ways_to
from device_configs.proofs.failures.double_cuts import new_double_cuts
from device_configs.proofs.failures.graph import WayGraph, next_steps
from device_configs.proofs.failures.risks import Acceptances, failed_elements
from device_configs.proofs.failures.scenarios import FailedElementKind, single_failures
from device_configs.proofs.failures.single_point_notes import (
    counted_seats,
    described,
    double_notes,
    never_reached_findings,
    seat_cable_notes,
)
from device_configs.proofs.topology import Attachment, attachments, start_node
from device_configs.proofs.verdict import Finding, Proof, claim, in_order
from device_configs.site.model import Site

NAME = "single_points"
TITLE = "No single failure cuts a seat from a service"


def prove_single_points(site: Site) -> Proof:
    """Name every single failure that cuts a seat from a service, and every such pair.

    A failure that the declaration accepts breaks nothing as long as it takes no more seats from
    no other services. Pairs are notes: two failures at once are not promised away.
    """
    seats = attachments(site)
    everyone = failed_elements(site)
    counts = {"services": len(site.services), "seats": len(site.seats), "failures": len(everyone)}
    if not site.services or not seats:
        return Proof(NAME, TITLE, undecided=(_nothing_to_prove(),), counts=counts)
    ways = ways_to(site, site.services.values())
    singles = cuts(ways, seats, single_failures(everyone))
    doubles = new_double_cuts(ways, seats, everyone, singles)
    judge = _Judge(site, ways, seats, singles)
    return Proof(
        NAME,
        TITLE,
        findings=in_order([*judge.never_reached(), *judge.findings(), *seat_cable_notes(site)]),
        notes=(
            *in_order(judge.accepted()),
            *double_notes(doubles),
        ),
        counts={
            **counts,
            "cutting": len(singles),
            "pairs": len(everyone) * (len(everyone) - 1) // 2,
            "cutting_pairs": len(doubles),
        },
    )


class _Judge:
    """Sorts cuts into what the declaration accepts and what breaks the claim."""

    def __init__(
        self,
        site: Site,
        ways: Mapping[str, Ways],
        seats: Mapping[Attachment, Sequence[str]],
        singles: Sequence[Cut],
    ) -> None:
        self._site, self._ways = site, ways
        self._accepted = Acceptances(site)
        self._steps: dict[str, list[int | None]] = {}
        self._cut_off = never_reached_findings(ways, seats)
        self._cuts = [cut for cut in map(self._beyond_cut_off, singles) if cut.seats]
        named = ((cut.failed_elements[0].name, self._open(cut)) for cut in self._cuts)
        self._named = {name: cut for name, cut in named if cut.seats}

    def _beyond_cut_off(self, cut: Cut) -> Cut:
        """Without what no way leads to even while everything stands."""
        left = {
            service: names - self._cut_off.get(service, frozenset())
            for service, names in cut.seats.items()
            if names or service not in self._cut_off
        }
        kept = {s: names for s, names in left.items() if names or not cut.seats[s]}
        return Cut(cut.failed_elements, kept)

    def _open(self, cut: Cut) -> Cut:
        """What of the cut the declaration does not accept."""
        element = cut.failed_elements[0].name
        return Cut(
            cut.failed_elements,
            {
                service: names
                for service, names in cut.seats.items()
                if not self._accepted.accept(element, service, len(names))
            },
        )

    def never_reached(self) -> Iterator[Finding]:
        for service, names in self._cut_off.items():
            switches = sorted({self._site.seats[name].switch for name in names})
            yield Finding(
                (service, *switches),
                claim(
                    "{who} have no way to it while everything stands",
                    who=counted_seats(len(names)),
                ),
                "no declared links and networks lead to a host of the service",
                "declare the missing cables or the gateway in links.yml and networks.yml",
                witness=min(names, default=""),
            )

    def findings(self) -> Iterator[Finding]:
        for cut in self._named.values():
            if cut.failed_elements[0].kind is FailedElementKind.GROUP:
                cut = self._beyond_members(cut)
            if cut.seats:
                yield self._single_point(cut)

    def _beyond_members(self, cut: Cut) -> Cut:
        """Without what members that are named themselves cut by themselves."""
        members = [
            self._named[name] for name in cut.failed_elements[0].elements if name in self._named
        ]
        left = {}
        for service, names in cut.seats.items():
            cutting = [member.seats[service] for member in members if service in member.seats]
            rest = names.difference(*cutting)
            if rest or not cutting:
                left[service] = rest
        return Cut(cut.failed_elements, left)

    def accepted(self) -> Iterator[Finding]:
        for cut in self._cuts:
            element = cut.failed_elements[0].name
            if element in self._named:
                continue
            risks = self._accepted.of(element)
            yield Finding(
                (element,),
                claim("its failure cuts {who}", who=described(cut)),
                claim("accepted as {names}", names=", ".join(risk.name for risk in risks)),
                "nothing to do",
            )

    def _single_point(self, cut: Cut) -> Finding:
        failed_element = cut.failed_elements[0]
        bounds = {
            service: risk.seats
            for risk in self._accepted.of(failed_element.name)
            for service in risk.services
            if service in cut.seats
        }
        if bounds:
            most = max(bounds.values())
            why: str = claim("the declaration accepts {seats} at most", seats=counted_seats(most))
            remedy = "move seats to another switch, or raise the bound in risks.yml with its reason"
        elif failed_element.kind is FailedElementKind.GROUP:
            names = ", ".join(sorted(failed_element.elements))
            why = claim("{names} fail together", names=names)
            remedy = "give them a way that does not share it, or accept the risk in risks.yml"
        else:
            why = "every way passes it"
            remedy = "give them a second way, or accept the risk in risks.yml with its reason"
        return Finding(
            (failed_element.name,),
            claim("its failure cuts {who}", who=described(cut)),
            why,
            remedy,
            witness=self._healthy_way(cut),
        )

    def _healthy_way(self, cut: Cut) -> str:
        """The way of the first seat that is cut, as it goes while everything stands."""
        service, names = next(iter(cut.seats.items()))
        seat = self._site.seats[min(names, default=min(self._site.seats))]
        way = self._ways[service]
        start = start_node(way.graph, Attachment(seat.switch, seat.network))
        nodes = self._from(start, service)
        return f"{seat.name} to {service}: {' > '.join(devices_along(way.graph, nodes))}"

    def _from(self, start: int | None, service: str) -> Iterator[int]:
        """The nodes of a shortest way; the ways of a service are looked for once."""
        if service not in self._steps:
            way = self._ways[service]
            self._steps[service] = next_steps(way.graph, way.hosts)
        while start is not None:
            yield start
            following = self._steps[service][start]
            start = None if following == start else following


def devices_along(graph: WayGraph, nodes: Iterable[int]) -> list[str]:
    """The devices that a way passes, each once."""
    names = (graph.elements[node] or graph.names[node] for node in nodes)
    return list(dict.fromkeys(names))


def _nothing_to_prove() -> Finding:
    return Finding(
        ("site",),
        "no seat or no service is declared",
        "a claim about nothing is not shown to hold",
        "declare seats and services",
    )
