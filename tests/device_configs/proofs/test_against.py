"""What a declaration opens and closes, held against a search packet by packet that knows no boxes.

The independent answer walks the declared rules with ``ipaddress`` for one packet at a time. Both
sets are made of the declaration's own bounds, so a grid of every bound of either declaration (the
first integer of each stretch) has a packet of every piece there can be. The answers must be equal
on pairs of such addresses, each with every protocol and every stretch of ports.
"""

import io
import random
from datetime import datetime
from ipaddress import IPv4Address
from itertools import product
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from device_configs.proofs.against_cli import show_difference
from device_configs.proofs.differential.causes import by_cause
from device_configs.proofs.differential.changed import NO_WAY, PassageChange
from device_configs.proofs.differential.channels import compare_channels
from device_configs.proofs.differential.comparing import (
    DeclarationDifference,
    compare_declarations,
)
from device_configs.proofs.differential.packet import ExamplePacket
from device_configs.proofs.differential.passing import only_in, passing
from device_configs.proofs.differential.segments import segment_pairs
from device_configs.proofs.filters.agreement import RuleList
from device_configs.proofs.filters.boxes import MatchBox
from device_configs.proofs.filters.packet_rule import PacketRule
from device_configs.site.model import Action, DeclaredRule, Protocol, RuleSet, Site, Weekday
from tests.device_configs.proofs.planting import Edit, Planted, _site_with, shipped_site
from tests.device_configs.proofs.test_rulebook import first_match, packets, regions, rule_lists

# --- the algebra, against every packet of a small universe ---

chains = st.dictionaries(
    st.sampled_from(["inner", "inline", "outer"]),
    st.tuples(rule_lists, st.booleans()),
    min_size=3,
    max_size=3,
)
ways = st.frozensets(
    st.frozensets(st.sampled_from(["inner", "inline", "outer"]), max_size=3), max_size=3
)


def gets_through(chain: Any, choices: Any, packet: tuple[int, ...]) -> bool:
    def permits(name: str) -> bool:
        rules, default = chain[name]
        rule = first_match(rules, packet)
        return bool(default if rule is None else rule.permits)

    return any(all(map(permits, names)) for names in choices)


def listed(chain: Any) -> dict[str, RuleList]:
    return {name: RuleList(tuple(rules), default) for name, (rules, default) in chain.items()}


@given(chains, ways, chains, ways, regions)
def test_what_gets_through_here_alone_is_what_a_search_packet_by_packet_finds(
    here: Any, choices: Any, there: Any, others: Any, question: Any
) -> None:
    mine = list(passing(listed(here), choices, question))
    theirs = list(passing(listed(there), others, question))
    alone = only_in(mine, theirs)
    asked = packets(question)
    expected = {
        packet
        for packet in asked
        if gets_through(here, choices, packet) and not gets_through(there, others, packet)
    }
    assert packets([one.box for one in alone]) == expected
    for one in mine:
        deciding = dict(by.split("/", 1) for by in one.by)
        for packet in packets([one.box]):
            for name, rule in deciding.items():
                found = first_match(here[name][0], packet)
                assert rule == (found.name if found else "the default")


# --- declarations, against a search over their bounds ---


class Sent(NamedTuple):
    source: int
    destination: int
    protocol: Protocol | None
    port: int
    minute: int


def zones_of(site: Site, address: int) -> list[str]:
    held = [
        zone
        for zone, prefixes in site.zone_prefixes.items()
        if any(IPv4Address(address) in prefix for prefix in prefixes)
    ]
    return held or sorted(site.outside_zones)


def matches(site: Site, rule: DeclaredRule, zones: tuple[str, str], packet: Sent) -> bool:
    def within(names: Any, known: Any, address: int) -> bool:
        return not names or any(
            IPv4Address(address) in prefix for name in names for prefix in known[name].prefixes
        )

    people = {**site.user_groups, **site.users}
    return (
        zones[0] in rule.from_zones
        and zones[1] in rule.to_zones
        and within(rule.sources, site.address_sets, packet.source)
        and within(rule.from_regions, site.regions, packet.source)
        and within(rule.users, people, packet.source)
        and within(rule.destinations, site.address_sets, packet.destination)
        and _applies(site, rule, packet)
        and _in_time(site, rule, packet.minute)
    )


def _applies(site: Site, rule: DeclaredRule, packet: Sent) -> bool:
    return not rule.applications or any(
        match.protocol == packet.protocol
        and (
            packet.protocol is Protocol.ICMP
            or not match.ports
            or any(span.first <= packet.port <= span.last for span in match.ports)
        )
        for name in rule.applications
        for match in site.applications[name].matches
    )


