"""Internet and e-government are isolated: nothing but the gate joins the two (A2).

Proved twice. Over the declaration: no device but a gate stands on both sides. Over what is
rendered: from no port of the Internet side does a chain of cables, bridges and routing devices
lead to a port of the e-government side, the management network included; and no device is told a
route to, or announces a prefix of, the other side.
"""

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network

from device_configs.proofs.facts import Facts
from device_configs.proofs.failures.graph import WayGraph, walk
from device_configs.proofs.renderings import Renderings
from device_configs.proofs.topology import side_of
from device_configs.proofs.verdict import Finding, Proof, claim, in_order
from device_configs.render.addressing import MANAGEMENT_PORT
from device_configs.site.model import GateMode, Site

NAME = "isolation"
TITLE = "Nothing but the gate joins the Internet and the e-government side"

INTERNET, EGOV, MANAGEMENT = "internet", "egov", "management"


def prove_isolation(site: Site, renderings: Renderings) -> Proof:
    """Name every way between the two sides that does not pass a gate, and every leaked route."""
    sides = {side_of(site, network) for network in site.networks.values()}
    undecided = list(renderings.undecided())
    if not {INTERNET, EGOV} <= sides:
        undecided.append(_one_side_only())
    undecided += _gates_of_no_word(site, renderings.facts)
    declared = in_order(_declared_joints(site))
    rendered = () if declared else in_order(_rendered_ways(site, renderings.facts))
    return Proof(
        NAME,
        TITLE,
        findings=(*declared, *rendered, *in_order(_leaked_routes(site, renderings.facts))),
        undecided=tuple(undecided),
        counts={
            "devices": len(site.devices),
            "links": len(site.links),
            "renderings": len(renderings.facts),
        },
    )


def _declared_joints(site: Site) -> Iterator[Finding]:
    """Devices that stand on the Internet side and, from there on, lead to the other.

    A way from the one side to the other has a first device that leaves the Internet side.
    """
    graph = _incidence(site)
    goals = _networks_on(site, graph, EGOV)
    outside = {
        network.name for network in site.networks.values() if side_of(site, network) == INTERNET
    }
    for name, networks in _zones_by_side(site).items():
        if site.devices[name].role.isolates:
            continue
        here = sorted(networks & outside)
        start = graph.find(name)
        if not here or start is None:
            continue
        nodes = walk(graph, (start,), goals, failed=outside)
        if nodes:
            way = [graph.names[node].removeprefix("network ") for node in nodes]
            yield Finding(
                (name, here[0], way[1]),
                claim(
                    "{name} stands in {here} on the Internet side and leads to {way}",
                    name=name,
                    here=here[0],
                    way=way[-1],
                ),
                "the two sides are physically isolated but for the gate (A2)",
                claim(
                    "remove the cable or membership in {here} or in {way}", here=here[0], way=way[1]
                ),
                witness=" > ".join((here[0], *way)),
            )


def _zones_by_side(site: Site) -> Mapping[str, frozenset[str]]:
    """Networks other than management that each device touches: by cable, as member, as bridge."""
    found: dict[str, set[str]] = {name: set() for name in site.devices}
    for link in site.links.values():
        for end in link.ends:
            if end.device in found:
                found[end.device].add(link.network)
    for name, networks in found.items():
        networks.update(network.name for network in site.networks_of[name])
        networks -= {n for n in networks if side_of(site, site.networks[n]) == MANAGEMENT}
    return {name: frozenset(networks) for name, networks in found.items()}


def _incidence(site: Site) -> WayGraph:
    """Devices and networks, joined where a device touches a network; gates join nothing."""
    graph = WayGraph()
    for name, networks in _zones_by_side(site).items():
        if site.devices[name].role.isolates:
            continue
        device = graph.node(name, name)
        for network in sorted(networks):
            segment = graph.node(f"network {network}", network)
            graph.join(device, segment)
            graph.join(segment, device)
    return graph


def _networks_on(site: Site, graph: WayGraph, side: str) -> frozenset[int]:
    names = (n.name for n in site.networks.values() if side_of(site, n) == side)
    nodes = (graph.find(f"network {name}") for name in names)
    return frozenset(node for node in nodes if node is not None)


def _rendered_ways(site: Site, facts: Mapping[str, Facts]) -> Iterator[Finding]:
    graph = _rendered_graph(site, facts)
    starts, goals = (_ports_on(site, graph, side) for side in (INTERNET, EGOV))
    nodes = walk(graph, sorted(starts), goals)
    if not nodes:
        return
    way = [graph.names[node] for node in nodes]
    joints = dict.fromkeys(name.partition("/")[0] for name in way if ":" not in name)
    yield Finding(
        tuple(joints),
        claim(
            "the rendered configuration of {joints} joins the two sides", joints=", ".join(joints)
        ),
        "packets or frames pass from the Internet side to the e-government side without the gate",
        "stop forwarding there, or shut it towards the management network",
        witness=" > ".join(way),
    )


