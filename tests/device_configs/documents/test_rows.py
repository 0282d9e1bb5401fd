"""What must hold of the rows whatever is declared."""

from collections import Counter
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_configs.documents.address_plan import address_plan
from device_configs.documents.cable_tables import label_table
from device_configs.documents.cabling import cabling
from device_configs.documents.contents import all_tables
from device_configs.documents.policy_book import rule_tables
from device_configs.documents.racks import cabinets
from device_configs.documents.sockets import sockets_of
from device_configs.documents.speech import Speech
from device_configs.documents.tables import Heading, Sheet
from device_configs.site import Site
from device_configs.site.model import Network
from ops_core.kernel.i18n import Language

CHINESE = Speech(Language.CHINESE)
SITES = pytest.mark.parametrize("declared", ["site", "small_site", "districts"])


def changed(site: Site, **fields: object) -> Site:
    """The site with other fields, and none of what was derived from the old ones."""
    return Site.model_construct(**{**dict(site), **fields})


@pytest.fixture
def any_site(request: pytest.FixtureRequest, declared: str) -> Site:
    found = request.getfixturevalue(declared)
    assert isinstance(found, Site)
    return found


@SITES
def test_every_link_is_exactly_once_in_the_cabling_list(any_site: Site) -> None:
    assert [cable.link.name for cable in cabling(any_site)] == list(any_site.links)


@SITES
def test_every_end_of_a_cable_has_exactly_one_label(any_site: Site) -> None:
    rows = label_table(any_site, CHINESE).rows
    assert len(rows) == 2 * len(any_site.links)
    labels = Counter((row[2], row[3]) for row in rows)
    assert set(labels.values()) == {1}


@SITES
def test_no_two_cables_share_a_socket(any_site: Site) -> None:
    taken = Counter((device, socket) for (device, _), socket in sockets_of(any_site).items())
    assert set(taken.values()) == {1}


@SITES
def test_every_declared_address_is_in_exactly_one_line(any_site: Site) -> None:
    lines = [planned.address for planned in address_plan(any_site).addresses]
    assert lines == sorted(set(lines))
    assert set(lines) == declared_addresses(any_site)


def declared_addresses(site: Site) -> set[IPv4Address]:
    found = {a for n in site.networks.values() for a in n.members.values()}
    found |= {v.address for n in site.networks.values() for v in n.virtual_addresses}
    found |= {d.loopback for d in site.devices.values() if d.loopback is not None}
    return found | {c.address for s in site.services.values() for c in s.checks}


@SITES
def test_free_and_used_are_the_size_of_each_network(any_site: Site) -> None:
    plan = address_plan(any_site)
    assert [p.network.prefix for p in plan.networks] == sorted(
        n.prefix for n in any_site.networks.values()
    )
    for planned in plan.networks:
        assert planned.free + planned.used == planned.size
        assert (planned.free == 0) == (planned.next_free is None)


@given(data=st.data(), length=st.integers(24, 32))
@settings(max_examples=60)
def test_room_is_counted_for_any_prefix_and_any_members(
    site: Site, data: st.DataObject, length: int
) -> None:
    prefix = IPv4Network((int(IPv4Address("192.168.7.0")), length))
    hosts = list(prefix.hosts())
    chosen = data.draw(st.lists(st.sampled_from(hosts), unique=True, max_size=len(hosts)))
    members = dict(zip(site.seats, chosen, strict=False))
    network = Network(name="n", zone="seats", prefix=prefix, members=members)
    plan = address_plan(changed(site, networks={"n": network}, services={}))
    planned = plan.networks[0]
    assert planned.size == len(hosts)
    assert planned.used == len(members)
    assert planned.free == planned.size - len(members)
    free = sorted(set(hosts) - set(members.values()))
    assert planned.next_free == (free[0] if free else None)
    assert {p.address for p in plan.addresses if p.network == "n"} == set(members.values())


@given(data=st.data())
@settings(max_examples=30)
def test_a_cable_less_is_a_line_less(site: Site, data: st.DataObject) -> None:
    left = data.draw(st.sets(st.sampled_from(sorted(site.links))))
    links = {name: link for name, link in site.links.items() if name not in left}
    found = cabling(changed(site, links=links))
    assert [cable.link.name for cable in found] == list(links)


def test_a_cable_names_all_groups_that_take_it_down(site: Site) -> None:
    for cable in cabling(site):
        groups = {g.name for g in site.shared_risk_groups.values() if cable.link.name in g.links}
        assert set(cable.groups) == groups


@SITES
def test_every_device_of_a_rack_is_in_it_once_and_units_add_up(any_site: Site) -> None:
    found = cabinets(any_site)
    names = [one.device.name for cabinet in found for one in cabinet.mounted]
    names += [device.name for cabinet in found for device in cabinet.unplaced]
    assert sorted(names) == sorted(d.name for d in any_site.devices.values()
                                   if d.rack in any_site.racks)  # fmt: skip
    for cabinet in found:
        units = [u for one in cabinet.mounted for u in range(one.asset.unit, one.top + 1)]
        assert len(units) == len(set(units)) == cabinet.rack.units - cabinet.free_units


@SITES
def test_every_rule_is_in_the_book_in_its_order(any_site: Site) -> None:
    for rule_set, table in zip(
        any_site.rule_sets.values(), rule_tables(any_site, CHINESE), strict=True
    ):
        assert [row[1] for row in table.rows[:-1]] == [rule.name for rule in rule_set.rules]
        assert [row[0] for row in table.rows] == list(range(1, len(rule_set.rules) + 2))


@SITES
@pytest.mark.parametrize("language", Language)
def test_rows_are_as_wide_as_their_headings(any_site: Site, language: Language) -> None:
    tables = all_tables(any_site, Speech(language))
    assert len({table.name for table in tables}) == len(tables)
    for table in tables:
        assert {len(row) for row in table.rows} <= {len(table.columns)}, table.name


def test_no_account_stands_in_any_document(site: Site) -> None:
    text = str([table.rows for table in all_tables(site, CHINESE)])
    assert not any(account.holder in text for account in site.accounts)


WORDS = st.lists(st.sampled_from(["core-a", "10.20", "SEAT", "任意", "x"]), max_size=3)


@given(words=WORDS, cells=st.lists(st.tuples(st.text(max_size=8), st.integers()), max_size=6))
def test_a_search_keeps_the_rows_that_hold_every_word(
    words: list[str], cells: list[tuple[str, int]]
) -> None:
    rows = (*cells, ("core-a 10.20.1.1", 7), ("任意 seat", 9))
    table = Sheet("t", "t", (Heading("a"), Heading("b")), rows)
    found = table.matching(" ".join(words)).rows
    wanted = [w.casefold() for w in words]
    assert found == tuple(
        row for row in rows
        if all(any(w in str(cell).casefold() for cell in row) for w in wanted)
    )  # fmt: skip
