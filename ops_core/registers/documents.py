"""Documents of the centre: which edition is in effect, and who has acknowledged it (pure)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ops_core.registers.model import PlanItem

CODE, EFFECTIVE_ON = "code", "effective_on"
"""Fields of documents: what its editions have in common, and from which day one holds."""


@dataclass(frozen=True, slots=True)
class AcknowledgementRate:
    """Of the centre's people, how many have acknowledged; nobody to acknowledge is no rate."""

    acknowledged: int
    staff: int

    @property
    def is_complete(self) -> bool:
        return 0 < self.staff <= self.acknowledged


def in_effect(items: Iterable[PlanItem], today: date) -> tuple[PlanItem, ...]:
    """One edition a document: the one that came into effect last, by code (pure).

    Of two from the same day, the one published later; one that is not published, or begins to hold
    later, is in effect for nobody.
    """
    found: dict[str, PlanItem] = {}
    for item in items:
        on = item.fields.get(EFFECTIVE_ON, "")
        if item.done_at is None or not on or on > today.isoformat():
            continue
        code = item.fields.get(CODE, item.number)
        if code not in found or _order(item) > _order(found[code]):
            found[code] = item
    return tuple(found[code] for code in sorted(found))


def rate_of(acknowledged: Iterable[str], staff: Sequence[str]) -> AcknowledgementRate:
    """Who has left since does not count, on either side of the fraction."""
    return AcknowledgementRate(len(set(acknowledged) & set(staff)), len(staff))


def _order(item: PlanItem) -> tuple[str, str, str]:
    done_at = "" if item.done_at is None else item.done_at.isoformat()
    return item.fields.get(EFFECTIVE_ON, ""), done_at, item.number
