"""What rendered filters decide about IPv6 is read back, and held against the declared rules."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device_configs.proofs.prove import prove, subject_of
from device_configs.proofs.readers.nft_other_family import in_numbers_of_ipv4
from device_configs.proofs.verdict import Proof, ProofVerdict
from device_configs.site.model import Action, DeclaredRule, Site
from tests.device_configs.render.changes import declared
from tests.device_configs.render.dual_stack import SERVERS, THROUGH_FIREWALLS
from tests.device_configs.render.test_ipv6_verdicts import RULE, with_rules

RULESET = "/etc/nftables.conf"
JUMP = "        jump rules\n"
FROM_NO_HOST, TO_NO_HOST = (
    f'        ip6 {side} != @ipv6-hosts counter drop comment "{word} no declared host"\n'
    for side, word in (("saddr", "from"), ("daddr", "to"))
)
TO_SERVER = "ip6 daddr != @ipv6-not-egov ip6 daddr @ipv6-set-one-server udp dport"
SEGMENT = ((IPv4Network("10.20.1.0/24"), IPv6Network("fd00:1::/64")),)


@pytest.fixture(scope="module")
def dual(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return declared(tmp_path_factory.mktemp("declared") / "site", THROUGH_FIREWALLS)


def proof_with(site: Site, device: str, change: Callable[[str], str]) -> Proof:
    """The proof of the filters where somebody changed the rules of one device."""
    subject = subject_of(site)
    tree = subject.trees[device]
    before = tree.file(RULESET).content
    after = change(before)
    assert after != before
    files = tuple(replace(f, content=after) if f.path == RULESET else f for f in tree.files)
    trees = {**subject.trees, device: replace(tree, files=files)}
    (proof,) = prove(replace(subject, trees=trees), only={"filters"})
    return proof


def test_filters_decide_as_declared_in_either_family(dual: Site) -> None:
    for proof in prove(subject_of(dual), only={"filters", "policies"}):
        assert (proof.verdict, proof.findings, proof.undecided) == (ProofVerdict.HOLDS, (), ())


@pytest.mark.parametrize(
    ("device", "old", "new"),
    [
        ("fwi-a", "fd12:3456:789a:1::/120, ", ""),
        ("fwi-a", TO_SERVER, "ip6 daddr != @ipv6-not-egov udp dport"),
        ("fwi-a", JUMP, f"        {TO_SERVER} {{ 7 }} drop\n{JUMP}"),
        ("fwi-a", f"{TO_SERVER} {{ 7, 7007 }}", f"{TO_SERVER} {{ 7, 7008 }}"),
        ("fwi-a", f"{{ {SERVERS}a/128 }}", f"{{ {SERVERS}b/128 }}"),
        ("fwi-a", f"{{ {SERVERS}a/128 }}", f"{{ {SERVERS}a/127 }}"),
        ("fwi-a", "        jump rules\n", "        ip6 saddr @ipv6-zone-seats accept\n"
                                          "        jump rules\n"),
        ("fwi-a", "        jump rules\n", "        ip6 hoplimit 255 drop\n        jump rules\n"
                                          "        icmpv6 type echo-request accept\n"),
        ("ips-b", "ip6 daddr != @ipv6-not-egov tcp dport { 21, 23, 512-514 }",
         "ip6 daddr != @ipv6-not-egov tcp dport { 21, 23 }"),
    ],
)  # fmt: skip
def test_a_difference_in_ipv6_alone_is_named(dual: Site, device: str, old: str, new: str) -> None:
    proof = proof_with(dual, device, lambda text: text.replace(old, new, 1))
    assert proof.verdict is ProofVerdict.VIOLATED
    assert {f.elements[0] for f in proof.findings} == {device}
    assert all("IPv6" in found.why for found in proof.findings)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("fd12:3456:789a:1::/64 }", "fd12:3456:789a:1::/120 }", "is neither all of"),
        (f"{{ {SERVERS}a/128 }}", f"{{ {SERVERS}1:0/128 }}", "is neither all of"),
        ("        jump rules\n", f"        ip6 saddr {SERVERS}a accept\n        jump rules\n",
         "names hosts of IPv6 by their addresses"),
        (JUMP, f"        ip6 flowlabel 5 accept\n{JUMP}", "flowlabel"),
        (FROM_NO_HOST, "", "whose ip6 saddr no declared host has are not dropped first"),
        (TO_NO_HOST, "", "whose ip6 daddr no declared host has are not dropped first"),
        (FROM_NO_HOST, f"        ip6 hoplimit 255 accept\n{FROM_NO_HOST}", "ip6 saddr"),
        (FROM_NO_HOST, f"        jump sessions\n{FROM_NO_HOST}", "not dropped first"),
        (FROM_NO_HOST, f"        tcp dport 9 {FROM_NO_HOST.strip()}\n", "ip6 saddr"),
        (FROM_NO_HOST, FROM_NO_HOST.replace("drop", "accept"), "ip6 saddr"),
        ("fd12:3456:789a:1::/120,", "fd12:3456:789a:1::/64,", "ipv6-hosts holds"),
        ("fd12:3456:789a:1::/120,", "fd12:3456:789a:1::/120, fd00:5::/64,", "ipv6-hosts holds"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_by_hosts_is_unknown(dual: Site, old: str, new: str, said: str) -> None:
    proof = proof_with(dual, "fwi-a", lambda text: text.replace(old, new, 1))
    assert proof.verdict is ProofVerdict.UNKNOWN
    assert all(said in found.why for found in proof.undecided)


@pytest.mark.parametrize("line", [
    "meta nfproto ipv4 accept", "meta nfproto != ipv4 drop", "meta protocol ip accept",
    "meta protocol != ip accept", "meta protocol { ip, ip6 } accept", "ether type != ip accept",
    "ether type { ip, ip6 } drop", 'iifname "a" meta nfproto ipv4 ip saddr 10.0.0.1 accept',
])  # fmt: skip
def test_a_line_that_may_be_about_either_family_is_not_left_out(line: str) -> None:
    with pytest.raises(ValueError, match="names a family by its protocol"):
        in_numbers_of_ipv4(f"        {line}\n", SEGMENT)


def test_random_rules_are_rendered_alike_for_either_family(dual: Site) -> None:
    """By firewalls, and by inline devices, whose rules know no sessions."""

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(RULE, max_size=5), st.sampled_from(Action), st.sampled_from(Action))
    def decides_alike(rules: list[DeclaredRule], default: Action, inline: Action) -> None:
        site = with_rules(dual, rules, default)
        beside = site.rule_sets["inline"].model_copy(
            update={"rules": site.rule_sets["inner"].rules, "default": inline}
        )
        site = site.model_copy(update={"rule_sets": {**site.rule_sets, "inline": beside}})
        (proof,) = prove(subject_of(site), only={"filters"})
        assert (proof.findings, proof.undecided) == ((), ())

    decides_alike()


@given(st.integers(0, 255), st.integers(24, 32))
def test_hosts_have_their_numbers_in_ipv4(number: int, length: int) -> None:
    (beside, prefix) = SEGMENT[0]
    host = IPv4Network((int(beside.network_address) + number, length), strict=False)
    first = int(prefix.network_address) + int(host.network_address) - int(beside.network_address)
    written = prefix if length == 24 else IPv6Network((first, 96 + length))
    elements = f"        elements = {{ {written}, fe80::/10 }}\n"
    text = f"    set x {{\n        type ipv6_addr\n{elements}    }}\n"
    assert f"elements = {{ {host} }}" in in_numbers_of_ipv4(text, SEGMENT)
