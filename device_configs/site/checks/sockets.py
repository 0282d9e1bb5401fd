"""Sockets that ports are fixed to, and the VLANs of segments: what switches need to be told."""

from device_configs.site.documents import Documents, LinkDocument
from device_configs.site.faults import Faults

MANAGEMENT = "management"
FAST_MBPS = 10_000
"""Sockets of this speed and more are counted apart from slower ones."""


def check(documents: Documents, faults: Faults) -> None:
    """Report fixed ports that no cable has, and VLANs that two segments share."""
    _ports_exist(documents, faults)
    _one_port_each(documents, faults)
    _vlans(documents, faults)


def _ports_exist(documents: Documents, faults: Faults) -> None:
    if not faults.is_whole("links.yml", "networks.yml", "seats.csv"):
        return
    for name, (_, device) in documents.devices.items():
        if _is_cut_off(name, documents, faults):
            continue  # its cables are those of a name that nothing declares
        known = _ports_of(documents, name)
        for port in device.ports:
            is_known = port in known or faults.is_unknown(port)
            if not is_known and faults.has_names("hosts.yml"):
                faults.unknown_name("hosts.yml", f"{name}.ports", port, sorted(known), "port",
                                    "links.yml")  # fmt: skip


def _is_cut_off(device: str, documents: Documents, faults: Faults) -> bool:
    has_unknown = any(faults.has_unknown("device", file) for file in ("links.yml", "networks.yml"))
    bridged = [network for network in documents.networks if device in network.bridges]
    if bridged and not any(network.name == MANAGEMENT for network in documents.networks):
        return not is_cabled(documents, device)
    return has_unknown and not bridged and not is_cabled(documents, device)


def is_cabled(documents: Documents, device: str) -> bool:
    """Whether a cable of ``links.yml`` names the device."""
    return any(device in (link.a, link.b, link.through) for link in documents.links)


def _ports_of(documents: Documents, device: str) -> set[str]:
    """Ports of a device: towards other devices, through transparent ones, towards seats."""
    found = {f"seat-{seat.number:03d}" for seat in documents.seats if seat.switch == device}
    for link in documents.links:
        found |= _ports_at(link, device)
    if any(n.name == MANAGEMENT and device in n.bridges for n in documents.networks):
        found |= documents.devices.keys() - {device}
    return found


def _ports_at(link: LinkDocument, device: str) -> set[str]:
    """Ports of a device that the cables of a link are plugged in."""
    found: set[str] = set()
    for end, other in ((link.a, link.b), (link.b, link.a)):
        if link.through == device:
            found.add(f"{end}-{other}"[:15])
        elif end == device and link.through:
            found.add(f"{other}-{link.through}"[:15])
        elif end == device:
            found |= {a if end == link.a else b for a, b in link.ports}
    return found


def _one_port_each(documents: Documents, faults: Faults) -> None:
    """No two ports of one speed may be fixed to one socket."""
    if not faults.is_whole("links.yml", "networks.yml", "seats.csv"):
        return
    for name, (_, device) in documents.devices.items():
        fast, known = _fast_ports_of(documents, name), _ports_of(documents, name)
        holders: dict[tuple[bool, int], str] = {}
        for port, number in device.ports.items():
            if port not in known:
                continue
            other = holders.setdefault((port in fast, number), port)
            if other != port:
                faults.add("hosts.yml", f"{name}.ports.{port}",
                           f"socket {number} is that of {other!r} already",
                           "give each port a number of its own")  # fmt: skip


def _fast_ports_of(documents: Documents, device: str) -> set[str]:
    """Ports of a device whose cable needs a socket of 10 Gbit/s or more."""
    fast = [link for link in documents.links if (link.bandwidth_mbps or 0) >= FAST_MBPS]
    return {port for link in fast for port in _ports_at(link, device)}


def _vlans(documents: Documents, faults: Faults) -> None:
    numbers: dict[int, str] = {}
    for network in documents.networks:
        if network.vlan is None:
            continue
        other = numbers.setdefault(network.vlan, network.name)
        if other != network.name:
            faults.add("networks.yml", f"networks[{network.name}].vlan",
                       f"{network.vlan} is the VLAN of {other!r}, too",
                       "give each segment a number of its own")  # fmt: skip
