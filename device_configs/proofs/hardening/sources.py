"""The filter against sources that nobody on the Internet has, on boxes and on Linux devices."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address

from device_configs.proofs.filters.behind import behind
from device_configs.proofs.filters.spans import Interval, common, complement, intervals
from device_configs.proofs.readers.box import PolicyText
from device_configs.proofs.readers.linux_hardening import SourceDrop
from device_configs.proofs.readers.protection_text import RuleText
from device_configs.proofs.verdict import Finding, claim
from device_configs.render.families.family import load_family
from device_configs.site.model import Device, FilterPlace, Site

MEASURE = "own-sources"
_WHY = (
    "A packet of the Internet whose way back would lead inwards is forged; nobody there has "
    "such an address"
)
_REMEDY = "drop these sources before anything else is asked; render the device again"
_HOOKS = ("forward", "input")


def edge_zones(site: Site, device: Device) -> tuple[str, ...]:
    """Zones beyond a public circuit that the device is the boundary of."""
    if device.role.filtering is not FilterPlace.BOUNDARY:
        return ()
    zones = {network.zone for network in site.networks_of[device.name]}
    return tuple(sorted(zones & site.public_zones))


def box_sources(
    site: Site, device: Device, zone: str, policy: PolicyText | None
) -> Iterator[Finding]:
    """The first rule of the policy has to drop them, whoever they are for."""
    zones = load_family(device.platform).zones
    if policy is None or not policy.rules or zones is None:
        yield _finding(device, zone, claim("no rule of the security policy drops them"))
        return
    first = policy.rules[0]
    if not _drops_all(first, zones.outer.name):
        yield _finding(
            device,
            zone,
            claim("the first rule of the security policy is {rule} and does not drop them",
                  rule=first.name),
        )  # fmt: skip
        return
    yield from _left_out(site, device, zone, first.sources or (), first.name)


def _drops_all(rule: RuleText, outer: str) -> bool:
    """Whether a rule asks for nothing but the source and the zone that it comes from."""
    asks = (rule.destinations, rule.services, rule.times)
    from_outside = not rule.from_zones or outer in rule.from_zones
    return not rule.permits and from_outside and not rule.to_zones and not any(asks)


def linux_sources(
    site: Site, device: Device, zone: str, drops: Sequence[SourceDrop]
) -> Iterator[Finding]:
    """The chains forward and input have to drop them before they let anything in."""
    for port in sorted(behind(site, device)[zone]):
        for hook in _HOOKS:
            held = [s for d in drops if (d.hook, d.port) == (hook, port) for s in d.sources]
            if not held:
                what = claim(
                    "chain {chain} does not drop them at {port} before anything is let in",
                    chain=hook, port=port,
                )  # fmt: skip
                yield _finding(device, zone, what)
            else:
                yield from _left_out(site, device, zone, held, hook)


def _left_out(
    site: Site, device: Device, zone: str, held: Sequence[Interval], where: str
) -> Iterator[Finding]:
    unknown = intervals(site.prefixes_outside[zone])
    missing = common(unknown, complement(sorted(held)))
    if missing:
        example = IPv4Address(missing[0][0])
        what = claim("{where} leaves some of them out, {example} for one",
                     where=where, example=example)  # fmt: skip
        yield _finding(device, zone, what)


def _finding(device: Device, zone: str, what: str) -> Finding:
    return Finding(
        (device.name, MEASURE, zone),
        claim("of sources that nobody beyond the circuit has: {what}", what=what),
        _WHY,
        _REMEDY,
    )
