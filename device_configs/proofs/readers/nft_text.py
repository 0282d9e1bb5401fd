"""The text of an nftables file as tables of sets and chains; what lines mean is not asked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_OPENS = re.compile(r"(table|set|counter|chain) ([^{]+?) \{$")
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
class Table:
    """A table by its family and name. ``sets`` hold their elements as written; one that packets
    fill (``dynamic``) holds nobody at first."""

    family: str
    name: str
    chains: dict[str, Chain] = field(default_factory=dict)
    sets: dict[str, list[str]] = field(default_factory=dict)


def read_tables(text: str) -> list[Table]:
    """The tables of a file in their order; raises ValueError for what is no such text.

    The file is loaded as a whole: ``table`` and ``delete table`` lines without a block only clear
    what was there before.
    """
    tables: list[Table] = []
    lines = _meaningful(text)
    for line in lines:
        opened = _OPENS.match(line)
        if opened is not None and opened[1] == "table":
            family, name = opened[2].split()
            tables.append(Table(family, name))
            _read_table(tables[-1], lines)
        elif not re.fullmatch(r"(delete )?table \w+ [\w-]+", line):
            raise ValueError(f"{line!r} stands outside every table")
    return tables


def _meaningful(text: str) -> Iterator[str]:
    for raw in text.splitlines():
        line = raw.strip()
        if line and not line.startswith("#"):
            yield line


def _read_table(table: Table, lines: Iterator[str]) -> None:
    for line in lines:
        if line == "}":
            return
        opened = _OPENS.match(line)
        if opened is None:
            raise ValueError(f"{line!r} is no part of a table that is known")
        kind, name = opened[1], opened[2]
        if kind == "set":
            table.sets[name] = _read_set(lines)
        elif kind == "chain":
            table.chains[name] = _read_chain(name, lines)
        elif list(_block(lines)):
            raise ValueError(f"{kind} {name} holds something")
    raise ValueError(f"table {table.name} does not end")


def _read_set(lines: Iterator[str]) -> list[str]:
    elements: list[str] = []
    for line in _block(lines):
        found = _ELEMENTS.match(line)
        if found is not None:
            elements += found[1].split(", ")
        elif line.split()[0] not in ("type", "flags", "size", "timeout"):
            raise ValueError(f"{line!r} is no part of a set that is known")
    return elements


def _read_chain(name: str, lines: Iterator[str]) -> Chain:
    chain = Chain(name)
    for line in _block(lines):
        base = _BASE.match(line)
        if base is not None:
            chain.kind, chain.hook, chain.accepts = base[1], base[2], base[3] == "accept"
        elif line.startswith("type "):
            raise ValueError(f"{line!r} is no hook that is known")
        else:
            chain.lines.append(line)
    return chain


def _block(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if line == "}":
            return
        yield line
    raise ValueError("a block does not end")
