"""Two lists of rules decide alike exactly when they do for every packet of a small universe."""

from hypothesis import given
from hypothesis import strategies as st

from device_configs.proofs.filters.agreement import (
    RuleList,
    Tolerances,
    closed,
    differences,
    same_list,
    without_tolerated,
)
from device_configs.proofs.filters.boxes import MatchBox
from device_configs.proofs.filters.packet_rule import PacketRule
from tests.device_configs.proofs.test_rulebook import PACKETS, SIZE, holds, rule_lists

EVERYTHING = MatchBox(3, 1, 3, 3, 1, 0, SIZE - 1, 0, SIZE - 1, 0, SIZE - 1)

lists = st.builds(RuleList, rule_lists.map(tuple), st.booleans())
tolerances = st.builds(
    Tolerances,
    st.sampled_from([(), ((0, 0),), ((0, 0), (2, 2))]),
    st.sampled_from([(), ((1, 1),)]),
)


def decided(listed: RuleList, packet: tuple[int, ...]) -> PacketRule:
    found = (rule for rule in listed.rules if any(holds(box, packet) for box in rule.region))
    return next(found, listed.default)


def tolerated(found: Tolerances, permits: bool, packet: tuple[int, ...]) -> bool:
    *_, source, destination, _ = packet
    if permits:
        return all(any(a <= n <= b for a, b in found.between) for n in (source, destination))
    return any(a <= destination <= b for a, b in found.towards)


def disagreeing(declared: RuleList, rendered: RuleList, found: Tolerances) -> set[tuple[str, str]]:
    """The pairs of rules that treat some packet differently, packet by packet."""
    return {
        (mine.name, its.name)
        for packet in PACKETS
        if not (mine := decided(declared, packet)).alike(its := decided(rendered, packet))
        and not tolerated(found, its.permits, packet)
    }


@given(lists, lists, tolerances)
def test_differences_are_those_of_the_packets(
    declared: RuleList, rendered: RuleList, tolerance: Tolerances
) -> None:
    told = list(differences(declared, rendered, EVERYTHING, tolerance))
    pairs = {(found.declared.name, found.rendered.name) for found in told}
    assert pairs == disagreeing(declared, rendered, tolerance)
    for found in told:
        packet = next(p for p in PACKETS if holds(found.witness, p))
        assert decided(declared, packet).name == found.declared.name
        assert decided(rendered, packet).name == found.rendered.name
        assert not tolerated(tolerance, found.rendered.permits, packet)


@given(lists, lists, tolerances)
def test_lists_that_are_the_same_at_a_glance_differ_in_no_packet(
    declared: RuleList, rendered: RuleList, tolerance: Tolerances
) -> None:
    for other in (rendered, declared):
        if same_list(declared, without_tolerated(other, tolerance)):
            assert disagreeing(declared, other, tolerance) == set()


@given(lists)
def test_a_last_rule_for_everything_is_the_default(listed: RuleList) -> None:
    whole = PacketRule("last", not listed.permits_by_default, (EVERYTHING,))
    longer = RuleList((*listed.rules, whole), listed.permits_by_default)
    shorter = closed(longer, EVERYTHING)
    assert shorter.permits_by_default is whole.permits
    assert len(shorter.rules) == len(listed.rules)
    assert all(decided(longer, packet).alike(decided(shorter, packet)) for packet in PACKETS)
