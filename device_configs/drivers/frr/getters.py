"""What FRR and Linux answer in JSON, as NAPALM's values. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_interface
from typing import Any

from napalm.base import models

Json = Mapping[str, Any]
"""An object as a router printed it; keys are FRR's."""

_STATES = {"established": True}
_FAMILIES = {"ipv4Unicast": "ipv4 unicast", "ipv6Unicast": "ipv6 unicast"}


def facts(version: str, hostname: str, fqdn: str, uptime_s: float, interfaces: Json) -> Any:
    """NAPALM's facts; ``version`` is the first line of ``show version``."""
    found = re.search(r"FRRouting (\S+)", version)
    return {
        "vendor": "FRRouting",
        "model": "Linux",
        "os_version": found.group(1) if found else "unknown",
        "serial_number": "",
        "hostname": hostname,
        "fqdn": fqdn or hostname,
        "uptime": uptime_s,
        "interface_list": sorted(interfaces),
    }


def interfaces(shown: Json) -> dict[str, models.InterfaceDict]:
    """From ``show interface json``; speed in Mbit/s, -1.0 where the time of a flap is unknown."""
    return {
        name: {
            "is_up": entry["operationalStatus"] == "up",
            "is_enabled": entry["administrativeStatus"] == "up",
            "description": entry.get("description", ""),
            "last_flapped": -1.0,
            "mtu": int(entry["mtu"]),
            "speed": float(max(entry.get("speed", 0), 0)),
            "mac_address": entry.get("hardwareAddress", "").upper(),
        }
        for name, entry in shown.items()
    }


def interfaces_ip(shown: Json) -> dict[str, models.InterfacesIPDict]:
    """The addresses by interface and family; link-local ones are among them."""
    found: dict[str, Any] = {}
    for name, entry in shown.items():
        for item in entry.get("ipAddresses", ()):
            address = ip_interface(item["address"])
            family = found.setdefault(name, {}).setdefault(f"ipv{address.version}", {})
            family[str(address.ip)] = {"prefix_length": address.network.prefixlen}
    return found


def bgp_neighbors(summary: Json) -> dict[str, Any]:
    """From ``show bgp vrf all summary json``, keyed by NAPALM's name of the VRF."""
    found: dict[str, Any] = {}
    for vrf, by_family in summary.items():
        for family, table in by_family.items():
            if not isinstance(table, Mapping) or "peers" not in table:
                continue
            name = "global" if vrf == "default" else vrf
            state = found.setdefault(name, {"router_id": table["routerId"], "peers": {}})
            for address, peer in table["peers"].items():
                _add_peer(state["peers"], address, peer, _FAMILIES.get(family, family))
    return found


def _add_peer(peers: dict[str, Any], address: str, peer: Json, family: str) -> None:
    known = peers.setdefault(
        address,
        {
            "local_as": int(peer.get("localAs", 0)),
            "remote_as": int(peer["remoteAs"]),
            "remote_id": peer.get("remoteRouterId", ""),
            "is_up": _STATES.get(peer["state"].lower(), False),
            "is_enabled": peer.get("peerState") != "Admin" and "Admin" not in peer["state"],
            "description": peer.get("desc", ""),
            "uptime": int(peer.get("peerUptimeMsec", 0)) // 1000 or -1,
            "address_family": {},
        },
    )
    received = int(peer.get("pfxRcd", 0))
    known["address_family"][family] = {
        "received_prefixes": received,
        "accepted_prefixes": received,
        "sent_prefixes": int(peer.get("pfxSnt", 0)),
    }


def routes(shown: Json, protocol: str) -> dict[str, list[models.RouteDict]]:
    """From ``show ip route PREFIX json``; ``protocol`` "" takes all of them."""
    found: dict[str, list[models.RouteDict]] = {}
    for prefix, entries in shown.items():
        for entry in entries:
            if protocol and entry["protocol"] != protocol.lower():
                continue
            found.setdefault(prefix, []).extend(_next_hops(entry))
    return found


def _next_hops(entry: Json) -> Iterable[models.RouteDict]:
    for hop in entry.get("nexthops", ()):
        yield {
            "protocol": entry["protocol"],
            "current_active": bool(entry.get("selected")),
            "last_active": bool(entry.get("selected")),
            "age": _seconds(entry.get("uptime", "")),
            "next_hop": hop.get("ip", ""),
            "outgoing_interface": hop.get("interfaceName", ""),
            "selected_next_hop": bool(hop.get("fib")),
            "preference": int(entry.get("distance", 0)),
            "inactive_reason": "" if hop.get("active") else "inactive",
            "routing_table": str(entry.get("vrfName", "default")),
            "protocol_attributes": {},
        }


def _seconds(uptime: str) -> int:
    """FRR's 00:00:09, 1d02h03m or 1w2d03h in seconds; 0 where it says nothing."""
    if ":" in uptime:
        hours, minutes, seconds = (int(part) for part in uptime.split(":"))
        return hours * 3600 + minutes * 60 + seconds
    units = {"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
    return sum(int(count) * units[unit] for count, unit in re.findall(r"(\d+)([ywdhms])", uptime))


def neighbours(shown: Iterable[Json]) -> list[dict[str, Any]]:
    """From ``ip -j neigh``: ARP entries or IPv6 neighbours with a hardware address."""
    return [
        {
            "interface": entry["dev"],
            "mac": entry["lladdr"].upper(),
            "ip": entry["dst"],
            "age": -1.0,
            "state": "/".join(entry.get("state", ())),
        }
        for entry in shown
        if "lladdr" in entry
    ]


def ospf_states(shown: Json) -> dict[str, list[dict[str, str]]]:
    """From ``show ip ospf vrf all neighbor json``: state and interface by router ID."""
    found: dict[str, list[dict[str, str]]] = {}
    for table in shown.values():
        if not isinstance(table, Mapping):
            continue
        for router, entries in table.get("neighbors", {}).items():
            found[router] = [
                {
                    "state": entry.get("nbrState", entry.get("state", "")),
                    "interface": entry.get("ifaceName", "").split(":")[0],
                    "address": entry.get("ifaceAddress", entry.get("address", "")),
                }
                for entry in entries
            ]
    return found
