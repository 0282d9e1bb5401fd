"""The text of an nftables file as tables of sets and chains; what lines mean is not asked."""

import re
from dataclasses import dataclass, field

_BLOCKS = ("table", "set", "counter", "chain", "synproxy")
_SET_WORDS = ("type", "flags", "size", "timeout")
_END = "}"
_BASE = re.compile(r"type (\w+) hook (\w+) priority [\w -]+; policy (accept|drop);$")
_ELEMENTS = re.compile(r"elements = \{ (.*) \}$")


@dataclass
class Chain:
    """A chain; ``hook`` is empty for one that only other chains lead to."""

    name: str
    kind: str = ""
    hook: str = ""
    accepts: bool = False
    lines: list[str] = field(default_factory=list)


@dataclass
class NftTable:
    """A table by its family and name. ``sets`` hold their elements as written; one that packets
    fill (``dynamic``) holds nobody at first. ``ipv6_sets`` name those of IPv6 among them."""

    family: str
    name: str
    chains: dict[str, Chain] = field(default_factory=dict)
    sets: dict[str, list[str]] = field(default_factory=dict)
    ipv6_sets: set[str] = field(default_factory=set)


def read_tables(text: str) -> list[NftTable]:
    """The tables of a file in their order; raises ValueError for what is no such text.

    The file is loaded as a whole: ``table`` and ``delete table`` lines without a block only clear
    what was there before.
    """
    tables: list[NftTable] = []
    lines = [line for raw in text.splitlines() if (line := raw.strip()) and line[0] != "#"]
    at = 0
    while at < len(lines):
        kind, name = _opened(lines[at])
        if kind == "table":
            family, named = name.split()
            tables.append(NftTable(family, named))
            at = _read_table(tables[-1], lines, at + 1)
        elif re.fullmatch(r"(delete )?table \w+ [\w-]+", lines[at]):
            at += 1
        else:
            raise ValueError(f"{lines[at]!r} stands outside every table")
    return tables


def _opened(line: str) -> tuple[str, str]:
    """Kind and name of the block that a line opens; empty for any other line."""
    kind, _, name = line[:-2].partition(" ")
    known = line.endswith(" {") and kind in _BLOCKS and name and "{" not in name
    return (kind, name) if known else ("", "")


def _read_table(table: NftTable, lines: list[str], at: int) -> int:
    """Fill a table whose lines begin at ``at``; where the line behind its end stands."""
    while at < len(lines):
        if lines[at] == _END:
            return at + 1
        kind, name = _opened(lines[at])
        if not kind:
            raise ValueError(f"{lines[at]!r} is no part of a table that is known")
        end = _end_of_block(lines, at + 1)
        block = lines[at + 1 : end]
        if kind == "set":
            table.sets[name] = _read_set(block)
            if "type ipv6_addr" in block:
                table.ipv6_sets.add(name)
        elif kind == "chain":
            table.chains[name] = _read_chain(name, block)
        elif block and kind != "synproxy":  # What it offers in a handshake decides nothing.
            raise ValueError(f"{kind} {name} holds something")
        at = end + 1
    raise ValueError(f"table {table.name} does not end")


def _end_of_block(lines: list[str], at: int) -> int:
    try:
        return lines.index(_END, at)
    except ValueError:
        raise ValueError("a block does not end") from None


def _read_set(block: list[str]) -> list[str]:
    elements: list[str] = []
    for line in block:
        if line.split(maxsplit=1)[0] in _SET_WORDS:
            continue
        found = _ELEMENTS.match(line)
        if found is None:
            raise ValueError(f"{line!r} is no part of a set that is known")
        elements += found[1].split(", ")
    return elements


def _read_chain(name: str, block: list[str]) -> Chain:
    if "\ntype " not in "\n".join(("", *block)):
        return Chain(name, lines=block)
    chain = Chain(name)
    for line in block:
        base = _BASE.match(line)
        if base is not None:
            chain.kind, chain.hook, chain.accepts = base[1], base[2], base[3] == "accept"
        elif line.startswith("type "):
            raise ValueError(f"{line!r} is no hook that is known")
        else:
            chain.lines.append(line)
    return chain
