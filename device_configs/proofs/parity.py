"""The twin is built and configured as production is, but for the platform under it.

What was rehearsed in the twin says something about production only then. Compared are the twin's
plan against the declaration, and the facts of each device's two renderings.
"""

from collections.abc import Iterator, Mapping

from device_configs.emulator.eos.unknown_lines import unknown_lines
from device_configs.proofs.facts import Facts
from device_configs.proofs.renderings import Renderings
from device_configs.proofs.verdict import Finding, Proof, claim, in_order
from device_configs.render import Tree
from device_configs.site.model import Site, SiteLines
from device_configs.twin.plan import TwinPlan

NAME = "parity"
TITLE = "The twin is built and configured as production is"

TWIN_PLATFORM, EOS = "frr", "arista_eos"


def twin_of(site: Site) -> Site:
    """The same declaration with every device on the twin's platform."""
    if all(device.platform == TWIN_PLATFORM for device in site.devices.values()):
        return site
    devices = {
        name: device.model_copy(update={"platform": TWIN_PLATFORM, "site_lines": ()})
        if device.platform != TWIN_PLATFORM
        else device
        for name, device in site.devices.items()
    }
    fields = {name: getattr(site, name) for name in Site.model_fields}
    # Not model_copy: it would take over what the site has looked up about its old devices.
    return Site.model_construct(**fields | {"devices": devices})


def prove_parity(
    site: Site,
    plan: TwinPlan,
    production: Renderings,
    twin: Renderings,
    trees: Mapping[str, Tree],
    twin_trees: Mapping[str, Tree],
) -> Proof:
    """Name what the twin lacks, has too much of, or is told otherwise.

    A device on the twin's platform in both has the same files to the letter; on another platform
    its facts agree.
    """
    found = [*_plan(site, plan)]
    for name in sorted(production.facts.keys() & twin.facts.keys()):
        alike = site.devices[name].platform == TWIN_PLATFORM
        if not alike and not site.devices[name].is_ours:
            continue  # A carrier configures its own; the twin's stands in for whatever that is.
        differing = list(_facts(production.facts[name], twin.facts[name], alike))
        if not differing and alike:
            differing = list(_files(trees[name], twin_trees[name]))
        found += differing
    found += _preferences(site, production.facts, twin.facts)
    unsaid = in_order(_unsaid(site, production.facts))
    notes = in_order(_site_lines(site))
    return Proof(
        NAME,
        TITLE,
        findings=in_order(found),
        undecided=tuple(dict.fromkeys((*production.undecided(), *twin.undecided(), *unsaid))),
        notes=notes,
        counts={
            "devices": len(plan.devices),
            "cables": len(plan.cables),
            "seats": len(plan.seats),
            "compared": len(production.facts.keys() & twin.facts.keys()),
        },
    )


def _plan(site: Site, plan: TwinPlan) -> Iterator[Finding]:
    for kind, declared, built in (
        ("device", set(site.devices), set(plan.devices)),
        ("cable", set(site.links), set(plan.cables)),
        ("seat", set(site.seats), set(plan.seats)),
    ):
        for name in sorted(declared ^ built):
            lacking = name in declared
            yield Finding(
                (name,),
                claim(
                    "is a {kind} of the declaration only"
                    if lacking
                    else "is a {kind} of the twin only",
                    kind=claim(kind),
                ),
                "what the twin lacks cannot be rehearsed",
                "declare it, or build it in the twin",
            )
    for link in site.links.values():
        cable = plan.cables.get(link.name)
        ends = {(end.device, end.port) for end in link.ends}
        if cable is not None and {(end.node, end.name) for end in cable.ends} != ends:
            yield Finding(
                (link.name,),
                "joins other ports in the twin",
                "a drill on it cuts something else",
                "wire it as declared",
            )


def _facts(production: Facts, twin: Facts, alike: bool) -> Iterator[Finding]:
    """``alike``: both are of one platform, which leaves nothing to be said in another way."""
    says = production.forwards is not None
    for what, mine, theirs in (
        ("forwarding", says and production.forwards, says and twin.forwards),
        ("the management network shut", _shut(production), _shut(twin)),
        ("addresses", _addresses(production, alike), _addresses(twin, alike)),
        ("static routes", _routes(production), _routes(twin)),
        ("announced prefixes", set(production.announced), set(twin.announced)),
        ("VRRP groups", _groups(production, alike), _groups(twin, alike)),
    ):
        if mine != theirs:
            yield _differs((production.device,), what, _first_difference(mine, theirs))


def _differs(devices: tuple[str, ...], what: str, witness: str) -> Finding:
    return Finding(
        devices,
        claim(
            "differ from their twins in {what}"
            if len(devices) > 1
            else "differs from its twin in {what}",
            what=claim(what),
        ),
        "what was rehearsed in the twin is not what production does",
        "render both from the same derived values",
        witness=witness,
    )


