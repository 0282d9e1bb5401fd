"""The words of nftables' lines that name protocols and ports (pure)."""

from device_configs.proofs.filters.boxes import PORTS
from device_configs.proofs.filters.regions import Service, port_of
from device_configs.proofs.filters.spans import Interval, merged
from device_configs.proofs.readers.nft_match import LineSurroundings, NftLine
from device_configs.proofs.readers.nft_tokens import expect, values_of
from device_configs.site.model import Protocol

_UNNAMED = ("ospf", "vrrp", "esp", "ah", "gre", "ipv6-icmp")
"""Control traffic: `other` stands for all protocols that nobody names, and so not for these."""


def protocols(line: NftLine) -> None:
    named = values_of(line)
    known = {"tcp", "udp", "icmp", *_UNNAMED}
    if not known.issuperset(named):
        raise ValueError(f"protocol {', '.join(sorted(set(named) - known))}")
    services = [port_of(Protocol(name), None) for name in named if name not in _UNNAMED]
    narrow(line, services)


def narrow(line: NftLine, services: list[Service]) -> None:
    """Only these; a line may name its protocol before its flags."""
    if line.services is None:
        line.services = services
    else:
        line.services = [s for s in line.services if s in services]
    line.never = line.never or not line.services


def ported(line: NftLine, word: str, _: LineSurroundings) -> None:
    what = line.words.pop()
    if what == "flags":
        _flags(line)
        return
    if what not in ("dport", "sport"):
        raise ValueError(f"{word} {what}")
    mask, _ports = port_of(Protocol(word), None)
    spans = [_span(value) for value in values_of(line)]
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
    expect(line, "&")
    among = _flag_names(line)
    comparison = line.words.pop()
    services = _flag_names(line)
    if comparison not in ("==", "!="):
        raise ValueError(f"tcp flags {comparison}")
    if (({"syn"} & among) == services) is not (comparison == "=="):
        line.never = True
    narrow(line, [port_of(Protocol.TCP, None)])


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


def icmp(line: NftLine, _: str, __: LineSurroundings) -> None:
    """Echo requests begin a conversation; every other message answers or reports on one."""
    expect(line, "type")
    kinds = values_of(line)
    narrow(line, [port_of(Protocol.ICMP, None)])
    if "echo-request" not in kinds:
        line.never = True
