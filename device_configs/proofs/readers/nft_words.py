"""The words of nftables' lines, one function each: what a word makes a line match or do (pure)."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from device_configs.proofs.filters.boxes import ADDRESSES
from device_configs.proofs.filters.spans import common, complement, merged
from device_configs.proofs.readers.nft_addresses import address_spans
from device_configs.proofs.readers.nft_match import Intervals, LineSurroundings, NftLine
from device_configs.proofs.readers.nft_services import (
    icmp,
    ported,
    protocols,
)
from device_configs.proofs.readers.nft_tokens import expect, values_of

_DECIDING = ("accept", "drop", "reject", "return")


def _interface(line: NftLine, word: str, around: LineSurroundings) -> None:
    names = [name.strip('"') for name in values_of(line)]
    ports = frozenset(p for name in names for p in around.carriers.get(name, frozenset()))
    if word == "iifname":
        line.entering = ports
    else:
        line.leaving = ports
    # An interface below which no cable ends (a tunnel, the loopback) carries nobody's packets.
    line.never = line.never or not ports


def _ip(line: NftLine, _: str, around: LineSurroundings) -> None:
    what = line.words.pop()
    if what in ("saddr", "daddr"):
        found = _addresses(line, around)
        if what == "saddr":
            line.sources = _both(line.sources, found)
        else:
            line.destinations = _both(line.destinations, found)
        line.never = line.never or not (line.sources and line.destinations)
    elif what == "protocol":
        protocols(line)
    elif what == "frag-off":
        expect(line, "&", "0x1fff", "!=", "0")
        line.never = True
    elif what == "ttl":
        expect(line, "255")
        line.never = True  # Only a neighbour's own packet has it: nobody's that came over a router.
    elif what == "dscp":
        expect(line, "set")
        line.words.pop()
    else:
        raise ValueError(f"ip {what}")


def _addresses(line: NftLine, around: LineSurroundings) -> Intervals:
    negated = line.words[-1] == "!="
    if negated:
        line.words.pop()
    word = line.words[-1]
    if word.startswith("@"):
        line.words.pop()
        return around.outside(word[1:]) if negated else around.sets[word[1:]]
    found = merged(span for value in values_of(line) for span in address_spans(value))
    return tuple(complement(found) if negated else found)


def _both(one: Intervals, other: Intervals) -> Intervals:
    return other if one == (ADDRESSES,) else tuple(common(one, other))


def _ct(line: NftLine, _: str, __: LineSurroundings) -> None:
    what = line.words.pop()
    if what == "state":
        line.never = line.never or "new" not in line.words.pop().split(",")
    elif what == "direction":
        line.never = line.never or line.words.pop() != "original"
    elif what == "mark" and line.words[-1] == "set":
        line.words = line.words[:-2]
    elif what == "mark" and line.words[-1] == "vmap":
        line.never = True  # Sessions carry a mark once a rule let them in.
        line.words = []
    else:
        raise ValueError(f"ct {what}")


def _meta(line: NftLine, _: str, __: LineSurroundings) -> None:
    what = line.words.pop()
    if what == "day":
        line.days = tuple(int(value) for value in values_of(line))
    elif what == "hour":
        first, _dash, last = line.words.pop().partition("-")
        line.hours = (int(first), int(last))
    elif what == "time":
        comparison, at = line.words.pop(), datetime.fromtimestamp(int(line.words.pop()), UTC)
        if comparison == ">=":
            line.starts_at = at.replace(tzinfo=None)
        elif comparison == "<":
            line.ends_at = at.replace(tzinfo=None)
        else:
            raise ValueError(f"meta time {comparison}")
    elif what == "l4proto":
        protocols(line)
    elif what == "priority":
        expect(line, "set")
        line.words.pop()
    else:
        raise ValueError(f"meta {what}")


def _counter(line: NftLine, _: str, __: LineSurroundings) -> None:
    if line.words and line.words[-1] == "name":
        line.words.pop()
        line.counter = line.words.pop().strip('"')


def _log(line: NftLine, _: str, __: LineSurroundings) -> None:
    expect(line, "prefix")
    line.words.pop()
    expect(line, "group")
    line.words.pop()


def _comment(line: NftLine, _: str, __: LineSurroundings) -> None:
    line.words.pop()


def _limit(line: NftLine, _: str, __: LineSurroundings) -> None:
    """``update @x { ... limit rate over ... }``, ``add @x { ... ct count over ... }``: the rest of
    the line is for what exceeds. A plain ``add`` only remembers."""
    if not line.words.pop().startswith("@"):
        raise ValueError("no set is named")
    inside = values_of(line)
    if "over" in inside:
        if not {"limit", "count"} & set(inside):
            raise ValueError(" ".join(inside))
        line.never = True
    elif inside not in (["ip", "saddr"], ["ip", "daddr"], ["ip6", "saddr"], ["ip6", "daddr"]):
        raise ValueError(" ".join(inside))


def _plain_limit(line: NftLine, _: str, __: LineSurroundings) -> None:
    """``limit rate over N/second burst N packets``: the rest of the line is for what exceeds."""
    expect(line, "rate", "over")
    line.words.pop()
    expect(line, "burst")
    line.words.pop()
    expect(line, "packets")
    line.never = True


def _notrack(line: NftLine, _: str, __: LineSurroundings) -> None:
    line.untracks = True


def _ether(line: NftLine, _: str, __: LineSurroundings) -> None:
    expect(line, "type")
    kind = line.words.pop()
    if kind not in ("ip", "ip6"):
        raise ValueError(f"ether type {kind}")
    line.never = line.never or kind == "ip6"  # Sessions are those of IPv4 here.


def _ip6(line: NftLine, _: str, __: LineSurroundings) -> None:
    """What asks for a packet of IPv6: no session of IPv4 begins with one."""
    what = line.words.pop()
    if what in ("saddr", "daddr"):
        if line.words[-1] == "!=":
            line.words.pop()
        values_of(line)
    elif what == "hoplimit":
        expect(line, "255")
    elif what == "dscp":
        expect(line, "set")
        line.words.pop()
    else:
        raise ValueError(f"ip6 {what}")
    line.never = True


def _icmpv6(line: NftLine, _: str, __: LineSurroundings) -> None:
    expect(line, "type")
    values_of(line)
    line.never = True


def _exthdr(line: NftLine, _: str, __: LineSurroundings) -> None:
    expect(line, "frag", "exists")
    line.never = True


def _decide(line: NftLine, word: str, _: LineSurroundings) -> None:
    if line.verdict:
        raise ValueError("two verdicts")
    line.verdict = word
    if word in ("jump", "goto"):
        line.target = line.words.pop()
    if line.words and line.words[-1] != "comment":
        raise ValueError(f"{line.words[-1]!r} behind the verdict")


WORDS: Mapping[str, Callable[[NftLine, str, LineSurroundings], None]] = {
    "iifname": _interface,
    "oifname": _interface,
    "ip": _ip,
    "tcp": ported,
    "udp": ported,
    "icmp": icmp,
    "ip6": _ip6,
    "icmpv6": _icmpv6,
    "exthdr": _exthdr,
    "ct": _ct,
    "meta": _meta,
    "ether": _ether,
    "counter": _counter,
    "log": _log,
    "comment": _comment,
    "update": _limit,
    "add": _limit,
    "limit": _plain_limit,
    "notrack": _notrack,
    **dict.fromkeys((*_DECIDING, "jump", "goto"), _decide),
}
