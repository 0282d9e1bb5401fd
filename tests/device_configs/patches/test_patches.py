"""A patch leads from the running to the intended configuration, and says what it leaves."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from device_configs.grammar.family import load_family
from device_configs.patches import apply_patch, inverse, make_patch, parse_configuration, parsing
from device_configs.patches.knowledge import load_knowledge
from device_configs.patches.reading import CommandReader
from device_configs.patches.tree import ConfigurationNode, ConfigurationTree
from ops_core.kernel.errors import Invalid

GOLDEN = Path(__file__).parents[1] / "render" / "golden"
FAMILIES = ("huawei_vrp", "h3c_comware")


BOXES = ("core-a", "core-b", "fwi-a", "fwx", "gap-a", "rt-a", "vg-b")


def texts(family: str) -> list[Path]:
    return [GOLDEN / family / f"{box}.txt" for box in BOXES]


def pairs() -> list[tuple[str, Path, Path]]:
    """Every box with the next one: wholly different boxes, or two halves of a pair."""
    return [(family, old, new) for family in FAMILIES for old, new in pairwise(texts(family))]


BY_PAIR = pytest.mark.parametrize(
    ("family", "old", "new"),
    pairs(),
    ids=lambda value: value.stem if isinstance(value, Path) else value,
)


def commands(tree: ConfigurationTree) -> set[tuple[tuple[str, ...], str]]:
    """What stands in a tree, without views that are always there and without what a device adds."""
    found: set[tuple[tuple[str, ...], str]] = set()

    def gather(nodes: tuple[ConfigurationNode, ...], views: tuple[str, ...]) -> None:
        for node in nodes:
            added = load_knowledge(tree.family).view(node.group).ignored
            if not node.rule.document.fixed and not any(one.fit(node.words) for one in added):
                found.add((views, " ".join(node.lines()) if node.members else node.same))
            gather(node.inside, (*views, node.slot))

    gather(tree.inside, ())
    return found


@BY_PAIR
def test_a_patch_applied_to_the_running_text_is_the_intended_one(
    family: str, old: Path, new: Path
) -> None:
    patch = make_patch(family, old.read_text("utf-8"), new.read_text("utf-8"), management=True)
    assert not patch.empty
    reached = apply_patch(patch.before, patch)
    assert commands(reached) == commands(patch.after)
    back = apply_patch(reached, inverse(patch))
    assert commands(back) == commands(patch.before)


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_is_sent_where_nothing_differs(family: str) -> None:
    for path in texts(family):
        text = path.read_text("utf-8")
        patch = make_patch(family, text, text)
        assert (patch.empty, patch.left, patch.unverified, patch.text) == (True, (), (), "")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_tree_written_and_read_again_is_the_same(family: str) -> None:
    for path in texts(family):
        tree = parse_configuration(family, path.read_text("utf-8"))
        assert parse_configuration(family, tree.text) == tree


def test_a_line_that_nobody_knows_is_refused_in_the_intended_text() -> None:
    with pytest.raises(Invalid) as refusal:
        make_patch("huawei_vrp", "sysname a\n", "sysname a\nfrobnicate 7\n")
    assert "frobnicate 7" in refusal.value.detail


def test_an_unknown_line_of_the_device_stays_and_is_named() -> None:
    patch = make_patch("huawei_vrp", "sysname a\nfrobnicate 7\n", "sysname b\n")
    assert patch.lines == ("sysname b",)
    assert [line.text for line in patch.left] == ["frobnicate 7"]


def test_threads_that_begin_together_read_a_family_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "_READERS", {})
    # A cache of this test's own: others hold forms of the one there is.
    read_once = cache(load_family.__wrapped__)
    monkeypatch.setattr(parsing, "load_family", read_once)
    together = threading.Barrier(8)

    def reader() -> CommandReader:
        together.wait()
        return parsing.reader_of("h3c_comware", None)

    with ThreadPoolExecutor(8) as threads:
        readers = [one.result() for one in [threads.submit(reader) for _ in range(8)]]
    assert len({id(one) for one in readers}) == 1
    assert read_once.cache_info().misses == 1
