"""Mutants of rendered protection: each is named, with the rule and a packet where there is one."""

from dataclasses import replace
from functools import cache

import pytest

from device_configs.proofs.filters.protection import declared_figures
from device_configs.proofs.prove import Subject, prove
from device_configs.proofs.verdict import Proof, ProofVerdict
from tests.device_configs.proofs.planting import shipped_subject

FILES = {"huawei_vrp": "startup.cfg", "h3c_comware": "startup.cfg", "frr": "/etc/nftables.conf"}
BOXES = ("huawei_vrp", "h3c_comware")


def proved(subject: Subject) -> Proof:
    (proof,) = prove(subject, ["protection"])
    return proof


@cache
def text_of(platform: str, device: str) -> str:
    return shipped_subject(platform).trees[device].file(FILES[platform]).content


def with_text(platform: str, device: str, text: str) -> Proof:
    subject = shipped_subject(platform)
    tree = subject.trees[device]
    files = tuple(
        replace(file, content=text) if file.path == FILES[platform] else file for file in tree.files
    )
    changed = {**subject.trees, device: replace(tree, files=files)}
    # The other devices are as they were, and were found to hold.
    site = subject.site
    others = [rules.model_copy(update={"devices": tuple(d for d in rules.devices if d == device)})
              for rules in site.rule_sets.values() if device in rules.devices]  # fmt: skip
    fields = {name: getattr(site, name) for name in type(site).model_fields}
    alone = type(site).model_construct(**fields | {"rule_sets": {r.name: r for r in others}})
    return proved(replace(subject, site=alone, trees=changed))


def changed(platform: str, device: str, old: str, new: str) -> Proof:
    text = text_of(platform, device)
    assert old in text, old
    return with_text(platform, device, text.replace(old, new))


@pytest.mark.parametrize("platform", FILES)
def test_the_shipped_site_is_protected_as_declared(platform: str) -> None:
    proof = proved(shipped_subject(platform))
    assert proof.verdict is ProofVerdict.HOLDS
    assert proof.counts["floods"] == 12
    boxes = platform in BOXES
    assert (proof.counts["inspecting"], len(proof.notes)) == ((2, 0) if boxes else (0, 2))
    assert bool(proof.counts["limited_rules"]) is boxes


UNINSPECTED = [
    ("huawei_vrp", "  profile ips inner_ips\n", "", "control-inspect-rest"),
    ("h3c_comware", "  profile inner_ips\n", "", "control-inspect-rest"),
    # The default has no profile: a last rule that takes less than everything leaves it the rest.
    ("huawei_vrp", "  source-zone trust untrust\n", "  source-zone trust\n", "the default"),
    ("h3c_comware", "  source-zone Trust\n  source-zone Untrust\n", "  source-zone Trust\n",
     "the default"),
    # A profile that matches no signature, is not defined, or only reports.
    ("h3c_comware", " mode protect\n", " mode alert\n", "control-inspect-rest"),
    ("h3c_comware", " ips apply policy inner_ips mode protect\n", "", "control-inspect-rest"),
]  # fmt: skip


@pytest.mark.parametrize(("platform", "old", "new", "named"), UNINSPECTED)
def test_what_passes_uninspected_is_named_by_its_rule_with_a_packet(
    platform: str, old: str, new: str, named: str
) -> None:
    proof = changed(platform, "ips-a", old, new)
    assert proof.verdict is ProofVerdict.VIOLATED
    assert [found.what for found in proof.findings] == [
        f"what {named} permits is not inspected by inner-ips"
    ]
    assert " > " in proof.findings[0].witness


def test_a_profile_without_signatures_looks_into_nothing() -> None:
    text = text_of("huawei_vrp", "ips-a")
    lines, skipping = [], False
    for line in text.splitlines(keepends=True):
        skipping = line.startswith(" signature-set") or (skipping and line.startswith("  "))
        lines += [] if skipping else [line]
    proof = with_text("huawei_vrp", "ips-a", "".join(lines))
    assert [found.what for found in proof.findings] == [
        "what control-inspect-rest permits is not inspected by inner-ips"
    ]


