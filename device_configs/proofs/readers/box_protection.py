"""Profiles, traffic policies and defence policies of a vendor's text (pure).

A profile that matches no signature looks into nothing; a flood that is only reported is not
dropped.
"""

from collections.abc import Iterator, Mapping

from device_configs.proofs.readers.blocks import Block, Words, beginning
from device_configs.proofs.readers.protection_text import Figures, ZoneGuard
from device_configs.site.model import FloodKind

_FLOODS = {
    "syn-flood": FloodKind.TCP_FLOOD,
    "ack-flood": FloodKind.ACK_FLOOD,
    "udp-flood": FloodKind.UDP_FLOOD,
    "icmp-flood": FloodKind.ICMP_FLOOD,
}
_SMURFS = {"smurf": FloodKind.ICMP_SMURF, "fraggle": FloodKind.UDP_SMURF}


def vrp_looked_into(blocks: list[Block], policy: Block) -> frozenset[str]:
    """Rules whose IPS profile is defined and has a set of signatures."""
    looking = {
        words[0]
        for words, block in beginning(blocks, "profile", "type", "ips", "name")
        if any(
            list(beginning(chosen.inside, "action"))
            for _, chosen in beginning(block.inside, "signature-set", "name")
        )
    }
    return frozenset(
        words[0]
        for words, rule in beginning(policy.inside, "rule", "name")
        if any(named[0] in looking for named, _ in beginning(rule.inside, "profile", "ips"))
    )


def vrp_guards(blocks: list[Block]) -> Iterator[ZoneGuard]:
    """Floods by the zone they go to. Without ``action discard`` floods are reported only."""
    lines = [words for words, _ in beginning(blocks, "firewall", "defend")]
    if ("action", "discard") in lines:
        for words in lines:
            match words:
                case (kind, "zone", zone, "max-rate", rate) if (kind, "enable") in lines:
                    yield ZoneGuard(_FLOODS[kind], int(rate), zone)
                case (kind, "enable") if kind in _SMURFS:
                    yield ZoneGuard(_SMURFS[kind], 0)
    for (rate, *_), _ in beginning(blocks, "anti-ddos", "ack-flood", "defend", "alert-rate"):
        yield ZoneGuard(FloodKind.ACK_FLOOD, int(rate))


def comware_looked_into(blocks: list[Block], policy: Block) -> frozenset[str]:
    """Rules whose profile applies a defined IPS policy in the mode that protects."""
    defined = {words[0] for words, _ in beginning(blocks, "ips", "policy")}
    looking = {
        words[0]
        for words, block in beginning(blocks, "app-profile")
        for applied, _ in beginning(block.inside, "ips", "apply", "policy")
        if applied[0] in defined and applied[1:] == ("mode", "protect")
    }
    return frozenset(
        block.words[block.words.index("name") + 1]
        for _, block in beginning(policy.inside, "rule")
        if any(named[0] in looking for named, _ in beginning(block.inside, "profile"))
    )


def comware_guards(blocks: list[Block]) -> Iterator[ZoneGuard]:
    """Floods out of each zone that a defence policy is applied to."""
    policies = {w[0]: block for w, block in beginning(blocks, "attack-defense", "policy")}
    for (zone, *_), block in beginning(blocks, "security-zone", "name"):
        for (name, *_), _ in beginning(block.inside, "attack-defense", "apply", "policy"):
            yield from (
                ZoneGuard(kind, rate, zone, towards=False)
                for kind, rate in _dropped(policies[name])
            )


def _dropped(policy: Block) -> Iterator[tuple[FloodKind, int]]:
    lines = [block.words for block in policy.inside]
    for word, kind in _FLOODS.items():
        acts = any(line[:2] == (word, "action") and "drop" in line for line in lines)
        if acts and (word, "detect", "non-specific") in lines:
            yield from ((kind, int(w[2])) for w in lines if w[:2] == (word, "threshold"))
    for word, kind in _SMURFS.items():
        if any(line[:3] == ("signature", "detect", word) and "drop" in line for line in lines):
            yield kind, 0


_VRP: Mapping[Words, str] = {
    ("bandwidth", "maximum-bandwidth", "whole", "upstream"): "maximum up",
    ("bandwidth", "maximum-bandwidth", "whole", "downstream"): "maximum down",
    ("bandwidth", "guaranteed-bandwidth", "whole", "upstream"): "guaranteed up",
    ("bandwidth", "guaranteed-bandwidth", "whole", "downstream"): "guaranteed down",
    ("bandwidth", "maximum-bandwidth", "per-ip", "upstream"): "address maximum up",
    ("bandwidth", "maximum-bandwidth", "per-ip", "downstream"): "address maximum down",
    ("bandwidth", "connection-limit", "per-ip", "upstream"): "connections",
    ("bandwidth", "connection-rate-limit", "per-ip", "upstream"): "new per second",
}
_COMWARE: Mapping[Words, str] = {
    ("bandwidth", "upstream", "maximum"): "maximum up",
    ("bandwidth", "downstream", "maximum"): "maximum down",
    ("bandwidth", "upstream", "guaranteed"): "guaranteed up",
    ("bandwidth", "downstream", "guaranteed"): "guaranteed down",
    ("bandwidth", "upstream", "maximum", "per-ip"): "address maximum up",
    ("bandwidth", "downstream", "maximum", "per-ip"): "address maximum down",
    ("connection-limit", "count", "per-ip"): "connections",
    ("connection-limit", "rate", "per-ip"): "new per second",
}


def traffic_rules(policy: Block) -> tuple[list[tuple[str, Block]], dict[str, Figures]]:
    """The rules of a traffic policy in their order, without those that only stand above others, and
    what each of them grants."""
    known = {**_VRP, **_COMWARE}
    profiles = {
        words[-1]: {
            known[line.words[:-1]]: int(line.words[-1])
            for line in block.inside
            if line.words[:-1] in known
        }
        for words, block in beginning(policy.inside, "profile")
    }
    rules = [(words, block) for words, block in beginning(policy.inside, "rule", "name")]
    above = {words[2] for words, _ in rules if words[1:2] == ("parent",)}
    figures: dict[str, Figures] = {}
    for (name, *_), block in rules:
        for (profile, *_), _ in beginning(block.inside, "action", "qos", "profile"):
            figures[name] = profiles[profile]
    return [(w[0], block) for w, block in rules if w[0] not in above], figures
