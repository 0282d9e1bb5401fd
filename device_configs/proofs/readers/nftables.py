"""An nftables file as the ordered list of decisions about what the device forwards.

Chains are followed from every hook that forwarded packets pass. A jump or goto to a chain becomes
the lines of that chain, narrowed to what led there, so that the list decides as the chains do.
Tables that translate addresses decide nothing; chains for the device's own packets are not asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from device_configs.proofs.filters.packet_filter import (
    FilterLine,
    Matched,
    PacketFilter,
    Ports,
)
from device_configs.proofs.filters.spans import Interval, merged
from device_configs.proofs.readers.nft_addresses import address_spans
from device_configs.proofs.readers.nft_line import read_line
from device_configs.proofs.readers.nft_match import LineSurroundings, NftLine
from device_configs.proofs.readers.nft_names import RULE_PREFIXES
from device_configs.proofs.readers.nft_narrowing import (
    narrow,
)
from device_configs.proofs.readers.nft_text import Chain, NftTable, read_tables
from device_configs.proofs.readers.nft_usual import LineReader, UsualLine, is_silent

_DEEPEST = 8
"""Chains within chains; nftables itself allows 16."""


def read_nftables(text: str, carriers: Mapping[str, Mapping[str, Ports]], offset_min: int
                  ) -> PacketFilter:  # fmt: skip
    """What a file decides. ``carriers`` say for each family of tables which declared ports lie
    below an interface name; ``offset_min`` is the site's clock less UTC.

    Raises ValueError for anything that is not understood, and for a file without a forward chain.
    """
    hooked = [(table, chain) for table in read_tables(text) for chain in table.chains.values()
              if chain.hook not in ("", "input", "output") and chain.kind != "nat"]  # fmt: skip
    found = [(table, chain) for table, chain in hooked if chain.hook == "forward"]
    for table, chain in hooked:
        if chain.hook != "forward" and not _leaves_alone(table, chain, carriers, offset_min):
            raise ValueError(f"chain {chain.name} hangs on a hook that is not understood")
    if len(found) != 1:
        raise ValueError(f"{len(found)} chains decide about forwarded packets, one is understood")
    table, base = found[0]
    if base.kind != "filter" or table.family not in carriers:
        raise ValueError(f"table {table.family} {table.name} is not understood")
    around = LineSurroundings(carriers[table.family], _sets(table), offset_min)
    lines: list[FilterLine] = []
    replies: list[FilterLine] = []
    for name, permits, matched, is_reply in _Walk(table, around).inside(base, 0).steps:
        line = FilterLine(_rule_name(name), permits, matched)
        (replies if is_reply else lines).append(line)
    return PacketFilter(tuple(lines), base.accepts, tuple(replies))


def _leaves_alone(
    table: NftTable, chain: Chain, carriers: Mapping[str, Mapping[str, Ports]], offset_min: int
) -> bool:
    """Whether a chain before routing does nothing to a packet within every limit: its lines are
    for what exceeds one, and only keep it out of the session table."""
    if chain.hook != "prerouting" or not chain.accepts or table.family not in carriers:
        return False
    around = LineSurroundings(carriers[table.family], _sets(table), offset_min)
    lines = [read_line(line, around) for line in chain.lines]
    return all(line.never and line.untracks and not line.verdict for line in lines)


def _sets(table: NftTable) -> dict[str, tuple[Interval, ...]]:
    return {
        name: tuple(merged(span for element in elements for span in address_spans(element)))
        for name, elements in table.sets.items()
        if name not in table.ipv6_sets
    }


Body = tuple[str, ...]
Line = UsualLine | NftLine


class _Step(NamedTuple):
    """One decision; without a name it is called after the chain that it stands in."""

    name: str
    permits: bool
    matched: Matched
    is_reply: bool


class _Inside(NamedTuple):
    """A chain: its decisions, and whether it decides about every packet by its last line."""

    steps: tuple[_Step, ...]
    decides: bool


class _Walk:
    def __init__(self, table: NftTable, around: LineSurroundings) -> None:
        self._table, self._offset_min = table, around.offset_min
        self._read = LineReader(around).read
        self._chains: dict[str, _Inside] = {}
        self._bodies: dict[Body, _Inside] = {}

    def inside(self, chain: Chain, depth: int, by: str = "jump") -> _Inside:
        """What a chain decides, in its order; chains that say the same are read once."""
        found = self._chains.get(chain.name)
        if found is None:
            # A line that only counts matters as the last: the chain leaves packets undecided.
            body = (*[line for line in chain.lines[:-1] if not is_silent(line)], *chain.lines[-1:])
            found = self._bodies.get(body)
            if found is None:
                found = self._bodies[body] = self._inside(chain.name, body, depth, by)
            steps = [step if step.name else _Step(chain.name, *step[1:]) for step in found.steps]
            found = self._chains[chain.name] = _Inside(tuple(steps), found.decides)
        if by == "goto" and not found.decides:
            raise ValueError(_undecided(chain.name))
        return found

    def _inside(self, name: str, body: Body, depth: int, by: str) -> _Inside:
        lines = self._read(body)
        decides = any(
            line.is_unconditional and line.verdict in ("accept", "drop") for line in lines[-1:]
        )
        if by == "goto" and not decides:
            raise ValueError(_undecided(name))
        if depth > _DEEPEST:
            raise ValueError(f"chain {name} lies too deep")
        return _Inside(tuple(self._decisions(name, lines, depth)), decides)

    def _decisions(self, name: str, lines: Sequence[Line], depth: int) -> Iterator[_Step]:
        for line in lines:
            if line.never or not line.verdict:
                continue
            if line.verdict == "return":
                if line.is_unconditional:
                    return
                raise ValueError(f"chain {name} returns on a condition")
            if line.target:
                yield from self._led(line, depth)
                continue
            permits, is_reply = line.verdict == "accept", line.source_ports is not None
            if is_reply and not permits:
                raise ValueError(f"chain {name} drops by the port packets come from")
            yield _Step(line.counter, permits, line.matched(self._offset_min), is_reply)

    def _led(self, line: Line, depth: int) -> Iterator[_Step]:
        """The decisions of the chain that a line leads to, about what leads there."""
        target = self._table.chains[line.target]
        if target.hook:
            raise ValueError(f"{line.verdict} {target.name}, which hangs on a hook of its own")
        inside = self.inside(target, depth + 1, line.verdict).steps
        if line.is_unconditional:
            yield from inside
            return
        matched = line.matched(self._offset_min)
        is_reply = line.source_ports is not None
        for step in inside:
            narrowed = narrow(matched, step.matched)
            if narrowed is not None:
                yield _Step(step.name, step.permits, narrowed, step.is_reply or is_reply)


def _undecided(chain: str) -> str:
    return f"goto {chain}, which may leave a packet undecided"


def _rule_name(name: str) -> str:
    """The rule that a chain or counter stands for, or the chain that decides by itself."""
    return next(
        (name.removeprefix(p) for p in RULE_PREFIXES if name.startswith(p)), f"chain {name}"
    )
