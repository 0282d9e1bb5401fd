"""Pairs of firewalls stand by for each other: by VRRP of their own, by HRP, by RBM (A5)."""

from collections.abc import Iterator, Mapping

from device_configs.proofs.facts import Facts, HotStandby
from device_configs.proofs.verdict import Finding, claim
from device_configs.site.model import Site


def hot_standby(site: Site, facts: Mapping[str, Facts]) -> Iterator[Finding]:
    """Name every pair of firewalls whose halves are not told of each other, or not alike."""
    for device in site.devices_where(lambda role: role.hot_standby):
        partner = device.partner
        if partner is None or partner < device.name or not {device.name, partner} <= facts.keys():
            continue
        mine, theirs = facts[device.name].standby, facts[partner].standby
        if mine is not None and theirs is not None:
            yield from _agreement(site, (device.name, partner), (mine, theirs))
        elif mine is not None or theirs is not None:
            configured = device.name if mine is not None else partner
            yield _lonely(
                (device.name, partner),
                claim("only {name} is configured for hot standby", name=configured),
            )
        elif not any(_own_group(facts[name]) for name in (device.name, partner)):
            yield _lonely((device.name, partner), "neither is configured as a hot standby")


def _own_group(facts: Facts) -> bool:
    """Whether it holds a VRRP address that only the pair can see (link-local, RFC 3927)."""
    return any(a.ip.is_link_local for instance in facts.vrrp for a in instance.addresses)


def _lonely(pair: tuple[str, str], what: str) -> Finding:
    return Finding(
        pair,
        what,
        "a half that knows of no other takes over nothing, and both may be active",
        "render the hot standby on both of the pair",
    )


def _agreement(
    site: Site, pair: tuple[str, str], configured: tuple[HotStandby, HotStandby]
) -> Iterator[Finding]:
    for name, own, other, partner in (
        (pair[0], configured[0], configured[1], pair[1]),
        (pair[1], configured[1], configured[0], pair[0]),
    ):
        if own.remote != other.local:
            yield Finding(
                (name, partner),
                claim(
                    "{name} expects its other half at {remote}, which speaks from {local}",
                    name=name,
                    remote=own.remote,
                    local=other.local,
                ),
                claim("the {name} heartbeat is not heard: both halves are active", name=own.name),
                "render the address of the other half's heartbeat port",
            )
        far_end = _far_end(site, name, own.port)
        if far_end != partner:
            yield Finding(
                (name, partner),
                claim(
                    "the {name} heartbeat of {name_2} leaves by {port}, which leads to {far_end}",
                    name=own.name,
                    name_2=name,
                    port=own.port,
                    far_end=far_end,
                ),
                "a heartbeat over anything but the pair's own cable fails with something else",
                "render the port of the cable between the halves",
            )
    if configured[0].leads is configured[1].leads:
        word = "leading" if configured[0].leads else "standing by"
        yield Finding(
            pair,
            claim("both are configured as the {word} half", word=claim(word)),
            "which of them is active is left to chance",
            "render one of them as the leading half",
        )


def _far_end(site: Site, name: str, port: str) -> str:
    """The device at the other end of a port's cable, ``nothing`` for no such cable."""
    for link in site.links_of[name]:
        if link.end_at(name).port == port:
            return link.peer_of(name).device
    return "nothing"
