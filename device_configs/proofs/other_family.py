"""What most proofs do not decide: the way of IPv6. Claims are about IPv4, and where a declaration
has both families, what they say of one is not said of the other (unknown, never in order)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from device_configs.proofs.verdict import Finding, Proof, claim
from device_configs.site.model import Site

REASON = "claims are about packets of IPv4; nothing is proved about those of IPv6"


def undecided_ipv6(site: Site) -> tuple[Finding, ...]:
    """One finding for each segment and cable with IPv6; none where no element carries it."""
    return tuple(
        Finding(
            (network.name,),
            claim("carries IPv6, {prefix}, which is not decided", prefix=network.ipv6_prefix),
            REASON,
            "leave `ipv6_prefix` out where a claim has to hold",
        )
        for network in site.networks.values()
        if network.ipv6_prefix is not None
    )


def of_one_family(
    site: Site, proofs: Mapping[str, Proof], about_both: Collection[str]
) -> dict[str, Proof]:
    """Proofs with what they leave open; ``about_both`` are those that speak of either family."""
    left = undecided_ipv6(site)
    return {
        name: proof if name in about_both else replace(proof, undecided=(*proof.undecided, *left))
        for name, proof in proofs.items()
    }


def about_ipv4(proof: Proof) -> Proof:
    """The proof without what is left open of IPv6."""
    decided = tuple(finding for finding in proof.undecided if finding.why != REASON)
    return proof if decided == proof.undecided else replace(proof, undecided=decided)


def zones_with_ipv6(*sites: Site) -> Iterator[tuple[str, str]]:
    """Pairs of zones between which packets of IPv6 may pass in one of the declarations."""
    for site in sites:
        zones = {n.zone: None for n in site.networks.values() if n.ipv6_prefix is not None}
        yield from ((one, other) for one in zones for other in zones)
