"""Accepted risks: what they may name, and what they must say."""

from device_configs.site.checks.naming import refer
from device_configs.site.documents import Documents, LinkDocument, link_name
from device_configs.site.faults import Faults
from device_configs.site.model import LinkKind, RiskKind

FILE = "risks.yml"

_LISTS = {
    RiskKind.RACK: "racks",
    RiskKind.FEED: "feeds",
    RiskKind.DUCT: "ducts",
    RiskKind.PROVIDER: "providers",
}


def check(documents: Documents, faults: Faults) -> None:
    """Report elements and services that nothing declares, and bounds that bound nothing."""
    for risk in documents.accepted_risks:
        path = f"accepted_risks[{risk.name}]"
        refer(FILE, f"{path}.services", risk.services, "services", documents, faults)
        for element in risk.elements:
            _element(f"{path}.elements", element, documents, faults)
        seats = len(documents.seats)
        if risk.seats > seats and faults.is_whole("seats.csv"):
            faults.add(FILE, f"{path}.seats", f"{risk.seats} is more than the {seats} of the site",
                       "give the most seats that one element may cut")  # fmt: skip


def _element(path: str, element: str, documents: Documents, faults: Faults) -> None:
    kind, colon, name = element.partition(":")
    if not colon:
        known = [*documents.devices, *(n for link in documents.links for n in link_names(link))]
        if element not in known and faults.has_names("hosts.yml"):
            faults.unknown_name(FILE, path, element, known, "device or link", "links.yml")
    elif kind == "role":
        if name not in documents.roles:
            faults.unknown_name(FILE, path, name, documents.roles, "role", "-")
    elif kind == "kind":
        if name not in tuple(LinkKind):
            faults.unknown_name(FILE, path, name, list(LinkKind), "kind of link", "-")
    elif kind in tuple(RiskKind):
        refer(FILE, path, [name], _LISTS[RiskKind(kind)], documents, faults)
    else:
        faults.unknown_name(FILE, path, kind, [*RiskKind, "role", "kind"],
                            "class of elements", "-")  # fmt: skip


def link_names(link: LinkDocument) -> tuple[str, ...]:
    """The cables a declared link becomes: one, or two around a transparent device."""
    if link.through is None:
        return (link_name(link),)
    return (
        f"{link.a}--{link.through}-{link.b}",
        f"{link.b}--{link.through}-{link.a}",
    )
