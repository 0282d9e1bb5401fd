"""Two configuration texts compared as trees: what stands in which view, not in which line.

A device shows its configuration in an order of its own, under a heading, with a banner and lines
that nobody wrote. None of that is a difference; the order of rules is one, because it decides.
"""

from collections.abc import Iterable, Iterator, Sequence

IndentedLine = tuple[int, str]
Path = tuple[str, ...]
ORDERED = ("security-policy", "traffic-policy", "nat-policy", "traffic policy", "qos policy")
"""Views whose first matching entry decides."""
_SEPARATORS = ("#", "!", "return", "quit", "exit")
_HEADINGS = ("version ", "frr version ", "header ", "banner ", "[")


def tree_differences(old: Iterable[IndentedLine], new: Iterable[IndentedLine]) -> Iterator[str]:
    """``-`` and ``+`` lines, each with the view it stands in, and changed orders of rules."""
    before, after = list(_paths(old)), list(_paths(new))
    had, has = set(before), set(after)
    for sign, paths, others in (("-", before, has), ("+", after, had)):
        shown: set[Path] = set()
        for path in paths:
            if path not in others and path not in shown:
                shown.add(path)
                yield f"{sign} {' > '.join(path)}"
    for view, first, second in _reordered(before, after):
        yield f"~ {' > '.join(view)}: {' , '.join(first)} -> {' , '.join(second)}"


def _paths(lines: Iterable[IndentedLine]) -> Iterator[Path]:
    """Every line with the lines that opened the views around it."""
    above: list[IndentedLine] = []
    for indent, text in lines:
        if text in _SEPARATORS:
            while above and text == "#" and above[-1][0] >= indent:
                above.pop()
            continue
        while above and above[-1][0] >= indent:
            above.pop()
        heading = not above and text.startswith(_HEADINGS)
        if not heading:
            yield (*(opened for _, opened in above), text)
            above.append((indent, text))


def _reordered(
    before: Sequence[Path], after: Sequence[Path]
) -> Iterator[tuple[Path, list[str], list[str]]]:
    """Ordered views whose common entries come in another order."""
    views = {path[:1] for path in before if path[0].startswith(ORDERED)}
    for view in sorted(views):
        first, second = (
            [path[1] for path in paths if path[:1] == view and len(path) == 2]
            for paths in (before, after)
        )
        common = set(first) & set(second)
        kept = [[entry for entry in entries if entry in common] for entries in (first, second)]
        if kept[0] != kept[1]:
            yield view, kept[0], kept[1]
