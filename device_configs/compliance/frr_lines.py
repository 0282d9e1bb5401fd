"""Lines of an FRR configuration with the blocks they stand in, and how two of them differ; pure."""

import re
from collections.abc import Iterator

_NO_LINES = re.compile(
    r"^(?:!|end$|exit(?:-address-family|-vrf|-link-params)?$|Building configuration|"
    r"Current configuration|frr version|frr defaults|hostname |service integrated-vtysh-config|"
    r"log |debug |no ipv6 forwarding$|no ip forwarding$|ip forwarding$|ipv6 forwarding$)"
)
"""Not compared: what is no statement, and what vtysh or the start of the daemons says."""
_NOT_SHOWN = frozenset(
    {
        "detect-multiplier 3",
        "receive-interval 300",
        "transmit-interval 300",
        "ip ospf hello-interval 10",
        "ip ospf dead-interval 40",
        "ipv6 ospf6 hello-interval 10",
        "ipv6 ospf6 dead-interval 40",
        "no shutdown",
        "no ip prefix-list sequence-number",
        "bgp log-neighbor-changes",
    }
)
"""Defaults: FRR takes them and does not show them."""
_BY_ROLE = frozenset({"max-metric router-lsa administrative", "stub-router administrative"})
"""Set and removed by the device itself as it becomes standby or active."""

Statement = tuple[str, ...]
"""The blocks a line stands in, outermost first, and the line."""


def statements(text: str) -> frozenset[Statement]:
    """Every statement of a configuration; a block itself is one only while it is empty."""
    return frozenset(_statements(text))


def _statements(text: str) -> Iterator[Statement]:
    stack: list[tuple[int, str, bool]] = []
    for raw in text.splitlines():
        line = raw.strip()
        if not line or _NO_LINES.match(line):
            continue
        indent = len(raw) - len(raw.lstrip())
        while stack and stack[-1][0] >= indent:
            yield from _closed(stack)
        if stack:
            stack[-1] = (*stack[-1][:2], True)
        stack.append((indent, line, False))
    while stack:
        yield from _closed(stack)


def _closed(stack: list[tuple[int, str, bool]]) -> Iterator[Statement]:
    path = tuple(line for _, line, _ in stack)
    if not stack.pop()[2] and path[-1] not in _NOT_SHOWN | _BY_ROLE:
        yield path


def frr_difference(declared: str, running: str) -> str:
    """What runs otherwise than declared, as ``-`` and ``+`` lines; empty when nothing does."""
    before, after = statements(declared), statements(running)
    lines = [f"-{' / '.join(path)}" for path in sorted(before - after)]
    lines += [f"+{' / '.join(path)}" for path in sorted(after - before)]
    return "".join(f"{line}\n" for line in lines)
