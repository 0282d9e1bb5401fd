"""What ``frr-reload.py --test`` would delete and add, read and written for people. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from device_configs.drivers.candidate import Candidate, LoadKind

_HEADINGS = {"Lines To Delete": False, "Lines To Add": True}


@dataclass(frozen=True, slots=True)
class LineChange:
    """One line within its contexts, the outermost first."""

    contexts: tuple[str, ...]
    line: str
    added: bool


def read_differences(output: str) -> tuple[LineChange, ...]:
    """The changes in the order in which the tool would make them.

    A deletion is printed as the command that makes it (``no X``); it is read back to ``X``.
    """
    found: list[LineChange] = []
    added = False
    block: list[str] = []
    for line in [*output.splitlines(), ""]:
        if (not line.strip() or not line.startswith(" ")) and block:
            found.append(_change(block, added))
            block = []
        if line.strip() in _HEADINGS:
            added = _HEADINGS[line.strip()]
        elif line.strip() and not line.startswith("==="):
            block.append(line)
    return tuple(found)


def _change(block: list[str], added: bool) -> LineChange:
    *contexts, line = (part.strip() for part in block)
    return LineChange(tuple(contexts), line if added else inverse_of(line), added)


def inverse_of(command: str) -> str:
    """The command that undoes a command: with ``no`` before it, or without."""
    return command.removeprefix("no ") if command.startswith("no ") else f"no {command}"


def lines_of(configuration: str) -> frozenset[tuple[str, ...]]:
    """Each line of a configuration as FRR shows it, with its contexts before it."""
    found: set[tuple[str, ...]] = set()
    path: list[tuple[int, str]] = []
    for line in configuration.splitlines():
        word = line.strip()
        if not word or word.startswith("!") or word in ("exit", "end", "exit-address-family"):
            continue
        depth = len(line) - len(line.lstrip())
        while path and path[-1][0] >= depth:
            path.pop()
        path.append((depth, word))
        found.add(tuple(text for _, text in path))
    return frozenset(found)


def of_candidate(
    changes: Iterable[LineChange], candidate: Candidate, running: str
) -> tuple[LineChange, ...]:
    """What bringing the candidate into force changes, given what a reload would change."""
    present = lines_of(running)
    if candidate.kind is LoadKind.REPLACE:
        return tuple(dict.fromkeys(_replaced(change, present) for change in changes))
    # A reload also removes what the lines do not name; it prints some removals among the additions.
    asked = {line.strip() for line in candidate.lines}
    added = (change for change in changes if change.added and change.line in asked)
    return tuple(dict.fromkeys(f for change in added for f in _merged(change, present)))


def _replaced(change: LineChange, present: frozenset[tuple[str, ...]]) -> LineChange:
    """Removals of static routes come as additions of ``no ip route``."""
    removed = inverse_of(change.line)
    if change.added and (*change.contexts, removed) in present:
        return LineChange(change.contexts, removed, added=False)
    return change


def is_in_force(candidate: Candidate, running: str) -> bool:
    """Whether the running lines say by themselves that the candidate is in force.

    False means unknown: FRR may show a line otherwise, which ``frr-reload`` may know.
    """
    there = lines_of(running)
    asked = lines_of(candidate.text)
    if candidate.kind is LoadKind.REPLACE:
        return asked == there
    changes = (LineChange(path[:-1], path[-1], added=True) for path in asked)
    return not of_candidate(changes, candidate, running)


def _merged(change: LineChange, present: frozenset[tuple[str, ...]]) -> Iterator[LineChange]:
    """``no X`` removes every line of its context that begins with ``X``."""
    path = (*change.contexts, change.line)
    if path in present:
        return
    if not change.line.startswith("no "):
        yield change
        return
    removed = inverse_of(change.line)
    for line in sorted(p[-1] for p in present if p[:-1] == change.contexts):
        if line == removed or line.startswith(f"{removed} "):
            yield LineChange(change.contexts, line, added=False)


def written(changes: Iterable[LineChange]) -> str:
    """The changes as a diff: a context once, its lines below it with ``-`` or ``+``."""
    lines: list[str] = []
    contexts: tuple[str, ...] = ()
    for change in sorted(changes, key=lambda change: change.contexts):
        shown = _shared(contexts, change.contexts)
        for depth, context in enumerate(change.contexts[shown:], shown):
            new = f"+{' ' * depth}{context}"
            if not lines or lines[-1] != new:
                lines.append(f" {' ' * depth}{context}")
        contexts = change.contexts
        lines.append(f"{'+' if change.added else '-'}{' ' * len(contexts)}{change.line}")
        if change.added:
            contexts = (*contexts, change.line)
    return "\n".join(lines)


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    count = 0
    while count < min(len(one), len(other)) and one[count] == other[count]:
        count += 1
    return count
