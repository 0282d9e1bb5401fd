"""Where the first match decides: the fewest moves from one order to another (pure)."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleMove:
    """``subject`` goes to before ``anchor``, or to after it."""

    subject: str
    anchor: str
    before: bool


def moves(current: Sequence[str], intended: Sequence[str]) -> Iterator[RuleMove]:
    """The moves that bring ``intended`` (without repetition, all of it in ``current``) into order.

    What else stands in ``current`` keeps its place. Rules that already stand in order to each
    other are not moved: a longest such series is left.
    """
    at = {name: index for index, name in enumerate(current)}
    kept = _longest_rising([at[name] for name in intended])
    staying = {current[index] for index in kept}
    order = list(current)
    for index in range(len(intended) - 1, -1, -1):
        name = intended[index]
        if name in staying:
            continue
        order.remove(name)
        if index + 1 < len(intended):
            anchor = intended[index + 1]
            order.insert(order.index(anchor), name)
            yield RuleMove(name, anchor, before=True)
        elif order:
            anchor = order[-1]
            order.append(name)
            yield RuleMove(name, anchor, before=False)


def _longest_rising(numbers: Sequence[int]) -> list[int]:
    """A longest rising subsequence of numbers that are all different."""
    ends: list[int] = []
    places: list[int] = []
    before: list[int] = []
    for index, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(places[length - 1] if length else -1)
        if length == len(ends):
            ends.append(number)
            places.append(index)
        else:
            ends[length] = number
            places[length] = index
    found: list[int] = []
    index = places[-1] if places else -1
    while index >= 0:
        found.append(numbers[index])
        index = before[index]
    return found[::-1]
