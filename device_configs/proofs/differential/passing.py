"""What gets through a chain of filters, and what of it another site lets through no more (pure)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from device_configs.proofs.filters.agreement import RuleList
from device_configs.proofs.filters.boxes import MatchBox, overlap, subtract
from device_configs.proofs.filters.rulebook import MOST_PIECES, decide

Deciding = tuple[str, ...]
"""``inner/agents-platform``: the rule of each filter that decides, or its default."""


@dataclass(frozen=True)
class Passing:
    """Packets that get through, all by the same rules."""

    box: MatchBox
    by: Deciding


def passing(
    lists: Mapping[str, RuleList],
    choices: Iterable[frozenset[str]],
    question: Sequence[MatchBox],
    most: int = MOST_PIECES,
) -> Iterator[Passing]:
    """What of the question gets through, on any of the ways.

    A way is the set of the names of its filters; all of them have to permit a packet. Raises
    :class:`~device_configs.proofs.filters.boxes.TooManyPieces`.
    """
    for names in sorted(choices, key=sorted):
        left = [Passing(box, ()) for box in question]
        for name in sorted(names):
            left = [found for one in left for found in _permitted(name, lists[name], one, most)]
        yield from left


def _permitted(name: str, listed: RuleList, one: Passing, most: int) -> Iterator[Passing]:
    for found in decide(listed.rules, (one.box,), most):
        rule = listed.default if found.rule is None else found.rule
        if rule.permits:
            by = (*one.by, f"{name}/{rule.name}")
            yield from (Passing(box, by) for box in found.region)


def only_in(
    found: Sequence[Passing], other: Sequence[Passing], most: int = MOST_PIECES
) -> list[Passing]:
    """What gets through here and not there, by whatever rule it does.

    Raises :class:`~device_configs.proofs.filters.boxes.TooManyPieces`.
    """
    there = list(dict.fromkeys(passing.box for passing in other))
    known = frozenset(there)
    left = []
    for one in found:
        if one.box in known:
            continue
        met = (box for box in there if overlap(box, one.box))
        left += [Passing(piece, one.by) for piece in subtract((one.box,), met, most)]
    return left
