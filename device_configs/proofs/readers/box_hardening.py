"""The lines of a box's text that hardening is about, in force or taken away."""

from collections.abc import Collection, Iterator
from functools import cache

from device_configs.proofs.readers.blocks import Block
from device_configs.proofs.readers.lines_in_force import LinesInForce, LineWords, lines_in_force
from device_configs.render.families.hardening import FamilyHardening, family_hardening
from device_configs.render.tree import Tree

APPLIED_DEFENCE = "attack-defense apply policy"
_UNDOING = {"arista_eos": "no"}
_USUAL = "undo"


def hardened_lines(family: str, blocks: Collection[Block]) -> LinesInForce:
    """The state of every line whose first word a measure of the family begins with."""
    return lines_in_force(blocks, _words(family))


def read_eos_hardening(tree: Tree) -> LinesInForce:
    """Of an EOS text, which no grammar reads; raises ValueError for one that is not indented so."""
    (file,) = tree.files
    return hardened_lines("arista_eos", list(_indented(file.content)))


@cache
def _words(family: str) -> LineWords:
    hardening, undoing = family_hardening(family), _UNDOING.get(family, _USUAL)
    first = (line.removeprefix(f"{undoing} ").split(" ", 1)[0] for line in _lines(hardening))
    return LineWords(undoing, hardening.single, frozenset((*first, "attack-defense")))


def _lines(hardening: FamilyHardening) -> Iterator[str]:
    for measure in hardening.measures:
        yield from measure.lines
    for forbidden in hardening.forbidden:
        yield from forbidden.lines
    if hardening.console is not None:
        yield hardening.console.line


def _indented(text: str) -> Iterator[Block]:
    """Blocks by their indentation; a banner's lines are no commands, and it is not read."""
    path = [Block((), -1)]
    for raw in text.splitlines():
        words = tuple(raw.split())
        if not words or words[0].startswith("!"):
            continue
        if words[0] == "banner":
            raise ValueError("a banner's lines cannot be distinguished from commands")
        indent = len(raw) - len(raw.lstrip())
        while path[-1].indent >= indent:
            path.pop()
        block = Block(words, indent)
        path[-1].inside.append(block)
        path.append(block)
    yield from path[0].inside
