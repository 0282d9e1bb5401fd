"""The address plan: nothing overlaps, nothing is held twice, everybody has a gateway and room."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from device_configs.proofs.filters.sweep import Span, overlapping
from device_configs.proofs.verdict import Finding, Proof, claim, in_order
from device_configs.site.model import Site

NAME = "addresses"
TITLE = "The address plan is free of overlaps, doubles, strays and exhaustion"

LEAST_FREE_PERCENT = 10
"""A segment of hosts with less room than this cannot grow (A12)."""

_MANAGEMENT = "management"


@dataclass(frozen=True)
class Holding:
    """An address and who holds it in which network, None outside every declared one."""

    address: IPv4Address
    holder: str
    network: str | None


def prove_addresses(site: Site) -> Proof:
    """Name every fault of the address plan; see the functions below for each kind."""
    holdings = tuple(_holdings(site))
    found = [
        *_overlaps(site),
        *_doubles(holdings),
        *_strays(site, holdings),
        *_loopbacks_inside(site),
        *_gateways(site),
        *_exhaustion(site, holdings),
    ]
    return Proof(
        NAME,
        TITLE,
        findings=in_order(found),
        undecided=() if site.networks else (_no_plan(),),
        counts={"networks": len(site.networks), "addresses": len(holdings)},
    )


def _holdings(site: Site) -> Iterator[Holding]:
    for network in site.networks.values():
        for name, address in network.members.items():
            yield Holding(address, name, network.name)
        for virtual in network.virtual_addresses:
            yield Holding(virtual.address, f"{network.name}/{virtual.name}", network.name)
    managed = site.networks.get(_MANAGEMENT)
    for device in site.devices.values():
        if device.loopback is not None:
            yield Holding(device.loopback, f"{device.name} (loopback)", None)
        if device.management_address is not None and managed is None:
            yield Holding(device.management_address, f"{device.name} (management)", None)


def _overlaps(site: Site) -> Iterator[Finding]:
    spans = (_span(network.prefix, network.name) for network in site.networks.values())
    for one, other in overlapping(spans):
        yield Finding(
            (other.name, one.name),
            claim(
                "{prefix} overlaps {prefix_2}",
                prefix=site.networks[other.name].prefix,
                prefix_2=site.networks[one.name].prefix,
            ),
            "a packet to the shared addresses has two destinations",
            "give the two networks separate prefixes",
            witness=str(IPv4Address(other.low)),
        )


def _span(prefix: IPv4Network, name: str) -> Span:
    return Span(int(prefix.network_address), int(prefix.broadcast_address), name)


def _doubles(holdings: tuple[Holding, ...]) -> Iterator[Finding]:
    held: dict[IPv4Address, list[Holding]] = {}
    for holding in holdings:
        held.setdefault(holding.address, []).append(holding)
    for address, holders in held.items():
        if len(holders) > 1:
            names = sorted({_place(holding) for holding in holders})
            yield Finding(
                tuple(names),
                claim("{address} is held {count} times", address=address, count=len(holders)),
                "two holders of one address answer for each other",
                "give each holder an address of its own",
                witness=str(address),
            )


def _place(holding: Holding) -> str:
    if holding.network is None or "/" in holding.holder:
        return holding.holder
    return f"{holding.network}/{holding.holder}"


def _strays(site: Site, holdings: tuple[Holding, ...]) -> Iterator[Finding]:
    """Addresses that their network does not hold, or that name the network or all of it."""
    for holding in holdings:
        if holding.network is None:
            continue
        prefix = site.networks[holding.network].prefix
        if holding.address not in prefix:
            yield Finding(
                (_place(holding),),
                claim("{address} is outside {prefix}", address=holding.address, prefix=prefix),
                "its neighbours do not find it on this segment",
                "use an address of the prefix",
                witness=str(holding.address),
            )
        elif prefix.prefixlen < 31 and holding.address in (
            prefix.network_address,
            prefix.broadcast_address,
        ):
            yield Finding(
                (_place(holding),),
                claim(
                    "{address} is the first or last address of {prefix}",
                    address=holding.address,
                    prefix=prefix,
                ),
                "the two stand for the network and for all of its hosts",
                "use an address between them",
                witness=str(holding.address),
            )


def _loopbacks_inside(site: Site) -> Iterator[Finding]:
    spans = [_span(network.prefix, network.name) for network in site.networks.values()]
    loopbacks = {
        f"{device.name} (loopback)": device.loopback
        for device in site.devices.values()
        if device.loopback is not None
    }
    spans += [Span(int(address), int(address), name) for name, address in loopbacks.items()]
    for one, other in overlapping(spans):
        loopback, network = (one, other) if one.name in loopbacks else (other, one)
        if loopback.name in loopbacks and network.name in site.networks:
            yield Finding(
                (loopback.name, network.name),
                claim(
                    "{loopbacks} is inside {prefix}",
                    loopbacks=loopbacks[loopback.name],
                    prefix=site.networks[network.name].prefix,
                ),
                "hosts of the segment look for it among themselves",
                "take loopbacks from a prefix of their own",
                witness=str(loopbacks[loopback.name]),
            )


def _gateways(site: Site) -> Iterator[Finding]:
    """Seats need a gateway that more than one device can hold."""
    for name in dict.fromkeys(seat.network for seat in site.seats.values()):
        network = site.networks[name]
        if network.gateway is None:
            yield Finding(
                (name,),
                "has seats and no virtual address named `gateway`",
                "its hosts have no way out",
                "declare the gateway with both core switches as its members",
            )


def _exhaustion(site: Site, holdings: tuple[Holding, ...]) -> Iterator[Finding]:
    used: dict[str, set[IPv4Address]] = {}
    for holding in holdings:
        if holding.network is not None:
            used.setdefault(holding.network, set()).add(holding.address)
    for name, network in site.networks.items():
        if network.is_point_to_point:
            continue
        room = network.prefix.num_addresses - 2
        free = room - len(used.get(name, ()))
        if free * 100 < room * LEAST_FREE_PERCENT:
            yield Finding(
                (name,),
                claim("{free} of {room} addresses are free", free=free, room=room),
                claim(
                    "less than {least_free_percent} % is left to grow into",
                    least_free_percent=LEAST_FREE_PERCENT,
                ),
                "widen the prefix, or declare another segment",
                witness=str(network.prefix),
            )


def _no_plan() -> Finding:
    return Finding(
        ("site",), "no network is declared", "there is no plan to judge", "declare networks.yml"
    )
