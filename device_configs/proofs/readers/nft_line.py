"""One line of an nftables chain: what it matches, and what becomes of it.

A line is read for the first packet of a session (packet_filter.py). Words that such a packet never
fulfils (an established session, a fragment, a rate that is exceeded) make the line match nothing.
Every other word must be known here: ValueError names the one that is not.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from device_configs.proofs.filters.boxes import ADDRESSES, PORTS
from device_configs.proofs.filters.packet_filter import Matched, Ports, When
from device_configs.proofs.filters.regions import (
    EVERY_SERVICE,
    Interval,
    Service,
    common,
    complement,
    merged,
    port_of,
)
from device_configs.proofs.readers.nft_addresses import address_spans
from device_configs.proofs.readers.nft_hours import week_of
from device_configs.site.model import Protocol

_TOKEN = re.compile(r'"[^"]*"|[{}]|[^\s{}"]+')
_DECIDING = ("accept", "drop", "reject", "return")
_UNNAMED = ("ospf", "vrrp", "esp", "ah", "gre")
"""Control traffic: `other` stands for all protocols that nobody names, and so not for these."""


Intervals = tuple[Interval, ...]


@dataclass(frozen=True)
class LineSurroundings:
    """What a line may refer to. ``carriers`` are the declared ports below each interface the
    chains see, ``sets`` the addresses of each set; ``offset_min`` is the site's clock less UTC."""

    carriers: Mapping[str, Ports]
    sets: Mapping[str, Intervals]
    offset_min: int
    _outside: dict[str, Intervals] = field(default_factory=dict, compare=False, repr=False)

    def outside(self, name: str) -> Intervals:
        """The addresses that are not in a set."""
        if name not in self._outside:
            self._outside[name] = tuple(complement(self.sets[name]))
        return self._outside[name]


@dataclass
class NftLine:
    """A line as read. ``verdict`` is empty for one that only counts or marks."""

    never: bool = False
    entering: Ports | None = None
    leaving: Ports | None = None
    sources: Intervals = (ADDRESSES,)
    destinations: Intervals = (ADDRESSES,)
    services: Sequence[Service] | None = None
    source_ports: Sequence[Service] | None = None
    days: tuple[int, ...] | None = None
    hours: tuple[int, int] | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    verdict: str = ""
    target: str = ""
    counter: str = ""
    words: list[str] = field(default_factory=list)

    @property
    def is_unconditional(self) -> bool:
        """Whether every packet that comes to the line meets its verdict."""
        return (
            not self.never
            and (self.entering, self.leaving, self.services, self.source_ports)
            == (None, None, None, None)
            and (self.days, self.hours, self.starts_at, self.ends_at) == (None, None, None, None)
            and self.sources == self.destinations == (ADDRESSES,)
        )

    def matched(self, offset_min: int) -> Matched:
        """What it matches, as a session's first packet; a reply as the session it answers."""
        when = _when(self.days, self.hours, self.starts_at, self.ends_at, offset_min)
        if self.source_ports is not None:
            if self.services is not None:
                raise ValueError("a line asks for ports at both ends")
            return Matched(self.leaving, self.entering, self.destinations,
                           self.sources, tuple(self.source_ports), when)  # fmt: skip
        services = EVERY_SERVICE if self.services is None else self.services
        return Matched(self.entering, self.leaving, self.sources, self.destinations,
                       tuple(services), when)  # fmt: skip


@lru_cache(maxsize=4_096)
def _when(
    days: tuple[int, ...] | None,
    hours: tuple[int, int] | None,
    starts_at: datetime | None,
    ends_at: datetime | None,
    offset_min: int,
) -> When:
    shift = timedelta(minutes=offset_min)
    return When(
        week_of(days, hours, offset_min),
        None if starts_at is None else starts_at + shift,
        None if ends_at is None else ends_at + shift,
    )


def read_line(text: str, around: LineSurroundings) -> NftLine:
    """Read one line; raises ValueError for a word that is not known."""
    if "@" in text or "ifname" in text:
        return _read(text, around)
    return _read_alone(text)


@lru_cache(maxsize=65_536)
def _read_alone(text: str) -> NftLine:
    """A line that refers to nothing: both halves of a pair have it, and many have the same."""
    return _read(text, LineSurroundings({}, {}, 0))


def _read(text: str, around: LineSurroundings) -> NftLine:
    line = NftLine(words=_TOKEN.findall(text)[::-1])
    while line.words:
        word = line.words.pop()
        read = _WORDS.get(word)
        if read is None:
            raise ValueError(f"{word!r} in {text!r} is not understood")
        try:
            read(line, word, around)
        except (IndexError, KeyError, ValueError) as error:
            raise ValueError(f"{text!r} is not understood: {error}") from error
    return line


def _values(line: NftLine) -> list[str]:
    """One value, or those of a set in braces."""
    word = line.words.pop()
    if word != "{":
        return [word]
    found = []
    while (word := line.words.pop()) != "}":
        found.append(word.rstrip(","))
    return found


def _expect(line: NftLine, *words: str) -> None:
    for wanted in words:
        found = line.words.pop()
        if found != wanted:
            raise ValueError(f"{found!r} where {wanted!r} was expected")


def _interface(line: NftLine, word: str, around: LineSurroundings) -> None:
    names = [name.strip('"') for name in _values(line)]
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
        _protocols(line)
    elif what == "frag-off":
        _expect(line, "&", "0x1fff", "!=", "0")
        line.never = True
    elif what == "ttl":
        _expect(line, "255")
        line.never = True  # Only a neighbour's own packet has it: nobody's that came over a router.
    elif what == "dscp":
        _expect(line, "set")
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
    found = merged(span for value in _values(line) for span in address_spans(value))
    return tuple(complement(found) if negated else found)


