"""Which of the things that closed follow from one cause; pure.

One rule that denies more, one filter that defaults otherwise, or one network that left its zone
closes a passage for each pair of zones and each rule that let its packets through. All of it is one
decision of whoever changed the declaration, so it is said once, with a packet for each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from device_configs.proofs.differential.changed import NO_WAY, PassageChange
from device_configs.proofs.filters.boxes import MatchBox
from device_configs.site.model import Site


@dataclass(frozen=True)
class LeftPlace:
    """Addresses that were in a zone and are not any more."""

    prefix: IPv4Network
    zone: str

    def __str__(self) -> str:
        return f"{self.prefix} is not in zone {self.zone} any more"

    def holds(self, zones: tuple[str, str], box: MatchBox) -> bool:
        """Whether all packets of a box between two zones come from here, or go here."""
        low, high = int(self.prefix.network_address), int(self.prefix.broadcast_address)
        return (
            zones[0] == self.zone and low <= box.source_low and box.source_high <= high
        ) or (
            zones[1] == self.zone and low <= box.destination_low and box.destination_high <= high
        )  # fmt: skip


@dataclass(frozen=True)
class ClosedByCause:
    """Passages that closed for one reason, in the order of the declaration."""

    cause: str
    changes: tuple[PassageChange, ...]


def left_places(new: Site, old: Site) -> tuple[LeftPlace, ...]:
    """The segments of ``old`` that ``new`` has not at all, or in another zone."""
    kept = {(network.prefix, network.zone) for network in new.networks.values()}
    places = ((network.prefix, network.zone) for network in old.networks.values())
    return tuple(LeftPlace(*place) for place in dict.fromkeys(places) if place not in kept)


def by_cause(
    closed: Sequence[PassageChange], left: Sequence[LeftPlace]
) -> tuple[ClosedByCause, ...]:
    """Every change once, under its cause; causes in the order in which they first occur."""
    found: dict[str, list[PassageChange]] = {}
    for change in closed:
        found.setdefault(cause_of(change, left), []).append(change)
    return tuple(ClosedByCause(cause, tuple(changes)) for cause, changes in found.items())


def cause_of(change: PassageChange, left: Sequence[LeftPlace]) -> str:
    """What now denies the packets or, where no way is left, which of their ends went away.

    It is asked of all of them: a packet stands for those alone that the same rule denies.
    """
    fate = change.fate or change.otherwise
    if fate != NO_WAY:
        return fate
    for place in left:
        if all(place.holds(change.zones, box) for box in change.region):
            return str(place)
    touched = [p for p in left if any(p.holds(change.zones, box) for box in change.region)]
    explained = all(any(p.holds(change.zones, box) for p in touched) for box in change.region)
    return "; ".join(map(str, touched)) if touched and explained else fate
