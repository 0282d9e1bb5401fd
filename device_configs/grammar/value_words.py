"""How each type of value takes words of a line (pure)."""

import re
from collections.abc import Callable, Mapping

from device_configs.grammar.lines import SourceLine
from device_configs.grammar.word_rules import (
    integer_rule,
    is_as_number,
    is_community,
    is_date,
    is_dscp,
    is_ipv4,
    is_ipv4_prefix,
    is_ipv6,
    is_ipv6_prefix,
    is_mask,
    is_port,
    is_time,
    is_wildcard,
)

Take = Callable[[SourceLine, int], int]
"""The index after the words taken from an index on; 0 when they do not fit."""
LONGEST_TEXT = 1000
BANNER = "BANNER"
"""Text between two equal characters, which may run over many lines."""


def open_delimiter(text: str) -> str | None:
    """The character that must still come to end a banner that begins so; None when it is there."""
    return None if text[0] in text[1:] else text[0]


def word_rule(fits: Callable[[str], bool]) -> Take:
    """A value of exactly one word."""

    def take(line: SourceLine, at: int) -> int:
        return at + 1 if fits(line.words[at]) else 0

    return take


def pattern_rule(expression: str) -> Callable[[str], Take]:
    compiled = re.compile(expression)
    return lambda _: word_rule(lambda word: compiled.fullmatch(word) is not None)


def _length(arguments: str, longest: int) -> tuple[int, int]:
    if not arguments:
        return 1, longest
    low, high = arguments.split("-")
    return int(low), int(high)


def _string(arguments: str) -> Take:
    low, high = _length(arguments, LONGEST_TEXT)

    def fits(word: str) -> bool:
        return low <= len(_unquoted(word)) <= high

    return word_rule(fits)


def _text(arguments: str) -> Take:
    low, high = _length(arguments, LONGEST_TEXT)

    def take(line: SourceLine, at: int) -> int:
        return len(line.words) if low <= len(_unquoted(line.rest(at))) <= high else 0

    return take


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _banner(_: str) -> Take:
    return lambda line, _at: len(line.words)


def _integer_list(arguments: str) -> Take:
    """``10 20 30 to 40``: as many words as belong to the list, each range upwards."""
    fits = integer_rule(arguments)

    def take(line: SourceLine, at: int) -> int:
        end = at
        words = line.words
        while end < len(words) and (words[end].isdigit() or (words[end] == "to" and end > at)):
            end += 1
        listed = words[at:end]
        if not listed or not all(word == "to" or fits(word) for word in listed):
            return 0
        ranges = number_ranges(list(listed))
        return end if ranges and all(low <= high for low, high in ranges) else 0

    return take


def number_ranges(words: list[str]) -> list[tuple[int, int]]:
    """The ranges of a list of numbers; empty when a ``to`` stands wrong."""
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(words):
        if words[at] == "to":
            return []
        low = int(words[at])
        if at + 1 < len(words) and words[at + 1] == "to":
            if at + 2 >= len(words) or words[at + 2] == "to":
                return []
            found.append((low, int(words[at + 2])))
            at += 3
        else:
            found.append((low, low))
            at += 1
    return found


def _fits(rule: Callable[[str], bool]) -> Callable[[str], Take]:
    return lambda _: word_rule(rule)


VALUE_TYPES: Mapping[str, Callable[[str], Take]] = {
    "WORD": _string,
    "STRING": _string,
    "TEXT": _text,
    BANNER: _banner,
    "INTLIST": _integer_list,
    "IPV4": _fits(is_ipv4),
    "MASK": _fits(is_mask),
    "WILDCARD": _fits(is_wildcard),
    "PREFIX4": _fits(is_ipv4_prefix),
    "IPV6": _fits(is_ipv6),
    "PREFIX6": _fits(is_ipv6_prefix),
    "MAC": pattern_rule(r"[0-9a-fA-F]{1,4}(?:-[0-9a-fA-F]{1,4}){2}"),
    "ASN": _fits(is_as_number),
    "COMMUNITY": _fits(is_community),
    "RD": pattern_rule(r"\d+(?:\.\d+){0,3}:\d+"),
    "OID": pattern_rule(r"[A-Za-z0-9_.]+"),
    "HEX": lambda arguments: word_rule(
        lambda word: (
            re.fullmatch(r"[0-9a-fA-F]+", word) is not None
            and _length(arguments, LONGEST_TEXT)[0]
            <= len(word)
            <= _length(arguments, LONGEST_TEXT)[1]
        )
    ),
    "PORT": _fits(is_port),
    "DSCP": _fits(is_dscp),
    "TIME": _fits(is_time),
    "SHORTDATE": pattern_rule(r"(?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\d|3[01])"),
    "DATE": _fits(is_date),
    "HOST": pattern_rule(r"(?=.*[A-Za-z])[A-Za-z0-9_*](?:[A-Za-z0-9_.*-]*[A-Za-z0-9])?"),
}
