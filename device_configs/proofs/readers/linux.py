"""FRR and Linux: device.conf, sysctl, frr.conf, keepalived.conf and nftables.conf read back."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from device_configs.proofs.facts import Facts, Surroundings, VrrpInstance
from device_configs.proofs.filters.packet_filter import PacketFilter, Ports
from device_configs.proofs.readers.nft_names import NamedText
from device_configs.proofs.readers.nft_other_family import (
    DualStack,
    in_numbers_of_ipv4,
    refuse_other_addresses_unless_dropped,
)
from device_configs.proofs.readers.nftables import read_nftables
from device_configs.render.addressing import MANAGEMENT_PORT
from device_configs.render.tree import Tree

_RULESET = "/etc/nftables.conf"


def read_linux(tree: Tree, _: Surroundings) -> Facts:
    """The facts of a device's files; raises KeyError or ValueError for what is missing."""
    lines = [line.split() for line in tree.file("/etc/network/device.conf").content.splitlines()]
    stated: dict[str, list[list[str]]] = {}
    for word, *rest in filter(None, lines):
        stated.setdefault(word, []).append(rest)
    forwarding = re.search(
        r"^net\.ipv4\.ip_forward = ([01])$",
        tree.file("/etc/sysctl.d/50-device.conf").content,
        re.MULTILINE,
    )
    if forwarding is None:
        raise ValueError("50-device.conf does not say net.ipv4.ip_forward")
    return Facts(
        device=tree.device,
        forwards=forwarding[1] == "1",
        management_shut=_shuts_management(_content(tree, _RULESET)),
        ports=tuple(port for (port,) in stated.get("port", ())),
        bridges={name: tuple(ports) for name, *ports in stated.get("bridge", ())},
        switched={name: port for name, port, *_ in stated.get("switched", ())},
        addresses=tuple(
            (interface, IPv4Interface(address)) for interface, address in stated.get("address", ())
        ),
        routes=tuple(
            (IPv4Network(prefix), IPv4Address(gateway))
            for prefix, gateway in stated.get("route", ())
        ),
        announced=tuple(_announced(_content(tree, "/etc/frr/frr.conf"))),
        vrrp=tuple(_vrrp(_content(tree, "/etc/keepalived/keepalived.conf"))),
    )


def read_linux_filter(tree: Tree, facts: Facts, around: Surroundings) -> PacketFilter:
    """What its nftables file decides; raises KeyError or ValueError."""
    return read_nftables(tree.file(_RULESET).content, _carriers(facts), around.offset_min)


def read_linux_filter_of_ipv6(
    tree: Tree, facts: Facts, around: Surroundings, dual_stack: DualStack
) -> PacketFilter:
    """The same about packets of IPv6, in the numbers of their hosts in IPv4."""
    text = tree.file(_RULESET).content
    refuse_other_addresses_unless_dropped(text)
    text = in_numbers_of_ipv4(text, dual_stack)
    return read_nftables(text, _carriers(facts), around.offset_min)


def named_linux_filter(tree: Tree, facts: Facts, names: Mapping[str, str]) -> NamedText:
    """Its nftables file, to be held against another one; ``standing`` says what its data ports
    stand for. Raises KeyError without a file."""
    return NamedText(tree.file(_RULESET).content, _carriers(facts), names)


def _carriers(facts: Facts) -> Mapping[str, Mapping[str, Ports]]:
    """On layer 3 packets enter by the bridge above a port, in a bridge by the port itself."""
    bridged = {port for ports in facts.bridges.values() for port in ports}
    routed: dict[str, Ports] = {name: frozenset(ports) for name, ports in facts.bridges.items()}
    routed |= {name: frozenset((port,)) for name, port in facts.switched.items()}
    routed |= {port: frozenset((port,)) for port in facts.ports if port not in bridged}
    framed: dict[str, Ports] = {port: frozenset((port,)) for port in facts.ports}
    return {"inet": routed, "bridge": framed}


def _content(tree: Tree, path: str) -> str:
    """The file's text; empty where the device has no such file."""
    return next((file.content for file in tree.files if file.path == path), "")


def _shuts_management(ruleset: str) -> bool:
    """Whether the forward chain drops both directions before anything may be accepted."""
    chain = re.search(r"chain forward \{(.*?)\}\n", ruleset, re.DOTALL)
    if chain is None:
        return False
    dropped = set()
    for line in chain[1].splitlines():
        rule = re.fullmatch(rf'\s*(iifname|oifname) "{MANAGEMENT_PORT}" (?:counter )?drop', line)
        if rule:
            dropped.add(rule[1])
        elif re.search(r"\b(accept|jump|goto)\b", line.partition("policy")[0]):
            break
    return dropped == {"iifname", "oifname"}


def _announced(configuration: str) -> Iterator[IPv4Network]:
    """Prefixes that BGP announces or that static routes give to others."""
    for found in re.finditer(r"^\s+network (\S+)$", configuration, re.MULTILINE):
        if "/" in found[1]:
            yield _prefix(found[1])
    for found in re.finditer(r"^ip route (\S+) ", configuration, re.MULTILINE):
        yield _prefix(found[1])


@lru_cache(maxsize=65536)
def _prefix(text: str) -> IPv4Network:
    """Every router announces the same prefixes: each is parsed once."""
    return IPv4Network(text)


def _vrrp(configuration: str) -> Iterator[VrrpInstance]:
    for found in re.finditer(r"^vrrp_instance (\S+) \{\n(.*?)^\}", configuration, re.S | re.M):
        body = found[2]
        if ":" in "".join(_block(body, "virtual_ipaddress")):
            continue  # A group of IPv6: no claim is about it.
        yield VrrpInstance(
            name=found[1],
            interface=_value(body, "interface"),
            router_id=int(_value(body, "virtual_router_id")),
            priority=int(_value(body, "priority")),
            interval=_value(body, "advert_int"),
            addresses=tuple(
                IPv4Interface(line.split()[0]) for line in _block(body, "virtual_ipaddress")
            ),
            tracked=tuple(line.split()[0] for line in _block(body, "track_interface")),
        )


def _value(body: str, word: str) -> str:
    found = re.search(rf"^\s*{word} (\S+)$", body, re.MULTILINE)
    if found is None:
        raise ValueError(f"a VRRP instance without {word}")
    return found[1]


def _block(body: str, word: str) -> list[str]:
    found = re.search(rf"^\s*{word} \{{\n(.*?)^\s*\}}", body, re.DOTALL | re.MULTILINE)
    return [line for line in found[1].splitlines() if line.strip()] if found else []
