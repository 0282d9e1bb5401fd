"""Lines of several cables (IEEE 802.1AX): what can be one, and ports that are used once."""

from device_configs.site.checks.naming import refer
from device_configs.site.documents import Documents, LinkDocument, link_name
from device_configs.site.faults import Faults

LINKS, LINUX = "links.yml", "frr"
KINDS = ("routed", "access", "trunk")
"""Between two devices of ours, without a transparent one and without a carrier."""


def check(documents: Documents, faults: Faults) -> None:
    """Report members that make no line, and ports that two cables would be plugged into."""
    for link in documents.links:
        if link.members:
            _itself(link, faults)
            _ends(link, documents, faults)
            _sole(link, documents, faults)
    _ports_once(documents, faults)


def _path(link: LinkDocument) -> str:
    return f"links[{link_name(link)}]"


def _itself(link: LinkDocument, faults: Faults) -> None:
    if link.kind not in KINDS:
        faults.add(LINKS, f"{_path(link)}.members", f"{link.kind} cables are no members of a line",
                   "use one of the kinds, or declare the cables one by one", KINDS)  # fmt: skip
    if len(link.members) == 1:
        faults.add(LINKS, f"{_path(link)}.members", "is one cable",
                   "name a second one, or write its ports and ducts at the link")  # fmt: skip
    for field in ("port_a", "port_b", "ducts"):
        if getattr(link, field):
            faults.add(LINKS, f"{_path(link)}.{field}", "belongs to one cable of several",
                       "write it at the cable in `members`")  # fmt: skip
    if link.bandwidth_class is not None:
        faults.add(LINKS, f"{_path(link)}.bandwidth_class",
                   "cannot be kept over several cables: each session passes one of them",
                   "remove it, or use one faster cable")  # fmt: skip


def _ends(link: LinkDocument, documents: Documents, faults: Faults) -> None:
    for number, member in enumerate(link.members):
        refer(LINKS, f"{_path(link)}.members[{number}].ducts", member.ducts, "ducts", documents,
              faults)  # fmt: skip
    known = {name: documents.devices[name][1] for name in (link.a, link.b)
             if name in documents.devices}  # fmt: skip
    linux = [name for name, device in known.items() if device.platform == LINUX]
    if len(known) == 2 and len(linux) == 1:
        faults.add(LINKS, f"{_path(link)}.members",
                   f"{linux[0]} is a Linux device, which negotiates no line (LACP)",
                   "use one cable between them")  # fmt: skip


def _sole(link: LinkDocument, documents: Documents, faults: Faults) -> None:
    """A box makes one line of all cables between two devices in one segment."""
    for other in documents.links:
        if other is not link and link.network is not None and (
            (other.network, {other.a, other.b}) == (link.network, {link.a, link.b})
        ):  # fmt: skip
            faults.add(LINKS, _path(other), f"is a cable beside the line {link_name(link)}",
                       f"name it in `members` of {link_name(link)}")  # fmt: skip


def _ports_once(documents: Documents, faults: Faults) -> None:
    used: dict[tuple[str, str], str] = {}
    for link in documents.links:
        if link.through is not None or link.a == link.b:
            continue
        for a, b in link.ports:
            for holder in ((link.a, a), (link.b, b)):
                first = used.setdefault(holder, link_name(link))
                if (first != link_name(link)) or link.port_count(holder) > 1:
                    faults.add(LINKS, _path(link), f"port {holder[1]} of {holder[0]} is that of "
                               f"another cable ({first})", "give each its own port")  # fmt: skip
