"""Whether two nftables files say the same but for the names of their interfaces.

The halves of a pair are written from one rule set: their files differ in the names of ports, in
comments and in what concerns their own packets. A file of thousands of rules is compared as text
in a moment; reading it back takes a hundred times as long.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from device_configs.proofs.filters.packet_filter import Ports

RULE_PREFIXES = ("rule-", "reply-")
"""Chains and counters of these names stand for a rule."""

_OTHER_LINE_ENDS = "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_OWN_PACKETS = re.compile(r"type filter hook (?:input|output) priority [\w -]+; policy \w+;\n")
_END = re.compile(r"^\s*\}\s*$", re.MULTILINE)
_BASE = re.compile(r"^\s*type ", re.MULTILINE)


@dataclass(frozen=True)
class NamedText:
    """A file, for each family of tables the declared ports below each interface name, and what
    each port that forwards stands for, to whoever asks whether two are alike."""

    text: str
    carriers: Mapping[str, Mapping[str, Ports]]
    names: Mapping[str, str]


def say_the_same(one: NamedText, other: NamedText) -> bool:
    """Whether one file decides about forwarded packets as the other does, once each interface and
    port of the one is called as that of the other which stands for the same.

    True is certain for files that can be read; False says nothing.
    """
    if any(end in whose.text for end in _OTHER_LINE_ENDS for whose in (one, other)):
        return False
    text, expected = _about_forwarding(one.text), _about_forwarding(other.text)
    mine, theirs = _named(text, one), _named(expected, other)
    if len(mine) != len(theirs):
        return False
    names = dict(zip(mine, theirs, strict=True))
    if _with_names(one, names) != _with_names(other, {name: name for name in theirs}):
        return False
    if any(
        _stands_bare(name, text) for name in (_interfaces(one) | _interfaces(other)) - set(mine)
    ):
        return False
    return _renamed(text, {name: to for name, to in names.items() if name != to}) == expected


def _about_forwarding(text: str) -> str:
    """Without comments, and without the lines of chains for the device's own packets, to which
    nothing can lead."""
    kept, begins = [], 0
    at = text.find("#")
    while at >= 0:
        line = text.rfind("\n", 0, at) + 1
        ends = text.find("\n", at) + 1 or len(text)
        if not text[line:at].strip():
            kept.append(text[begins:line])
            begins = ends
        at = text.find("#", ends)
    return _without_own("".join((*kept, text[begins:])))


def _without_own(text: str) -> str:
    kept, begins = [], 0
    for hook in _OWN_PACKETS.finditer(text):
        begins_line = not text[text.rfind("\n", 0, hook.start()) + 1 : hook.start()].strip()
        end = _END.search(text, hook.end())
        if not begins_line or end is None or _BASE.search(text, hook.end(), end.start()):
            continue
        kept.append(text[begins : hook.end()])
        begins = end.start()
    return "".join((*kept, text[begins:]))


def _named(text: str, whose: NamedText) -> list[str]:
    """The interfaces that a text names, in the order in which it does so first."""
    found = ((text.find(f'"{name}"'), name) for name in _interfaces(whose))
    return [name for at, name in sorted(found) if at >= 0]


def _with_names(whose: NamedText, names: Mapping[str, str]) -> list[str]:
    """What stands behind the ports, each by the interfaces above it as they are called there."""
    above: dict[str, list[tuple[str, str]]] = {port: [] for port in whose.names}
    for family, carriers in whose.carriers.items():
        for name in names.keys() & carriers.keys():
            for port in carriers[name]:
                above.setdefault(port, []).append((family, names[name]))
    return sorted(
        repr((sorted(interfaces), whose.names.get(port))) for port, interfaces in above.items()
    )


def _renamed(text: str, names: Mapping[str, str]) -> str | None:
    """With other names in quotes; None where that would not be the same text in other names."""
    if any(name.startswith(RULE_PREFIXES) for name in (*names, *names.values())):
        return None
    if any(to in text for to in names.values()):
        return None
    for name, to in names.items():
        text = text.replace(f'"{name}"', f'"{to}"')
    return None if any(name in text for name in names) else text


def _interfaces(whose: NamedText) -> set[str]:
    return {name for carriers in whose.carriers.values() for name in carriers}


def _stands_bare(name: str, text: str) -> bool:
    """Whether a name stands somewhere as a word without quotes."""
    if name not in text:
        return False
    return re.search(rf'(?<![^\s{{}}"]){re.escape(name)},*(?![^\s{{}}"])', text) is not None
