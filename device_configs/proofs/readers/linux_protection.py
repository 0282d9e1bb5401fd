"""What an inline Linux device drops of floods, read back from its nftables file.

A packet filter matches no signatures, so nothing is said of what is looked into. A flood's line
counts for its ports where ``floods`` is jumped to before anything is accepted.
"""

import re
from collections.abc import Iterator

from device_configs.proofs.facts import Surroundings
from device_configs.proofs.readers.protection_text import FloodGuard, ProtectionText
from device_configs.render.tree import Tree
from device_configs.site.model import FloodKind

FILTER_FILE = "/etc/nftables.conf"
_KINDS = {
    "tcp flags & (fin | syn | rst | ack) == syn": FloodKind.TCP_FLOOD,
    "tcp flags & (fin | syn | rst | ack) == ack": FloodKind.ACK_FLOOD,
    "ip protocol udp": FloodKind.UDP_FLOOD,
    "ip protocol icmp": FloodKind.ICMP_FLOOD,
    "ip daddr @broadcasts ip protocol udp": FloodKind.UDP_SMURF,
    "ip daddr @broadcasts icmp type echo-request": FloodKind.ICMP_SMURF,
}
_LINE = re.compile(
    r"iifname \{ (?P<ports>[^}]*) \} (?P<match>.*?)"
    r"( update @\S+ \{ ip daddr limit rate over (?P<rate>\d+)/second burst \d+ packets \})?"
    r' counter name "[^"]+" drop'
)


def read_linux_protection(tree: Tree, _: Surroundings) -> ProtectionText:
    """The floods that are dropped; raises KeyError for a tree without the file."""
    text = tree.file(FILTER_FILE).content
    forward, floods = _chain(text, "forward"), _chain(text, "floods")
    jumps = forward.index("jump floods") if "jump floods" in forward else 0
    before = forward[1:jumps]
    reached = jumps and not any(re.search(r"\b(accept|jump rules)$", line) for line in before)
    return ProtectionText(tuple(_guards(floods)) if reached else ())


def _chain(text: str, name: str) -> list[str]:
    found = re.search(rf"^    chain {name} \{{\n(.*?)^    \}}", text, re.DOTALL | re.MULTILINE)
    return [line.strip() for line in found[1].splitlines()] if found else []


def _guards(lines: list[str]) -> Iterator[FloodGuard]:
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is not None and found["match"] in _KINDS:
            kind, rate = _KINDS[found["match"]], found["rate"]
            if rate is not None or kind in (FloodKind.UDP_SMURF, FloodKind.ICMP_SMURF):
                ports = frozenset(re.findall(r'"([^"]+)"', found["ports"]))
                yield FloodGuard(kind, int(rate or 0), entering=ports)
