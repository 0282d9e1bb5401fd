"""Numbers and keys of the protocols, against who speaks them."""

from collections.abc import Iterator

from device_configs.site.documents import PROTOCOLS, Documents, LinkDocument, link_name
from device_configs.site.faults import Faults

HOSTS, CIRCUITS = "hosts.yml", "circuits.yml"
LINUX = "frr"


def check(documents: Documents, faults: Faults) -> None:
    """Report numbers that belong elsewhere, and keys that one of two ends cannot use."""
    for name in documents.ours:
        if documents.devices[name][1].as_number is not None:
            faults.add(HOSTS, f"{name}.as_number", "is of one of our own devices",
                       f"ours is one for all: write bgp.as_number in {PROTOCOLS}")  # fmt: skip
    _circuits(documents, faults)
    _ospf_key(documents, faults)


def _circuits(documents: Documents, faults: Faults) -> None:
    if not faults.is_whole(HOSTS, "links.yml"):
        return
    routing = documents.devices_of("routing")
    sessions = {link_name(link) for link in documents.links if {link.a, link.b} & set(routing)}
    for circuit in documents.circuits:
        if circuit.bgp_secret is not None and sessions.isdisjoint(circuit.links):
            faults.add(CIRCUITS, f"circuits[{circuit.name}].bgp_secret",
                       "is for a session that there is not: no router of ours ends this circuit",
                       "remove it")  # fmt: skip


def _ospf_key(documents: Documents, faults: Faults) -> None:
    """Linux signs OSPF by keyed MD5; a box that signs otherwise would not be its neighbour."""
    protocols = documents.protocols
    if protocols is None or protocols.ospf.key is None or protocols.ospf.key.algorithm == "md5":
        return
    for link in _mixed(documents):
        faults.add(PROTOCOLS, "ospf.key.algorithm",
                   f"hmac-sha-256 is unknown to one end of {link_name(link)} (Linux, FRR 8.4)",
                   "write md5")  # fmt: skip


def _mixed(documents: Documents) -> Iterator[LinkDocument]:
    """Cables between a box and a Linux device that are neighbours in OSPF."""
    routing = documents.devices_of("routing")
    for link in documents.links:
        if link.prefix is None or link.kind == "circuit" or not {link.a, link.b} <= set(routing):
            continue
        if len({documents.devices[end][1].platform == LINUX for end in (link.a, link.b)}) > 1:
            yield link
