"""Which addresses the sides of a rule hold, as named sets of either family.

In IPv6 a set holds the same hosts as in IPv4: what lies in no segment with either prefix has no
address there, and a line about it is one about IPv4 alone (it never becomes one about any address).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses

from device_configs.site.ipv6 import mirrored
from device_configs.site.model import DeclaredRule, Site

Prefixes = tuple[IPv4Network, ...]
Ports = tuple[str, ...]

_OF_NO_ZONE = (IPv6Network("fe80::/10"), IPv6Network("ff00::/8"))
"""Link-local addresses and groups: on a cable they are its two ends', beyond no circuit."""


@dataclass(frozen=True)
class NamedSet:
    """A set of addresses by the name under which the rules refer to it."""

    name: str
    prefixes: Prefixes


@dataclass(frozen=True)
class Ipv6Set:
    """The same hosts in IPv6, by a name of their own; never empty."""

    name: str
    prefixes: tuple[IPv6Network, ...]


@dataclass(frozen=True)
class SetMatch:
    """``negated``: every address that is not in the set."""

    name: str
    negated: bool = False


@dataclass(frozen=True)
class PolicySide:
    """Where packets come from or go to: behind one of the ports, and in all of the sets."""

    ports: Ports
    sets: tuple[SetMatch, ...]
    ipv6_sets: tuple[SetMatch, ...] | None = None
    """The same in IPv6, all of them to be matched; None where nobody there has an address of it,
    so that the line is about IPv4 alone."""


class RuleAddresses:
    """Collects the sets that rules name."""

    def __init__(self, site: Site, has_ipv6: bool) -> None:
        self._site, self._has_ipv6 = site, has_ipv6
        self._addresses = {name: found.prefixes for name, found in site.address_sets.items()}
        self._regions = {name: region.prefixes for name, region in site.regions.items()}
        self._people = {name: user.prefixes for name, user in site.users.items()}
        self._people |= {name: group.prefixes for name, group in site.user_groups.items()}
        self._used: dict[str, Prefixes] = {}
        self._in_ipv6: dict[str, tuple[IPv6Network, ...]] = {}

    def used(self) -> tuple[NamedSet, ...]:
        return tuple(NamedSet(name, prefixes) for name, prefixes in self._used.items())

    def used_in_ipv6(self, sides: Iterable[PolicySide]) -> tuple[Ipv6Set, ...]:
        """The sets that the sides name."""
        named = {match.name: None for side in sides for match in side.ipv6_sets or ()}
        return tuple(Ipv6Set(name, self._in_ipv6[name]) for name in named)

    def side(self, ports: Ports, matches: tuple[SetMatch, ...]) -> PolicySide:
        """The side in either family: in IPv6 it has to have addresses in every set."""
        if not self._has_ipv6:
            return PolicySide(ports, matches)
        found = tuple(self._in_other_family(match) for match in matches)
        has_all = all(self._in_ipv6[match.name] for match in found)
        return PolicySide(ports, matches, found if has_all else None)

    def _in_other_family(self, match: SetMatch) -> SetMatch:
        """The same match of IPv6, by its own name with the family before it."""
        name = f"ipv6-{match.name}"
        if name not in self._in_ipv6:
            nobodys = _OF_NO_ZONE if match.negated else ()
            held = mirrored(self._used[match.name], self._site.dual_stack)
            self._in_ipv6[name] = (*held, *nobodys)
        return SetMatch(name, match.negated)

    def sources(self, rule: DeclaredRule) -> tuple[SetMatch, ...]:
        needed = (
            ("set", rule.sources, self._addresses),
            ("user", rule.users, self._people),
            ("region", rule.from_regions, self._regions),
        )
        return tuple(self._union(kind, names, known) for kind, names, known in needed if names)

    def destinations(self, rule: DeclaredRule) -> tuple[SetMatch, ...]:
        if not rule.destinations:
            return ()
        return (self._union("set", rule.destinations, self._addresses),)

    def of_zones(self, zones: tuple[str, ...]) -> SetMatch:
        return self._union("zone", zones, self._site.zone_prefixes)

    def beyond(self, zone: str) -> SetMatch:
        """What no other zone holds."""
        name = f"not-{zone}"
        self._used[name] = self._site.prefixes_outside[zone]
        return SetMatch(name, negated=True)

    def _union(self, kind: str, names: tuple[str, ...], known: Mapping[str, Prefixes]) -> SetMatch:
        """The named sets together; each is collapsed already, so a single one needs no work."""
        name = f"{kind}-{'_'.join(names)}"
        if name not in self._used:
            parts = [known[part] for part in names]
            self._used[name] = parts[0] if len(parts) == 1 else _joined(parts)
        return SetMatch(name)


def _joined(parts: list[Prefixes]) -> Prefixes:
    return tuple(collapse_addresses(prefix for part in parts for prefix in part))