def _in_time(site: Site, rule: DeclaredRule, minute: int) -> bool:
    if rule.time is None:
        return True
    day, of_day = divmod(minute, 1440)
    return any(
        list(Weekday)[day] in period.days and period.start_minute <= of_day < period.end_minute
        for period in site.time_ranges[rule.time].periods
    )


def permits(site: Site, names: frozenset[str], zones: tuple[str, str], packet: Sent) -> bool:
    for name in names:
        rule_set = site.rule_sets[name]
        rule = next((r for r in rule_set.rules if matches(site, r, zones, packet)), None)
        action = rule_set.default if rule is None else rule.action
        if action is not Action.ALLOW:
            return False
    return True


def holds(box: MatchBox, packet: Sent) -> bool:
    bit = 1 << (list(Protocol).index(packet.protocol) if packet.protocol else len(Protocol))
    return bool(
        box.source_low <= packet.source <= box.source_high
        and box.destination_low <= packet.destination <= box.destination_high
        and box.port_low <= packet.port <= box.port_high
        and box.protocols & bit
        and box.times >> packet.minute & 1
    )


def claimed(changes: tuple[PassageChange, ...], zones: tuple[str, str], packet: Sent) -> bool:
    return any(
        holds(box, packet) for change in changes if change.zones == zones for box in change.region
    )


def bounds_of(site: Site) -> tuple[set[int], set[int], set[int]]:
    """First integers of every stretch of addresses, ports and minutes that something parts."""
    known: tuple[Any, ...] = (
        *site.address_sets.values(), *site.regions.values(), *site.users.values(),
        *site.user_groups.values(),
    )  # fmt: skip
    prefixes = {prefix for found in known for prefix in found.prefixes}
    prefixes |= {prefix for held in site.zone_prefixes.values() for prefix in held}
    addresses = {0} | {
        edge & 0xFFFFFFFF
        for p in prefixes
        for edge in (int(p.network_address), int(p.broadcast_address) + 1)
    }
    spans = [s for a in site.applications.values() for m in a.matches for s in m.ports]
    ports = {0} | {edge for s in spans for edge in (s.first, min(s.last + 1, 65535))}
    minutes = {0} | {
        list(Weekday).index(day) * 1440 + edge
        for found in site.time_ranges.values()
        for period in found.periods
        for day in period.days
        for edge in (period.start_minute, period.end_minute)
        if edge < 1440
    }
    return addresses, ports, minutes


def mutated(site: Site, seed: int) -> Site:
    """The declaration with a few rules dropped, moved, turned round, widened or narrowed."""
    chance = random.Random(seed)
    rule_sets = {
        name: found.model_copy(update={"rules": tuple(_mutated(site, found, chance))})
        for name, found in site.rule_sets.items()
    }
    fields = {name: getattr(site, name) for name in Site.model_fields}
    return Site.model_construct(**fields | {"rule_sets": rule_sets})


def _mutated(site: Site, rule_set: RuleSet, chance: random.Random) -> list[DeclaredRule]:
    rules = list(rule_set.rules)
    for _ in range(chance.randint(0, 2)):
        at = chance.randrange(len(rules))
        kind = chance.randrange(6)
        rule = rules[at]
        turned = Action.DENY if rule.action is Action.ALLOW else Action.ALLOW
        changes: list[dict[str, Any]] = [
            {"action": turned},
            {"destinations": (), "users": ()},
            {"applications": (chance.choice(list(site.applications)),)},
            {"time": chance.choice([None, *site.time_ranges])},
        ]
        if kind < len(changes):
            rules[at] = rule.model_copy(update=changes[kind])
        elif kind == len(changes):
            rules.insert(chance.randrange(len(rules)), rules.pop(at))
        elif len(rules) > 1:
            del rules[at]
    return rules


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000))
def test_what_a_changed_policy_opens_and_closes_is_so_at_every_bound(seed: int) -> None:
    old, chance = shipped_site(), random.Random(seed)
    new = mutated(old, seed)
    found = compare_declarations(new, old)
    assert not found.undecided
    addresses, ports, minutes = (
        sorted(one | other) for one, other in zip(bounds_of(new), bounds_of(old), strict=True)
    )
    choices = {pair.zones: pair.choices for pair in segment_pairs(old)}
    protocols: list[Protocol | None] = [*Protocol, None]
    pairs = [pair for pair in product(addresses, addresses) if _crosses(old, choices, *pair)]
    for source, destination in chance.sample(pairs, 12):
        for zones in product(zones_of(old, source), zones_of(old, destination)):
            if zones not in choices:
                continue
            for protocol, minute in product(protocols, chance.sample(minutes, 2)):
                for port in ports if protocol in (Protocol.TCP, Protocol.UDP) else ports[:1]:
                    packet = Sent(source, destination, protocol, port, minute)
                    now = any(permits(new, names, zones, packet) for names in choices[zones])
                    before = any(permits(old, names, zones, packet) for names in choices[zones])
                    assert claimed(found.opened, zones, packet) == (now and not before), packet
                    assert claimed(found.closed, zones, packet) == (before and not now), packet


