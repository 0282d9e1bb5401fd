"""Which cuts say no more than others that are found already (pure)."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from device_configs.proofs.failures.cuts import Cut
from device_configs.proofs.failures.scenarios import (
    FailedElement,
    Scenarios,
)
from device_configs.proofs.topology import Attachment


class CutAlone:
    """Which failed_elements cut an attachment from a service by themselves."""

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
                for at, attached in seats.items():
                    if attached and attached[0] in names:
                        self._numbers.setdefault((service, at), set()).add(
                            number[cut.failed_elements[0]]
                        )

    def in_part(self, part: Scenarios) -> Callable[[str, Attachment | None], int]:
        """The pairs with such a failed_element: its row and its column of the rectangle."""
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


def without_repetition(found: Sequence[Cut]) -> list[Cut]:
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
