"""What is read and compared the quick way is what the slow way finds."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.proofs.filters.agreement import Tolerances, closed, differences
from device_configs.proofs.filters.boxes import MatchBox
from device_configs.proofs.filters.packet_filter import FilterLine, Matched, PacketFilter, Ports
from device_configs.proofs.filters.product_comparison import say_the_same
from device_configs.proofs.filters.products import Product, ProductList, ProductRule, every_packet
from device_configs.proofs.filters.regions import EVERY_MINUTE, EVERY_SERVICE
from device_configs.proofs.filters.rendered import prove_filters
from device_configs.proofs.filters.spans import common, intervals, merged
from device_configs.proofs.readers import nft_names
from device_configs.proofs.readers.nft_addresses import address_spans
from device_configs.proofs.readers.nft_line import read_line
from device_configs.proofs.readers.nft_match import LineSurroundings, NftLine
from device_configs.proofs.readers.nft_names import NamedText
from device_configs.proofs.readers.nft_usual import LineReader, UsualLine, is_silent
from device_configs.proofs.readers.nftables import read_nftables
from device_configs.proofs.renderings import Filters, read_renderings
from device_configs.site.model import Device
from tests.device_configs.proofs.planting import shipped_subject

AROUND = LineSurroundings(
    {"a": frozenset(("a",)), "br": frozenset(("b", "c")), "lo": frozenset()},
    {"x": ((10, 20), (30, 40)), "y": ((15, 35),), "nobody": ()},
    480,
)

CLAUSES = (
    'iifname "a"', 'iifname { "a", "br" }', 'oifname "br"', 'oifname { "br" }', 'iifname "lo"',
    "iifname a", "ip saddr @x", "ip saddr != @y", "ip saddr { 10.0.0.0/8, 10.9.0.1-10.9.0.7 }",
    "ip saddr @nobody", "ip daddr @y", "ip daddr != 10.0.0.1", "ip daddr @unknown",
    "tcp dport { 80-90, 443 }", "udp dport 53", "tcp sport 179", "tcp dport 70000",
    "meta day { 1, 2 }", "meta hour 3600-7199", "meta hour 30-119", "meta time >= 1790000000",
    "ct state new", "ct state established,related", "ct mark set 7", "meta l4proto tcp",
    "tcp flags & (fin | syn) == syn", "tcp flags & syn == (fin |", "ct mark vmap { 1 : accept }",
    "icmp type echo-request", "counter", 'counter name "rule-x"', "accept", "drop", "return",
    "goto rule-x", "jump deeper", 'comment "x oifname y"', "unheard",
)  # fmt: skip

usual = st.tuples(
    *(
        st.sampled_from(("", *found))
        for found in (
            CLAUSES[:2], CLAUSES[6:10], CLAUSES[2:4], CLAUSES[10:13], CLAUSES[13:17],
            CLAUSES[17:18], CLAUSES[18:20], CLAUSES[29:31], CLAUSES[31:36],
        )
    )
)  # fmt: skip
any_order = st.lists(st.sampled_from(CLAUSES), max_size=6)
lines = st.one_of(usual, any_order).map(lambda said: " ".join(filter(None, said)))


def meaning(line: NftLine | UsualLine) -> tuple[object, ...]:
    """All that is asked of a line."""
    known = line.never, line.verdict, line.target, line.counter, line.is_unconditional
    asks_for_source = line.source_ports is not None
    try:
        return *known, asks_for_source, line.matched(AROUND.offset_min)
    except ValueError as error:
        return *known, asks_for_source, str(error)


def meanings(read: Callable[[], Sequence[NftLine | UsualLine]]) -> list[tuple[object, ...]] | str:
    """Those of several lines, or why they are refused."""
    try:
        return [meaning(line) for line in read()]
    except ValueError as error:
        return str(error)


@given(st.lists(lines, max_size=5))
def test_lines_read_by_columns_say_what_each_says_by_itself(texts: list[str]) -> None:
    alone = meanings(lambda: [read_line(text, AROUND) for text in texts])
    assert meanings(lambda: LineReader(AROUND).read(texts)) == alone


@given(lines)
def test_a_silent_line_decides_nothing(text: str) -> None:
    if is_silent(text):
        line = read_line(text, AROUND)
        assert (line.verdict, line.is_unconditional) == ("", True)


octets = st.integers(0, 300)
addresses = st.one_of(
    st.builds("{}.{}.{}.{}".format, octets, octets, octets, octets),
    st.sampled_from(["10.0.0.0", "10.0.0.128", "010.0.0.0", "10.0.0", "1 0.0.0.0", "", "٣.0.0.0"]),
)
lengths = st.sampled_from(["", "/0", "/8", "/25", "/32", "/33", "/08", "/-1", "/", "/255.0.0.0"])


@given(addresses, lengths)
def test_an_address_is_read_as_the_library_reads_it(address: str, length: str) -> None:
    try:
        expected = intervals([IPv4Network(address + length)])
    except ValueError:
        with pytest.raises(ValueError, match=r"\w"):
            address_spans(address + length)
        return
    assert address_spans(address + length) == expected


spans = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 6)).map(lambda s: (s[0], sum(s))))


@given(spans.map(merged), spans.map(merged))
def test_what_two_lists_of_intervals_share(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    def held(found: list[tuple[int, int]]) -> set[int]:
        return {number for low, high in found for number in range(low, high + 1)}

    shared = common(one, other)
    assert held(shared) == held(one) & held(other)
    assert shared == merged(shared)


NARROW = ((0, 3),)
WIDE = ((0, 3), (7, 9))
ALL = every_packet(3, 1)
products = st.builds(
    Product,
    st.integers(1, 3), st.integers(1, 3), st.sampled_from([NARROW, WIDE, ALL.sources]),
    st.sampled_from([NARROW, WIDE, ALL.destinations]),
    st.sampled_from([((1, (5, 5)),), ((1, (5, 5)), (2, (6, 9))), EVERY_SERVICE]),
    st.sampled_from([1, 2, 3, EVERY_MINUTE]), st.just(1),
)  # fmt: skip


def product_rules(names: st.SearchStrategy[str]) -> st.SearchStrategy[ProductRule]:
    return st.tuples(names, st.booleans(), st.lists(products, min_size=1, max_size=2)).map(
        lambda r: ProductRule(r[0], r[1], r[0] if r[1] else "", tuple(r[2]))
    )


product_lists = st.builds(
    ProductList,
    st.lists(product_rules(st.sampled_from("pqr")), max_size=3).map(tuple),
    st.booleans(),
)
tolerances = st.builds(
    Tolerances, st.sampled_from([(), NARROW]), st.sampled_from([(), NARROW]), st.just(())
)


@st.composite
def rewritten(draw: st.DrawFn, declared: ProductList) -> ProductList:
    """A list written otherwise: times and services on lines of their own, tolerated lines, a last
    line for everything."""
    rules: list[ProductRule] = []
    for rule in declared.rules:
        for product in rule.products:
            parts = [product]
            if draw(st.booleans()):
                parts = [product._replace(services=(service,)) for service in product.services]
            if draw(st.booleans()) and product.times == 3:
                parts = [part._replace(times=bit) for part in parts for bit in (1, 2)]
            rules += [rule._replace(products=(part,)) for part in parts]
        if draw(st.booleans()):
            between = ALL._replace(sources=NARROW, destinations=NARROW)
            rules.append(ProductRule("chain z", draw(st.booleans()), "", (between,)))
    default = declared.permits_by_default
    if draw(st.booleans()):
        rules.append(ProductRule("chain last", default, "", (ALL,)))
        default = draw(st.booleans())
    return ProductList(tuple(rules), default)


@given(st.data(), product_lists, tolerances)
def test_lists_that_say_the_same_have_no_difference(
    data: st.DataObject, declared: ProductList, tolerance: Tolerances
) -> None:
    for rendered in (data.draw(rewritten(declared)), data.draw(product_lists)):
        if say_the_same(declared, rendered, ALL, tolerance):
            (everything,) = (whole(box) for box in list(ALL.boxes())[:1])
            listed = closed(rendered.rule_list(), everything)
            assert not list(differences(declared.rule_list(), listed, everything, tolerance))


def whole(box: MatchBox) -> MatchBox:
    return box._replace(protocols=EVERY_SERVICE[0][0] | EVERY_SERVICE[1][0])


@given(product_lists)
def test_a_list_says_the_same_as_itself(declared: ProductList) -> None:
    assert say_the_same(declared, declared, ALL, Tolerances()) or any(
        rule.products == (ALL,) for rule in declared.rules
    )


def ruleset(inside: str, own: str, comment: str = "") -> str:
    return (
        f"# {comment}\ntable inet filter {{\n"
        "    set x {\n        elements = { 10.0.0.1 }\n    }\n"
        "    chain forward {\n        type filter hook forward priority filter; policy drop;\n"
        f"{inside}    }}\n    chain rule-x {{\n        accept\n    }}\n    chain input {{\n"
        "        type filter hook input priority filter; policy drop;\n"
        f"{own}    }}\n}}\n"
    )


NAMES = ("p1", "p2", "q1", "q2", "both")
forwarded = st.lists(
    st.builds(
        "        iifname {} oifname {{ {} }} {}\n".format,
        st.sampled_from([f'"{name}"' for name in NAMES] + ["p1", "q1"]),
        st.sampled_from(['"p2"', '"q2", "both"', '"q2"', '"p2", "both"']),
        st.sampled_from(["accept", "goto rule-x", 'counter name "q1" drop', "jump input"]),
    ),
    max_size=3,
).map("".join)
own = st.sampled_from(
    [
        "",
        '        iifname "lo" accept\n',
        "        ip saddr 10.9.9.9 accept\n",
        "        type filter hook forward priority filter; policy accept;\n",
    ]
)
standings = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["seats", "egov"]))
EXCHANGED = {"p1": "q1", "q1": "p1", "p2": "q2", "q2": "p2"}


def carriers(names: tuple[str, ...]) -> Mapping[str, Mapping[str, Ports]]:
    return {"inet": {name: frozenset((name,)) for name in names}, "bridge": {}}


def seen(found: PacketFilter, names_behind: Mapping[str, str]) -> list[tuple[object, ...]]:
    """A filter with what its ports stand for in their place."""

    def ports(named: Ports | None) -> object:
        return (
            None
            if named is None
            else sorted(Counter(map(str, map(names_behind.get, named))).items())
        )

    def line(said: FilterLine, is_reply: bool) -> tuple[object, ...]:
        matched: Matched = said.matched
        places = ports(matched.entering), ports(matched.leaving)
        return said.permits, is_reply, places, matched[2:]

    return [line(said, said in found.replies) for said in (*found.lines, *found.replies)]


@given(st.data(), forwarded, own, own)
def test_files_that_say_the_same_in_other_names_are_read_as_the_same(
    data: st.DataObject, inside: str, mine: str, theirs: str
) -> None:
    other = data.draw(st.one_of(st.just(inside), forwarded))
    for name, to in EXCHANGED.items() if data.draw(st.booleans()) else ():
        other = other.replace(f'"{name}"', f'"={to}"')
    other = other.replace('"=', '"')
    one_standing, other_standing = data.draw(standings), data.draw(standings)
    if data.draw(st.booleans()):
        other_standing = {EXCHANGED.get(n, n): zone for n, zone in one_standing.items()}
    one = NamedText(ruleset(inside, mine, "one"), carriers(NAMES), one_standing)
    two = NamedText(ruleset(other, theirs, "two"), carriers(NAMES), other_standing)
    try:
        first = read_nftables(one.text, one.carriers, 0)
    except (ValueError, KeyError):
        return  # Only what could be read is ever held against another.
    if nft_names.say_the_same(one, two):
        second = read_nftables(two.text, two.carriers, 0)
        assert seen(first, one_standing) == seen(second, other_standing)
        assert first.permits_by_default is second.permits_by_default


@dataclass(frozen=True)
class Counting(Filters):
    """Filters that remember which were read."""

    read: list[str] = field(default_factory=list)

    def of(self, device: Device) -> PacketFilter:
        self.read.append(device.name)
        return super().of(device)


def counting(changed: Mapping[str, tuple[str, str]] | None = None) -> Counting:
    subject = shipped_subject()
    trees = dict(subject.trees)
    for device, (text, by) in (changed or {}).items():
        files = tuple(
            replace(file, content=file.content.replace(text, by, 1)) for file in trees[device].files
        )
        assert files != trees[device].files
        trees[device] = replace(trees[device], files=files)
    return Counting(subject.site, trees, read_renderings(subject.site, trees, {}))


def test_the_other_half_of_a_pair_is_not_read_where_it_says_the_same() -> None:
    filters = counting()
    proof = prove_filters(filters.site, filters)
    assert proof.counts["compared"] == proof.counts["devices"] > len(filters.read)
    assert "fwi-a" in filters.read
    assert "fwi-b" not in filters.read
    every = (filters.of(filters.site.devices[name]) for name in ("fwi-a", "fwi-b"))
    assert len({len(found.lines) for found in every}) == 1


def test_a_half_that_says_something_else_is_read() -> None:
    filters = counting({"fwi-b": ("goto rule-", "goto  rule-")})
    prove_filters(filters.site, filters)
    assert "fwi-b" in filters.read


def test_a_fault_in_the_second_half_alone_is_named() -> None:
    filters = counting({"fwi-b": ("tcp dport { 8443 }", "tcp dport { 8444 }")})
    found = prove_filters(filters.site, filters).findings
    assert {finding.elements[0] for finding in found} == {"fwi-b"}
