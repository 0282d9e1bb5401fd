"""Huawei VRP: interfaces, VRRP, hot standby, routes and announcements of a configuration text.

Lines that decide nothing the proofs ask about are listed; any other line makes the text unreadable.
"""

from ipaddress import IPv4Address

from device_configs.proofs.readers.blocks import (
    Block,
    Views,
    Words,
    beginning,
    refuse_unknown,
)
from device_configs.proofs.readers.box import BoxText, InterfaceText, StandbyText, VrrpText
from device_configs.proofs.readers.box_words import interface_of, prefix_of, route_of, vlans_of
from device_configs.proofs.readers.vrp_policy import (
    POLICY_VIEWS,
    read_policy,
    read_protection,
)

FAMILY = "huawei_vrp"

_INTERFACE: Views = dict.fromkeys(
    (
        "description", "ip address", "ip binding vpn-instance", "portswitch", "undo portswitch",
        "port link-type", "port default vlan", "port trunk allow-pass vlan",
        "undo port trunk allow-pass vlan 1", "eth-trunk", "mode lacp", "mode lacp-static",
        "vrrp vrid", "ospf", "stp edged-port", "trust", "qos", "port-queue", "traffic-policy",
        "bandwidth", "ip urpf strict allow-default-route", "anti-ddos", "service-manage",
        "dhcp snooping", "port-security", "storm-control",
    )
)  # fmt: skip
_PEER: Views = dict.fromkeys(("peer", "network", "router-id", "undo synchronization"))
_KNOWN: Views = {
    **dict.fromkeys(
        (
            "sysname", "undo telnet server", "clock", "info-center", "lldp", "stp", "vlan", "bfd",
            "nqa test-instance", "router id", "route-policy",
            "ip ip-prefix", "ip route-static", "acl number", "aaa", "rsa peer-public-key",
            "peer-public-key end", "stelnet server", "ssh", "user-interface", "snmp-agent",
            "ntp-service", "return", "hrp", "traffic classifier", "traffic policy", "nat server",
            "nat-policy", "firewall defend", "firewall blacklist", "anti-ddos", "update schedule",
            "profile type ips", "traffic-policy", "dhcp",
        )
    ),
    "ip vpn-instance": {"ipv4-family": {"route-distinguisher": None}},
    "interface": _INTERFACE,
    "ospf": dict.fromkeys(
        ("silent-interface", "stub-router", "spf-schedule-interval", "lsa-originate-interval",
         "lsa-arrival-interval", "maximum load-balancing", "area")
    ),
    "bgp": {**_PEER, "ipv4-family unicast": _PEER},
    "traffic behavior": dict.fromkeys(("queue", "gts", "car", "remark")),
    **POLICY_VIEWS,
}  # fmt: skip


def read_vrp(blocks: list[Block]) -> BoxText:
    """What a text says; raises ValueError or KeyError for what is not understood."""
    refuse_unknown(blocks, _KNOWN, "the system view")
    box = BoxText("HRP", vlan_interface="Vlanif")
    for (interface, *_), block in beginning(blocks, "interface"):
        box.interfaces[interface] = _interface(interface, block)
    box.routes = [route_of(words) for words, _ in beginning(blocks, "ip", "route-static")]
    for _, process in beginning(blocks, "bgp"):
        for _, family in beginning(process.inside, "ipv4-family", "unicast"):
            found = beginning(family.inside, "network")
            box.announced += [prefix_of(*words) for words, _ in found]
    box.standby = _standby([words for words, _ in beginning(blocks, "hrp")], box)
    box.policy = read_policy(blocks)
    box.protection = read_protection(blocks)
    return box


def _interface(name: str, block: Block) -> InterfaceText:
    found = InterfaceText(name)
    refuse_twice(block, "ip", "address")
    for words, _ in beginning(block.inside, "ip", "address"):
        found.address = interface_of(words)
    for (instance,), _ in beginning(block.inside, "ip", "binding", "vpn-instance"):
        found.instance = instance
    for (number,), _ in beginning(block.inside, "eth-trunk"):
        found.aggregate = f"Eth-Trunk{number}"
    if found.address is None and found.aggregate is None and not name.startswith("Vlanif"):
        found.vlans = _vlans(block)
    for (number, *rest), _ in beginning(block.inside, "vrrp", "vrid"):
        group = found.vrrp.setdefault(int(number), VrrpText(int(number)))
        _vrrp(group, tuple(rest))
    return found


def refuse_twice(block: Block, *words: str) -> None:
    """Raise ValueError where a view says a thing twice that is taken to be said once."""
    if len(list(beginning(block.inside, *words))) > 1:
        raise ValueError(f"{block} says {' '.join(words)!r} twice")


def _vlans(block: Block) -> frozenset[int]:
    """VLAN 1 is every port's until another is named, and a trunk's until it is taken away."""
    kinds = [words[0] for words, _ in beginning(block.inside, "port", "link-type")]
    if kinds == ["trunk"]:
        passing = beginning(block.inside, "port", "trunk", "allow-pass", "vlan")
        found = {vlan for words, _ in passing for vlan in vlans_of(words)}
        undone = list(beginning(block.inside, "undo", "port", "trunk", "allow-pass", "vlan", "1"))
        return frozenset(found if undone else found | {1})
    if kinds not in ([], ["access"]):
        raise ValueError(f"{block} is a port of the kind {' '.join(kinds)}")
    named = [int(words[0]) for words, _ in beginning(block.inside, "port", "default", "vlan")]
    return frozenset(named[-1:] or [1])


def _vrrp(group: VrrpText, words: Words) -> None:
    match words:
        case ("virtual-ip", address):
            group.addresses.append(IPv4Address(address))
        case ("priority", priority):
            group.priority = int(priority)
        case ("timer", "advertise", seconds):
            group.interval = seconds
        case ("track", "interface", interface, "reduced", _):
            group.tracked.append(interface)
        case ("track", kind, *rest):
            group.tracked.append(" ".join((kind, *rest)))
        case ("preempt-mode", *_):
            pass
        case _:
            raise ValueError(f"vrrp vrid {group.router_id} {' '.join(words)}")


def _standby(lines: list[Words], box: BoxText) -> StandbyText | None:
    if ("enable",) not in lines:
        return None
    heartbeats = [words for words in lines if words[0] == "interface"]
    match heartbeats:
        case [("interface", interface, "remote", remote)] if interface in box.interfaces:
            tracked = (w[2] for w in lines if w[:2] == ("track", "interface"))
            leads = ("standby-device",) not in lines
            return StandbyText(interface, None, IPv4Address(remote), leads, tuple(tracked))
        case _:
            raise ValueError("hrp is enabled without one heartbeat interface and its remote")