def _crosses(site: Site, choices: Any, source: int, destination: int) -> bool:
    pairs = product(zones_of(site, source), zones_of(site, destination))
    return any(frozenset() not in choices[zones] for zones in pairs if zones in choices)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_each_example_packet_is_of_what_it_is_an_example_of(seed: int) -> None:
    old = shipped_site()
    new = mutated(old, seed)
    found = compare_declarations(new, old)
    choices = {pair.zones: pair.choices for pair in segment_pairs(old)}
    for changes, here, there in ((found.opened, new, old), (found.closed, old, new)):
        for change in changes:
            sent = change.packet
            packet = Sent(
                int(sent.source), int(sent.destination), sent.protocol, sent.port or 0, sent.minute
            )
            assert claimed((change,), change.zones, packet)
            assert any(
                permits(here, names, change.zones, packet) for names in choices[change.zones]
            )
            assert not any(
                permits(there, names, change.zones, packet) for names in choices[change.zones]
            )
            stopped = change.otherwise.removeprefix("denied by ").split(", ")
            assert all("/" in one for one in stopped)


def test_a_declaration_opens_nothing_and_closes_nothing_against_itself() -> None:
    assert compare_declarations(shipped_site(), shipped_site()) == DeclarationDifference(
        (), (), compare_channels(shipped_site(), shipped_site())
    )


# --- what a change of the network itself opens ---


def edited(tmp_path: Any, *edits: Edit) -> Site:
    return _site_with(Planted(what="-", proof="-", edits=edits), tmp_path / "inventory")


def shown(change: PassageChange) -> tuple[Any, ...]:
    return change.zones, change.by, change.otherwise, str(change.packet)


def test_a_cable_past_the_firewalls_opens_everything_behind_it(tmp_path: Any) -> None:
    cable = {"a": "rt-a", "b": "core-a", "kind": "routed", "zone": "backbone",
             "prefix": "10.253.2.30/31", "bandwidth_mbps": 10000}  # fmt: skip
    new = edited(tmp_path, Edit(file="links.yml", at="links", append=cable))
    found = compare_declarations(new, shipped_site())
    inward = [change for change in found.opened if change.zones == ("egov", "seats")]
    assert [change.by for change in inward] == [()]
    assert inward[0].otherwise == "denied by inner/the default"
    cabled = int(IPv4Address("10.253.2.30"))
    for (
        change
    ) in found.closed:  # what nobody declared is beyond a circuit; the cable's ends are not
        assert (cabled, cabled + 1) in (*change.sources, *change.destinations)
    back = compare_declarations(shipped_site(), new)
    assert [shown(c)[:2] for c in back.closed] == [shown(c)[:2] for c in found.opened]


def test_a_rule_that_another_filter_on_the_way_denies_opens_nothing(tmp_path: Any) -> None:
    rule = {"name": "telnet", "from_zones": ["seats"], "to_zones": ["egov"],
            "destinations": ["egov-services"], "applications": ["clear-text-login"],
            "action": "allow", "purpose": "As before."}  # fmt: skip
    new = edited(tmp_path, Edit(file="policies.yml", at="rule_sets.[inner].rules", append=rule))
    found = compare_declarations(new, shipped_site())
    assert not found.opens
    assert not found.closes


def test_a_network_moved_into_another_zone_loses_what_its_zone_may(tmp_path: Any) -> None:
    new = edited(
        tmp_path, Edit(file="networks.yml", at="networks.[seats-1].zone", set="operations")
    )
    found = compare_declarations(new, shipped_site())
    assert ("seats", "egov") in [change.zones for change in found.closed]
    assert ("operations", "egov") in [change.zones for change in found.opened]


MOVED = Edit(file="networks.yml", at="networks.[seats-6].zone", set="operations")
OTHERWISE = Edit(file="policies.yml", at="rule_sets.[inline].default", set="deny")


