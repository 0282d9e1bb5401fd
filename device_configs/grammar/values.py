"""The types of values in command forms: which words they take, and the names these stand for."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address

from device_configs.grammar.lines import SourceLine
from device_configs.grammar.named_numbers import DSCP_NAMES, PORT_NAMES
from device_configs.grammar.notation import NotationFault, Value

Take = Callable[[SourceLine, int], int]
"""The index after the words taken from an index on; 0 when they do not fit."""

LONGEST_TEXT = 1000
BANNER = "BANNER"
"""Text between two equal characters, which may run over many lines."""


@dataclass(frozen=True)
class InterfaceClass:
    """Interfaces named alike: ``Vlanif`` and its number.

    ``numbers`` is ``slots`` (1/0/1) or a range (1-4094); ``created`` means that such an interface
    exists only where a line creates it, so that a reference to another one dangles.
    """

    names: tuple[str, ...]
    numbers: str
    created: bool
    sub: bool


class ValueTypes:
    """The value types of one family: the general ones and its interface classes."""

    def __init__(self, interfaces: Mapping[str, InterfaceClass]) -> None:
        self._interfaces = dict(interfaces)
        self._created = tuple(
            name for entry in interfaces.values() if entry.created for name in entry.names
        )

    def take(self, value: Value) -> Take:
        """The rule of a value. Raises :class:`NotationFault` when its type is not known."""
        if value.type == "<":
            return _word(_integer(value.arguments))
        if value.type == "IFNAME":
            return _word(self._interface(value.arguments))
        try:
            build = _TYPES[value.type]
        except KeyError:
            raise NotationFault(f"{value.label}: no value type is named {value.type!r}") from None
        return build(value.arguments)

    def exists_by_itself(self, name: str) -> bool:
        """Whether an interface is a port of the device rather than created by a line."""
        return not name.startswith(self._created)

    def _interface(self, allowed: str) -> Callable[[str], bool]:
        names = allowed.split("|") if allowed else list(self._interfaces)
        try:
            classes = [self._interfaces[name] for name in names]
        except KeyError as missing:
            raise NotationFault(f"IFNAME<{allowed}>: no interface class {missing}") from None
        patterns = [(_interface_pattern(entry), entry.numbers) for entry in classes]

        def fits(word: str) -> bool:
            for pattern, numbers in patterns:
                found = pattern.fullmatch(word)
                if found and (numbers == "slots" or _integer(numbers)(found["number"])):
                    return True
            return False

        return fits


def names_in(value: Value, text: str) -> tuple[str, ...]:
    """The single names in what a value took: a list of numbers holds many, others one."""
    if value.type != "INTLIST":
        return (text,)
    return tuple(str(n) for low, high in _ranges(text.split()) for n in range(low, high + 1))


def _interface_pattern(entry: InterfaceClass) -> re.Pattern[str]:
    names = "|".join(re.escape(name) for name in entry.names)
    number = r"\d+(?:/\d+){0,4}(?::\d+)?" if entry.numbers == "slots" else r"\d+"
    sub = r"(?:\.[1-9]\d{0,9})?" if entry.sub else ""
    return re.compile(rf"(?:{names})(?P<number>{number}){sub}")


def open_delimiter(text: str) -> str | None:
    """The character that must still come to end a banner that begins so; None when it is there."""
    return None if text[0] in text[1:] else text[0]


def _word(fits: Callable[[str], bool]) -> Take:
    """A value of exactly one word."""

    def take(line: SourceLine, at: int) -> int:
        return at + 1 if fits(line.words[at]) else 0

    return take


def _pattern(expression: str) -> Callable[[str], Take]:
    compiled = re.compile(expression)
    return lambda _: _word(lambda word: compiled.fullmatch(word) is not None)


def _integer(ranges: str) -> Callable[[str], bool]:
    """The rule of ``1-255``, ``0-240:16`` (in steps) or several of them joined by ``|``."""
    bounds = []
    for part in ranges.split("|"):
        span, _, step = part.partition(":")
        low, high = span.split("-")
        bounds.append(range(int(low), int(high) + 1, int(step or 1)))

    def fits(word: str) -> bool:
        if not (word.isascii() and word.isdigit()) or len(word) > 20:
            return False
        number = int(word)
        return any(number in bound for bound in bounds)

    return fits


def _length(arguments: str, longest: int) -> tuple[int, int]:
    if not arguments:
        return 1, longest
    low, high = arguments.split("-")
    return int(low), int(high)


def _string(arguments: str) -> Take:
    low, high = _length(arguments, LONGEST_TEXT)

    def fits(word: str) -> bool:
        return low <= len(_unquoted(word)) <= high

    return _word(fits)


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
    fits = _integer(arguments)

    def take(line: SourceLine, at: int) -> int:
        end = at
        words = line.words
        while end < len(words) and (words[end].isdigit() or (words[end] == "to" and end > at)):
            end += 1
        listed = words[at:end]
        if not listed or not all(word == "to" or fits(word) for word in listed):
            return 0
        ranges = _ranges(list(listed))
        return end if ranges and all(low <= high for low, high in ranges) else 0

    return take


def _ranges(words: list[str]) -> list[tuple[int, int]]:
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


def _octets(word: str) -> int | None:
    """A dotted address as a number, or None."""
    parts = word.split(".")
    if len(parts) != 4:
        return None
    number = 0
    for part in parts:
        if not (part.isascii() and part.isdigit()) or len(part) > 3 or int(part) > 255:
            return None
        number = number << 8 | int(part)
    return number


def _is_ipv4(word: str) -> bool:
    return _octets(word) is not None


def _is_mask(word: str) -> bool:
    number = _octets(word)
    return number is not None and (~number & 0xFFFFFFFF) & ((~number & 0xFFFFFFFF) + 1) == 0


def _is_wildcard(word: str) -> bool:
    """A wildcard, in which a one means "any"; ``0`` stands for 0.0.0.0."""
    return word == "0" or _is_ipv4(word)


def _is_ipv6(word: str) -> bool:
    try:
        IPv6Address(word)
    except AddressValueError:
        return False
    return "%" not in word


def _is_ipv4_prefix(word: str) -> bool:
    address, slash, length = word.partition("/")
    return bool(slash) and _is_ipv4(address) and _integer("0-32")(length)


def _is_ipv6_prefix(word: str) -> bool:
    address, slash, length = word.partition("/")
    return bool(slash) and _is_ipv6(address) and _integer("0-128")(length)


def _is_as_number(word: str) -> bool:
    high, dot, low = word.partition(".")
    if not dot:
        return _integer("1-4294967295")(word)
    return _integer("0-65535")(high) and _integer("0-65535")(low) and int(high) + int(low) > 0


def _is_community(word: str) -> bool:
    high, colon, low = word.partition(":")
    if not colon:
        return _integer("0-4294967295")(word)
    return _integer("0-65535")(high) and _integer("0-65535")(low)


def _is_time(word: str) -> bool:
    parts = word.split(":")
    if len(parts) not in (2, 3) or not all(p.isdigit() and len(p) <= 2 for p in parts):
        return False
    hour, *rest = map(int, parts)
    return (hour < 24 and all(part < 60 for part in rest)) or (hour == 24 and not any(rest))


def _is_date(word: str) -> bool:
    """2026/01/31, 2026-01-31 or 01/31/2026."""
    found = re.fullmatch(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})", word)
    month_first = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", word)
    if found:
        year, month, day = map(int, found.groups())
    elif month_first:
        month, day, year = map(int, month_first.groups())
    else:
        return False
    return 1970 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31


def _is_port(word: str) -> bool:
    return word in PORT_NAMES or _integer("0-65535")(word)


def _is_dscp(word: str) -> bool:
    return word in DSCP_NAMES or _integer("0-63")(word)


def _fits(rule: Callable[[str], bool]) -> Callable[[str], Take]:
    return lambda _: _word(rule)


_TYPES: Mapping[str, Callable[[str], Take]] = {
    "WORD": _string,
    "STRING": _string,
    "TEXT": _text,
    BANNER: _banner,
    "INTLIST": _integer_list,
    "IPV4": _fits(_is_ipv4),
    "MASK": _fits(_is_mask),
    "WILDCARD": _fits(_is_wildcard),
    "PREFIX4": _fits(_is_ipv4_prefix),
    "IPV6": _fits(_is_ipv6),
    "PREFIX6": _fits(_is_ipv6_prefix),
    "MAC": _pattern(r"[0-9a-fA-F]{1,4}(?:-[0-9a-fA-F]{1,4}){2}"),
    "ASN": _fits(_is_as_number),
    "COMMUNITY": _fits(_is_community),
    "RD": _pattern(r"\d+(?:\.\d+){0,3}:\d+"),
    "OID": _pattern(r"[A-Za-z0-9_.]+"),
    "HEX": lambda arguments: _word(
        lambda word: (
            re.fullmatch(r"[0-9a-fA-F]+", word) is not None
            and _length(arguments, LONGEST_TEXT)[0]
            <= len(word)
            <= _length(arguments, LONGEST_TEXT)[1]
        )
    ),
    "PORT": _fits(_is_port),
    "DSCP": _fits(_is_dscp),
    "TIME": _fits(_is_time),
    "SHORTDATE": _pattern(r"(?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\d|3[01])"),
    "DATE": _fits(_is_date),
    "HOST": _pattern(r"(?=.*[A-Za-z])[A-Za-z0-9_*](?:[A-Za-z0-9_.*-]*[A-Za-z0-9])?"),
}
