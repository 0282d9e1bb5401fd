"""Every pair of failures that cuts what neither of the two cuts alone.

Most failures are near: an access switch, its uplinks, its cabinet lie on the ways of few seats. A
pair with such a one can newly cut those seats only, because whoever's ways do not pass it loses
nothing by it. So each near failure is taken away for good, and the few nodes whose ways pass it are
asked again about every single failure beside it, while all other nodes keep their answers. Only the
failures that many ways pass (the core's) are paired with one another in a rectangle of scenarios.
No pair is left out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from device_configs.proofs.failures.cut_repetition import CutAlone, without_repetition
from device_configs.proofs.failures.cut_search import CutSearch, Pair
from device_configs.proofs.failures.cuts import Cut, Ways, cut_bits, cuts_of
from device_configs.proofs.failures.scenarios import (
    FailedElement,
    double_failures,
    single_failures,
)
from device_configs.proofs.topology import Attachment

MOST_NEAR = 32
"""A failure is near while no more nodes than this have a way that passes it."""


def new_double_cuts(
    ways: Mapping[str, Ways],
    seats: Mapping[Attachment, Sequence[str]],
    failed_elements: Sequence[FailedElement],
    singles: Iterable[Cut],
    most_near: int = MOST_NEAR,
) -> list[Cut]:
    """Pairs of failed elements that cut what neither of them cuts alone, in the elements' order.

    A pair with a group is left out where the pair of a member says the same already.
    """
    used = {name: way for name, way in ways.items() if way.used_by_seats}
    scenarios = single_failures(failed_elements)
    searches: dict[tuple[int, tuple[int, ...]], CutSearch] = {}
    for way in used.values():
        if (id(way.graph), way.hosts) not in searches:
            searches[id(way.graph), way.hosts] = CutSearch(way, seats, scenarios, most_near)
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
    return without_repetition([cut for _, cut in sorted(found, key=lambda item: item[0])])


def _frozen(lost: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {service: frozenset(names) for service, names in sorted(lost.items())}


def _among(
    paired: Sequence[FailedElement],
    ways: Mapping[str, Ways],
    seats: Mapping[Attachment, Sequence[str]],
    singles: Iterable[Cut],
) -> Iterator[Cut]:
    """The same for every two of these, all pairs at once."""
    alone = CutAlone(paired, singles, seats)
    for part in double_failures(paired):
        yield from cuts_of(cut_bits(ways, seats, part, alone.in_part(part)), seats, part)
