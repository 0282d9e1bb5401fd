"""The ends of cables against the segments they lie in, and names that are derived from them."""

from collections import Counter
from collections.abc import Iterator

from device_configs.site.checks.sockets import is_cabled
from device_configs.site.documents import Documents, LinkDocument, link_name
from device_configs.site.faults import Faults
from device_configs.site.model import bridge_name
from device_configs.site.texts import LINK_NAME

LINKS, NETWORKS, HOSTS = "links.yml", "networks.yml", "hosts.yml"
LONGEST_PORT = 15
"""Characters of a port (IFNAMSIZ of Linux, less its end)."""
MANAGEMENT = "management"


def check(documents: Documents, faults: Faults) -> None:
    """Report cables that end where their segment is not, and derived names that do not fit."""
    for link in documents.links:
        _itself(link, faults)
        _segment(link, documents, faults)
    _members(documents, faults)
    _derived_names(documents, faults)


def _itself(link: LinkDocument, faults: Faults) -> None:
    if link.a == link.b:
        faults.add(
            LINKS,
            f"links[{link_name(link)}]",
            f"leads from {link.a} to itself",
            "name the device at the other end",
        )
        faults.withhold(LINKS, link_name(link))
    elif link.through in (link.a, link.b):
        faults.add(
            LINKS,
            f"links[{link_name(link)}].through",
            f"{link.through} is one of its ends",
            "name the transparent device between them",
        )


def _segment(link: LinkDocument, documents: Documents, faults: Faults) -> None:
    network = next((n for n in documents.networks if n.name == link.network), None)
    if network is None or link.a == link.b:
        return
    path = f"links[{link_name(link)}]"
    for end in (link.a, link.b):
        if end in documents.devices and end not in (*network.bridges, *network.members):
            faults.withhold(LINKS, link_name(link))
            faults.add(
                LINKS,
                f"{path}.network",
                f"{end} neither bridges {network.name} nor is a member of it",
                f"correct the segment, or name {end} in `bridges` or `members` of {network.name}",
            )
    if {link.a, link.b} - set(network.bridges) - network.members.keys():
        return
    if not {link.a, link.b} & set(network.bridges):
        faults.add(
            LINKS,
            f"{path}.network",
            f"neither end bridges {network.name}",
            "a cable between two hosts is no segment; declare its /31 by `prefix`",
        )
    elif link.kind == "trunk" and not {link.a, link.b} <= set(network.bridges):
        faults.add(
            LINKS,
            f"{path}.kind",
            f"a trunk joins two that bridge {network.name}",
            "use kind access, or name both in its `bridges`",
        )


def _members(documents: Documents, faults: Faults) -> None:
    """Who has an address in a segment has a cable into it."""
    if not faults.is_whole(LINKS):
        return
    cabled = {(link.network, end) for link in documents.links for end in (link.a, link.b)}
    for network in documents.networks:
        if faults.has_unknown("network", LINKS) and network.name not in {n for n, _ in cabled}:
            continue  # its cables are those of a name that nothing declares
        for name in network.members if network.name != MANAGEMENT else ():
            if faults.has_unknown("device", LINKS) and not is_cabled(documents, name):
                continue
            if (
                name in documents.devices
                and (network.name, name) not in cabled
                and (name not in network.bridges)
            ):
                faults.add(
                    NETWORKS,
                    f"networks[{network.name}].members.{name}",
                    "has no cable into this segment",
                    f"declare the cable in {LINKS}, or remove the address",
                )


def _derived_names(documents: Documents, faults: Faults) -> None:
    managed = next((n.bridges for n in documents.networks if n.name == MANAGEMENT), ())
    for name, (_, device) in documents.devices.items():
        if managed and device.ansible_host is not None and len(name) > LONGEST_PORT:
            faults.add(
                HOSTS,
                name,
                f"has {len(name)} characters, and the port of its management "
                "cable is named after it",
                f"use at most {LONGEST_PORT}",
            )
    for link in documents.links:
        name = link_name(link)
        if link.name is None and len(name) > 80:
            faults.add(
                LINKS,
                f"links[{name}]",
                f"its name {link.a}--{link.b} is too long",
                f"give it a `name` ({LINK_NAME})",
            )
        if link.through is not None:
            continue
        longest = [max(ports, key=len) for ports in zip(*link.ports, strict=True)]
        for field, port, other in zip(("port_a", "port_b"), longest, (link.b, link.a), strict=True):
            if len(port) > LONGEST_PORT:
                faults.add(
                    LINKS,
                    f"links[{name}]",
                    f"the port towards {other} would be named after "
                    f"it and have {len(port)} characters; a port has at most "
                    f"{LONGEST_PORT}",
                    f"give `{field}`",
                )
    for holder, names in _interfaces(documents).items():
        for interface, count in Counter(names).items():
            if count > 1:
                faults.add(
                    HOSTS,
                    holder,
                    f"{count} of its interfaces would be named {interface}",
                    "choose names of devices and segments that differ in their first letters",
                )


def _interfaces(documents: Documents) -> dict[str, list[str]]:
    """Names that Linux interfaces of a device are given beside those of `links.yml`."""
    found: dict[str, list[str]] = {}
    for device, interface in _named(documents):
        found.setdefault(device, []).append(interface)
    return found


def _named(documents: Documents) -> Iterator[tuple[str, str]]:
    for link in documents.links:
        if link.through is not None:
            yield link.a, f"{link.b}-{link.through}"[:LONGEST_PORT]
            yield link.b, f"{link.a}-{link.through}"[:LONGEST_PORT]
            yield link.through, f"{link.a}-{link.b}"[:LONGEST_PORT]
            yield link.through, f"{link.b}-{link.a}"[:LONGEST_PORT]
            yield link.through, bridge_name(link_name(link))
    for network in documents.networks:
        for device in network.bridges:
            yield device, bridge_name(network.name)
        for device in network.members:
            if device not in network.bridges:
                yield device, f"svi-{network.name}"[:LONGEST_PORT]
