"""Pairs are whole, their VRRP groups agree, and the gate stands between the sides (A1, A3, A7).

Who holds which address is asked of the rendered configurations of both members, because a pair
disagrees there first: identifiers, priorities, intervals, addresses and what lowers a priority.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from ipaddress import IPv4Address

from device_configs.proofs.facts import Facts, VrrpInstance
from device_configs.proofs.failures.graph import WayGraph, reach
from device_configs.proofs.hot_standby import hot_standby
from device_configs.proofs.renderings import Renderings
from device_configs.proofs.topology import side_of
from device_configs.proofs.verdict import Finding, Proof, claim, in_order
from device_configs.site.model import Device, DeviceRole, Half, Link, Network, Site, VirtualAddress

NAME = "redundancy"
TITLE = "Pairs are whole and agree; the gate stands between the sides"


@dataclass(frozen=True)
class Membership:
    """A member of a VRRP group and what its rendering says about it, None if nothing."""

    device: str
    instance: VrrpInstance | None


def prove_redundancy(site: Site, renderings: Renderings) -> Proof:
    """Name every half that is missing, every pair that disagrees, every gate that joins nothing."""
    groups = [(n, virtual) for n in site.networks.values() for virtual in n.virtual_addresses]
    pairs = [d for d in site.devices_where(_is_paired) if d.partner is not None]
    found = [
        *_halves(site),
        *_circuit_groups(site),
        *_gates(site),
        *_identifiers(site),
        *_overlay_pairs(site, renderings.facts),
        *hot_standby(site, renderings.facts),
    ]
    cables = _cables(site)
    for network, virtual in groups:
        found += _group(site, renderings, cables.get(network.name, ()), network, virtual)
    undecided = list(renderings.undecided())
    if not pairs:
        undecided.append(_no_pairs())
    return Proof(
        NAME,
        TITLE,
        findings=in_order(found),
        undecided=tuple(undecided),
        counts={"pairs": len(pairs) // 2, "vrrp_groups": len(groups)},
    )


def _cables(site: Site) -> Mapping[str, list[Link]]:
    """The links of each network."""
    found: dict[str, list[Link]] = {}
    for link in site.links.values():
        found.setdefault(link.network, []).append(link)
    return found


def _is_paired(role: DeviceRole) -> bool:
    """Whether the contract asks for two (A1, A3, A5-A8)."""
    return role.paired


def _halves(site: Site) -> Iterator[Finding]:
    for device in site.devices_where(_is_paired):
        partner = site.devices.get(device.partner) if device.partner else None
        if partner is None:
            yield Finding(
                (device.name,),
                claim("is a {role} without its other half", role=device.role),
                claim("a {role} is asked for twice, in hot standby", role=device.role),
                "declare the second one and name it as `partner` of both",
            )
        elif device.name < partner.name or not partner.role.paired:
            yield from _pair(device, partner)


def _pair(one: Device, other: Device) -> Iterator[Finding]:
    if one.role != other.role:
        yield Finding(
            (one.name, other.name),
            claim(
                "are partners, one a {role} and the other a {role_2}",
                role=one.role,
                role_2=other.role,
            ),
            "only the same role takes over",
            "name a partner of the same role",
        )
    elif {one.half, other.half} != {Half.A, Half.B}:
        yield Finding(
            (one.name, other.name),
            claim(
                "are partners in half {half} and half {half_2}", half=one.half, half_2=other.half
            ),
            "a pair has one device in each half of the dual network",
            "put one into half A and the other into half B",
        )


def _circuit_groups(site: Site) -> Iterator[Finding]:
    members: dict[str, list[str]] = {}
    for circuit in site.circuits.values():
        if circuit.group is not None:
            members.setdefault(circuit.group, []).append(circuit.name)
    for group, names in members.items():
        if len(names) < 2:
            yield Finding(
                tuple(names),
                claim("is alone in the group {group}", group=group),
                "circuits of a group back each other up",
                "name the second circuit of the group, or leave the group out",
            )


def _gates(site: Site) -> Iterator[Finding]:
    """Each gate device has a leg on both sides, and its virtual address on each of them."""
    for gate in site.gates.values():
        for name in gate.devices:
            legs = {
                side_of(site, network): network
                for network in site.networks_of[name]
                if name in network.members and site.ports_of(name, network.name)
            }
            for side in ("internet", "egov"):
                if side not in legs:
                    yield Finding(
                        (name, gate.name),
                        claim("has no leg on the {side} side", side=side),
                        "a gate joins the two sides, each half of it by itself",
                        "make it a member of a network of that side, with its cable",
                    )
                elif len(gate.devices) > 1 and not _holds_virtual(legs[side], name):
                    yield Finding(
                        (name, legs[side].name),
                        claim("shares no virtual address in {name}", name=legs[side].name),
                        "clients keep one address when the other half takes over",
                        "name it in `members` of the gate's virtual address",
                    )
    for device in site.devices_where(lambda role: role.isolates):
        if site.gate_of(device.name) is None:
            yield Finding(
                (device.name,),
                "belongs to no gate",
                "a gate device without channels passes nothing and backs nobody up",
                "name it in `devices` of a gate in gates.yml",
            )


def _holds_virtual(network: Network, name: str) -> bool:
    return any(name in virtual.members for virtual in network.virtual_addresses)


def _identifiers(site: Site) -> Iterator[Finding]:
    for network in site.networks.values():
        seen: dict[int, VirtualAddress] = {}
        for virtual in network.virtual_addresses:
            first = seen.setdefault(virtual.router_id, virtual)
            if first is not virtual:
                yield Finding(
                    (f"{network.name}/{virtual.name}", f"{network.name}/{first.name}"),
                    claim(
                        "both use the VRRP identifier {router_id} on one segment",
                        router_id=virtual.router_id,
                    ),
                    "the two groups take each other's advertisements for their own",
                    "give one of them another identifier",
                    witness=str(virtual.router_id),
                )


def _group(
    site: Site,
    renderings: Renderings,
    cables: Sequence[Link],
    network: Network,
    virtual: VirtualAddress,
) -> Iterator[Finding]:
    """What the declaration says of a group against what each member's rendering does."""
    label = f"{network.name}/{virtual.name}"
    known = [name for name in virtual.members if name in renderings.facts]
    members = [
        Membership(name, _instance(renderings.facts[name], virtual.address)) for name in known
    ]
    for member in members:
        if member.instance is None:
            yield Finding(
                (member.device, label),
                claim("has no VRRP group for {address}", address=virtual.address),
                "the address has one holder less than declared",
                "name the group in its configuration",
            )
        elif member.instance.router_id != virtual.router_id:
            yield Finding(
                (member.device, label),
                claim(
                    "uses the VRRP identifier {router_id}, declared is {router_id_2}",
                    router_id=member.instance.router_id,
                    router_id_2=virtual.router_id,
                ),
                "members of different identifiers do not hear each other: both hold the address",
                "render the declared identifier",
            )
    instances = [(m.device, m.instance) for m in members if m.instance is not None]
    yield from _agreement(label, instances)
    for name, instance in instances:
        yield from _tracking(site, label, name, instance)
    yield from _same_pair(site, label, virtual)
    yield from _one_segment(cables, label, network, virtual)


