"""Whole sites in the texts of other platforms are read back; what is unknown is never passed."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.proofs.facts import Facts, Unreadable
from device_configs.proofs.filters.behind import filtering_devices
from device_configs.proofs.prove import prove, subject_of
from device_configs.proofs.readers import read_facts
from device_configs.proofs.readers.nft_line import read_line
from device_configs.proofs.readers.nft_match import LineSurroundings
from device_configs.proofs.readers.nftables import read_nftables
from device_configs.proofs.renderings import read_renderings
from device_configs.proofs.verdict import Proof, ProofVerdict
from device_configs.render import Tree
from device_configs.render.families import load_family
from device_configs.render.tree import RenderedFile
from tests.device_configs.proofs.planting import on_platform, shipped_site, shipped_subject

BOXES = ("huawei_vrp", "h3c_comware")
CARRIERS = {"inet": {name: frozenset((name,)) for name in ("a", "b")}, "bridge": {}}


def facts_of(platform: str) -> Mapping[str, Facts]:
    subject = shipped_subject(platform)
    return read_renderings(subject.site, subject.trees, subject.failed).facts


@pytest.mark.parametrize("platform", BOXES)
def test_a_whole_site_of_one_platform_is_decided_but_for_what_the_platform_has_no_word_for(
    platform: str,
) -> None:
    site = on_platform(shipped_site(), platform, kept=())
    proofs: dict[str, Proof] = {proof.name: proof for proof in prove(subject_of(site))}
    assert {name: proof.findings for name, proof in proofs.items() if proof.findings} == {}
    for name in ("filters", "redundancy", "policies"):
        assert proofs[name].verdict is ProofVerdict.HOLDS
    unsaid = {
        name: sorted(gap.elements[0] for gap in proofs[name].undecided)
        for name in ("isolation", "parity")
    }
    assert unsaid == {
        "isolation": ["gap-a", "gap-b"],
        "parity": ["gap-a", "gap-b", "vg-a", "vg-b"],
    }


@pytest.mark.parametrize("platform", BOXES)
def test_a_box_says_what_its_twin_says(platform: str) -> None:
    boxes, twins = facts_of(platform), facts_of("frr")
    for name in ("rt-a", "core-b", "fwx"):
        assert set(boxes[name].routes) == set(twins[name].routes)
        assert set(boxes[name].announced) == set(twins[name].announced)
        assert {a for _, a in boxes[name].addresses} == {a for _, a in twins[name].addresses}
        assert set(boxes[name].ports) == set(twins[name].ports)
    for name in ("core-a", "core-b"):
        assert {(i.router_id, i.addresses) for i in boxes[name].vrrp} == {
            (i.router_id, i.addresses) for i in twins[name].vrrp
        }


@pytest.mark.parametrize("platform", BOXES)
def test_a_pair_of_firewalls_is_read_with_its_heartbeat(platform: str) -> None:
    found = facts_of(platform)
    one, other = found["fwi-a"].standby, found["fwi-b"].standby
    assert one is not None
    assert other is not None
    assert (one.leads, other.leads) == (True, False)
    assert (one.remote, other.remote) == (other.local, one.local)
    assert (one.port, other.port) == ("fwi-b", "fwi-a")
    assert set(one.tracked) == {"rt-a", "rt-b", "core-a-ips-a", "core-b-ips-a"}


def test_management_stands_apart_by_its_instance_or_by_the_policy() -> None:
    for platform in BOXES:
        found = facts_of(platform)
        assert all(facts.management_shut for facts in found.values() if facts.forwards)
        assert found["core-a"].instances == {"mgmt": "management"}
        assert found["fwi-a"].instances == {}


@pytest.mark.parametrize("platform", BOXES)
def test_a_line_that_the_grammar_or_the_reader_does_not_know_makes_a_text_unreadable(
    platform: str,
) -> None:
    text = shipped_subject(platform).trees["core-a"].files[0].content
    for line in ("ip unheard-of command\n", "multicast routing\n"):
        tree = Tree("core-a", (RenderedFile("startup.cfg", line + text),), ())
        with pytest.raises(Unreadable):
            read_facts(platform, tree)


@given(st.data())
@pytest.mark.parametrize("platform", BOXES)
def test_a_text_that_lost_any_of_its_rules_is_never_the_same_filter(
    platform: str, data: st.DataObject
) -> None:
    subject = shipped_subject(platform)
    device, _ = data.draw(st.sampled_from(list(filtering_devices(subject.site))))
    tree = subject.trees[device.name]
    lines = tree.files[0].content.splitlines(keepends=True)
    policy = next(n for n, line in enumerate(lines) if line.startswith("security-policy"))
    starts = [n for n, line in enumerate(lines)
              if n > policy and line.startswith(" rule ") and "control-" not in line]  # fmt: skip
    ends = [n for n, line in enumerate(lines) if n > policy and not line.startswith("  ")]
    gone = data.draw(st.sampled_from([n for n in starts if n < _end_of_policy(lines, policy)]))
    left = [*lines[:gone], *lines[next(end for end in ends if end > gone) :]]
    shorter = replace(tree, files=(replace(tree.files[0], content="".join(left)),))
    proofs = prove(replace(subject, trees={**subject.trees, device.name: shorter}), ["filters"])
    assert proofs[0].verdict is ProofVerdict.VIOLATED
    assert all(finding.witness for finding in proofs[0].findings)


def _end_of_policy(lines: list[str], policy: int) -> int:
    return next(n for n, line in enumerate(lines) if n > policy and line.startswith("#"))


@pytest.mark.parametrize(
    "text",
    [
        "meta mark 7 accept",
        "ip saddr @nobody accept",
        "tcp dport { 80, 70000 } accept",
        "accept drop",
        "iifname",
        "ct helper sip accept",
        "meta day { 1 } meta hour 30-119 accept",
    ],
)
def test_a_line_of_nftables_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_line(text, LineSurroundings({}, {}, 0)).matched(0)


def chains(*lines: str) -> str:
    inside = "\n".join(f"        {line}" for line in lines)
    return (
        "table inet filter {\n    chain forward {\n"
        "        type filter hook forward priority filter; policy drop;\n"
        f"{inside}\n    }}\n    chain deeper {{\n        tcp dport 80 accept\n    }}\n"
        "    chain last {\n        tcp dport 81 drop\n        accept\n    }\n}\n"
    )


def test_chains_become_one_list_in_their_order() -> None:
    found = read_nftables(
        chains('iifname "a" jump deeper', "ct state established accept", 'oifname "b" goto last'),
        CARRIERS,
        0,
    )
    assert [
        (line.permits, line.matched.entering, line.matched.leaving) for line in found.lines
    ] == [
        (True, frozenset("a"), None),
        (False, None, frozenset("b")),
        (True, None, frozenset("b")),
    ]
    assert not found.permits_by_default


@pytest.mark.parametrize(
    "text",
    [
        chains("goto deeper"),
        chains("tcp dport 80 return", "accept"),
        chains("tcp sport 80 drop"),
        chains("jump nowhere"),
        "table inet filter {\n}\n",
        chains("accept") + chains("accept"),
        "flush ruleset\n" + chains("accept"),
    ],
)
def test_a_ruleset_whose_decision_is_not_certain_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        read_nftables(text, CARRIERS, 0)


def before_routing(line: str) -> str:
    return (
        "table inet filter {\n    synproxy answers {\n        mss 1460\n    }\n"
        "    chain begin {\n        type filter hook prerouting priority raw; policy accept;\n"
        f"        {line}\n    }}\n    chain forward {{\n"
        "        type filter hook forward priority filter; policy drop;\n"
        "        ct state untracked,invalid tcp dport 80 jump begin\n        tcp dport 80 accept\n"
        "    }\n}\n"
    )


def test_packets_kept_out_of_the_session_table_above_a_rate_decide_nothing() -> None:
    limited = "tcp dport 80 limit rate over 9/second burst 9 packets counter notrack"
    assert len(read_nftables(before_routing(limited), CARRIERS, 0).lines) == 1


@pytest.mark.parametrize("line", ["tcp dport 80 notrack", "tcp dport 80 drop", "counter"])
def test_whatever_else_happens_before_routing_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="hook that is not understood"):
        read_nftables(before_routing(line), CARRIERS, 0)


def test_every_family_with_firewalls_has_a_reader() -> None:
    site = shipped_site()
    for platform in BOXES:
        boxes = load_family(platform).boxes
        assert {device.role.name for device in site.devices.values()} <= boxes.keys()
