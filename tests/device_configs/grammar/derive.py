"""Random lines that a form derives, by walking its tree as a generator."""

from collections.abc import Callable

from hypothesis import strategies as st

from device_configs.grammar.documents import InterfaceDocument
from device_configs.grammar.notation import Choice, Keyword, Node, Repeat, Value

Words = st.SearchStrategy[list[str]]
OCTET = st.integers(0, 255)
NAME = st.from_regex(r"[b-z][a-z0-9]{0,3}", fullmatch=True)
IPV4 = st.tuples(OCTET, OCTET, OCTET, OCTET).map(lambda octets: ".".join(map(str, octets)))
MASK = st.integers(0, 32).map(
    lambda bits: ".".join(str((0xFFFFFFFF << 32 - bits >> s) & 255) for s in (24, 16, 8, 0))
)
TIME = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda t: f"{t[0]:02}:{t[1]:02}")
HEX_MAC = st.from_regex(r"[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}", fullmatch=True)


def _least(arguments: str) -> int:
    return int((arguments or "1-1").split("-")[0])


def _padded_name(arguments: str) -> st.SearchStrategy[str]:
    """A name of at least the length that the arguments ask for."""
    return st.sampled_from("bcxyz").map(lambda letter: letter * _least(arguments))


def _hex(arguments: str) -> st.SearchStrategy[str]:
    return st.sampled_from("09af").map(lambda digit: digit * _least(arguments))


OF_TYPE: dict[str, Callable[[str], st.SearchStrategy[str]]] = {
    "WORD": lambda _: NAME,
    "STRING": _padded_name,
    "TEXT": lambda _: NAME,
    "BANNER": lambda _: st.just("%text%"),
    "IPV4": lambda _: IPV4,
    "MASK": lambda _: MASK,
    "WILDCARD": lambda _: IPV4,
    "PREFIX4": lambda _: IPV4.map(lambda address: f"{address}/24"),
    "IPV6": lambda _: st.just("2001:db8::1"),
    "PREFIX6": lambda _: st.just("2001:db8::/64"),
    "MAC": lambda _: HEX_MAC,
    "ASN": lambda _: st.sampled_from(["1", "65001", "4294967295", "1.10"]),
    "COMMUNITY": lambda _: st.sampled_from(["65001:10", "100"]),
    "RD": lambda _: st.sampled_from(["65001:1", "10.0.0.1:2"]),
    "OID": lambda _: st.sampled_from(["iso", "1.3.6.1"]),
    "HEX": _hex,
    "PORT": lambda _: st.integers(0, 65535).map(str),
    "DSCP": lambda _: st.sampled_from(["ef", "af11", "46"]),
    "TIME": lambda _: TIME,
    "DATE": lambda _: st.sampled_from(["2026/01/31", "2026-01-31"]),
    "SHORTDATE": lambda _: st.just("03/11"),
    "HOST": lambda _: st.just("www.example.com"),
}


def lines(node: Node, interfaces: dict[str, InterfaceDocument]) -> Words:
    """Strategy of the words of a line that the node derives."""
    if isinstance(node, Keyword):
        return st.just([node.word])
    if isinstance(node, Value):
        return _values(node, interfaces).map(lambda text: text.split(" "))
    if isinstance(node, Repeat):
        item = lines(node.item, interfaces)
        return st.lists(item, min_size=1, max_size=min(node.most, 3)).map(_joined)
    if isinstance(node, Choice):
        return _choice(node, interfaces)
    return st.tuples(*(lines(item, interfaces) for item in node.items)).map(_joined)


def _choice(node: Choice, interfaces: dict[str, InterfaceDocument]) -> Words:
    alternatives = [lines(alternative, interfaces) for alternative in node.alternatives]
    least = 0 if node.optional else 1
    if not node.any_order:
        chosen = st.one_of(alternatives)
        return chosen if least else st.one_of(st.just([]), chosen)
    picks = st.lists(
        st.sampled_from(range(len(alternatives))), min_size=least, max_size=3, unique=True
    )
    return picks.flatmap(lambda at: st.tuples(*(alternatives[i] for i in at)).map(_joined))


def _values(value: Value, interfaces: dict[str, InterfaceDocument]) -> st.SearchStrategy[str]:
    if value.type == "<":
        return st.one_of([_in(part).map(str) for part in value.arguments.split("|")])
    if value.type == "INTLIST":
        return st.lists(_in(value.arguments), min_size=1, max_size=3).map(_as_list)
    if value.type == "IFNAME":
        names = value.arguments.split("|") if value.arguments else list(interfaces)
        return st.one_of([_interface(interfaces[name]) for name in names])
    return OF_TYPE[value.type](value.arguments)


def _in(ranges: str) -> st.SearchStrategy[int]:
    span, _, step = ranges.partition(":")
    low, high = map(int, span.split("-"))
    width = int(step or 1)
    return st.integers(0, (high - low) // width).map(lambda n: low + n * width)


def _as_list(numbers: list[int]) -> str:
    ordered = sorted(numbers)
    return " to ".join(map(str, ordered)) if len(ordered) == 2 else " ".join(map(str, ordered))


def _interface(entry: InterfaceDocument) -> st.SearchStrategy[str]:
    numbers = st.just("0/0/1") if entry.numbers == "slots" else _in(entry.numbers).map(str)
    return st.tuples(st.sampled_from(entry.names), numbers).map("".join)


def _joined(parts: object) -> list[str]:
    return [word for part in parts for word in part]  # type: ignore[attr-defined]
