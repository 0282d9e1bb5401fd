"""What two lines of nftables match together (pure)."""

from device_configs.proofs.filters.packet_filter import (
    ALWAYS,
    Matched,
    Ports,
    When,
)
from device_configs.proofs.filters.regions import EVERY_SERVICE, Service
from device_configs.proofs.filters.spans import Interval, common
from device_configs.proofs.readers.nft_usual import EVERYTHING


def narrow(one: Matched, other: Matched) -> Matched | None:
    """What both match; None for nothing."""
    if other == EVERYTHING:
        return None if _is_nothing(one) else one
    sources = _both(one.sources, other.sources)
    destinations = _both(one.destinations, other.destinations)
    services = _services(one.services, other.services)
    when = _when(one.when, other.when)
    entering, leaving = _ports(one.entering, other.entering), _ports(one.leaving, other.leaving)
    both = Matched(entering, leaving, sources, destinations, services, when)
    return None if _is_nothing(both) else both


def _is_nothing(matched: Matched) -> bool:
    somewhere = matched.sources and matched.destinations and matched.services
    return (
        not somewhere
        or matched.when.minutes == 0
        or frozenset() in (matched.entering, matched.leaving)
    )


def _both(one: tuple[Interval, ...], other: tuple[Interval, ...]) -> tuple[Interval, ...]:
    return one if one == other else tuple(common(one, other))


def _services(one: tuple[Service, ...], other: tuple[Service, ...]) -> tuple[Service, ...]:
    if other == EVERY_SERVICE:
        return one
    return tuple(
        (mask & other_mask, (max(low, other_low), min(high, other_high)))
        for mask, (low, high) in one
        for other_mask, (other_low, other_high) in other
        if mask & other_mask and max(low, other_low) <= min(high, other_high)
    )


def _ports(one: Ports | None, other: Ports | None) -> Ports | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _when(one: When, other: When) -> When:
    if other == ALWAYS:
        return one
    minutes = [m for m in (one.minutes, other.minutes) if m is not None]
    starts = [s for s in (one.starts_at, other.starts_at) if s is not None]
    ends = [e for e in (one.ends_at, other.ends_at) if e is not None]
    return When(
        minutes[0] & minutes[-1] if minutes else None,
        max(starts, default=None),
        min(ends, default=None),
    )