@pytest.mark.parametrize(
    ("edit", "cause"),
    [
        (MOVED, "10.20.6.0/24 is not in zone seats any more"),
        (OTHERWISE, "denied by inline/the default"),
    ],
)
def test_what_closes_for_one_cause_is_said_once_with_a_packet_for_each(
    edit: Edit, cause: str, tmp_path: Any
) -> None:
    found = compare_declarations(edited(tmp_path, edit), shipped_site())
    (folded,) = found.closed_by_cause
    assert (folded.cause, folded.changes) == (cause, found.closed)
    assert len(found.closed) >= 8
    console = Console(record=True, width=200, file=io.StringIO())
    show_difference(console, found)
    text = console.export_text()
    closing = [line for line in text.splitlines() if line.startswith("closes")]
    assert closing == [f"closes  {len(found.closed)} passages: {cause}"]
    assert all(f"e.g. {change.packet}" in text for change in found.closed)


def test_a_passage_that_two_rules_close_is_not_said_to_be_the_work_of_one(tmp_path: Any) -> None:
    """One packet of it stands for those alone that the same rule denies."""
    rules = [
        {"name": f"no-{name}", "from_zones": ["seats"], "to_zones": ["egov"],
         "destinations": ["egov-services"], "applications": [name], "action": "deny",
         "purpose": "Drills have come to an end."}
        for name in ("ping", "drill-echo")
    ]  # fmt: skip
    at = "rule_sets.[inner].rules.[drills]"
    edits = [Edit(file="policies.yml", at=at, insert=rule) for rule in rules]
    found = compare_declarations(edited(tmp_path, *edits), shipped_site())
    causes = [one.cause for one in found.closed_by_cause]
    assert causes == ["denied by inner/no-drill-echo, inner/no-ping"]


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["x", "y", NO_WAY]))))
def test_folding_loses_no_passage_and_keeps_their_order(found: list[tuple[str, str]]) -> None:
    packet = ExamplePacket(IPv4Address(1), IPv4Address(2), None, None, 0)
    changes = [PassageChange((zone, "c"), (), otherwise, (), (), (), packet, ())
               for zone, otherwise in found]  # fmt: skip
    folded = by_cause(changes, ())
    assert [one.cause for one in folded] == list(dict.fromkeys(otherwise for _, otherwise in found))
    assert [c for one in folded for c in one.changes] == sorted(
        changes, key=lambda c: [one.cause for one in folded].index(c.otherwise)
    )


def test_a_channel_for_more_clients_is_open_for_those_alone(tmp_path: Any) -> None:
    limited = next(c for g in shipped_site().gates.values() for c in g.channels if c.clients)
    gate = next(g.name for g in shipped_site().gates.values() if limited in g.channels)
    at = f"gates.[{gate}].channels.[{limited.name}]"
    new = edited(tmp_path, Edit(file="gates.yml", at=f"{at}.clients", set=[]))
    found = compare_channels(new, shipped_site())
    assert not found.closed
    assert {change.channel for change in found.opened} == {limited.name}
    held = [p for name in limited.clients for p in shipped_site().address_sets[name].prefixes]
    for change in found.opened:
        assert not any(change.client in prefix for prefix in held)
        for low, high in change.clients:
            assert not any(low <= int(p.network_address) <= high for p in held)


def test_a_date_that_ends_is_said_with_the_packet(tmp_path: Any) -> None:
    until = datetime.fromisoformat("2027-01-01T00:00")
    ranges = shipped_site().time_ranges
    bounded = {
        **ranges,
        "office-hours": ranges["office-hours"].model_copy(update={"ends_at": until}),
    }
    fields = {name: getattr(shipped_site(), name) for name in Site.model_fields}
    new = Site.model_construct(**fields | {"time_ranges": bounded})
    found = compare_declarations(new, shipped_site())
    assert not found.opens
    assert [(change.by[-1], str(change.packet.starts_at)) for change in found.closed] == [
        ("inner/supervisors-reports", "2027-01-01 00:00:00")
    ]


@pytest.mark.parametrize("most", [1])
def test_what_falls_into_too_many_pieces_is_undecided(most: int) -> None:
    new = mutated(shipped_site(), 3)
    found = compare_declarations(new, shipped_site(), most)
    assert found.undecided


def test_rules_are_asked_in_the_order_of_the_list() -> None:
    box = MatchBox(1, 1, 1, 1, 1, 0, 9, 0, 9, 0, 9)
    rules = (PacketRule("one", False, (box,)), PacketRule("two", True, (box,)))
    assert list(passing({"f": RuleList(rules, True)}, [frozenset(["f"])], [box])) == []
