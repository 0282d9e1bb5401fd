"""What daemons of a Linux device run with, without what changes by itself; pure."""

import re
from collections.abc import Iterator

_SET = re.compile(r"^\s*(?:set|map) \S+ \{$")
_HEADS = ("Building configuration", "Current configuration", "!")


def steady_frr(text: str) -> str:
    """The output of ``show running-config`` as FRR would take it back."""
    lines = [line.rstrip() for line in text.splitlines()]
    kept = [line for line in lines if line and not line.startswith(_HEADS)]
    return "".join(f"{line}\n" for line in kept)


def steady_ruleset(text: str) -> str:
    """The output of ``nft -s list ruleset`` without the members that packets put into sets.

    Tables of the family ``netdev`` are left out: no rendering has one, and the twin silences cables
    by them.
    """
    return "".join(f"{line}\n" for line in _without_members(_without_netdev(text.splitlines())))


def _without_netdev(lines: list[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        if line.startswith("table "):
            inside = line.startswith("table netdev ")
        if not inside:
            yield line
        if line == "}":
            inside = False


def _without_members(lines: Iterator[str]) -> Iterator[str]:
    is_dynamic = is_members = False
    for line in lines:
        if _SET.match(line):
            is_dynamic = False
        elif line.strip().startswith("flags ") and "dynamic" in line:
            is_dynamic = True
        if is_dynamic and line.strip().startswith("elements = {"):
            is_members = True
        if not is_members:
            yield line
        if is_members and line.rstrip().endswith("}"):
            is_members = False