def _both(one: Intervals, other: Intervals) -> Intervals:
    return other if one == (ADDRESSES,) else tuple(common(one, other))


def _protocols(line: NftLine) -> None:
    named = _values(line)
    known = {"tcp", "udp", "icmp", *_UNNAMED}
    if not known.issuperset(named):
        raise ValueError(f"protocol {', '.join(sorted(set(named) - known))}")
    wanted = [port_of(Protocol(name), None) for name in named if name not in _UNNAMED]
    _narrow(line, wanted)


def _narrow(line: NftLine, wanted: list[Service]) -> None:
    """Only these; a line may name its protocol before its flags."""
    if line.services is None:
        line.services = wanted
    else:
        line.services = [s for s in line.services if s in wanted]
    line.never = line.never or not line.services


def _ported(line: NftLine, word: str, _: LineSurroundings) -> None:
    what = line.words.pop()
    if what == "flags":
        _flags(line)
        return
    if what not in ("dport", "sport"):
        raise ValueError(f"{word} {what}")
    mask, _ports = port_of(Protocol(word), None)
    spans = [_span(value) for value in _values(line)]
    found = tuple((mask, span) for span in merged(spans))
    if line.services is not None or line.source_ports is not None:
        raise ValueError("ports or protocols are asked for twice")
    if what == "dport":
        line.services = found
    else:
        line.source_ports = found


def _span(value: str) -> Interval:
    first, dash, last = value.partition("-")
    found = (int(first), int(last) if dash else int(first))
    if not PORTS[0] <= found[0] <= found[1] <= PORTS[1]:
        raise ValueError(f"port {value}")
    return found


def _flags(line: NftLine) -> None:
    """A session begins with its SYN and no other flag."""
    _expect(line, "&")
    among = _flag_names(line)
    comparison = line.words.pop()
    wanted = _flag_names(line)
    if comparison not in ("==", "!="):
        raise ValueError(f"tcp flags {comparison}")
    if (({"syn"} & among) == wanted) is not (comparison == "=="):
        line.never = True
    _narrow(line, [port_of(Protocol.TCP, None)])


def _flag_names(line: NftLine) -> set[str]:
    """``syn``, ``(fin | syn)``, or ``0x0`` for none."""
    word = line.words.pop()
    if word == "0x0":
        return set()
    names = {word.strip("()")}
    while word.startswith("(") and not word.endswith(")") and line.words:
        following = line.words.pop()
        if following != "|":
            names.add(following.strip("()"))
        if following.endswith(")"):
            break
    if not names <= {"fin", "syn", "rst", "ack", "psh", "urg"}:
        raise ValueError(f"tcp flags {' '.join(sorted(names))}")
    return names


def _icmp(line: NftLine, _: str, __: LineSurroundings) -> None:
    """Echo requests begin a conversation; every other message answers or reports on one."""
    _expect(line, "type")
    kinds = _values(line)
    _narrow(line, [port_of(Protocol.ICMP, None)])
    if "echo-request" not in kinds:
        line.never = True


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
        line.days = tuple(int(value) for value in _values(line))
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
        _protocols(line)
    elif what == "priority":
        _expect(line, "set")
        line.words.pop()
    else:
        raise ValueError(f"meta {what}")


def _counter(line: NftLine, _: str, __: LineSurroundings) -> None:
    if line.words and line.words[-1] == "name":
        line.words.pop()
        line.counter = line.words.pop().strip('"')


def _log(line: NftLine, _: str, __: LineSurroundings) -> None:
    _expect(line, "prefix")
    line.words.pop()
    _expect(line, "group")
    line.words.pop()


def _comment(line: NftLine, _: str, __: LineSurroundings) -> None:
    line.words.pop()


def _limit(line: NftLine, _: str, __: LineSurroundings) -> None:
    """``update @x { ... limit rate over ... }``, ``add @x { ... ct count over ... }``: the rest of
    the line is for what exceeds. A plain ``add`` only remembers."""
    if not line.words.pop().startswith("@"):
        raise ValueError("no set is named")
    inside = _values(line)
    if "over" in inside:
        if not {"limit", "count"} & set(inside):
            raise ValueError(" ".join(inside))
        line.never = True
    elif inside not in (["ip", "saddr"], ["ip", "daddr"]):
        raise ValueError(" ".join(inside))


def _ether(line: NftLine, _: str, __: LineSurroundings) -> None:
    _expect(line, "type", "ip")


def _decide(line: NftLine, word: str, _: LineSurroundings) -> None:
    if line.verdict:
        raise ValueError("two verdicts")
    line.verdict = word
    if word in ("jump", "goto"):
        line.target = line.words.pop()
    if line.words and line.words[-1] != "comment":
        raise ValueError(f"{line.words[-1]!r} behind the verdict")


_WORDS: Mapping[str, Callable[[NftLine, str, LineSurroundings], None]] = {
    "iifname": _interface,
    "oifname": _interface,
    "ip": _ip,
    "tcp": _ported,
    "udp": _ported,
    "icmp": _icmp,
    "ct": _ct,
    "meta": _meta,
    "ether": _ether,
    "counter": _counter,
    "log": _log,
    "comment": _comment,
    "update": _limit,
    "add": _limit,
    **dict.fromkeys((*_DECIDING, "jump", "goto"), _decide),
}
