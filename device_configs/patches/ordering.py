"""The order of operations: what is referred to comes first and goes last (pure)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from device_configs.patches.operations import Doing, Operation
from device_configs.patches.tree import ConfigurationName

_USED_BY_WHAT_THEY_HOLD = frozenset(("interface",))
"""Kinds of names whose views may refer to what refers to them; others are complete before use."""


def in_order(operations: Sequence[Operation]) -> list[Operation]:
    """The operations as they can be sent.

    New lines in the order of the intended text, then moves, then removals from the last line of
    the device to the first; each after what it waits for. Where two wait for each other, the one
    that comes first in this order is sent first.
    """
    _wait_for_names(operations)
    _wait_for_exclusive(operations)
    first = [one for one in operations if one.doing is Doing.SET]
    then = [one for one in operations if one.doing is Doing.MOVE]
    last = [one for one in operations if one.doing is Doing.UNDO]
    ordered: list[Operation] = []
    seen: set[int] = set()
    for operation in (*first, *then, *last):
        _visit(operation, seen, ordered)
    return ordered


def _visit(operation: Operation, seen: set[int], ordered: list[Operation]) -> None:
    """Put what an operation waits for, then itself; without recursion, chains may be long."""
    if id(operation) in seen:
        return
    seen.add(id(operation))
    waiting: list[tuple[Operation, Iterator[Operation]]] = [(operation, iter(operation.after))]
    while waiting:
        one, rest = waiting[-1]
        following = next((other for other in rest if id(other) not in seen), None)
        if following is None:
            waiting.pop()
            ordered.append(one)
        else:
            seen.add(id(following))
            waiting.append((following, iter(following.after)))


def _wait_for_names(operations: Sequence[Operation]) -> None:
    makers: dict[ConfigurationName, list[Operation]] = defaultdict(list)
    droppers: dict[ConfigurationName, list[Operation]] = defaultdict(list)
    for one in operations:
        for name in one.makes:
            makers[name].append(one)
        for name in one.drops:
            droppers[name].append(one)
    for one in operations:
        for name in one.needs:
            for maker in makers.get(name, ()):
                if maker is not one:
                    one.after.append(maker)
                    one.after.extend(maker.inside if name[0] not in _USED_BY_WHAT_THEY_HOLD else ())
        for name in one.removes:
            one.after.extend(dropper for dropper in droppers.get(name, ()) if dropper is not one)


def _wait_for_exclusive(operations: Sequence[Operation]) -> None:
    frees = defaultdict(list)
    for one in operations:
        if one.frees:
            frees[one.frees].append(one)
    for one in operations:
        if one.takes:
            one.after.extend(other for other in frees.get(one.takes, ()) if other is not one)