def _rendered_graph(site: Site, facts: Mapping[str, Facts]) -> WayGraph:
    graph = WayGraph()
    for link in site.links.values():
        a, b = (graph.node(str(end)) for end in link.ends)
        graph.join(a, b)
        graph.join(b, a)
    for name, found in facts.items():
        gate = site.gate_of(name)
        if gate is None or gate.mode is GateMode.PROXY:
            _join_inside(graph, found, gate is not None)
    return graph


def _join_inside(graph: WayGraph, facts: Facts, is_gate: bool) -> None:
    """A bridge joins its ports; a device that forwards joins the interfaces of one instance.

    One that may forward counts as if it did, but for a gate, which is told as undecided.
    """
    below = dict(facts.bridges)
    below |= {name: (port,) for name, port in facts.switched.items()}
    for name, ports in below.items():
        interface = graph.node(f"{facts.device}:{name}")
        for port in ports:
            _both(graph, interface, graph.node(f"{facts.device}:{port}"))
    if facts.forwards is False or (is_gate and facts.forwards is None):
        return
    for port, _ in facts.addresses:
        if port != MANAGEMENT_PORT or not facts.management_shut:
            instance = facts.instances.get(port)
            router = graph.node(f"{facts.device}/{instance}" if instance else facts.device)
            _both(graph, router, graph.node(f"{facts.device}:{port}"))


def _both(graph: WayGraph, one: int, other: int) -> None:
    graph.join(one, other)
    graph.join(other, one)


def _ports_on(site: Site, graph: WayGraph, side: str) -> frozenset[int]:
    """Ports of cables in networks of the side, but those of gates, which stand on both."""
    ends = (
        end
        for link in site.links.values()
        if side_of(site, site.networks[link.network]) == side
        for end in link.ends
        if end.device not in site.devices or not site.devices[end.device].role.isolates
    )
    nodes = (graph.find(str(end)) for end in ends)
    return frozenset(node for node in nodes if node is not None)


def _leaked_routes(site: Site, facts: Mapping[str, Facts]) -> Iterator[Finding]:
    prefixes = {
        side: [n.prefix for n in site.networks.values() if side_of(site, n) == side]
        for side in (INTERNET, EGOV)
    }
    zones = _zones_by_side(site)
    crossings: dict[tuple[str, IPv4Network], IPv4Network | None] = {}
    for name, found in facts.items():
        if site.devices[name].role.isolates:
            continue
        sides = {side_of(site, site.networks[network]) for network in zones[name]}
        if {INTERNET, EGOV} <= sides:
            continue
        other = EGOV if INTERNET in sides else INTERNET
        advertised = [prefix for prefix, _ in found.routes] + list(found.announced)
        for prefix in advertised:
            if (other, prefix) not in crossings:
                crossings[other, prefix] = _crossed(prefix, prefixes[other])
            crossed = crossings[other, prefix]
            if crossed is not None:
                yield Finding(
                    (name,),
                    claim(
                        "its configuration holds a route to {prefix} of the {side} side",
                        prefix=prefix,
                        side=claim(_SIDE[other]),
                    ),
                    "the two sides know nothing of each other's addresses (A2)",
                    "remove the route or the announcement",
                    witness=f"{prefix} overlaps {crossed}",
                )


_SIDE = {INTERNET: "Internet", EGOV: "e-government"}


def _crossed(prefix: IPv4Network, prefixes: Iterable[IPv4Network]) -> IPv4Network | None:
    """The first of the prefixes that a route other than the default overlaps."""
    if prefix.prefixlen == 0:
        return None
    return next((other for other in prefixes if other.overlaps(prefix)), None)


def _gates_of_no_word(site: Site, facts: Mapping[str, Facts]) -> Iterator[Finding]:
    """A gate that is no proxy passes what its product passes; of a proxy the text must say so."""
    for name, found in sorted(facts.items()):
        gate = site.gate_of(name)
        if found.forwards is None and gate is not None and gate.mode is GateMode.PROXY:
            yield Finding(
                (name,),
                "whether packets pass the gate is not known",
                claim(
                    "the rendering for {platform} has addresses and no word of the gate's mode; "
                    "a box with these lines alone forwards",
                    platform=site.devices[name].platform,
                ),
                "render the gate for a platform that has words for it",
            )


def _one_side_only() -> Finding:
    return Finding(
        ("site",),
        "there are no two sides",
        "a claim about nothing is not shown to hold",
        "declare zones of side internet and of side egov",
    )
