"""What the declaration opens and what it closes against an older one, per pair of zones.

Exact: both are sets of packets (source, destination, protocol, port, minute of the week, date), and
what is in one and not in the other is computed, not sampled. A packet gets through where on some
way every filter permits it; what no filter stands before gets through.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from device_configs.proofs.differential.causes import (
    ClosedByCause,
    LeftPlace,
    by_cause,
    left_places,
)
from device_configs.proofs.differential.changed import NO_WAY, PassageChange, ZonePairNames
from device_configs.proofs.differential.channels import ChannelChanges, compare_channels
from device_configs.proofs.differential.packet import example_of, holders_of, point_of
from device_configs.proofs.differential.passing import Passing, only_in, passing
from device_configs.proofs.differential.segments import Choices, segment_pairs
from device_configs.proofs.filters.agreement import RuleList
from device_configs.proofs.filters.boxes import MatchBox, TooManyPieces, meet, subtract
from device_configs.proofs.filters.regions import EVERY_SERVICE, Universe
from device_configs.proofs.filters.rulebook import MOST_PIECES, decide
from device_configs.proofs.filters.spans import merged
from device_configs.proofs.other_family import REASON, zones_with_ipv6
from device_configs.site.model import Action, Site

_Question = tuple[Choices, list[MatchBox]]
"""The smallest sets of filters on the ways between segments, and all packets between these."""


@dataclass(frozen=True)
class DeclarationDifference:
    """``undecided`` names pairs of zones about which nothing is known, with the reason."""

    opened: tuple[PassageChange, ...]
    closed: tuple[PassageChange, ...]
    channels: ChannelChanges
    undecided: tuple[tuple[ZonePairNames, str], ...] = ()
    left: tuple[LeftPlace, ...] = ()
    """Addresses that are not in their zone any more."""

    @property
    def opens(self) -> bool:
        return bool(self.opened or self.channels.opened)

    @property
    def closes(self) -> bool:
        return bool(self.closed or self.channels.closed)

    @property
    def closed_by_cause(self) -> tuple[ClosedByCause, ...]:
        return by_cause(self.closed, self.left)


def compare_declarations(new: Site, old: Site, most: int = MOST_PIECES) -> DeclarationDifference:
    """What ``new`` lets through that ``old`` does not, and the other way round."""
    ground = _Ground(new, old)
    sites = _Declared(new, ground, most), _Declared(old, ground, most)
    opened: list[PassageChange] = []
    closed: list[PassageChange] = []
    undecided = [(zones, REASON) for zones in dict.fromkeys(zones_with_ipv6(new, old))]
    for zones in ground.zone_pairs:
        try:
            opened += _changes(zones, *sites)
            closed += map(sites[0].with_fate, _changes(zones, *reversed(sites)))
        except TooManyPieces as reason:
            undecided.append((zones, f"its packets fall into {reason}"))
    return DeclarationDifference(
        tuple(opened),
        tuple(closed),
        compare_channels(new, old),
        tuple(undecided),
        left_places(new, old),
    )


class _Ground:
    """What both declarations are written over: the same zones and the same dates."""

    def __init__(self, new: Site, old: Site) -> None:
        names = dict.fromkeys((*new.zones, *old.zones))
        self.zones = tuple(names)
        ranges = (*new.time_ranges.values(), *old.time_ranges.values())
        dates = (date for found in ranges for date in (found.starts_at, found.ends_at))
        self.bounds: list[datetime] = sorted({date for date in dates if date is not None})

    @property
    def zone_pairs(self) -> Iterator[ZonePairNames]:
        return ((one, other) for one in self.zones for other in self.zones)


class _Declared:
    """One declaration: its filters as lists of rules, and what gets through them."""

    def __init__(self, site: Site, ground: _Ground, most: int) -> None:
        self.most, self.bounds = most, ground.bounds
        self.universe = Universe(site, ground.zones, ground.bounds)
        self._site = site
        self._lists = {
            name: RuleList(self.universe.rules_of(found), found.default is Action.ALLOW)
            for name, found in site.rule_sets.items()
        }
        self._passing: dict[ZonePairNames, list[Passing]] = {}

    @cached_property
    def holders(self) -> Sequence[int]:
        return holders_of(self._site)

    @cached_property
    def everything(self) -> MatchBox:
        zone = next(iter(self._site.zones))
        every = ((0, 2**32 - 1),)
        return self.universe.question((zone, zone), every, every, EVERY_SERVICE)[0]

    @cached_property
    def _pairs(self) -> Mapping[ZonePairNames, list[_Question]]:
        found: dict[ZonePairNames, list[_Question]] = {}
        for pair in segment_pairs(self._site):
            question = self.universe.question(
                pair.zones, pair.sources, pair.destinations, EVERY_SERVICE
            )
            found.setdefault(pair.zones, []).append((pair.choices, question))
        return found

    def passing(self, zones: ZonePairNames) -> list[Passing]:
        """All that gets through from one zone to the other."""
        if zones not in self._passing:
            self._passing[zones] = [
                found
                for choices, question in self._pairs.get(zones, ())
                for found in passing(self._lists, choices, question, self.most)
            ]
        return self._passing[zones]

    def with_fate(self, change: PassageChange) -> PassageChange:
        """A change of what gets through, with what becomes here of all of its packets."""
        try:
            return replace(change, fate=self.fate_of(change.zones, change.region))
        except TooManyPieces:
            return replace(change, fate=f"{change.otherwise}, and maybe others")

    def fate_of(self, zones: ZonePairNames, region: Sequence[MatchBox]) -> str:
        """What becomes of packets that do not get through here: every rule that denies some.

        Raises :class:`~device_configs.proofs.filters.boxes.TooManyPieces`.
        """
        asked = [
            (choices, meet(region, question)) for choices, question in self._pairs.get(zones, ())
        ]
        denying = {by for choices, met in asked if met for by in self._denying(choices, met)}
        lost = subtract(region, (box for _, met in asked for box in met), self.most)
        fates = [f"denied by {', '.join(sorted(denying))}"] if denying else []
        return "; ".join([*fates, NO_WAY] if lost else fates)

    def _denying(self, choices: Choices, region: Sequence[MatchBox]) -> Iterator[str]:
        for name in {name for names in choices for name in names}:
            listed = self._lists[name]
            for found in decide(listed.rules, region, self.most):
                rule = listed.default if found.rule is None else found.rule
                if not rule.permits:
                    yield f"{name}/{rule.name}"


def _changes(zones: ZonePairNames, here: _Declared, there: _Declared) -> Iterator[PassageChange]:
    found: dict[tuple[str, ...], list[MatchBox]] = {}
    for one in only_in(here.passing(zones), there.passing(zones), here.most):
        found.setdefault(one.by, []).append(one.box)
    for by, region in found.items():
        yield _change(zones, by, tuple(region), here, there)


def _change(
    zones: ZonePairNames,
    by: tuple[str, ...],
    region: tuple[MatchBox, ...],
    here: _Declared,
    there: _Declared,
) -> PassageChange:
    packet = example_of(region[0], here.holders, here.bounds, here.everything)
    return PassageChange(
        zones=zones,
        by=by,
        otherwise=there.fate_of(zones, (point_of(region[0], packet),)),
        services=tuple(here.universe.services_in(region)),
        sources=tuple(merged((box.source_low, box.source_high) for box in region)),
        destinations=tuple(merged((b.destination_low, b.destination_high) for b in region)),
        packet=packet,
        region=region,
    )
