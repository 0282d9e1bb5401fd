"""H3C Comware: interfaces, VRRP, hot standby, routes and announcements of a configuration text.

Lines that decide nothing the proofs ask about are listed; any other line makes the text unreadable.
"""

from collections.abc import Mapping, Sequence
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
from device_configs.proofs.readers.comware_policy import (
    POLICY_VIEWS,
    read_policy,
    read_protection,
)

FAMILY = "h3c_comware"

_INTERFACE: Views = dict.fromkeys(
    (
        "description", "ip address", "ip binding vpn-instance", "port link-mode", "port link-type",
        "port access vlan", "port trunk permit vlan", "undo port trunk permit vlan 1",
        "port link-aggregation group", "link-aggregation mode", "vrrp vrid", "ospf", "bfd",
        "stp edged-port", "qos", "bandwidth", "manage", "nat", "connection-limit apply",
        "ip urpf strict allow-default-route",
        "dhcp snooping", "mac-address max-mac-count", "storm-constrain",
    )
)  # fmt: skip
_PEER: Views = dict.fromkeys(("peer", "network", "router-id"))
_KNOWN: Views = {
    **dict.fromkeys(
        (
            "sysname", "clock", "info-center", "lldp", "stp", "vlan", "bfd", "nqa", "track",
            "router id", "route-policy", "ip prefix-list", "ip route-static",
            "acl basic", "acl advanced", "line", "ssh", "domain", "local-user", "snmp-agent",
            "ntp-service", "return", "traffic classifier", "qos policy", "attack-defense policy",
            "connection-limit policy", "blacklist", "ips", "app-profile", "traffic-policy",
            "voice-setup", "dhcp snooping",
        )
    ),
    "ip vpn-instance": {"route-distinguisher": None},
    "interface": _INTERFACE,
    "ospf": dict.fromkeys(
        ("silent-interface", "stub-router", "spf-schedule-interval", "lsa-generation-interval",
         "lsa-arrival-interval", "maximum load-balancing", "area")
    ),
    "bgp": {**_PEER, "address-family ipv4 unicast": _PEER},
    "traffic behavior": dict.fromkeys(("queue", "gts", "car", "remark")),
    "remote-backup group": dict.fromkeys(
        ("device-role", "data-channel interface", "local-ip", "remote-ip", "delay-time",
         "adjust-cost", "track interface", "hot-backup enable", "configuration")
    ),
    **POLICY_VIEWS,
}  # fmt: skip


def read_comware(blocks: list[Block]) -> BoxText:
    """What a text says; raises ValueError or KeyError for what is not understood."""
    refuse_unknown(blocks, _KNOWN, "the system view")
    box = BoxText("RBM", vlan_interface="Vlan-interface")
    tracks = {number: " ".join(what) for (number, *what), _ in beginning(blocks, "track")}
    for (interface, *_), block in beginning(blocks, "interface"):
        box.interfaces[interface] = _interface(interface, block, tracks)
    box.routes = [route_of(words) for words, _ in beginning(blocks, "ip", "route-static")]
    for _, process in beginning(blocks, "bgp"):
        for _, family in beginning(process.inside, "address-family", "ipv4", "unicast"):
            found = beginning(family.inside, "network")
            box.announced += [prefix_of(*words) for words, _ in found]
    box.standby = _standby(blocks, box)
    box.policy = read_policy(blocks)
    box.protection = read_protection(blocks)
    return box


def _interface(name: str, block: Block, tracks: Mapping[str, str]) -> InterfaceText:
    found = InterfaceText(name)
    addresses = [interface_of(words) for words, _ in beginning(block.inside, "ip", "address")]
    if len(addresses) > 1:
        raise ValueError(f"{block} has two addresses")
    found.address = addresses[0] if addresses else None
    for (instance,), _ in beginning(block.inside, "ip", "binding", "vpn-instance"):
        found.instance = instance
    switched = list(beginning(block.inside, "port", "link-mode", "bridge"))
    for (number, *_), _ in beginning(block.inside, "port", "link-aggregation", "group"):
        found.aggregate = f"{'Bridge' if switched else 'Route'}-Aggregation{number}"
    on_layer_2 = bool(switched) or name.startswith("Bridge-Aggregation")
    if on_layer_2 and found.aggregate is None:
        found.vlans = _vlans(block)
    for (number, *rest), _ in beginning(block.inside, "vrrp", "vrid"):
        group = found.vrrp.setdefault(int(number), VrrpText(int(number)))
        _vrrp(group, tuple(rest), tracks)
    return found


def _vlans(block: Block) -> frozenset[int]:
    """VLAN 1 is every port's until another is named, and a trunk's until it is taken away."""
    kinds = [words[0] for words, _ in beginning(block.inside, "port", "link-type")]
    if kinds == ["trunk"]:
        passing = beginning(block.inside, "port", "trunk", "permit", "vlan")
        found = {vlan for words, _ in passing for vlan in vlans_of(words)}
        undone = list(beginning(block.inside, "undo", "port", "trunk", "permit", "vlan", "1"))
        return frozenset(found if undone else found | {1})
    if kinds not in ([], ["access"]):
        raise ValueError(f"{block} is a port of the kind {' '.join(kinds)}")
    named = [int(words[0]) for words, _ in beginning(block.inside, "port", "access", "vlan")]
    return frozenset(named[-1:] or [1])


def _vrrp(group: VrrpText, words: Words, tracks: Mapping[str, str]) -> None:
    match words:
        case ("virtual-ip", address):
            group.addresses.append(IPv4Address(address))
        case ("priority", priority):
            group.priority = int(priority)
        case ("timer", "advertise", centiseconds):
            group.interval = f"{int(centiseconds) / 100:g}"
        case ("track", number, *_):
            group.tracked.append(tracks[number].removeprefix("interface "))
        case ("preempt-mode", *_):
            pass
        case _:
            raise ValueError(f"vrrp vrid {group.router_id} {' '.join(words)}")


def _standby(blocks: Sequence[Block], box: BoxText) -> StandbyText | None:
    groups = [block for _, block in beginning(blocks, "remote-backup", "group")]
    if not groups:
        return None
    (group,) = groups
    settings = {" ".join(block.words[:-1]): block.words[-1] for block in group.inside}
    if settings.get("hot-backup") != "enable":
        raise ValueError("remote-backup group does not say hot-backup enable")
    interface = settings["data-channel interface"]
    if interface not in box.interfaces:
        raise ValueError(f"the data channel {interface} is no interface")
    tracked = (words[0] for words, _ in beginning(group.inside, "track", "interface"))
    local, remote = IPv4Address(settings["local-ip"]), IPv4Address(settings["remote-ip"])
    leads = settings["device-role"] == "primary"
    return StandbyText(interface, local, remote, leads, tuple(tracked))