def _instance(facts: Facts, address: IPv4Address) -> VrrpInstance | None:
    return next((i for i in facts.vrrp if any(found.ip == address for found in i.addresses)), None)


def _agreement(label: str, instances: list[tuple[str, VrrpInstance]]) -> Iterator[Finding]:
    names = tuple(name for name, _ in instances)
    priorities = [instance.priority for _, instance in instances]
    if len(set(priorities)) < len(priorities):
        yield Finding(
            (*names, label),
            claim(
                "share the VRRP priority {highest}", highest=max(priorities, key=priorities.count)
            ),
            "which of them is master is decided by their addresses and not by the declaration",
            "give the preferred member, the first one, the highest priority",
        )
    elif priorities != sorted(priorities, reverse=True):
        yield Finding(
            (*names, label),
            claim(
                "have the VRRP priorities {priorities}", priorities=", ".join(map(str, priorities))
            ),
            "the first member of the group is the preferred one",
            "render falling priorities in the order of `members`",
        )
    intervals = {instance.interval for _, instance in instances}
    if len(intervals) > 1:
        yield Finding(
            (*names, label),
            claim("advertise every {intervals} seconds", intervals=_all_of(intervals)),
            "the slower one is taken for dead by the faster one",
            "render the same interval for all members",
        )


