"""The text of a box as blocks: a line with the lines that stand in the view it opens.

The command grammar has to accept the text first, so that a word nobody knows is never passed over.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from device_configs.grammar.check import check_text
from device_configs.grammar.lines import SECTION_END, read_line, read_lines

Words = tuple[str, ...]


@dataclass
class Block:
    """One line as words, and the blocks of the view that it opens."""

    words: Words
    indent: int
    inside: list["Block"] = field(default_factory=list)

    def __str__(self) -> str:
        return " ".join(self.words)

    def rest(self, *beginning: str) -> Words | None:
        """The words behind these; None for a line that begins otherwise."""
        length = len(beginning)
        return self.words[length:] if self.words[:length] == beginning else None


def read_blocks(family: str, text: str, file: str) -> list[Block]:
    """The blocks of the system view; raises ValueError for a line that the grammar refuses."""
    faults = check_text(family, text, file)
    if faults:
        raise ValueError(str(faults[0]))
    root = Block((), -1)
    path = [root]
    for number, raw in read_lines(text):
        line = read_line(number, raw)
        if line is None or line.words == (SECTION_END,):
            continue
        while path[-1].indent >= line.indent:
            path.pop()
        block = Block(line.words, line.indent)
        path[-1].inside.append(block)
        path.append(block)
    return root.inside


def beginning(blocks: Collection[Block], *words: str) -> Iterator[tuple[Words, Block]]:
    """The blocks whose line begins with these words, with the words behind them."""
    for block in blocks:
        rest = block.rest(*words)
        if rest is not None:
            yield rest, block


def refuse_unknown(blocks: Collection[Block], known: "Views", view: str) -> None:
    """Raise ValueError for a line of a view that neither matters nor is known not to."""
    for block in blocks:
        words = f"{block} "
        start = next((start for start in known if words.startswith(f"{start} ")), None)
        if start is None:
            raise ValueError(f"what {str(block)!r} in {view} does is not known to the reader")
        inside = known[start]
        if inside is not None:
            refuse_unknown(block.inside, inside, str(block))


Views = Mapping[str, "Views | None"]
"""Beginnings of lines with those of the view they open; None for a view that may hold anything."""