@pytest.mark.parametrize("platform", BOXES)
def test_a_permitting_rule_of_the_site_without_the_profile_is_named(platform: str) -> None:
    permit = {"huawei_vrp": "permit", "h3c_comware": "pass"}[platform]
    deny = {"huawei_vrp": "deny", "h3c_comware": "drop"}[platform]
    text = text_of(platform, "ips-a")
    start = text.index("rule name no-shares-inward")
    end = text.index("rule name control-inspect-rest")
    rule = text[start:end].replace(f"action {deny}", f"action {permit}")
    proof = with_text(platform, "ips-a", text[:start] + rule + text[end:])
    assert [found.elements for found in proof.findings] == [("ips-a", "inline/no-shares-inward")]


FLOODS = [
    ("huawei_vrp", "firewall defend action discard\n", "", 10),
    ("huawei_vrp", "firewall defend udp-flood enable\n", "", 2),
    ("huawei_vrp", "firewall defend smurf enable\n", "", 2),
    ("huawei_vrp", "zone trust max-rate 20000", "zone trust max-rate 20001", 1),
    ("huawei_vrp", "anti-ddos ack-flood defend alert-rate 50000\n", "", 2),
    ("h3c_comware", " attack-defense apply policy inward\n", "", 6),
    ("h3c_comware", " udp-flood action drop logging\n", " udp-flood action logging\n", 2),
    ("h3c_comware", " signature detect smurf action drop logging\n", "", 2),
    ("h3c_comware", " icmp-flood threshold 1000\n", " icmp-flood threshold 9999\n", 2),
    ("frr", "        jump floods\n", "", 12),
    ("frr", "        jump floods\n        jump scada\n        jump rules\n",
     "        jump rules\n        jump floods\n", 12),
    ("frr", ' counter name "udp-smurf-inward" drop', ' counter name "udp-smurf-inward"', 1),
    ("frr", "ip daddr limit rate over 20000/second", "ip daddr limit rate over 30000/second", 2),
]  # fmt: skip


@pytest.mark.parametrize(("platform", "old", "new", "count"), FLOODS)
def test_a_flood_that_is_not_cut_as_declared_is_named(
    platform: str, old: str, new: str, count: int
) -> None:
    proof = changed(platform, "ips-a", old, new)
    named = [found for found in proof.findings if found.elements == ("ips-a", "inner-ips")]
    assert len(named) == count
    assert proof.verdict is (ProofVerdict.VIOLATED if count else ProofVerdict.HOLDS)


LIMITS = [
    ("huawei_vrp", "  action qos profile agents-platform\n", "  action no-qos\n"),
    (
        "huawei_vrp",
        "maximum-bandwidth whole upstream 500000\n",
        "maximum-bandwidth whole upstream 600000\n",
    ),
    ("huawei_vrp", "  bandwidth connection-limit per-ip upstream 200\n", ""),
    ("h3c_comware", "  action qos profile agents-platform\n", "  action none\n"),
    ("h3c_comware", "  bandwidth upstream maximum 500000\n", ""),
    ("h3c_comware", "  connection-limit rate per-ip 50\n", "  connection-limit rate per-ip 51\n"),
]


@pytest.mark.parametrize(("platform", "old", "new"), LIMITS)
def test_a_limit_that_is_not_applied_as_declared_is_named(
    platform: str, old: str, new: str
) -> None:
    proof = changed(platform, "fwi-a", old, new)
    assert [found.elements for found in proof.findings] == [("fwi-a", "inner/agents-platform")]
    assert " > " in proof.findings[0].witness


@pytest.mark.parametrize("platform", BOXES)
def test_a_traffic_rule_that_takes_another_rules_packets_is_named(platform: str) -> None:
    text = text_of(platform, "fwi-a")
    at = text.index("traffic-policy\n")
    start = text.index(" rule name drills\n", at)
    own = {"huawei_vrp": "  action no-qos\n", "h3c_comware": "  action none\n"}[platform]
    greedy = f" rule name greedy\n{own}"
    proof = with_text(platform, "fwi-a", text[:start] + greedy + text[start:])
    site = shipped_subject(platform).site
    limited = [rule.name for rule in site.rule_sets["inner"].rules if declared_figures(rule)]
    assert [found.elements[1] for found in proof.findings] == sorted(f"inner/{n}" for n in limited)
    assert all("by greedy" in found.what for found in proof.findings)


@pytest.mark.parametrize("platform", BOXES)
@pytest.mark.parametrize("device", ["ips-a", "fwi-a"])
def test_a_word_that_no_reader_knows_leaves_it_undecided(platform: str, device: str) -> None:
    text = text_of(platform, device)
    proof = with_text(platform, device, "ip unheard-of command\n" + text)
    assert proof.verdict is ProofVerdict.UNKNOWN
