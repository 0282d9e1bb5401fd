"""A command form as a machine that reads the words of a line.

Every state is followed at once, so reading takes time linear in the words, needs no backtracking,
and at the word where no state is left the machine knows all that would have been allowed there.
An alternative of ``{ } *`` may be taken once: each has a bit, and a thread carries the bits used.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from device_configs.grammar.lines import SourceLine
from device_configs.grammar.notation import Choice, Keyword, Node, Repeat, Series, Value
from device_configs.grammar.value_words import BANNER, Take
from device_configs.grammar.values import ValueTypes

END_OF_LINE = "end of line"
Captures = tuple[tuple[Value, int, int], ...]
"""Marked values with the first word and the word after the last that each took."""


@dataclass(frozen=True, slots=True)
class _Edge:
    """What one state may take: a keyword, or a value by its rule."""

    word: str | None
    take: Take | None
    value: Value | None
    target: int
    bits: int
    label: str


@dataclass(slots=True)
class _State:
    empty: list[tuple[int, int]] = field(default_factory=list)
    """(target, bit) of steps that take no word."""
    reads: tuple[Keyword | Value, int] | None = None


@dataclass(frozen=True, slots=True)
class FormReading:
    """How far a machine came: ``accepted``, else the word (from 0) where it stopped and why."""

    accepted: bool
    captures: Captures
    stopped: int
    allowed: tuple[str, ...]


class Machine:
    """Reads lines by one tree of a form; built once, then without state."""

    def __init__(self, tree: Node, types: ValueTypes) -> None:
        self._states: list[_State] = []
        self._bits = 0
        start = self._state()
        self._end = self._build(tree, start)
        self._start = start
        rules = {
            id(state.reads[0]): types.take(state.reads[0])
            for state in self._states
            if state.reads is not None and isinstance(state.reads[0], Value)
        }
        self._edges = [self._closure(index, rules) for index in range(len(self._states))]
        self._ends = [self._end_bits(index) for index in range(len(self._states))]

    def read(self, line: SourceLine) -> FormReading:
        """Read all words of a line."""
        words = line.words
        length = len(words)
        waiting: list[dict[tuple[int, int], Captures]] = [{} for _ in range(length + 1)]
        waiting[0][self._start, 0] = ()
        furthest = 0
        for at in range(length):
            if not waiting[at]:
                continue
            furthest = at
            word = words[at]
            for (state, used), captures in waiting[at].items():
                for edge in self._edges[state]:
                    if edge.bits & used:
                        continue
                    if edge.word is not None:
                        after = at + 1 if edge.word == word else 0
                    else:
                        after = edge.take(line, at) if edge.take else 0
                    if not after:
                        continue
                    value = edge.value
                    now = (*captures, (value, at, after)) if value is not None else captures
                    waiting[after].setdefault((edge.target, used | edge.bits), now)
        for (state, used), captures in waiting[length].items():
            if any(not bits & used for bits in self._ends[state]):
                return FormReading(True, captures, length, ())
        stopped = length if waiting[length] else furthest
        return FormReading(False, (), stopped, tuple(self._allowed(waiting[stopped])))

    def _allowed(self, threads: dict[tuple[int, int], Captures]) -> Iterator[str]:
        seen: set[str] = set()
        for state, used in threads:
            labels = [edge.label for edge in self._edges[state] if not edge.bits & used]
            if any(not bits & used for bits in self._ends[state]):
                labels.append(END_OF_LINE)
            for label in labels:
                if label not in seen:
                    seen.add(label)
                    yield label

    def _state(self) -> int:
        self._states.append(_State())
        return len(self._states) - 1

    def _build(self, node: Node, start: int) -> int:
        """Add the states of a node after a state; returns the state after it."""
        if isinstance(node, Keyword | Value):
            end = self._state()
            self._states[start].reads = (node, end)
            return end
        if isinstance(node, Series):
            for item in node.items:
                start = self._build(item, start)
            return start
        if isinstance(node, Repeat):
            return self._repeat(node, start)
        return self._choice(node, start)

    def _repeat(self, node: Repeat, start: int) -> int:
        end = self._state()
        for _ in range(node.most):
            start = self._build(node.item, start)
            self._states[start].empty.append((end, 0))
        return end

    def _choice(self, node: Choice, start: int) -> int:
        end = self._state()
        again = self._state()
        self._states[start].empty.append((again, 0))
        for alternative in node.alternatives:
            bit = 0
            if node.any_order:
                bit = 1 << self._bits
                self._bits += 1
            head = self._state()
            self._states[again].empty.append((head, bit))
            tail = self._build(alternative, head)
            self._states[tail].empty.append((end, 0))
        if node.any_order:
            self._states[end].empty.append((again, 0))
        if node.optional:
            self._states[again].empty.append((end, 0))
        after = self._state()
        self._states[end].empty.append((after, 0))
        return after

    def _reachable(self, start: int) -> Iterator[tuple[int, int]]:
        """States reachable without a word, with the bits that the way takes."""
        seen = {(start, 0)}
        waiting = [(start, 0)]
        while waiting:
            state, bits = waiting.pop(0)
            yield state, bits
            for target, bit in self._states[state].empty:
                step = (target, bits | bit)
                if not bits & bit and step not in seen:
                    seen.add(step)
                    waiting.append(step)

    def _closure(self, start: int, rules: dict[int, Take]) -> tuple[_Edge, ...]:
        edges = []
        for state, bits in self._reachable(start):
            reads = self._states[state].reads
            if reads is None:
                continue
            node, target = reads
            if isinstance(node, Keyword):
                edges.append(_Edge(node.word, None, None, target, bits, node.word))
            else:
                marked = node if node.marks or node.type == BANNER else None
                edges.append(_Edge(None, rules[id(node)], marked, target, bits, node.label))
        return tuple(edges)

    def _end_bits(self, start: int) -> tuple[int, ...]:
        return tuple(bits for state, bits in self._reachable(start) if state == self._end)
