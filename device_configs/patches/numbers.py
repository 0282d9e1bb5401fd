"""Lists of numbers as both vendors write them: ``10 to 12 20`` (pure)."""

from collections.abc import Iterable

from device_configs.grammar.value_words import number_ranges

EVERY_VLAN = frozenset(range(1, 4095))


def read_numbers(words: Iterable[str]) -> frozenset[int]:
    """The numbers of a list; ``all`` stands for every VLAN. Raises ValueError for another word."""
    listed = [word for word in words if word]
    if listed == ["all"]:
        return EVERY_VLAN
    ranges = number_ranges(listed)
    if listed and not ranges:
        raise ValueError(" ".join(listed))
    return frozenset(number for low, high in ranges for number in range(low, high + 1))


def write_numbers(numbers: Iterable[int]) -> str:
    """The shortest list of these numbers, ascending."""
    written: list[str] = []
    ordered = sorted(numbers)
    at = 0
    while at < len(ordered):
        end = at
        while end + 1 < len(ordered) and ordered[end + 1] == ordered[end] + 1:
            end += 1
        if end == at:
            written.append(str(ordered[at]))
        elif end == at + 1:
            written.append(f"{ordered[at]} {ordered[end]}")
        else:
            written.append(f"{ordered[at]} to {ordered[end]}")
        at = end + 1
    return " ".join(written)
