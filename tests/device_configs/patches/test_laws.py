"""Laws of patches, over configurations made by leaving lines out of rendered ones at random."""

import zlib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from device_configs.patches import (
    ConfigurationNode,
    ConfigurationTree,
    apply_patch,
    parse_configuration,
    states,
)
from device_configs.patches.moves import moves
from device_configs.patches.numbers import read_numbers, write_numbers
from device_configs.patches.parsing import reader_of
from device_configs.patches.patch import patch_between

GOLDEN = Path(__file__).parents[1] / "render" / "golden"
BOXES = (
    ("huawei_vrp", "rt-a"),
    ("huawei_vrp", "fwi-a"),
    ("huawei_vrp", "sw-mgmt"),
    ("h3c_comware", "rt-a"),
    ("h3c_comware", "fwx"),
    ("h3c_comware", "sw-1"),
)
Nodes = tuple[ConfigurationNode, ...]


@cache
def rendered(family: str, box: str) -> ConfigurationTree:
    return parse_configuration(family, (GOLDEN / family / f"{box}.txt").read_text("utf-8"))


def thinned(nodes: Nodes, keep: int, order: int) -> Nodes:
    """Some of the lines, chosen by the bits of a number; rules where the first match decides in
    another order."""
    chosen = []
    for place, node in enumerate(nodes):
        bits = zlib.crc32(f"{keep} {node.slot} {place}".encode()) % 8
        if bits == 0 and not node.rule.document.fixed:
            continue
        inside = node.inside if node.rule.document.atomic else thinned(node.inside, keep, order)
        chosen.append(replace(node, inside=inside))
    return tuple(_reordered(chosen, order))


def _reordered(nodes: list[ConfigurationNode], order: int) -> Iterator[ConfigurationNode]:
    movable = [node for node in nodes if node.rule.document.move]
    mixed = (
        iter(sorted(movable, key=lambda node: zlib.crc32(f"{order} {node.slot}".encode())))
        if order
        else None
    )
    for node in nodes:
        yield next(mixed) if mixed is not None and node.rule.document.move else node


SEEDS = st.integers(0, 1 << 30)
BY_PAIR = given(box=st.sampled_from(BOXES), seeds=st.tuples(SEEDS, SEEDS, SEEDS, SEEDS))


def pair(
    box: tuple[str, str], seeds: tuple[int, int, int, int]
) -> tuple[ConfigurationTree, ConfigurationTree]:
    tree = rendered(*box)
    return _variant(tree, *seeds[:2]), _variant(tree, *seeds[2:])


def _variant(tree: ConfigurationTree, keep: int, order: int) -> ConfigurationTree:
    """A variant as a device would show it: written and read."""
    thin = ConfigurationTree(tree.family, tree.platform, thinned(tree.inside, keep, order))
    return parse_configuration(tree.family, thin.text)


def kept(nodes: Nodes, other: Nodes, views: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The VLANs, neighbours and rules that two trees both have as they are, by their paths."""
    there = {node.slot: node for node in other}
    for node in nodes:
        both = there.get(node.slot)
        if both is None:
            continue
        path = (*views, node.slot)
        words = node.words
        if (
            node.view == "vlan" or "as-number" in words or words[0] == "rule"
        ) and both.same == node.same:
            yield path
        yield from kept(node.inside, both.inside, path)


def has(tree: ConfigurationTree, path: tuple[str, ...]) -> bool:
    nodes = tree.inside
    for slot in path:
        found = next((node for node in nodes if node.slot == slot), None)
        if found is None:
            return False
        nodes = found.inside
    return True


# An address family may name a neighbour that the view around it no longer has: undone with the
# neighbour, and made again behind it.
@example(box=("huawei_vrp", "rt-a"), seeds=(1_073_741_823, 10_989_320, 331, 7_219))
@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate])
@BY_PAIR
def test_a_patch_leads_to_the_intended_tree_and_back_and_each_line_is_accepted(
    box: tuple[str, str], seeds: tuple[int, int, int, int]
) -> None:
    old, new = pair(box, seeds)
    reader = reader_of(old.family, None)
    patch = patch_between(reader, old, new, management=True)
    reached = apply_patch(old, patch)  # refuses a line of no form
    rest = patch_between(reader, reached, new, management=True)
    assert rest.lines == ()
    back = patch_between(reader, reached, old, management=True)
    returned = apply_patch(reached, back)
    assert patch_between(reader, returned, old, management=True).lines == ()


@settings(max_examples=6, deadline=None, phases=[Phase.generate])
@BY_PAIR
def test_no_state_between_loses_a_vlan_a_neighbour_or_a_rule_that_both_ends_keep(
    box: tuple[str, str], seeds: tuple[int, int, int, int]
) -> None:
    old, new = pair(box, seeds)
    patch = patch_between(reader_of(old.family, None), old, new, management=True)
    paths = list(kept(old.inside, new.inside))
    for state in states(old, patch.lines):
        lost = [path for path in paths if not has(state, path)]
        assert lost == []


@given(st.permutations(range(9)), st.permutations(range(9)), st.integers(0, 9))
def test_moves_bring_any_order_into_any_other(
    current: list[int], intended: list[int], left_out: int
) -> None:
    order = [str(number) for number in current]
    target = [str(number) for number in intended if number < left_out]
    made = list(moves(order, target))
    for move in made:
        order.remove(move.subject)
        order.insert(order.index(move.anchor) + (not move.before), move.subject)
    assert [name for name in order if name in target] == target
    assert len(made) <= max(0, len(target) - 1)


@given(st.frozensets(st.integers(1, 4094), max_size=60))
def test_a_list_of_numbers_written_is_read_as_the_same(numbers: frozenset[int]) -> None:
    written = write_numbers(numbers)
    assert (read_numbers(written.split()) if written else frozenset()) == numbers
