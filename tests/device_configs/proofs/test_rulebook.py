"""The algebra of boxes and the examination of rules against every packet of a small universe."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.proofs.filters.boxes import (
    ADDRESSES,
    PORTS,
    MatchBox,
    TooManyPieces,
    contains,
    covers,
    intersection,
    meet,
    overlap,
    subtract,
    subtract_box,
)
from device_configs.proofs.filters.packet_rule import PacketRule
from device_configs.proofs.filters.rulebook import Anomaly, decide, examine

SIZE = 3
PACKETS = list(product((1, 2), (1, 2), (1, 2), range(SIZE), range(SIZE), range(SIZE)))
"""Source zone, protocol, time; source, destination, port: the rest is the same for all."""


def spans() -> st.SearchStrategy[tuple[int, int]]:
    ends = st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1))
    return ends.map(lambda ends: (min(ends), max(ends)))


masks = st.integers(1, 3)
boxes = st.builds(
    lambda zones, protocols, times, source, destination, port: MatchBox(
        zones, 1, protocols, times, 1, *source, *destination, *port
    ),
    masks,
    masks,
    masks,
    spans(),
    spans(),
    spans(),
)
regions = st.lists(boxes, min_size=1, max_size=3).map(tuple)
rule_lists = st.lists(
    st.tuples(st.booleans(), st.sampled_from(["", "slow"]), regions), min_size=1, max_size=6
).map(
    lambda found: [
        PacketRule(f"r{i}", permits, region, treatment if permits else "")
        for i, (permits, treatment, region) in enumerate(found)
    ]
)


def holds(box: MatchBox, packet: tuple[int, ...]) -> bool:
    zone, protocol, time, source, destination, port = packet
    return bool(
        box.source_zones & zone
        and box.protocols & protocol
        and box.times & time
        and box.source_low <= source <= box.source_high
        and box.destination_low <= destination <= box.destination_high
        and box.port_low <= port <= box.port_high
    )


def packets(region: object) -> set[tuple[int, ...]]:
    return {packet for packet in PACKETS if any(holds(box, packet) for box in region)}  # type: ignore[attr-defined]


@given(boxes, boxes)
def test_boxes_meet_contain_and_subtract_as_their_packets_do(
    one: MatchBox, other: MatchBox
) -> None:
    mine, theirs = packets([one]), packets([other])
    both = intersection(one, other)
    assert packets([both] if both else []) == mine & theirs
    assert overlap(one, other) == bool(mine & theirs)
    assert contains(one, other) == (theirs <= mine)
    pieces = list(subtract_box(one, other))
    assert packets(pieces) == mine - theirs
    assert sum(len(packets([piece])) for piece in pieces) == len(mine - theirs)


@given(regions, regions)
def test_regions_subtract_and_cover_as_their_packets_do(one: object, other: object) -> None:
    assert packets(subtract(one, other)) == packets(one) - packets(other)  # type: ignore[arg-type]
    assert packets(meet(one, other)) == packets(one) & packets(other)  # type: ignore[arg-type]
    assert covers(one, other) == (packets(other) <= packets(one))  # type: ignore[arg-type]


def first_match(rules: list[PacketRule], packet: tuple[int, ...]) -> PacketRule | None:
    return next((r for r in rules if any(holds(box, packet) for box in r.region)), None)


@given(rule_lists, regions)
def test_each_packet_is_decided_by_the_first_rule_that_matches(
    rules: list[PacketRule], question: object
) -> None:
    decisions = decide(rules, question)  # type: ignore[arg-type]
    for packet in packets(question):
        deciding = {d.rule for d in decisions if any(holds(box, packet) for box in d.region)}
        assert deciding == {first_match(rules, packet)}


@given(rule_lists)
def test_anomalies_are_those_of_brute_force(rules: list[PacketRule]) -> None:
    found = {(f.rule, f.anomaly): f.others for f in examine(rules).found}
    for position, rule in enumerate(rules):
        mine = packets(rule.region)
        earlier = [r for r in rules[:position] if packets(r.region) & mine]
        taken = set().union(*(packets(r.region) for r in earlier)) if earlier else set()
        dead = mine <= taken
        otherwise = any(not r.alike(rule) for r in earlier)
        assert ((rule.name, Anomaly.SHADOWED) in found) == (dead and otherwise)
        fights = [
            r.name for r in earlier if r.permits != rule.permits and not packets(r.region) <= mine
        ]
        assert ((rule.name, Anomaly.CONFLICTING) in found) == (bool(fights) and not dead)
        needless = rule.permits and not dead and _later_alike(rules, position, mine - taken)
        redundant = (dead and not otherwise) or needless
        assert ((rule.name, Anomaly.REDUNDANT) in found) == redundant


def _later_alike(rules: list[PacketRule], position: int, left: set[tuple[int, ...]]) -> bool:
    after = [first_match(rules[position + 1 :], packet) for packet in left]
    return all(r is not None and r.alike(rules[position]) for r in after)


@given(rule_lists)
def test_a_rule_that_is_reported_dead_may_go_without_a_packet_noticing(
    rules: list[PacketRule],
) -> None:
    for found in examine(rules).found:
        if found.anomaly in (Anomaly.SHADOWED, Anomaly.REDUNDANT):
            rest = [rule for rule in rules if rule.name != found.rule]
            for packet in PACKETS:
                before, after = first_match(rules, packet), first_match(rest, packet)
                assert (before is None) == (after is None)
                assert before is None or after is None or before.alike(after)


@given(rule_lists)
def test_a_witness_is_a_packet_of_the_rule(rules: list[PacketRule]) -> None:
    by_name = {rule.name: rule for rule in rules}
    for found in examine(rules).found:
        assert covers(by_name[found.rule].region, [found.witness])


EVERYTHING = MatchBox(3, 3, 3, 3, 1, *ADDRESSES, *ADDRESSES, *PORTS)


def test_a_permit_of_everything_is_too_wide_and_a_narrower_one_is_not() -> None:
    wide = PacketRule("wide", True, (EVERYTHING,))
    narrow = PacketRule("narrow", True, (EVERYTHING._replace(port_low=80, port_high=80),))
    found = examine([narrow, wide]).found
    assert [(f.rule, f.anomaly) for f in found if f.anomaly is Anomaly.TOO_WIDE] == [
        ("wide", Anomaly.TOO_WIDE)
    ]


def test_a_region_in_too_many_pieces_is_undecided_and_names_no_anomaly() -> None:
    holes = [
        PacketRule(f"hole-{i}", False, (EVERYTHING._replace(port_low=i * 2, port_high=i * 2),))
        for i in range(50)
    ]
    rules = [*holes, PacketRule("rest", True, (EVERYTHING._replace(source_low=5),))]
    examined = examine(rules, most=20)
    assert examined.undecided == {"rest": "its region falls into more than 20 pieces"}
    assert not [found for found in examined.found if found.rule == "rest"]


def test_deciding_gives_up_rather_than_guess() -> None:
    holes = [
        PacketRule(f"hole-{i}", False, (EVERYTHING._replace(port_low=i * 2, port_high=i * 2),))
        for i in range(50)
    ]
    with pytest.raises(TooManyPieces):
        decide(holes, [EVERYTHING], most=20)
