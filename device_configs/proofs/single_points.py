"""No single failure between any seat and any service (A1): devices, links, shared-risk groups.

Reachability in every scenario at once (graph.py) over the layered ways of traffic (topology.py).
A seat's own cable is part of the seat, and a provider's own network is part of the service: both
are no failures of ours and no scenarios here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from device_configs.proofs.graph import Graph, reach, walk
from device_configs.proofs.risks import Acceptance, Risks, core_culprits, culprits
from device_configs.proofs.scenarios import (
    Culprit,
    CulpritKind,
    Scenarios,
    bits_of,
    double_failures,
    single_failures,
)
from device_configs.proofs.topology import (
    Attachment,
    Sides,
    attachments,
    build_graph,
    host_node,
    service_sides,
    start_node,
)
from device_configs.proofs.verdict import Finding, Proof, in_order
from device_configs.site.model import Service, Site

NAME = "single_points"
TITLE = "No single failure cuts a seat from a service"

MOST_NOTES = 40
"""Double failures listed one by one; the counts hold all of them."""


@dataclass(frozen=True)
class Ways:
    """The graph towards a service, and the nodes that answer for it."""

    graph: Graph
    hosts: tuple[int, ...]


@dataclass(frozen=True)
class Cut:
    """What fails in one scenario, and what it cuts: service -> names of seats."""

    culprits: tuple[Culprit, ...]
    seats: Mapping[str, frozenset[str]]

    @property
    def all_seats(self) -> frozenset[str]:
        return frozenset().union(*self.seats.values())


def ways_to(site: Site, services: Iterable[Service], least_mbps: int = 0) -> Mapping[str, Ways]:
    """The ways to each service by its name; services that share sides share a graph."""
    graphs: dict[Sides, Graph] = {}
    found = {}
    for service in services:
        sides = service_sides(site, service)
        graph = graphs.get(sides)
        if graph is None:
            graph = graphs[sides] = build_graph(site, sides, least_mbps)
        hosts = (host_node(graph, name) for name in service.hosts)
        found[service.name] = Ways(graph, tuple(node for node in hosts if node is not None))
    return found


def cuts(
    ways: Mapping[str, Ways], seats: Mapping[Attachment, Sequence[str]], scenarios: Scenarios
) -> list[Cut]:
    """Every scenario that cuts a seat from a service, in the order of the scenarios."""
    lost: dict[int, dict[str, set[str]]] = {}
    for (service, at), bits in _cut_bits(ways, seats, scenarios).items():
        for bit in bits:
            lost.setdefault(bit, {}).setdefault(service, set()).update(seats[at])
    return [
        Cut(
            scenarios.culprits_of(bit),
            {service: frozenset(names) for service, names in sorted(lost[bit].items())},
        )
        for bit in sorted(lost)
    ]


def _cut_bits(
    ways: Mapping[str, Ways], seats: Iterable[Attachment], scenarios: Scenarios
) -> dict[tuple[str, Attachment], tuple[int, ...]]:
    """(service, attachment) -> the scenarios that cut the two."""
    reached: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    listed: dict[int, tuple[int, ...]] = {}
    places = list(seats)
    found = {}
    for service, way in ways.items():
        key = (id(way.graph), way.hosts)
        if key not in reached:
            reached[key] = reach(
                way.graph, way.hosts, scenarios.dead, scenarios.everything, backward=True
            )
        for at in places:
            node = start_node(way.graph, at)
            cut = scenarios.everything & ~(0 if node is None else reached[key][node])
            if not cut:
                continue
            if cut not in listed:
                listed[cut] = tuple(bits_of(cut))
            found[service, at] = listed[cut]
    return found


def new_double_cuts(
    ways: Mapping[str, Ways],
    seats: Mapping[Attachment, Sequence[str]],
    core: Sequence[Culprit],
    singles: Iterable[Cut],
) -> list[Cut]:
    """Pairs of core culprits that cut what neither of them cuts alone."""
    alone: dict[Culprit, Cut] = {cut.culprits[0]: cut for cut in singles}
    found = []
    for cut in cuts(ways, seats, double_failures(core)):
        fresh = {
            service: names.difference(
                *(alone[c].seats.get(service, ()) for c in cut.culprits if c in alone)
            )
            for service, names in cut.seats.items()
        }
        fresh = {service: names for service, names in fresh.items() if names}
        if fresh:
            found.append(Cut(cut.culprits, fresh))
    return found


def prove_single_points(site: Site, risks: Risks) -> Proof:
    """Name every single failure that cuts a seat from a service it uses, and every pair in the core.

    A failure that the declaration accepts breaks nothing as long as it takes no more seats than
    its bound. Pairs of core elements are notes: two failures at once are not promised away.
    """
    services = [service for service in site.services.values() if service.used_by_seats]
    seats = attachments(site)
    everyone = culprits(site, risks.groups)
    counts = {"services": len(services), "seats": len(site.seats), "failures": len(everyone)}
    if not services or not seats:
        return Proof(NAME, TITLE, undecided=(_nothing_to_prove(),), counts=counts)
    ways = ways_to(site, services)
    singles = cuts(ways, seats, single_failures(everyone))
    judge = _Judge(site, risks, ways, seats, singles)
    core = core_culprits(site, risks.groups)
    doubles = new_double_cuts(ways, seats, core, singles)
    return Proof(
        NAME,
        TITLE,
        findings=in_order([*judge.never_reached(), *judge.findings()]),
        notes=(*in_order(judge.accepted()), *_double_notes(doubles)),
        counts={
            **counts,
            "cutting": len(singles),
            "pairs": len(core) * (len(core) - 1) // 2,
            "cutting_pairs": len(doubles),
        },
    )


class _Judge:
    """Sorts cuts into what the declaration accepts and what breaks the claim."""

    def __init__(
        self,
        site: Site,
        risks: Risks,
        ways: Mapping[str, Ways],
        seats: Mapping[Attachment, Sequence[str]],
        singles: Sequence[Cut],
    ) -> None:
        self._site, self._risks, self._ways, self._seats = site, risks, ways, seats
        self._cut_off = self._already_cut_off()
        self._cuts = [cut for cut in map(self._beyond_cut_off, singles) if cut.all_seats]
        self._alone = {cut.culprits[0].name: cut for cut in self._cuts}

    def _already_cut_off(self) -> Mapping[str, frozenset[str]]:
        """Seats that no way leads to even while everything stands."""
        whole = Scenarios((), (), {}, 1, 1)
        lost: dict[str, set[str]] = {}
        for service, at in _cut_bits(self._ways, self._seats, whole):
            lost.setdefault(service, set()).update(self._seats[at])
        return {service: frozenset(names) for service, names in lost.items()}

    def _beyond_cut_off(self, cut: Cut) -> Cut:
        left = {s: names - self._cut_off.get(s, frozenset()) for s, names in cut.seats.items()}
        return Cut(cut.culprits, {service: names for service, names in left.items() if names})

    def never_reached(self) -> Iterator[Finding]:
        for service, names in self._cut_off.items():
            yield Finding(
                (service, *self._switches(names)),
                f"{_seats(names)} have no way to it while everything stands",
                "no declared links and networks lead from their switch to a host of the service",
                "declare the missing cables or the gateway in links.yml and networks.yml",
                witness=min(names),
            )

    def findings(self) -> Iterator[Finding]:
        for cut in self._cuts:
            culprit = cut.culprits[0]
            accepted = self._risks.accepted.get(culprit.name)
            if accepted is not None:
                if len(cut.all_seats) > accepted.seats:
                    yield self._above_bound(cut, accepted)
            elif culprit.kind is not CulpritKind.GROUP or self._more_than_members(cut):
                yield self._single_point(cut)

    def accepted(self) -> Iterator[Finding]:
        for cut in self._cuts:
            accepted = self._risks.accepted.get(cut.culprits[0].name)
            if accepted is not None and len(cut.all_seats) <= accepted.seats:
                yield Finding(
                    (cut.culprits[0].name,),
                    f"its failure cuts {_told(cut)}",
                    f"accepted up to {accepted.seats} seats: {accepted.reason}",
                    "nothing to do",
                )

    def _more_than_members(self, cut: Cut) -> bool:
        """False when members that are named themselves cut all of it by themselves."""
        named = [
            self._alone[member].seats
            for member in cut.culprits[0].elements
            if member in self._alone and member not in self._risks.accepted
        ]
        return any(
            names - frozenset().union(*(seats.get(service, ()) for seats in named))
            for service, names in cut.seats.items()
        )

    def _single_point(self, cut: Cut) -> Finding:
        culprit = cut.culprits[0]
        members = (
            sorted(culprit.elements & self._known) if culprit.elements != {culprit.name} else []
        )
        shared = f"{', '.join(members)} fail together" if members else "every way passes it"
        return Finding(
            (culprit.name,),
            f"its failure cuts {_told(cut)}",
            shared,
            "give them a way that does not share it, or accept the risk with a reason and a "
            "bound on the seats",
            witness=self._healthy_way(cut),
        )

    def _above_bound(self, cut: Cut, accepted: Acceptance) -> Finding:
        return Finding(
            (cut.culprits[0].name,),
            f"its failure cuts {_told(cut)}",
            f"the declaration accepts {accepted.seats} seats at most ({accepted.reason})",
            "move seats to another switch, or raise the bound with its reason",
            witness=f"{len(cut.all_seats)} > {accepted.seats}",
        )

    @property
    def _known(self) -> frozenset[str]:
        """Names that the graphs hold: what else a group names carries no user traffic."""
        return frozenset({*self._site.devices, *self._site.links})

    def _healthy_way(self, cut: Cut) -> str:
        """The way of the first seat that is cut, as it goes while everything stands."""
        service, names = next(iter(cut.seats.items()))
        seat = self._site.seats[min(names)]
        way = self._ways[service]
        start = start_node(way.graph, Attachment(seat.switch, seat.network))
        nodes = walk(way.graph, () if start is None else (start,), frozenset(way.hosts))
        return f"{seat.name} to {service}: {' > '.join(devices_along(way.graph, nodes))}"

    def _switches(self, names: Iterable[str]) -> list[str]:
        return sorted({self._site.seats[name].switch for name in names})


def devices_along(graph: Graph, nodes: Iterable[int]) -> list[str]:
    """The devices that a way passes, each once."""
    names = (graph.elements[node] or graph.names[node] for node in nodes)
    return list(dict.fromkeys(names))


def _double_notes(doubles: Sequence[Cut]) -> Iterator[Finding]:
    """The pairs that cut most, devices before links and groups."""
    ranked = sorted(
        doubles, key=lambda cut: (-len(cut.all_seats), [(c.kind, c.name) for c in cut.culprits])
    )
    for cut in ranked[:MOST_NOTES]:
        yield Finding(
            tuple(culprit.name for culprit in cut.culprits),
            f"their failure together cuts {_told(cut)}",
            "two failures at once are not promised away",
            "know it: repair the first before work on the second",
        )


def _told(cut: Cut) -> str:
    """``12 seats from platform, voice``, or each service with its number where they differ."""
    by_number: dict[int, list[str]] = {}
    for service, names in cut.seats.items():
        by_number.setdefault(len(names), []).append(service)
    return " and ".join(
        f"{number} {'seat' if number == 1 else 'seats'} from {', '.join(services)}"
        for number, services in sorted(by_number.items(), reverse=True)
    )


def _seats(names: Sequence[str] | frozenset[str]) -> str:
    return f"{len(names)} {'seat' if len(names) == 1 else 'seats'}"


def _nothing_to_prove() -> Finding:
    return Finding(
        ("site",),
        "there is no seat, or no service that seats use",
        "a claim about nothing is not shown to hold",
        "declare seats and services with `used_by_seats: true`",
    )
