"""Reachability in many failure scenarios at once: one integer a node, one bit a scenario.

Bit ``b`` of a node is set when the node can be reached in scenario ``b``. A fixpoint over the
edges, ``r[w] |= r[u] & alive(edge) & alive(w)``, answers all scenarios in one walk; a search for
each scenario would walk the graph as often as there are scenarios.
"""

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple


class Edge(NamedTuple):
    """A way from one node to another; ``element`` is the link that carries it, if one does."""

    tail: int
    head: int
    element: str | None


class WayGraph:
    """Nodes with the device that carries them, and directed edges between them."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.elements: list[str | None] = []
        self.edges: list[Edge] = []
        self._index: dict[str, int] = {}

    def node(self, name: str, element: str | None = None) -> int:
        """The node of that name, added with its carrier if it is new."""
        found = self._index.get(name)
        if found is None:
            found = self._index[name] = len(self.names)
            self.names.append(name)
            self.elements.append(element)
        return found

    def find(self, name: str) -> int | None:
        """The node of that name, if there is one."""
        return self._index.get(name)

    def join(self, tail: int, head: int, element: str | None = None) -> None:
        """Add the way from ``tail`` to ``head``."""
        self.edges.append(Edge(tail, head, element))


def reach(
    graph: WayGraph,
    starts: Iterable[int],
    dead: Mapping[str, int],
    everything: int,
    backward: bool = False,
) -> list[int]:
    """For each node the scenarios in which a start reaches it (or it reaches one, ``backward``).

    ``dead`` maps a device or link to the scenarios in which it has failed, ``everything`` has one
    bit set for each scenario.
    """
    alive = {name: everything & ~bits for name, bits in dead.items()}
    up = [everything if e is None else alive.get(e, everything) for e in graph.elements]
    onward: list[list[tuple[int, int]]] = [[] for _ in graph.names]
    for tail, head, element in graph.edges:
        carrying = everything if element is None else alive.get(element, everything)
        start, end = (head, tail) if backward else (tail, head)
        onward[start].append((end, _both(carrying, up[end], everything)))
    reached = [0] * len(graph.names)
    waiting = deque(dict.fromkeys(starts))
    for node in waiting:
        reached[node] = up[node]
    queued = set(waiting)
    while waiting:
        node = waiting.popleft()
        queued.discard(node)
        here = reached[node]
        for end, passing in onward[node]:
            before = reached[end]
            after = before | _both(here, passing, everything)
            if after != before:
                reached[end] = after
                if end not in queued:
                    queued.add(end)
                    waiting.append(end)
    return reached


def _both(one: int, other: int, everything: int) -> int:
    """``one & other``, without a new number of many kilobytes where one of them is everything."""
    if one is everything:
        return other
    return one if other is everything else one & other


def walk(
    graph: WayGraph, starts: Iterable[int], goals: Collection[int], failed: Collection[str] = ()
) -> list[int]:
    """A shortest way from a start to a goal while ``failed`` elements are down; empty if none."""
    onward: list[list[int]] = [[] for _ in graph.names]
    for tail, head, element in graph.edges:
        if element not in failed and graph.elements[head] not in failed:
            onward[tail].append(head)
    came = {node: node for node in starts if graph.elements[node] not in failed}
    waiting = deque(came)
    while waiting:
        node = waiting.popleft()
        if node in goals:
            return _back(came, node)
        for end in onward[node]:
            if end not in came:
                came[end] = node
                waiting.append(end)
    return []


def next_steps(graph: WayGraph, goals: Iterable[int]) -> list[int | None]:
    """For each node the next on a shortest way to a goal; itself at a goal, None without a way."""
    coming: list[list[int]] = [[] for _ in graph.names]
    for tail, head, _ in graph.edges:
        coming[head].append(tail)
    following: list[int | None] = [None] * len(graph.names)
    waiting = deque(dict.fromkeys(goals))
    for node in waiting:
        following[node] = node
    while waiting:
        node = waiting.popleft()
        for tail in coming[node]:
            if following[tail] is None:
                following[tail] = node
                waiting.append(tail)
    return following


def _back(came: Mapping[int, int], node: int) -> list[int]:
    way = [node]
    while came[way[-1]] != way[-1]:
        way.append(came[way[-1]])
    return way[::-1]
