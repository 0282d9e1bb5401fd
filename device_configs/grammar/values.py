"""The types of values in command forms: which words they take, and the names these stand for."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from device_configs.grammar.notation import NotationFault, Value
from device_configs.grammar.value_words import VALUE_TYPES, Take, number_ranges, word_rule
from device_configs.grammar.word_rules import integer_rule


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
            return word_rule(integer_rule(value.arguments))
        if value.type == "IFNAME":
            return word_rule(self._interface(value.arguments))
        try:
            build = VALUE_TYPES[value.type]
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
                if found and (numbers == "slots" or integer_rule(numbers)(found["number"])):
                    return True
            return False

        return fits


def names_in(value: Value, text: str) -> tuple[str, ...]:
    """The single names in what a value took: a list of numbers holds many, others one."""
    if value.type != "INTLIST":
        return (text,)
    return tuple(str(n) for low, high in number_ranges(text.split()) for n in range(low, high + 1))


def _interface_pattern(entry: InterfaceClass) -> re.Pattern[str]:
    names = "|".join(re.escape(name) for name in entry.names)
    number = r"\d+(?:/\d+){0,4}(?::\d+)?" if entry.numbers == "slots" else r"\d+"
    sub = r"(?:\.[1-9]\d{0,9})?" if entry.sub else ""
    return re.compile(rf"(?:{names})(?P<number>{number}){sub}")
