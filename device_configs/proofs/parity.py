"""The twin is built and configured as production is, but for the platform under it.

What was rehearsed in the twin says something about production only then. Compared are the twin's
plan against the declaration, and the facts of each device's two renderings.
"""

from collections.abc import Iterator, Mapping

from device_configs.proofs.facts import Facts
from device_configs.proofs.renderings import Renderings
from device_configs.proofs.verdict import Finding, Proof, in_order
from device_configs.render import Tree
from device_configs.site.model import Site
from device_configs.twin.plan import TwinPlan

NAME = "parity"
TITLE = "The twin is built and configured as production is"

TWIN_PLATFORM = "frr"


def twin_of(site: Site) -> Site:
    """The same declaration with every device on the twin's platform."""
    if all(device.platform == TWIN_PLATFORM for device in site.devices.values()):
        return site
    devices = {
        name: device.model_copy(update={"platform": TWIN_PLATFORM})
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
        differing = list(_facts(production.facts[name], twin.facts[name]))
        if not differing and site.devices[name].platform == TWIN_PLATFORM:
            differing = list(_files(trees[name], twin_trees[name]))
        found += differing
    return Proof(
        NAME,
        TITLE,
        findings=in_order(found),
        undecided=tuple(dict.fromkeys((*production.undecided(), *twin.undecided()))),
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
                f"is a {kind} {'of the declaration only' if lacking else 'of the twin only'}",
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


def _facts(production: Facts, twin: Facts) -> Iterator[Finding]:
    for what, mine, theirs in (
        ("forwarding", production.forwards, twin.forwards),
        ("the management network shut", production.management_shut, twin.management_shut),
        ("addresses", _addresses(production), _addresses(twin)),
        ("static routes", set(production.routes), set(twin.routes)),
        ("announced prefixes", set(production.announced), set(twin.announced)),
        ("VRRP groups", _groups(production), _groups(twin)),
    ):
        if mine != theirs:
            yield Finding(
                (production.device,),
                f"differs from its twin in {what}",
                "what was rehearsed in the twin is not what production does",
                "render both from the same derived values",
                witness=_first_difference(mine, theirs),
            )


def _addresses(facts: Facts) -> set[str]:
    """Addresses alone: interfaces have other names on other platforms."""
    return {str(address) for _, address in facts.addresses}


def _groups(facts: Facts) -> set[str]:
    return {
        f"{i.router_id} priority {i.priority} {' '.join(map(str, i.addresses))}" for i in facts.vrrp
    }


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
                f"has another {path} in its twin",
                "on one platform both are the same to the letter",
                "render both from the same templates",
                witness=path,
            )