def _shut(facts: Facts) -> bool:
    """Nothing passes from or to the management network, for whichever reason."""
    return facts.management_shut or facts.forwards is False


def _addresses(facts: Facts, alike: bool) -> set[str]:
    """Addresses alone: interfaces have other names on other platforms, and a pair of firewalls
    speaks over link-local ones (RFC 3927) where its platform does it by VRRP."""
    return {str(a) for _, a in facts.addresses if alike or not a.ip.is_link_local}


def _routes(facts: Facts) -> set[str]:
    return {f"{prefix} by {gateway}" for prefix, gateway in facts.routes}


def _groups(facts: Facts, alike: bool) -> set[str]:
    """Groups of the device; other platforms count priorities from another number."""
    return {
        f"{i.router_id}{f' priority {i.priority}' if alike else ''} {' '.join(map(str, addresses))}"
        for i in facts.vrrp
        if (addresses := [a for a in i.addresses if alike or not a.ip.is_link_local])
    }


def _preferences(
    site: Site, production: Mapping[str, Facts], twin: Mapping[str, Facts]
) -> Iterator[Finding]:
    """Who leads whom, where the two are of different platforms."""
    mine, theirs = _orders(site, production), _orders(site, twin)
    for group, order in sorted(mine.items()):
        alike = all(site.devices[name].platform == TWIN_PLATFORM for name in order)
        expected = theirs.get(group, ())
        if not alike and sorted(order) == sorted(expected) and order != expected:
            witness = f"{' before '.join(order)} against {' before '.join(expected)}"
            yield _differs(tuple(sorted(order)), claim("who leads {group}", group=group), witness)


def _orders(site: Site, facts: Mapping[str, Facts]) -> dict[str, tuple[str, ...]]:
    """The members of each VRRP address and of each pair in hot standby, the leading one first."""
    ranks: dict[str, list[tuple[int, str]]] = {}
    for name, found in facts.items():
        partner = site.devices[name].partner or ""
        pair = f"the pair {' and '.join(sorted((name, partner)))}"
        for instance in found.vrrp:
            for address in instance.addresses:
                group = pair if address.ip.is_link_local else str(address.ip)
                ranks.setdefault(group, []).append((-instance.priority, name))
        if found.standby is not None:
            ranks.setdefault(pair, []).append((0 if found.standby.leads else 1, name))
    return {group: tuple(name for _, name in sorted(found)) for group, found in ranks.items()}


def _unsaid(site: Site, facts: Mapping[str, Facts]) -> Iterator[Finding]:
    for name, found in facts.items():
        if found.forwards is None:
            yield Finding(
                (name,),
                "whether it forwards as its twin does is not known",
                claim(
                    "the rendering for {platform} does not say what a {role} does with packets",
                    platform=site.devices[name].platform,
                    role=site.devices[name].role,
                ),
                "ask the product itself, or render it for a platform that has words for it",
            )


def _site_lines(site: Site) -> Iterator[Finding]:
    """Lines that no fact of the site explains: who reads the proofs should know of them."""
    for device in site.devices.values():
        alike = device.platform == TWIN_PLATFORM
        for found in device.site_lines:
            yield Finding(
                (device.name,),
                claim("has {count} lines of its own", count=len(found.lines)),
                found.reason,
                "its twin has them too" if alike else "its twin, of another platform, has none",
                witness=" > ".join((*found.within, found.lines[0])),
            )
            if device.platform == EOS:
                yield from _unknown_lines(device.name, found)


def _unknown_lines(device: str, found: SiteLines) -> Iterator[Finding]:
    """Lines of EOS in no command form that we know: neither right nor wrong by our word."""
    unknown = [*unknown_lines(found.within, found.lines)]
    if unknown:
        yield Finding(
            (device,),
            claim("{count} of its own lines are in no command form that is known",
                  count=len(unknown)),
            "whether the box takes them is unknown until its session is asked, which refuses the "
            "whole configuration for one that it does not know",
            "look them up in the manual of its release",
            witness=unknown[0],
        )  # fmt: skip


def _first_difference(mine: object, theirs: object) -> str:
    if isinstance(mine, set) and isinstance(theirs, set):
        return f"{min(map(str, mine ^ theirs))}"
    return f"{mine} against {theirs}"


def _files(production: Tree, twin: Tree) -> Iterator[Finding]:
    mine = {file.path: file for file in production.files}
    theirs = {file.path: file for file in twin.files}
    for path in sorted(mine.keys() | theirs.keys()):
        if mine.get(path) != theirs.get(path):
            yield Finding(
                (production.device,),
                claim("has another {path} in its twin", path=path),
                "on one platform both are the same to the letter",
                "render both from the same templates",
                witness=path,
            )
