"""annet and hier_config as second opinions on vendor texts: each reads a text as a tree, writes it
again, and makes a patch from one text to another.

Their trees become nested dicts here, so that one set of tests looks at both.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import annet.api
import annet.rulebook
from annet.annlib import patching
from annet.annlib.netdev.views.hardware import HardwareView
from annet.hardware import AnnetHardwareProvider, hardware_connector
from annet.rulebook import DefaultRulebookProvider, rulebook_provider_connector
from annet.vendors import registry_connector, tabparser
from annet.vendors.tabparser import CommonFormatter
from hier_config import HConfig, HConfigChild, Platform, WorkflowRemediation, get_hconfig

Tree = dict[str, "Tree"]

MODELS = {
    ("huawei_vrp", "ne"): "Huawei NE8000",
    ("huawei_vrp", "s"): "Huawei S5700",
    ("huawei_vrp", "ar"): "Huawei AR2200",
    ("huawei_vrp", "usg"): "Huawei USG6500",
    ("h3c_comware", "router"): "H3C S6800",
    ("h3c_comware", "switch"): "H3C S6800",
    ("h3c_comware", "secpath"): "H3C S6800",
    ("arista_eos", "eos"): "Arista DCS-7280",
}
"""What annet calls the boxes: family and dialect -> model. It knows one dialect of Comware."""

PLATFORMS = {
    "huawei_vrp": Platform.HUAWEI_VRP,
    "h3c_comware": Platform.HP_COMWARE5,
    "arista_eos": Platform.ARISTA_EOS,
}
_NO_COMMANDS = ("#", "!", "return", "end")


@dataclass(frozen=True)
class Tool:
    """``patched(family, dialect, old, new)`` is the tree of ``old`` after the tool's own patch."""

    name: str
    tree: Callable[[str, str, str], Tree]
    rewritten: Callable[[str, str, str], Tree]
    patched: Callable[[str, str, str, str], Tree]


def commands(text: str) -> list[str]:
    """The lines of a text that are commands, without their indentation."""
    found = (line.strip() for line in text.splitlines())
    return [line for line in found if line and line not in _NO_COMMANDS]


def rows(tree: Tree) -> Iterator[str]:
    """Every row of a tree in order, without its depth."""
    for row, children in tree.items():
        yield row
        yield from rows(children)


@cache
def _annet() -> None:
    hardware_connector.set(AnnetHardwareProvider)
    rulebook_provider_connector.set(DefaultRulebookProvider)


def _hardware(family: str, dialect: str) -> HardwareView:
    _annet()
    return HardwareView(MODELS[family, dialect], "")


def _formatter(family: str, dialect: str) -> CommonFormatter:
    return registry_connector.get().match(_hardware(family, dialect)).make_formatter(indent=" ")


def _annet_tree(family: str, dialect: str, text: str) -> Tree:
    formatter = _formatter(family, dialect)
    return _without_ends(tabparser.parse_to_tree(text, formatter.split))


def _annet_rewritten(family: str, dialect: str, text: str) -> Tree:
    formatter = _formatter(family, dialect)
    written = formatter.join(tabparser.parse_to_tree(text, formatter.split))
    return _without_ends(tabparser.parse_to_tree(written, formatter.split))


def _annet_patched(family: str, dialect: str, old: str, new: str) -> Tree:
    hardware = _hardware(family, dialect)
    before, after = _annet_tree(family, dialect, old), _annet_tree(family, dialect, new)
    rulebook = annet.rulebook.get_rulebook(hardware)
    difference = patching.strip_unchanged(patching.make_diff(before, after, rulebook, []))
    patch = annet.api.patch_from_pre(
        patching.make_pre(difference), hardware, rulebook, add_comments=False
    )
    apply_patch(before, patch, "no " if family == "arista_eos" else "undo ")
    return before


def apply_patch(tree: Tree, patch: patching.PatchTree, negation: str) -> None:
    """Do to a tree what a device does with the lines of a patch.

    ``undo WORDS`` removes the rows that hold the words in this order (vendors leave values out,
    ``all`` stands for every value) or, where there is none, is a row itself.
    """
    for item in patch.itms:
        if item.row.startswith(negation):
            _undo(tree, item.row, negation)
        elif negation + item.row in tree:
            del tree[negation + item.row]
        else:
            node = tree.setdefault(item.row, {})
            if item.child is not None:
                apply_patch(node, item.child, negation)


def _undo(tree: Tree, row: str, negation: str) -> None:
    words = row.removeprefix(negation).split()
    everything = words[-1] == "all"
    if everything:
        words.pop()
    removed = [found for found in tree if _holds(found.split(), words)]
    if everything and not removed:
        removed = [found for found in tree if _holds(found.split()[1:], words)]
    for found in removed:
        del tree[found]
    if not removed:
        tree[row] = {}


def _holds(row: list[str], words: list[str]) -> bool:
    rest = iter(row)
    return row[:1] == words[:1] and all(word in rest for word in words)


def _without_ends(tree: Tree) -> Tree:
    """Plain dicts, which compare without regard to order, unlike annet's."""
    return {
        row: _without_ends(children) for row, children in tree.items() if row not in _NO_COMMANDS
    }


def _hier_config(family: str, text: str) -> HConfig:
    lines = (line for line in text.splitlines() if line.strip() not in _NO_COMMANDS)
    return get_hconfig(PLATFORMS[family], "\n".join(lines))


def _as_tree(node: HConfig | HConfigChild) -> Tree:
    return {child.text: _as_tree(child) for child in node.children}


def _hier_tree(family: str, dialect: str, text: str) -> Tree:
    return _as_tree(_hier_config(family, text))


def _hier_rewritten(family: str, dialect: str, text: str) -> Tree:
    written = "\n".join(
        child.cisco_style_text() for child in _hier_config(family, text).all_children()
    )
    return _as_tree(_hier_config(family, written))


def _hier_patched(family: str, dialect: str, old: str, new: str) -> Tree:
    before, after = _hier_config(family, old), _hier_config(family, new)
    remediation = WorkflowRemediation(before, after).remediation_config
    return _as_tree(before.future(remediation))


ANNET = Tool("annet", _annet_tree, _annet_rewritten, _annet_patched)
HIER_CONFIG = Tool("hier_config", _hier_tree, _hier_rewritten, _hier_patched)
TOOLS = (ANNET, HIER_CONFIG)
