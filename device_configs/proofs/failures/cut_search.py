"""The ways to one service under every single failure, and what a second one changes (pure)."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence

from device_configs.proofs.failures.cuts import Ways
from device_configs.proofs.failures.graph import reach
from device_configs.proofs.failures.scenarios import (
    FailedElement,
    Scenarios,
)
from device_configs.proofs.topology import Attachment, start_node

Pair = tuple[int, int]
"""Numbers of two failed elements, the smaller first."""


class CutSearch:
    """The ways to one service under every single failure, and what a second one changes."""

    def __init__(
        self, way: Ways, seats: Iterable[Attachment], scenarios: Scenarios, most_near: int
    ) -> None:
        self._most = most_near
        self._everything = scenarios.everything
        self._alive = {
            element: self._everything & ~bits for element, bits in scenarios.dead.items()
        }
        self._failed_elements = scenarios.failed_elements
        self._hosts = frozenset(way.hosts)
        self._carriers = way.graph.elements
        self._reached = reach(way.graph, way.hosts, scenarios.dead, self._everything, backward=True)
        self._at: dict[int, list[Attachment]] = {}
        for at in seats:
            node = start_node(way.graph, at)
            if node is not None:
                self._at.setdefault(node, []).append(at)
        self._near: dict[FailedElement, tuple[int, ...] | None] = {}
        self._link_up(way)

    def _link_up(self, way: Ways) -> None:
        """The edges between nodes on the ways of seats: what leads nowhere matters to nobody."""
        onward: dict[int, list[tuple[int, str | None]]] = {}
        for tail, head, element in way.graph.edges:
            if self._reached[head]:
                onward.setdefault(tail, []).append((head, element))
        self._onward: dict[int, list[tuple[int, str | None]]] = {}
        self._coming: dict[int, list[int]] = {}
        self._touching: dict[str, list[int]] = {}
        waiting = deque(node for node in self._at if self._reached[node])
        seen = set(waiting)
        while waiting:
            tail = waiting.popleft()
            self._onward[tail] = onward.get(tail, [])
            self._touch(self._carriers[tail], tail)
            for head, element in self._onward[tail]:
                self._coming.setdefault(head, []).append(tail)
                self._touch(element, tail)
                if head not in seen:
                    seen.add(head)
                    waiting.append(head)

    def _touch(self, element: str | None, node: int) -> None:
        if element is not None:
            self._touching.setdefault(element, []).append(node)

    def passing(self, failed_element: FailedElement) -> tuple[int, ...] | None:
        """The nodes with a way that passes the element, nearest to it first; None for too many."""
        if failed_element not in self._near:
            self._near[failed_element] = self._passing(failed_element)
        return self._near[failed_element]

    def _passing(self, failed_element: FailedElement) -> tuple[int, ...] | None:
        touched = (self._touching.get(element, ()) for element in sorted(failed_element.elements))
        found = list(dict.fromkeys(node for nodes in touched for node in nodes))
        seen = set(found)
        for node in found:
            if len(found) > self._most:
                return None
            for tail in self._coming.get(node, ()):
                if tail not in seen:
                    seen.add(tail)
                    found.append(tail)
        return tuple(found) if len(found) <= self._most else None

    def new_cuts(self, near: Sequence[bool]) -> Iterator[tuple[Pair, Attachment]]:
        """Each pair with a near element, and whom it cuts that neither of the two cuts alone."""
        asked = self._everything
        for number, failed_element in enumerate(self._failed_elements):
            if not near[number]:
                continue
            asked &= ~(1 << number)  # This one and those before it have had their turn.
            nodes = self.passing(failed_element) or ()
            if not any(node in self._at for node in nodes):
                continue
            left = self._without(failed_element, nodes)
            for node in nodes:
                before = self._reached[node]
                if node in self._at and before >> number & 1:
                    for other in _rising(before & ~left[node] & asked):
                        pair = (min(number, other), max(number, other))
                        yield from ((pair, at) for at in self._at[node])

    def _without(self, failed_element: FailedElement, nodes: Sequence[int]) -> Mapping[int, int]:
        """The scenarios in which each of these nodes reaches a host while the element is down."""
        left = dict.fromkeys(nodes, 0)
        changed = True
        while changed:
            changed = False
            for node in nodes:
                found = self._ways_on(node, failed_element.elements, left)
                if found != left[node]:
                    left[node], changed = found, True
        return left

    def _ways_on(self, node: int, failed: frozenset[str], left: Mapping[int, int]) -> int:
        carrier = self._carriers[node]
        if carrier in failed:
            return 0
        found = self._everything if node in self._hosts else 0
        for head, element in self._onward[node]:
            if element in failed:
                continue
            there = left[head] if head in left else self._reached[head]
            found |= there if element is None else there & self._alive.get(element, there)
        return found if carrier is None else found & self._alive.get(carrier, found)


def _rising(bits: int) -> Iterator[int]:
    """Positions of the few bits that are set."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low
