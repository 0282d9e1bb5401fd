"""Lists of numbers as the platforms write them: ``10 20 to 25`` (pure)."""

from collections.abc import Iterable, Sequence


def read_numbers(words: Sequence[str]) -> frozenset[int]:
    """The numbers of a list. Raises ValueError for what is none."""
    found: set[int] = set()
    at = 0
    while at < len(words):
        first = last = int(words[at])
        if at + 2 < len(words) and words[at + 1] == "to":
            last = int(words[at + 2])
            at += 2
        found.update(range(first, last + 1))
        at += 1
    return frozenset(found)


def write_numbers(numbers: Iterable[int]) -> str:
    """A list as boxes show it: ascending, runs of three and more as ``first to last``."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return " ".join(_run(first, last) for first, last in runs)


def _run(first: int, last: int) -> str:
    if first == last:
        return str(first)
    return f"{first} {last}" if last == first + 1 else f"{first} to {last}"