def _all_of(words: Iterable[str]) -> str:
    return reduce(
        lambda one, rest: claim("{first} and {rest}", first=one, rest=rest), sorted(words)
    )


def _tracking(site: Site, label: str, name: str, instance: VrrpInstance) -> Iterator[Finding]:
    device = site.devices[name]
    if device.role.relays and not instance.tracked:
        yield Finding(
            (name, label),
            "tracks no other leg",
            claim(
                "a {role} that lost its other leg keeps the address and passes nothing",
                role=device.role,
            ),
            "track its other interfaces",
        )


def _same_pair(site: Site, label: str, virtual: VirtualAddress) -> Iterator[Finding]:
    """An address whose members are half of two pairs fails over to a stranger."""
    first, *rest = virtual.members
    device = site.devices.get(first)
    if device is not None and device.partner is not None and device.partner not in rest:
        yield Finding(
            (first, label),
            claim(
                "shares {address} with {rest} and not with {partner}",
                address=virtual.address,
                rest=", ".join(rest),
                partner=device.partner,
            ),
            "the partner of a pair takes over",
            "name both of the pair in `members`",
        )


def _one_segment(
    cables: Sequence[Link], label: str, network: Network, virtual: VirtualAddress
) -> Iterator[Finding]:
    """Advertisements pass bridges only: members in two parts of a segment are both master.

    A member without a cable in the network is cut off from its hosts, too: that is for the proof
    of single points to name.
    """
    first, graph = virtual.members[0], WayGraph()
    for link in cables:
        for near, far in ((link.a.device, link.b.device), (link.b.device, link.a.device)):
            tail, head = graph.node(near), graph.node(far)
            if near in network.bridges or near == first:
                graph.join(tail, head)
    start = graph.find(first)
    if start is None:
        return
    reached = reach(graph, (start,), {}, 1)
    for name in virtual.members[1:]:
        node = graph.find(name)
        if node is not None and not reached[node]:
            yield Finding(
                (first, name, label),
                claim("stand in two parts of {name} that no bridge joins", name=network.name),
                "neither hears the other's advertisements: both hold the address",
                "join the parts by a cable between bridges of the network",
            )


def _overlay_pairs(site: Site, facts: Mapping[str, Facts]) -> Iterator[Finding]:
    """Groups that pairs hold outside the declared networks, such as the firewalls' own."""
    declared = {virtual.address for n in site.networks.values() for virtual in n.virtual_addresses}
    for device in site.devices_where(_is_paired):
        partner = device.partner
        if partner is None or partner < device.name or not {device.name, partner} <= facts.keys():
            continue
        mine, theirs = (
            {i.name: i for i in facts[name].vrrp if not {a.ip for a in i.addresses} & declared}
            for name in (device.name, partner)
        )
        for name in sorted(mine.keys() | theirs.keys()):
            yield from _overlay(device.name, partner, name, mine.get(name), theirs.get(name))


def _overlay(
    one: str, other: str, name: str, mine: VrrpInstance | None, theirs: VrrpInstance | None
) -> Iterator[Finding]:
    if mine is None or theirs is None:
        yield Finding(
            (one, other, name),
            claim(
                "only {which} has the VRRP group {name}",
                which=one if theirs is None else other,
                name=name,
            ),
            "a group of one has nobody to fail over to",
            "render the group on both of the pair",
        )
        return
    if (mine.router_id, mine.addresses) != (theirs.router_id, theirs.addresses):
        yield Finding(
            (one, other, name),
            "differ in identifier or address of their VRRP group",
            "members that do not hear each other are both active",
            "render the same identifier and address on both",
        )
    yield from _agreement(name, [(one, mine), (other, theirs)])


def _no_pairs() -> Finding:
    return Finding(
        ("site",), "no pair is declared", "there is nothing to judge", "declare `partner`"
    )
