"""Every pair of failures that cuts what neither of the two cuts alone.

Most failures are near: an access switch, its uplinks, its cabinet lie on the ways of few seats. A
pair with such a one can newly cut those seats only, because whoever's ways do not pass it loses
nothing by it. So each near failure is taken away for good, and the few nodes whose ways pass it are
asked again about every single failure beside it, while all other nodes keep their answers. Only the
failures that many ways pass (the core's) are paired with one another in a rectangle of scenarios.
No pair is left out.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from device_configs.proofs.failures.cuts import Cut, Ways, cut_bits, cuts_of
from device_configs.proofs.failures.graph import reach
from device_configs.proofs.failures.scenarios import (
    FailedElement,
    Scenarios,
    double_failures,
    single_failures,
)
from device_configs.proofs.topology import Attachment, start_node

MOST_NEAR = 32
"""A failure is near while no more nodes than this have a way that passes it."""

Pair = tuple[int, int]
"""Numbers of two failed elements, the smaller first."""


def new_double_cuts(
    ways: Mapping[str, Ways],
    seats: Mapping[Attachment, Sequence[str]],
    failed_elements: Sequence[FailedElement],
    singles: Iterable[Cut],
    most_near: int = MOST_NEAR,
) -> list[Cut]:
    """Pairs of failed elements that cut what neither cuts alone, in the order of the elements.

    A pair with a group is left out where the pair of a member says the same already.
    """
    used = {name: way for name, way in ways.items() if way.used_by_seats}
    scenarios = single_failures(failed_elements)
    searches: dict[tuple[int, tuple[int, ...]], _Search] = {}
    for way in used.values():
        if (id(way.graph), way.hosts) not in searches:
            searches[id(way.graph), way.hosts] = _Search(way, seats, scenarios, most_near)
    near = [
        all(search.passing(failed_element) is not None for search in searches.values())
        for failed_element in failed_elements
    ]
    lost: dict[Pair, dict[str, set[str]]] = {}
    for service, way in used.items():
        for pair, at in searches[id(way.graph), way.hosts].new_cuts(near):
            lost.setdefault(pair, {}).setdefault(service, set()).update(seats[at])
    found = [
        (
            (one, other),
            Cut((failed_elements[one], failed_elements[other]), _frozen(lost[one, other])),
        )
        for one, other in sorted(lost)
    ]
    number = {failed_element: position for position, failed_element in enumerate(failed_elements)}
    far = [
        failed_element
        for failed_element, is_near in zip(failed_elements, near, strict=True)
        if not is_near
    ]
    found += [
        ((number[cut.failed_elements[0]], number[cut.failed_elements[1]]), cut)
        for cut in _among(far, used, seats, singles)
    ]
    return _without_repetition([cut for _, cut in sorted(found, key=lambda item: item[0])])


def _frozen(lost: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {service: frozenset(names) for service, names in sorted(lost.items())}


def _among(
    paired: Sequence[FailedElement],
    ways: Mapping[str, Ways],
    seats: Mapping[Attachment, Sequence[str]],
    singles: Iterable[Cut],
) -> Iterator[Cut]:
    """The same for every two of these, all pairs at once."""
    alone = _Alone(paired, singles, seats)
    for part in double_failures(paired):
        yield from cuts_of(cut_bits(ways, seats, part, alone.in_part(part)), seats, part)


class _Search:
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


class _Alone:
    """Which failed elements cut an attachment from a service by themselves."""

    def __init__(
        self,
        paired: Sequence[FailedElement],
        singles: Iterable[Cut],
        seats: Mapping[Attachment, Sequence[str]],
    ) -> None:
        number = {failed_element: n for n, failed_element in enumerate(paired)}
        self._numbers: dict[tuple[str, Attachment | None], set[int]] = {}
        for cut in singles:
            if cut.failed_elements[0] not in number:
                continue
            for service, names in cut.seats.items():
                for at, standing in seats.items():
                    if standing and standing[0] in names:
                        self._numbers.setdefault((service, at), set()).add(
                            number[cut.failed_elements[0]]
                        )

    def in_part(self, part: Scenarios) -> Callable[[str, Attachment | None], int]:
        """The pairs with such a failed element: its row and its column of the rectangle."""
        size, first = len(part.failed_elements), part.first_row or 0
        rows = -(-part.everything.bit_length() // size)
        row = (1 << size) - 1
        column = ((1 << rows * size) - 1) // row
        made: dict[frozenset[int], int] = {}

        def mask(service: str, at: Attachment | None) -> int:
            alone = frozenset(self._numbers.get((service, at), ()))
            if alone not in made:
                made[alone] = 0
                for number in alone:
                    made[alone] |= column << number
                    if 0 <= number - first < rows:
                        made[alone] |= row << (number - first) * size
            return made[alone]

        return mask


def _without_repetition(found: Sequence[Cut]) -> list[Cut]:
    """Pairs whose cut is not already that of a pair of their members."""
    by_elements = {
        (*sorted(c.name for c in cut.failed_elements),): cut
        for cut in found
        if all(len(c.elements) == 1 for c in cut.failed_elements)
    }

    def repeats(cut: Cut) -> bool:
        one, other = cut.failed_elements
        if len(one.elements) == 1 and len(other.elements) == 1:
            return False
        pairs = ((*sorted((a, b)),) for a in one.elements for b in other.elements)
        return any(pair in by_elements and by_elements[pair].seats == cut.seats for pair in pairs)

    return [cut for cut in found if not repeats(cut)]
